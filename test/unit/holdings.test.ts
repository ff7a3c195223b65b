import fc from "fast-check";
import { expect, test } from "vitest";
import { HoldingsBuilder } from "../../daemon/domain/holdings.ts";
import { LevelTally } from "../../daemon/domain/level-tally.ts";
import { GRANTED_AS } from "../../daemon/domain/usage.ts";
import { asRecord } from "../support/usage.ts";

test("holdings come out of their columns as they went in, however many there are", () => {
  const builder = new HoldingsBuilder();
  const added = Array.from({ length: 5000 }, (_, i) => ({
    startMs: i,
    endMs: i % 7 === 0 ? Number.POSITIVE_INFINITY : i * 2,
    seats: 1 + (i % 3),
    department: ["", "Planning", "Revenues and benefits"][i % 3]!,
    grantedAs: GRANTED_AS[i % 2]!,
  }));
  for (const [i, one] of added.entries()) builder.add(i % 40, one);
  const { pool, startMs, endMs, kind, kinds } = builder.holdings();
  expect([...pool]).toEqual(added.map((_, i) => i % 40));
  expect(added.map((_, i) => ({ startMs: startMs[i]!, endMs: endMs[i]!, ...kinds[kind[i]!]! }))).toEqual(added);
  expect(kinds).toHaveLength(6);
});

test("a tally adds up by level, leaves out what came to nothing, and begins anew once it was taken", () => {
  const anyAmounts = fc.array(fc.tuple(fc.oneof(fc.nat(200), fc.nat(1_000_000)), fc.integer({ min: -3, max: 3 })), {
    maxLength: 20,
  });
  const tally = new LevelTally();
  fc.assert(
    fc.property(anyAmounts, (amounts) => {
      const expected: Record<number, number> = {};
      for (const [level, amount] of amounts) {
        tally.add(level, amount);
        expected[level] = (expected[level] ?? 0) + amount;
      }
      const taken = tally.take();
      expect(asRecord(taken)).toEqual(
        Object.fromEntries(Object.entries(expected).filter(([, amount]) => amount !== 0)),
      );
      expect(taken.levels).toEqual(taken.levels.toSorted((one, other) => one - other));
    }),
  );
});
