import { createHash } from "node:crypto";
import type { PoolDay } from "../domain/usage.ts";

/**
 * A fingerprint of the days that a report was made from: whoever makes it again from the same data finds the same one.
 * Everything stands in one fixed order, since objects that were kept as text do not come back with theirs.
 *
 * @returns SHA-256 in hexadecimal digits
 */
export function checksum(days: readonly PoolDay[]): string {
  const hash = createHash("sha256");
  for (const day of days) hash.update(`${JSON.stringify(inOrder(day))}\n`);
  return hash.digest("hex");
}

const sorted = (record: Readonly<Record<string, unknown>>) =>
  Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1));

function inOrder(day: PoolDay): unknown[] {
  const { refusals, overMs, observed, ungoverned } = day;
  return [
    day.pool,
    day.date,
    day.startMs,
    day.endMs,
    day.hourPeaks,
    day.peakAtMs ?? null,
    ...[day.occupancyMs, day.workingOccupancyMs, day.arrivals].flatMap(({ levels, amounts }) => [levels, amounts]),
    day.holdings,
    day.shared,
    sorted(day.askedFirst),
    [refusals.keptWaiting, refusals.turnedAway, refusals.forSizing.keptWaiting, refusals.forSizing.turnedAway],
    refusals.delaysMs,
    Object.entries(day.departments)
      .map(([name, { seatMs, busySeatMs, launches }]) => [name, seatMs, busySeatMs, launches])
      .sort(([one], [other]) => (one! < other! ? -1 : 1)),
    day.fullMs,
    [overMs.all, overMs.overdraft, overMs.excess],
    [observed.holdings, observed.seatMs],
    ...(ungoverned ? [[ungoverned.holdings, ungoverned.seatMs]] : []),
    day.gaps.map(({ fromMs, untilMs }) => [fromMs, untilMs]),
    day.workingMs,
    day.coveredWorkingMs,
    day.capacity.map(({ fromMs, seats }) => [fromMs, seats]),
  ];
}
