import type { PeopleCount, PoolDay } from "../domain/usage.ts";

const HOUR_MS = 3_600_000;

/** What a department used, and its part of the bill. */
export interface DepartmentRow {
  /** "" is unknown, and a row like the others. */
  department: string;
  seatHours: number;
  launches: number;
  /** Undefined where it was not counted. */
  people: number | undefined;
  /** Of all hours, of 1. */
  share: number;
  /** Of the hours in which nine tenths of the seats or more were in use, of 1: who the last seats are for. */
  busyShare: number;
}

/** What a pool's departments used, those with the most hours first. */
export function departmentRows(days: readonly PoolDay[], people?: Pick<PeopleCount, "byDepartment">): DepartmentRow[] {
  const sums = new Map<string, { seatMs: number; busySeatMs: number; launches: number }>();
  for (const [department, use] of days.flatMap(({ departments }) => Object.entries(departments))) {
    const sum = sums.get(department) ?? { seatMs: 0, busySeatMs: 0, launches: 0 };
    sums.set(department, {
      seatMs: sum.seatMs + use.seatMs,
      busySeatMs: sum.busySeatMs + use.busySeatMs,
      launches: sum.launches + use.launches,
    });
  }
  const allMs = [...sums.values()].reduce((sum, { seatMs }) => sum + seatMs, 0);
  const allBusyMs = [...sums.values()].reduce((sum, { busySeatMs }) => sum + busySeatMs, 0);
  return [...sums]
    .map(([department, { seatMs, busySeatMs, launches }]) => ({
      department,
      seatHours: seatMs / HOUR_MS,
      launches,
      people: people && (people.byDepartment[department] ?? 0),
      share: seatMs / (allMs || 1),
      busyShare: busySeatMs / (allBusyMs || 1),
    }))
    .sort((one, other) => other.seatHours - one.seatHours || (one.department < other.department ? -1 : 1));
}

/**
 * A sum in pence, divided by weights to the last penny: each gets its part rounded down, and those who lost most by it
 * one penny more. Without any weight nobody gets anything.
 */
export function dividedPence(total: number, weights: readonly number[]): number[] {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  if (all <= 0) return weights.map(() => 0);
  const parts = weights.map((weight) => (total * weight) / all);
  const pence = parts.map(Math.floor);
  const left = total - pence.reduce((sum, part) => sum + part, 0);
  const byRemainder = parts
    .map((part, i) => ({ i, lost: part - Math.floor(part) }))
    .sort((one, other) => other.lost - one.lost || one.i - other.i);
  for (const { i } of byRemainder.slice(0, left)) pence[i]! += 1;
  return pence;
}

/** How a bill is divided: by all hours, or by those in which the last seats were needed. */
export type DividedBy = "hours" | "busy hours";

/** Each row with its pence of a bill; the pence add up to the bill. */
export function chargeback(
  rows: readonly DepartmentRow[],
  billPence: number,
  by: DividedBy = "hours",
): (DepartmentRow & { pence: number })[] {
  const busy = by === "busy hours" && rows.some(({ busyShare }) => busyShare > 0);
  const pence = dividedPence(
    billPence,
    rows.map(({ share, busyShare }) => (busy ? busyShare : share)),
  );
  return rows.map((row, i) => ({ ...row, pence: pence[i]! }));
}

/** Fewer people than this are not told of in what is published: they could be recognised. */
export const FEWEST_PEOPLE = 5;

export const OTHERS = "others";

/**
 * Rows as they may be published. Departments with fewer than five people become one row, and where these are fewer than
 * five together, the next smallest joins them: a single row left out could be worked out from the total. Where all are too
 * few, nothing is left.
 */
export function publishable<Row extends DepartmentRow & { pence?: number }>(rows: readonly Row[]): Row[] {
  const few = rows.filter(({ people = 0 }) => people < FEWEST_PEOPLE);
  if (few.length === 0) return [...rows];
  const rest = rows.filter((row) => !few.includes(row)).sort((one, other) => other.people! - one.people!);
  const count = () => few.reduce((sum, { people = 0 }) => sum + people, 0);
  while (count() < FEWEST_PEOPLE && rest.length > 0) few.push(rest.pop()!);
  if (count() < FEWEST_PEOPLE) return [];
  const together = (amount: (row: Row) => number) => few.reduce((sum, row) => sum + amount(row), 0);
  const others: Row = {
    ...few[0]!,
    department: OTHERS,
    seatHours: together(({ seatHours }) => seatHours),
    launches: together(({ launches }) => launches),
    people: count(),
    share: together(({ share }) => share),
    busyShare: together(({ busyShare }) => busyShare),
    ...(few[0]!.pence !== undefined && { pence: together(({ pence }) => pence ?? 0) }),
  };
  return [...rows.filter((row) => rest.includes(row)), others];
}
