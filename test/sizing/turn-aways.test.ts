import fc from "fast-check";
import { expect, test } from "vitest";
import { holdingsOf } from "../../daemon/domain/holdings.ts";
import { sweepDays } from "../../daemon/domain/sweep.ts";
import type { Holding } from "../../daemon/domain/usage.ts";
import { type Launches, launchesOf, rowsByPool } from "../../daemon/sizing/launches.ts";
import { HUMAN, LOST, QUEUE, replay } from "../../daemon/sizing/replay.ts";
import { totalsOf } from "../../daemon/sizing/totals.ts";
import { seatsForShare, turnAways } from "../../daemon/sizing/turn-aways.ts";
import { type AnyUse, anyUse, at, byLevel, HOUR, holding, MINUTE, pool } from "../support/usage.ts";
import * as naive from "./naive.ts";
import { naiveReplay } from "./naive-replay.ts";

const DAY = { fromMs: at("2026-01-07 00:00"), untilMs: at("2026-01-08 00:00") };
const launches = (...holdings: Holding[]): Launches => {
  const columns = holdingsOf(holdings);
  return launchesOf(columns, rowsByPool(columns, 1)[0]!, DAY);
};
const spanOf = ({ days }: AnyUse) => ({ fromMs: days[0]!.startMs, untilMs: days.at(-1)!.endMs });
const launchesIn = (use: AnyUse) => {
  const columns = holdingsOf(use.holdings);
  return launchesOf(columns, rowsByPool(columns, 1)[0]!, spanOf(use), use.gaps);
};
const totalsIn = ({ holdings, gaps, capacity, days }: AnyUse) =>
  totalsOf(sweepDays(holdingsOf(holdings), [pool({ gaps, capacity })], days));

/** Ten launches, of which one needed the fifth seat, two the fourth and seven no more than the third. */
const TEN = byLevel({ 0: 4, 2: 3, 3: 2, 4: 1 });

test("turn-aways worked out by hand", () => {
  const foundNoneFree = turnAways(TEN);
  expect([0, 1, 2, 3, 4, 5, 6].map(foundNoneFree)).toEqual([10, 6, 6, 3, 1, 0, 0]);
});

test("seats for a share worked out by hand", () => {
  expect(seatsForShare(TEN, 0.1, 5)).toBe(4);
  expect(seatsForShare(TEN, 0.3, 5)).toBe(3);
  expect(seatsForShare(TEN, 0.59, 5)).toBe(3);
  expect(seatsForShare(TEN, 0.6, 5)).toBe(1);
  // Less than one launch: the peak, which others who were there before may have made.
  expect(seatsForShare(TEN, 0.09, 7)).toBe(7);
  expect(seatsForShare(byLevel({}), 0.001, 0)).toBe(0);
});

const anyArrivals = fc
  .dictionary(fc.integer({ min: 0, max: 40 }).map(String), fc.integer({ min: 1, max: 500 }), { maxKeys: 12 })
  .map((amounts) => byLevel(amounts));

test("the seats for a share are the fewest with which no more than the share find none free", () => {
  fc.assert(
    fc.property(anyArrivals, fc.constantFrom(0.001, 0.01, 0.1), (arrivals, share) => {
      const peak = (arrivals.levels.at(-1) ?? -1) + 1;
      const foundNoneFree = turnAways(arrivals);
      const allowed = share * foundNoneFree(0);
      const fewest = Array.from({ length: 50 }, (_, seats) => seats).find((seats) => foundNoneFree(seats) <= allowed)!;
      expect(seatsForShare(arrivals, share, peak)).toBe(allowed < 1 ? peak : fewest);
    }),
    { numRuns: 2000 },
  );
});

test("turn-aways count what the definition counts, and fall as seats rise", () => {
  fc.assert(
    fc.property(anyUse, (use) => {
      const found = turnAways(totalsIn(use).arrivals);
      const naively = naive.arrivals(use, spanOf(use));
      for (let seats = 0; seats < 30; seats++) {
        const expected = Object.entries(naively).reduce(
          (sum, [k, count]) => (Number(k) >= seats ? sum + count : sum),
          0,
        );
        expect(found(seats)).toBe(expected);
        expect(found(seats + 1)).toBeLessThanOrEqual(found(seats));
      }
    }),
    { numRuns: 2000 },
  );
});

test("a lost launch takes no seat, so the one after it gets one", () => {
  const replayed = replay(
    launches(
      holding("2026-01-07 09:00", "2026-01-07 10:00"),
      holding("2026-01-07 09:30", "2026-01-07 17:00"),
      holding("2026-01-07 10:00", "2026-01-07 11:00"),
    ),
    1,
  );
  expect(replayed).toMatchObject({ launches: 3, turnedAway: 1, keptWaiting: 0 });
});

test("a person who tries again after five minutes was kept waiting, and moves what comes after", () => {
  const all = launches(
    holding("2026-01-07 09:00", "2026-01-07 10:00"),
    holding("2026-01-07 09:57", "2026-01-07 10:57"),
    holding("2026-01-07 11:00", "2026-01-07 11:30"),
    holding("2026-01-07 11:05", "2026-01-07 12:00"),
  );
  // 09:57 gets in at 10:02 until 11:02; 11:00 at 11:05, before 11:05 itself, which tries until 11:15 in vain.
  expect(replay(all, 1, HUMAN)).toEqual({
    seats: 1,
    launches: 4,
    turnedAway: 1,
    keptWaiting: 2,
    waitedMs: 10 * MINUTE,
  });
});

