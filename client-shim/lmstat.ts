import { VERSION } from "./version.ts";

interface Pool {
  pool: string;
  owned: number;
  used: number;
}
interface Lease {
  user: string;
  device: string;
  seats: number;
  sinceMs: number;
  version?: string;
}

/** What stands where FlexNet writes the version of a launch that did not say any. */
const UNTOLD_VERSION = "1.0";

/**
 * Pools and their leases in the layout of FlexNet's `lmstat -a`, for scripts that were written for that. A pool stands for
 * a feature; spaces in names, which FlexNet does not have, are written `_`, so that columns stay where they are.
 */
export function lmstat(
  pools: readonly (Pool & { leases: readonly Lease[] })[],
  { host, port }: { host: string; port: string },
  nowMs = Date.now(),
): string {
  const server = word(host);
  return [
    `Flexible License Manager status on ${weekday(nowMs)} ${day(nowMs)}/${new Date(nowMs).getFullYear()} ${time(nowMs)}`,
    "",
    `License server status: ${port}@${server}`,
    `    License file(s) on ${server}: seatmeter`,
    "",
    `${server}: license server UP (MASTER) v${VERSION}`,
    "",
    `Vendor daemon status (on ${server}):`,
    "",
    ` seatmeter: UP v${VERSION}`,
    "",
    "Feature usage info:",
    "",
    ...pools.flatMap(({ pool, owned, used, leases }) => [
      `Users of ${word(pool)}:  (Total of ${licences(owned)} issued;  Total of ${licences(used)} in use)`,
      "",
      ...(leases.length === 0
        ? []
        : [
            `  "${word(pool)}" v${UNTOLD_VERSION}, vendor: seatmeter`,
            "  floating license",
            "",
            ...leases.map((lease, i) => leaseLine(lease, `${server}/${port} ${i + 1}`)),
            "",
          ]),
    ]),
  ]
    .join("\n")
    .concat("\n");
}

function leaseLine({ user, device, seats, sinceMs, version = UNTOLD_VERSION }: Lease, handle: string): string {
  const start = `${weekday(sinceMs)} ${day(sinceMs)} ${time(sinceMs)}`;
  const several = seats > 1 ? `, ${licences(seats)}` : "";
  return `    ${word(user)} ${word(device)} ${word(device)} (v${word(version)}) (${handle}), start ${start}${several}`;
}

const licences = (count: number) => `${count} license${count === 1 ? "" : "s"}`;
const word = (text: string) => text.replace(/[\s\p{Cc}]+/gu, "_");
const weekday = (atMs: number) => new Date(atMs).toLocaleDateString("en-US", { weekday: "short" });
const day = (atMs: number) => `${new Date(atMs).getMonth() + 1}/${new Date(atMs).getDate()}`;
const time = (atMs: number) => {
  const at = new Date(atMs);
  return `${at.getHours()}:${String(at.getMinutes()).padStart(2, "0")}`;
};
