import type { ImportedPool } from "../daemon/history/past.ts";
import { type HistoryPlace, placeInWords } from "../daemon/history/troubles.ts";
import type { FlexnetPast } from "../daemon/imports/flexnet-launches.ts";
import type { FlexnetPools } from "../daemon/imports/flexnet-pools.ts";
import { unknownPools } from "./import-log-draft.ts";
import { printableName } from "./replay-register.ts";
import { table } from "./table.ts";

const dayOf = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);
const number = (amount: number) => amount.toLocaleString("en-GB");

/** What the logs show, feature by feature, and where each is counted. */
export function useAsText({ features, files, unread, undated }: FlexnetPast, pools: FlexnetPools): string {
  const counted = new Map<string, string>();
  for (const { launches, denials } of files) {
    for (const { names } of [...launches, ...denials]) {
      for (const name of names) counted.set(name, counted.get(name) ?? pools.of(names).pool);
    }
  }
  const rows = features.map(({ feature, launches, peakSessions, peakUserDevice, denials }) => [
    ...[printableName(feature, 40), counted.get(feature) ?? "", number(launches), number(peakSessions)],
    ...[number(peakUserDevice), number(denials)],
  ]);
  const headings = ["FEATURE", "POOL", "LAUNCHES", "PEAK", "SEATS", "DENIED"];
  const columns = headings.map((heading, i) => ({ heading, number: i >= 2 }));
  const first = Math.min(...features.map(({ firstAtMs }) => firstAtMs));
  const last = Math.max(...features.map(({ lastAtMs }) => lastAtMs));
  const parts = [
    table(columns, rows),
    `\nFrom ${dayOf(first)} to ${dayOf(last)}. PEAK: most at once, each launch on its own; SEATS: where those of\n`,
    "a person on one computer share one. A package and what comes with it are lines of their\nown here, and one launch in the history.\n",
  ];
  if (unread > 0) {
    const which = undated > 0 ? `, ${number(undated)} of them without a date` : "";
    parts.push(`Lines that look like OUT, IN or DENIED and could not be read: ${number(unread)}${which}.\n`);
  }
  return parts.join("");
}

/** What became of it. */
export function importedAsText(imported: readonly ImportedPool[], place: HistoryPlace): string {
  const sum = (of: (pool: ImportedPool) => number) => imported.reduce((all, pool) => all + of(pool), 0);
  const [launches, denials] = [sum((pool) => pool.launches), sum((pool) => pool.denials)];
  const [completed, moved] = [sum((pool) => pool.completed), sum((pool) => pool.moved)];
  const lines = [];
  const where = placeInWords(place);
  const old = sum(({ tooOld }) => tooOld);
  if (old > 0) lines.push(`${number(old)} left out: they are older than what the history keeps of their pools.`);
  if (launches + denials + completed + moved + old === 0) lines.push(`Nothing new: ${where} has all of it already.`);
  else if (launches + denials + completed + moved > 0)
    lines.push(`Written down in ${where}: ${number(launches)} launches and ${number(denials)} denials that are new.`);
  if (completed > 0) lines.push(`Launches of which an earlier log did not tell the end: ${number(completed)}.`);
  if (moved > 0) lines.push(`Launches that the register counts in another pool than before: ${number(moved)}.`);
  const left = Map.groupBy(
    imported.filter(({ countedAlready }) => countedAlready > 0),
    ({ pool }) => pool,
  );
  for (const [pool, parts] of left) {
    const count = parts.reduce((all, { countedAlready }) => all + countedAlready, 0);
    const from = dayOf(parts[0]?.countedFromMs ?? 0);
    lines.push(
      `${pool}: ${number(count)} left out, from ${from} on the daemon counted by itself (--overlapping takes them too).`,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** What is to be done before its reports can be read. */
export function unknownAsText(past: FlexnetPast, pools: FlexnetPools): string {
  const [first, ...others] = unknownPools(past, pools).map(({ pool }) => pool);
  if (first === undefined) return "";
  const which = others.length === 0 ? first : `${first} and ${number(others.length)} more`;
  return (
    `The register has no pool for ${which}: reports open when it has, with what was bought.\n` +
    "seatmeter import flexnet --draft LOG… prints what to put into it.\n"
  );
}
