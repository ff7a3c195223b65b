/*
 * How programs read `lmstat -a` that others have written: what their patterns take and what they leave, said anew in ours.
 * Each is stricter than the next about something, so all of them together are what a line must be.
 */

export interface ReadFeature {
  name: string;
  issued: number;
  used: number;
  users: {
    user: string;
    host: string;
    version: string;
    handle: string;
    start: string;
    seats: number;
    linger?: string;
  }[];
  queued: { user: string; seats: number }[];
  reserved: Record<string, number>;
  expiry?: string;
}

const USE = /^Users of (?<name>.*):\s+\(Total of (?<issued>\d+) \w+ issued;\s+Total of (?<used>\d+) \w+ in use\)$/;
const USER =
  /^\s+(?<user>[\x20-\x7e]+) (?<host>[\w.-]+) [\x20-\x7e]+ \((?<version>v[\w.]+)\) \([\w.-]+\/\d+ (?<handle>\d+)\), start (?<start>\w+ \d+\/\d+ \d+:\d+)(?:,\s(?<seats>\d+)\s\w+|)(?:\s+\(linger:\s(?<linger>\d+\s\/\s\d+)\))?(?:,\s+PID:\s+\d+\s?)?$/;
const QUEUED = /^\s+(?<user>\S+) \S+ \S+ \(v[\w.]+\) \([\w.-]+\/\d+ \d+\) queued for (?<seats>\d+) licenses?$/;
const RESERVED = /^\s*(?<seats>\d+)\s+\w+\s+for\s+(?:HOST_GROUP|GROUP)\s+(?<group>\w+).*$/;
const EXPIRY = /^\s*"(?<name>[^"]+)" v[^,]*, vendor: [^,\s]+,.*expiry: (?<expiry>\S+)/;

/** As an exporter for Prometheus reads it: line by line, users under the feature before them. */
export function readByExporter(text: string): ReadFeature[] {
  const features: ReadFeature[] = [];
  for (const line of text.split("\n")) {
    const use = USE.exec(line)?.groups;
    if (use) {
      const { name = "" } = use;
      features.push({ name, issued: Number(use.issued), used: Number(use.used), users: [], queued: [], reserved: {} });
      continue;
    }
    const feature = features.at(-1);
    if (!feature) continue;
    const { user, queued, reserved, expiry } = {
      user: USER.exec(line)?.groups,
      queued: QUEUED.exec(line)?.groups,
      reserved: RESERVED.exec(line)?.groups,
      expiry: EXPIRY.exec(line)?.groups,
    };
    if (user) {
      const { user: name = "", host = "", version = "", handle = "", start = "", seats = "1", linger } = user;
      const told = { user: name, host, version, handle, start, seats: Number(seats), ...(linger && { linger }) };
      feature.users.push(told);
    }
    if (queued) feature.queued.push({ user: queued.user ?? "", seats: Number(queued.seats) });
    if (reserved) feature.reserved[reserved.group ?? ""] = Number(reserved.seats);
    if (expiry?.expiry) feature.expiry = expiry.expiry;
  }
  return features;
}

/** As a plugin of Nagios reads it: whether the server and its vendor daemons are up, and what is counted. */
export function readByPlugin(text: string) {
  const lines = text.split("\n");
  const from = lines.findIndex((line) => line.trim().startsWith("Vendor daemon status"));
  const to = lines.findIndex((line) => line.trim().startsWith("Feature usage info"));
  const vendors = lines.slice(from + 1, to < 0 ? undefined : to).flatMap((line) => {
    const vendor = /^\s*([^\s:]+): (.+?)\s*$/.exec(line);
    return vendor ? [[vendor[1], vendor[2]?.startsWith("UP")] as const] : [];
  });
  return {
    servers: lines.flatMap((line) => /^\s*(\S+): license server UP\b/.exec(line)?.[1] ?? []),
    vendors: from < 0 ? {} : Object.fromEntries(vendors),
    features: lines.flatMap((line) => {
      const [, name, about = ""] = /^Users of ([^:\s]+):\s+\((.*)\)\s*$/.exec(line.trim()) ?? [];
      if (!name) return [];
      const counted = /Total of (\d+) licenses? issued;\s+Total of (\d+) licenses? in use/.exec(about);
      return [{ name, issued: counted ? Number(counted[1]) : null, used: counted ? Number(counted[2]) : null }];
    }),
    errors: lines.filter((line) => /\(-\d+,\d+/.test(line) || /Cannot connect|not running/.test(line)),
  };
}

/** As a script with awk or split reads it: by spaces, where each thing has its place. */
export function readByColumns(text: string) {
  const lines = text.split("\n");
  return {
    server: /^License server status: ([\w,.@-]+)$/m.exec(text)?.[1],
    free: lines.flatMap((line) => {
      const numbers = /^Users of /.test(line)
        ? [...line.matchAll(/(\d+) license/g)].map(([, count]) => Number(count))
        : [];
      return numbers.length === 2 ? [numbers[0]! - numbers[1]!] : [];
    }),
    users: lines.filter((line) => / start /.test(line)).map((line) => line.trim().split(/\s+/)),
  };
}
