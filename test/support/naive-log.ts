import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Holding } from "../../daemon/domain/usage.ts";

const DAY_MS = 86_400_000;

export interface LogLine {
  /** As the log's clock showed it, read as UTC. */
  atMs: number;
  kind: "OUT" | "IN" | "DENIED";
  feature: string;
  who: string;
}

/** The lines of use of a real log, read without any of the product's parts: a date where one stands, and the next day at midnight. */
export function linesOfUse(file: string): LogLine[] {
  let dayMs = Number.NaN;
  let lastMs = 0;
  const lines: LogLine[] = [];
  for (const line of gunzipSync(readFileSync(file)).toString("latin1").split(/\r?\n/)) {
    const [, hour, minute, second, rest = ""] = /^\W*(\d\d?):(\d\d):(\d\d) (.*)/.exec(line) ?? [];
    if (hour === undefined) continue;
    const clockMs = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000;
    const date = /(?:TIMESTAMP |started on .*\()(\d+)\/(\d+)\/(\d{4})/.exec(rest);
    if (date) dayMs = Date.UTC(Number(date[3]), Number(date[1]) - 1, Number(date[2]));
    else if (clockMs < lastMs - DAY_MS / 2) dayMs += DAY_MS;
    lastMs = clockMs;
    const use = /^\(\w+\) (OUT|IN|DENIED): "([^"]+)" (\S.*?)\s*$/.exec(rest);
    if (use) lines.push({ atMs: dayMs + clockMs, kind: use[1] as "OUT", feature: use[2]!, who: use[3]!.toLowerCase() });
  }
  return lines;
}

/** The times in which each user at a computer had a feature at least once, as one holding each; at one moment ends come first. */
export function holdingsOfLog(lines: readonly LogLine[], feature: string): Holding[] {
  const holdings: Holding[] = [];
  const lastMs = Math.max(...lines.map(({ atMs }) => atMs));
  const own = lines.filter((line) => line.feature === feature);
  for (const theirs of Map.groupBy(own, ({ who }) => who).values()) {
    let [inside, sinceMs] = [0, 0];
    const leave = (count: number, endMs: number) => {
      inside -= count;
      if (count > 0 && inside === 0)
        holdings.push({ startMs: sinceMs, endMs, seats: 1, department: "", grantedAs: "usual" });
    };
    for (const [atMs, now] of Map.groupBy(theirs, (line) => line.atMs)) {
      const came = now.filter(({ kind }) => kind === "OUT").length;
      const left = now.filter(({ kind }) => kind === "IN").length;
      const stood = Math.min(inside, left);
      leave(stood, atMs);
      if (inside === 0) sinceMs = atMs;
      inside += came;
      leave(left - stood, atMs);
    }
    leave(inside, lastMs);
  }
  return holdings;
}
