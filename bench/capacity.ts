import type { GoalId } from "./goals.ts";
import type { Result } from "./report.ts";

/** What a size of an installation follows from, of what is measured. */
const CAPACITY: Partial<Record<GoalId, string>> = {
  "lease-memory": "memory of a lease in Redis",
  "connection-memory": "memory of a shim's connection in a daemon",
  "recorder-sqlite": "events written to SQLite",
  "recorder-postgres": "events written to PostgreSQL",
  scrape: "one scrape of `/metrics`, 200 pools at 30 sites, daemon and Redis",
  "scrape-delay": "by how much a scrape delays a decision",
  sweep: "a report over 20 million holdings, from nothing",
  report: "a report from a year of stored days",
};
const BEGIN = "<!-- capacity -->\n";
const END = "<!-- /capacity -->";
const GIBIBYTE: Record<string, number> = { "bytes of Redis": 2 ** 30, KiB: 2 ** 20 };

/** The table of docs/capacity.md. */
export function capacityTable(results: readonly Result[]): string {
  const rows = Object.entries(CAPACITY).flatMap(([id, what]) => {
    const result = results.find((one) => one.id === id);
    if (!result) return [];
    const { value, unit } = result;
    const million = unit in GIBIBYTE ? `${((value * 1e6) / GIBIBYTE[unit]!).toFixed(1)} GiB` : "";
    return [`| ${what} | ${value} | ${unit} | ${million} |`];
  });
  return ["| what | measured | unit | a million of them |", "| --- | ---: | --- | ---: |", ...rows, ""].join("\n");
}

/** The document with these figures in place of earlier ones. */
export function withCapacity(document: string, results: readonly Result[]): string {
  const [before, rest = ""] = document.split(BEGIN);
  const after = rest.split(END)[1];
  if (after === undefined) throw new Error(`docs/capacity.md lacks the marks ${BEGIN.trim()} and ${END}`);
  return `${before}${BEGIN}${capacityTable(results)}${END}${after}`;
}
