import fc from "fast-check";
import { expect, test } from "vitest";
import { type Holdings, holdingsOf } from "../../daemon/domain/holdings.ts";
import { localDays } from "../../daemon/domain/local-days.ts";
import type { Refusal } from "../../daemon/domain/refusals.ts";
import { sweepDays } from "../../daemon/domain/sweep.ts";
import { type Holding, peakOf } from "../../daemon/domain/usage.ts";
import { demandUnderLimit } from "../../daemon/sizing/demand.ts";
import { mixes } from "../../daemon/sizing/mixes.ts";
import { breakEven, cheapestMix } from "../../daemon/sizing/named-or-concurrent.ts";
import { RULE } from "../../daemon/sizing/recommendation.ts";
import { anyUse, asRecord, at, holding, LONDON, MINUTE, pool, sum } from "../support/usage.ts";
import * as naive from "./naive.ts";

const refusal = (first: string, change: Partial<Refusal> = {}): Refusal => ({
  person: "asmith",
  product: "autocad",
  pool: "cad",
  seats: 1,
  department: "",
  firstMs: at(first),
  lastMs: at(first),
  forSizing: true,
  ...change,
});
const days = localDays("2026-01-07", "2026-01-07", LONDON);
const spans = ({ startMs, endMs, pool }: Holdings) =>
  [...startMs].map((ms, i) => [pool[i], (ms - days[0]!.startMs) / MINUTE, (endMs[i]! - days[0]!.startMs) / MINUTE]);

/** Two seats, both taken from nine to eleven; one of the people who had to wait came in at eleven. */
const HELD = holdingsOf([
  holding("2026-01-07 09:00", "2026-01-07 11:00"),
  holding("2026-01-07 09:00", "2026-01-07 11:00"),
  holding("2026-01-07 11:00", "2026-01-07 12:00"),
]);

test("who was kept waiting began at the first denial, and is one launch as before", () => {
  const demand = demandUnderLimit(
    HELD,
    0,
    [refusal("2026-01-07 10:50", { grantedMs: at("2026-01-07 11:00") })],
    new Map(),
  );
  expect(spans(demand)).toEqual([
    [0, 9 * 60, 11 * 60],
    [0, 9 * 60, 11 * 60],
    [0, 10 * 60 + 50, 12 * 60],
  ]);
  const [day] = sweepDays(demand, [pool()], days);
  expect(peakOf(day!)).toBe(3);
  expect(asRecord(day!.arrivals)).toEqual({ 0: 1, 1: 1, 2: 1 });
});

test("who was turned away had a session of that person's median length, or of the pool's", () => {
  const refusals = [refusal("2026-01-07 10:00"), refusal("2026-01-07 10:10", { person: "bjones" })];
  const demand = demandUnderLimit(HELD, 0, refusals, new Map([["asmith", 30 * MINUTE]]));
  expect(spans(demand).slice(3)).toEqual([
    [0, 600, 630],
    [0, 610, 610 + 120],
  ]);
});

test("what another seat would not have cured is no demand for one, and other pools are left alone", () => {
  expect(spans(demandUnderLimit(HELD, 0, [refusal("2026-01-07 10:00", { forSizing: false })], new Map()))).toEqual(
    spans(HELD),
  );
  const other = holdingsOf([], [holding("2026-01-07 11:00", "2026-01-07 12:00")]);
  const waited = refusal("2026-01-07 10:50", { grantedMs: at("2026-01-07 11:00") });
  expect(spans(demandUnderLimit(other, 0, [waited], new Map()))).toEqual(spans(other));
});

test("a holding of other seats or another department is not the one that was waited for", () => {
  const grantedMs = at("2026-01-07 11:00");
  const others = [
    refusal("2026-01-07 10:50", { grantedMs, seats: 2 }),
    refusal("2026-01-07 10:50", { grantedMs, department: "Planning" }),
  ];
  expect(spans(demandUnderLimit(HELD, 0, others, new Map()))).toEqual(spans(HELD));
});

test("a holding that two people waited for is moved for one of them", () => {
  const waited = [
    refusal("2026-01-07 10:50", { grantedMs: at("2026-01-07 11:00") }),
    refusal("2026-01-07 10:40", { grantedMs: at("2026-01-07 11:00"), person: "bjones" }),
  ];
  expect(spans(demandUnderLimit(HELD, 0, waited, new Map()))[2]).toEqual([0, 650, 720]);
});

test("the heaviest users get their own seats first, and the others need fewer", () => {
  const shared = holdingsOf([
    holding("2026-01-07 09:00", "2026-01-07 17:00"),
    holding("2026-01-07 10:00", "2026-01-07 12:00"),
    holding("2026-01-07 11:00", "2026-01-07 11:30"),
    holding("2026-01-07 14:00", "2026-01-07 14:30"),
  ]);
  const people = Uint32Array.from([0, 1, 2, 2]);
  expect(mixes(shared, people, [0, 1, 2, 3, 9], pool(), days)).toEqual([
    { named: 0, concurrent: 3 },
    { named: 1, concurrent: 2 },
    { named: 2, concurrent: 1 },
    { named: 3, concurrent: 0 },
    { named: 3, concurrent: 0 },
  ]);
});