test("who tries again in the moment in which somebody leaves has the seat", () => {
  const all = launches(
    holding("2026-01-07 09:00", "2026-01-07 10:00"),
    holding("2026-01-07 09:50", "2026-01-07 10:50"),
    holding("2026-01-07 10:20", "2026-01-07 10:30"),
  );
  // 09:50 tries at 09:55 and at 10:00, and stays until 11:00; 10:20 tries until 10:30 in vain.
  expect(replay(all, 1, HUMAN)).toMatchObject({ turnedAway: 1, keptWaiting: 1, waitedMs: 10 * MINUTE });
});

test("a queue serves in turn, and nobody waits longer than half an hour", () => {
  const all = launches(
    holding("2026-01-07 09:00", "2026-01-07 10:00"),
    holding("2026-01-07 09:20", "2026-01-07 10:20"),
    holding("2026-01-07 09:40", "2026-01-07 09:50"),
    holding("2026-01-07 09:55", "2026-01-07 10:05"),
  );
  // 09:20 has gone by 10:00; 09:40 has its ten minutes from then, 09:55 the next ten.
  expect(replay(all, 1, QUEUE)).toEqual({
    seats: 1,
    launches: 4,
    turnedAway: 1,
    keptWaiting: 2,
    waitedMs: 35 * MINUTE,
  });
});

test("who stood behind somebody that gave up comes in at that moment", () => {
  const all = launches(
    holding("2026-01-07 09:00", "2026-01-07 17:00"),
    holding("2026-01-07 09:10", "2026-01-07 12:00", { seats: 2 }),
    holding("2026-01-07 09:20", "2026-01-07 10:00"),
  );
  // One seat is free all the time; 09:10 waits for two until 09:40, and so does 09:20 behind it.
  expect(replay(all, 2, QUEUE)).toMatchObject({ turnedAway: 1, keptWaiting: 1, waitedMs: 20 * MINUTE });
});

test("a launch that wants more seats than there are is turned away, in a queue too", () => {
  const all = launches(holding("2026-01-07 09:00", "2026-01-07 10:00", { seats: 3 }));
  for (const refused of [LOST, HUMAN, QUEUE]) expect(replay(all, 2, refused).turnedAway).toBe(1);
});

test("launches of one moment fare alike, in whatever order they were written down", () => {
  const [one, other, next] = [
    holding("2026-01-07 09:00", "2026-01-07 09:01", { seats: 5, department: "Planning" }),
    holding("2026-01-07 09:00", "2026-01-07 17:00", { seats: 5 }),
    holding("2026-01-07 09:01", "2026-01-07 09:02"),
  ];
  // "" comes before "Planning", and stays; so nobody after it is seated.
  for (const holdings of [[one, other, next] as const, [other, one, next] as const])
    expect(replay(launches(...holdings), 5)).toMatchObject({ launches: 3, turnedAway: 2 });
});

test("a replay loses whom the definition loses, and never more than the turn-aways", () => {
  fc.assert(
    fc.property(anyUse, fc.integer({ min: 0, max: 8 }), (use, seats) => {
      const replayed = replay(launchesIn(use), seats);
      const totals = totalsIn(use);
      expect(replayed).toEqual(naiveReplay(use, spanOf(use), seats, LOST));
      expect(replayed.turnedAway).toBeLessThanOrEqual(turnAways(totals.arrivals)(seats));
      expect(replayed.launches).toBe(totals.holdings);
    }),
    { numRuns: 2000 },
  );
});

/** No two begin in one moment, or five minutes apart: then nothing says who tries first. */
const inTurn = anyUse.map((use) => ({
  ...use,
  holdings: use.holdings.map((one, i) => ({ ...one, startMs: one.startMs + 10 * i, endMs: one.endMs + 10 * i })),
}));

test("whoever tries again, or waits in a queue, fares as the definition says", () => {
  fc.assert(
    fc.property(inTurn, fc.integer({ min: 0, max: 8 }), (use, seats) => {
      for (const refused of [HUMAN, QUEUE])
        expect(replay(launchesIn(use), seats, refused)).toEqual(naiveReplay(use, spanOf(use), seats, refused));
    }),
    { numRuns: 2000 },
  );
});

test("with as many seats as were ever in use nobody is refused, however people behave", () => {
  fc.assert(
    fc.property(anyUse, (use) => {
      const peak = totalsIn({ ...use, gaps: [] }).peak;
      for (const refused of [LOST, HUMAN, QUEUE]) {
        const { turnedAway, keptWaiting } = replay(launchesIn({ ...use, gaps: [] }), peak, refused);
        expect(turnedAway + keptWaiting).toBe(0);
      }
    }),
    { numRuns: 2000 },
  );
});

test("nobody is counted twice, or waits longer than half an hour", () => {
  fc.assert(
    fc.property(anyUse, fc.integer({ min: 0, max: 8 }), (use, seats) => {
      for (const refused of [HUMAN, QUEUE]) {
        const { launches, turnedAway, keptWaiting, waitedMs } = replay(launchesIn(use), seats, refused);
        expect(turnedAway + keptWaiting).toBeLessThanOrEqual(launches);
        expect(waitedMs).toBeLessThanOrEqual(keptWaiting * 0.5 * HOUR);
      }
    }),
    { numRuns: 2000 },
  );
});
