import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The top of the checkout. */
export const PROJECT = dirname(import.meta.dirname);

export const VERSION: string = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")).version;

/**
 * The moment that all files in packages bear, in seconds: that of the commit, so that whoever builds the same gets the same.
 * A tree without git has none but the epoch.
 */
export function epochSeconds(): number {
  const asked = process.env.SOURCE_DATE_EPOCH;
  if (asked !== undefined) return Number(asked);
  try {
    return Number(execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: PROJECT, encoding: "utf8" }));
  } catch {
    return 0;
  }
}

/** A GUID for a name: the same for the same, as UUIDs of version 5 are. */
export function guidOf(name: string): string {
  const bytes = createHash("sha1").update(`seatmeter ${name}`).digest().subarray(0, 16);
  bytes[6] = 0x50 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = bytes.toString("hex").toUpperCase();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
