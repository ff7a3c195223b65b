import type { Software } from "../../daemon/domain/inventory.ts";
import { type OutputOf, rowsOf } from "./output-of.ts";

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own variables
const FORMAT = "${db:Status-Status}\t${Package}\t${Version}\t${Origin}\t${Maintainer}\n";
/** A package is there from when its files are, though it waits to be set up; an upgrade that is under way takes none away. */
const THERE = new Set(["installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending"]);
/** Names in one command line, which Linux lets be 128 KiB long. */
const AT_ONCE = 1_000;

/**
 * Packages of Debian and what comes from it. Who publishes one is who signs the archive it comes from: a package itself
 * names only who looks after it, which for a package of Debian's may be anybody.
 */
export async function debianPackages(outputOf: OutputOf): Promise<Software[]> {
  const listed = await outputOf("dpkg-query", ["--show", `--showformat=${FORMAT}`]);
  if (listed === undefined) return [];
  const packages = rowsOf(listed).filter(([status = ""]) => THERE.has(status));
  const origins = await originsOf(
    packages.map(([, name = ""]) => name),
    outputOf,
  );
  return packages.map(([, name = "", version = "", origin = "", maintainer = ""]) => ({
    name,
    publisher: origin || origins.get(name) || maintainedBy(maintainer),
    // The epoch is dpkg's alone: `1:2.39.5` is 2.39.5 to everybody else.
    version: version.replace(/^\d+:/, ""),
  }));
}

/** Some who look after packages of Debian or Ubuntu do so under an address of theirs; anybody else publishes by himself. */
function maintainedBy(maintainer: string): string {
  const [, name = maintainer, address = ""] = /^(.*?)\s*<(.*)>$/.exec(maintainer) ?? [];
  if (/\bdebian\b/i.test(name) || /@(?:[\w-]+\.)*debian\.(?:org|net)$/i.test(address)) return "Debian";
  if (/\bubuntu\b/i.test(name) || /@(?:[\w-]+\.)*ubuntu\.com$/i.test(address)) return "Ubuntu";
  return name;
}

/** By package, what the archive calls itself from which its version can be had; none where apt's lists are not there. */
async function originsOf(names: readonly string[], outputOf: OutputOf): Promise<Map<string, string>> {
  // Lists that are being fetched just now, or were never: then the packages' own word has to do.
  const policy = (...args: string[]) => outputOf("apt-cache", ["policy", ...args]).catch(() => undefined);
  const archives = archivesIn((await policy()) ?? "");
  const origins = new Map<string, string>();
  if (archives.size === 0) return origins;
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const told = (await policy(...names.slice(from, from + AT_ONCE))) ?? "";
    for (const [name, archive] of archivesOfInstalled(told)) {
      const origin = archives.get(archive);
      if (origin) origins.set(name, origin);
    }
  }
  return origins;
}

/** ` 500 http://archive.example/debian bookworm/main amd64 Packages`, and below it `release o=Debian,…`. */
function archivesIn(text: string): Map<string, string> {
  const archives = new Map<string, string>();
  let archive = "";
  for (const line of text.split("\n")) {
    archive = ARCHIVE.exec(line)?.[1] ?? archive;
    const origin = /^ +release (?:.*,)?o=([^,]+)/.exec(line)?.[1];
    if (origin) archives.set(archive, origin);
  }
  return archives;
}

const ARCHIVE = /^ +-?\d+ (\S+ .*)$/;

/** Each package stands at a line's beginning; below ` *** ` stand the archives of the version that is installed. */
function* archivesOfInstalled(text: string): Generator<[name: string, archive: string]> {
  let name = "";
  let isInstalled = false;
  for (const line of text.split("\n")) {
    const begins = /^(\S+):$/.exec(line);
    if (begins) [name, isInstalled] = [begins[1]!, false];
    else if (/^ (?:\*\*\*| {3}) \S/.test(line)) isInstalled = line.startsWith(" ***");
    else if (isInstalled) {
      const archive = ARCHIVE.exec(line)?.[1];
      if (archive) yield [name.replace(/:[a-z0-9]+$/, ""), archive];
    }
  }
}
