/** One line of the table; with an id it is also a goal, checked in results.json. */
export interface Measured {
  name: string;
  unit: string;
  value: number;
  /** Of the repetitions. */
  range?: [number, number];
  id?: string;
  goal?: string | undefined;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export const spread = (values: readonly number[]): [number, number] => [Math.min(...values), Math.max(...values)];

/**
 * Ask each question in turn, several times round, so that a noisy neighbour troubles all of them alike. The first round
 * warms up and is not counted.
 */
export async function inTurn(questions: Record<string, () => Promise<number>>, rounds: number) {
  const results = new Map<string, number[]>(Object.keys(questions).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, ask] of Object.entries(questions)) {
      const value = await ask();
      if (round > 0) results.get(name)!.push(value);
    }
  }
  return results;
}
