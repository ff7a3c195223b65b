import { readDuration } from "../../daemon/domain/duration.ts";
import { ALERTS } from "../../dashboards/alerts.ts";
import { RECORDING_RULES } from "../../dashboards/recording.ts";

const MINUTE_MS = 60_000;

/** The expression of an alert with that of each recording rule in its place. */
export function expressionOf(name: string): string {
  const alert = ALERTS.find((one) => one.name === name);
  if (!alert) throw new Error(`no alert ${name}`);
  return alert.expr.replaceAll(/seatmeter:[\w:]+/g, (record) => {
    const rule = RECORDING_RULES.find((one) => one.record === record);
    if (!rule) throw new Error(`no rule records ${record}`);
    return `(${rule.expr})`;
  });
}

/**
 * How often something that held in these minutes would have rung: each time anew, after it held for so long, and unless it
 * has rung within the time that it goes on ringing.
 */
export function ringsOf(
  held: ReadonlyMap<string, readonly number[]>,
  { forMinutes = 0, keepMinutes = 0 } = {},
): Map<string, number> {
  return new Map(
    [...held].map(([labels, minutes]) => {
      let rings = 0;
      let since = Number.NEGATIVE_INFINITY;
      for (const [i, atMs] of minutes.entries()) {
        const silentMs = atMs - (minutes[i - 1] ?? Number.NEGATIVE_INFINITY);
        if (silentMs > (1 + keepMinutes) * MINUTE_MS) since = atMs;
        if (atMs - since === forMinutes * MINUTE_MS) rings += 1;
      }
      return [labels, rings];
    }),
  );
}

/** How many minutes an alert goes on when it holds no more. */
export function keptOf(name: string): number {
  const { keep = "0m" } = ALERTS.find((one) => one.name === name) ?? {};
  return (readDuration(keep) ?? 0) / MINUTE_MS;
}
