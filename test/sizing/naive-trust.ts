import { type PoolDay, peakOf } from "../../daemon/domain/usage.ts";

/* Growth and confidence once more, as they are defined: month by month, each looked up anew. */

const total = (days: readonly PoolDay[], of: (day: PoolDay) => number) => days.reduce((sum, day) => sum + of(day), 0);
const byMonth = (days: readonly PoolDay[]) => Map.groupBy(days, ({ date }) => date.slice(0, 7));

function isWhole(month: string, own: readonly PoolDay[]): boolean {
  const [year = 0, number = 0] = month.split("-").map(Number);
  return own.length === new Date(Date.UTC(year, number, 0)).getUTCDate();
}

function isMetered(days: readonly PoolDay[]): boolean {
  const [worked, metered] = [total(days, ({ workingMs }) => workingMs), total(days, (day) => day.coveredWorkingMs)];
  return worked === 0 || metered / worked >= 0.98;
}

/** Mean of the peaks of a month's working days, where it is whole, metered and without a limit that was reached. */
function usualPeak(month: string, own: readonly PoolDay[]): number | undefined {
  const working = own.filter(({ coveredWorkingMs }) => coveredWorkingMs > 0);
  if (!isWhole(month, own) || !isMetered(own) || own.some(({ fullMs }) => fullMs > 0)) return undefined;
  return working.length > 0 ? total(working, peakOf) / working.length : undefined;
}

export function growth(days: readonly PoolDay[]): { factor?: number; months: number } {
  const months = byMonth(days);
  const last = [...months].findLast(([month, own]) => isWhole(month, own))?.[0];
  if (last === undefined) return { months: 0 };
  const [year = 0, number = 0] = last.split("-").map(Number);
  const factors: number[] = [];
  for (let back = 0; back < 12; back++) {
    const month = new Date(Date.UTC(year, number - 1 - back)).toISOString().slice(0, 7);
    const [now, before] = [month, `${Number(month.slice(0, 4)) - 1}${month.slice(4)}`].map((one) =>
      usualPeak(one, months.get(one) ?? []),
    );
    if (now !== undefined && before) factors.push(now / before);
  }
  if (factors.length < 6) return { months: factors.length };
  factors.sort((one, other) => one - other);
  const middle = (factors.length - 1) / 2;
  return { factor: (factors[Math.floor(middle)]! + factors[Math.ceil(middle)]!) / 2, months: factors.length };
}

/** Which of the three tests a year passes, and how sure that is. */
export function confidence(days: readonly PoolDay[], seats: number, [low, high]: readonly [number, number]) {
  const peak = Math.max(0, ...days.map(peakOf));
  const near = peak === 0 ? 0 : days.filter((day) => peakOf(day) * 10 >= peak * 9).length;
  const turnedAway = total(days, ({ refusals }) => refusals.forSizing.turnedAway);
  const waited = total(days, ({ refusals }) => refusals.forSizing.keptWaiting);
  const wanted = total(days, ({ holdings }) => holdings) + turnedAway;
  const tests = {
    data: [...byMonth(days)].filter(([month, own]) => isWhole(month, own)).length >= 12 && isMetered(days),
    tail: near >= 5 || high - low <= 1 || (high - low) * 20 <= seats,
    cap: days.every(({ fullMs }) => fullMs === 0) || (turnedAway + waited) * 1000 < wanted || wanted === 0,
  };
  const passed = [tests.data, tests.tail, tests.cap].filter(Boolean).length;
  return { level: passed === 3 ? "high" : passed === 2 ? "medium" : "low", tests };
}