const PEOPLE = ["asmith", "bjones", "cbrown"];
const departments = fc.constantFrom("", "Planning");
const minutes = fc.integer({ min: 540, max: 570 });
const seats = fc.constantFrom(1, 1, 2);
const anyHeld = fc.record({
  ...{ from: minutes, lasts: fc.integer({ min: 1, max: 40 }), ended: fc.constantFrom(true, true, true, false) },
  ...{ seats, department: departments },
});
const anyRefusal = fc.record({
  ...{ first: minutes, waits: fc.constantFrom(0, 0, 1, 5, 10), seats, department: departments },
  ...{ person: fc.constantFrom(...PEOPLE), forSizing: fc.constantFrom(true, true, false) },
});
const minute = (number: number) => days[0]!.startMs + number * MINUTE;

test("the demand under a limit is what the definition says, whatever was held and refused", () => {
  const several = <Some>(some: fc.Arbitrary<Some>) => fc.array(some, { maxLength: 8 });
  fc.assert(
    fc.property(several(anyHeld), several(anyHeld), several(anyRefusal), (others, held, refused) => {
      const [theirs, own] = [others, held].map((all) =>
        all.map(({ from, lasts, ended, ...rest }) => ({
          ...{ startMs: minute(from), endMs: ended ? minute(from + lasts) : Number.POSITIVE_INFINITY },
          ...{ ...rest, grantedAs: "usual" as const },
        })),
      ) as [Holding[], Holding[]];
      const refusals = refused.map(({ first, waits, ...rest }) => {
        const firstMs = minute(first);
        return refusal("2026-01-07", {
          ...{ ...rest, firstMs, lastMs: firstMs },
          ...(waits > 0 && { grantedMs: firstMs + waits * MINUTE }),
        });
      });
      const medians = new Map([["asmith", 30 * MINUTE]]);

      const lengths = own.map(({ startMs, endMs }) => endMs - startMs).filter(Number.isFinite);
      const usual = lengths.find((length) => {
        const [shorter, longer] = [lengths.filter((one) => one < length), lengths.filter((one) => one > length)];
        return shorter.length * 2 < lengths.length && longer.length * 2 <= lengths.length;
      });
      const wanted = own.map((one) => ({ ...one }));
      const moved = new Set<Holding>();
      for (const { person, firstMs, grantedMs, seats, department, forSizing } of refusals) {
        if (!forSizing) continue;
        if (grantedMs === undefined) {
          const endMs = firstMs + (medians.get(person) ?? usual ?? 0);
          wanted.push({ startMs: firstMs, endMs, seats, department, grantedAs: "usual" });
          continue;
        }
        const waited = wanted
          .slice(0, own.length)
          .find(
            (one, i) =>
              !moved.has(one) && own[i]!.startMs === grantedMs && one.seats === seats && one.department === department,
          );
        if (!waited) continue;
        moved.add(waited);
        waited.startMs = firstMs;
      }
      const told = ({ pool, startMs, endMs, kind, kinds }: Holdings) =>
        [...pool].map((number, i) =>
          JSON.stringify([number, startMs[i], String(endMs[i]), kinds[kind[i]!]!.seats, kinds[kind[i]!]!.department]),
        );
      expect(told(demandUnderLimit(holdingsOf(theirs, own), 1, refusals, medians)).sort()).toEqual(
        told(holdingsOf(theirs, wanted)).sort(),
      );
    }),
    { numRuns: 2000 },
  );
});

test("a mix needs what the others need once the heaviest users are gone, whatever was used", () => {
  const numbers = fc.array(fc.nat(3), { minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(anyUse, numbers, fc.nat(5), fc.constantFrom(0.001, 0.2, 0.5), (use, people, named, share) => {
      const span = { fromMs: use.days[0]!.startMs, untilMs: use.days.at(-1)!.endMs };
      const heldMs = [0, 1, 2, 3].map((person) => ({
        person,
        ms: sum(
          use.holdings
            .filter((_, i) => people[i] === person)
            .map(({ startMs, endMs }) => Math.max(0, Math.min(endMs, span.untilMs) - Math.max(startMs, span.fromMs))),
        ),
      }));
      const users = heldMs.filter(({ ms }) => ms > 0).toSorted((one, other) => other.ms - one.ms);
      const own = users.slice(0, named).map(({ person }) => person);
      const others = { ...use, holdings: use.holdings.filter((_, i) => !own.includes(people[i]!)) };
      const peak = naive.peak(naive.scenes(others, span));
      expect(
        mixes(
          ...([holdingsOf(use.holdings), Uint32Array.from(use.holdings, (_, i) => people[i]!), [named]] as const),
          ...([pool(use), use.days, { ...RULE, share }] as const),
        ),
      ).toEqual([{ named: own.length, concurrent: naive.seatsForShare(naive.arrivals(others, span), share, peak) }]);
    }),
    { numRuns: 2000 },
  );
});

test("beyond the break-even naming everybody costs less than sharing, and below it more; the cheapest mix costs least", () => {
  const count = fc.integer({ min: 1, max: 200 });
  const ways = fc.array(fc.record({ named: fc.nat(50), concurrent: fc.nat(50) }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(count, count, count, count, ways, (people, seats, named, concurrent, mixes) => {
      const [all, shared] = [people * named, seats * concurrent];
      fc.pre(all !== shared);
      expect(concurrent / named > breakEven(people, seats)!).toBe(all < shared);
      const costs = mixes.map((mix) => mix.named * named + mix.concurrent * concurrent);
      const cheapest = cheapestMix(mixes, { named, concurrent })!;
      expect(cheapest.cost).toBe(Math.min(...costs));
      expect(cheapest.cost).toBe(cheapest.named * named + cheapest.concurrent * concurrent);
    }),
    { numRuns: 2000 },
  );
});
