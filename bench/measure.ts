import type { GoalId } from "./goals.ts";

/** One line of the table; with an id it is a goal too. */
export interface Measured {
  name: string;
  unit: string;
  value: number;
  /** Of the repetitions. */
  range?: [number, number];
  id?: GoalId;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** What was measured several times: the median, and between what it lay. */
export function measured(name: string, unit: string, values: readonly number[]): Measured {
  return { name, unit, value: median(values), range: [Math.min(...values), Math.max(...values)] };
}

/** One median divided by another; both from the same rounds. */
export function ratio(name: string, above: readonly number[], below: readonly number[], id?: GoalId): Measured {
  return { name, unit: "ratio", value: median(above) / median(below), ...(id && { id }) };
}

/**
 * Ask each question in turn, several times round, so that a noisy neighbour troubles all of them alike. The first round
 * warms up and is not counted.
 */
export async function inTurn<Name extends string, Value>(
  questions: Record<Name, () => Promise<Value>>,
  rounds: number,
): Promise<Record<Name, Value[]>> {
  const asked = Object.entries<() => Promise<Value>>(questions);
  const answers = Object.fromEntries(asked.map(([name]) => [name, [] as Value[]])) as Record<Name, Value[]>;
  for (let round = 0; round <= rounds; round++) {
    for (const [name, ask] of asked) {
      const value = await ask();
      if (round > 0) answers[name as Name].push(value);
    }
  }
  return answers;
}
