import { expect, test } from "vitest";
import { randomWait } from "../../client-shim/random.ts";
import { seeded } from "../../daemon/domain/random.ts";

const some = (random: () => number, count: number) => Array.from({ length: count }, random);

test("the same seed makes the same choices, another one others", () => {
  expect(some(seeded(7), 20)).toEqual(some(seeded(7), 20));
  expect(some(seeded(7), 20)).not.toEqual(some(seeded(8), 20));
});

test("choices lie between 0 and 1, and everywhere there", () => {
  const chosen = some(seeded(1), 10_000);
  expect(chosen.every((one) => one >= 0 && one < 1)).toBe(true);
  const tenths = Map.groupBy(chosen, (one) => Math.floor(one * 10));
  expect([...tenths.values()].map((one) => one.length).every((count) => count > 850 && count < 1150)).toBe(true);
});

test("waits are as long as asked on average, and never negative", () => {
  const random = seeded(3);
  const waits = Array.from({ length: 10_000 }, () => randomWait(random, 2000));
  expect(waits.every((ms) => ms >= 0 && Number.isFinite(ms))).toBe(true);
  const mean = waits.reduce((sum, ms) => sum + ms, 0) / waits.length;
  expect(mean).toBeGreaterThan(1900);
  expect(mean).toBeLessThan(2100);
});
