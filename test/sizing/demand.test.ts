import { expect, test } from "vitest";
import { type Holdings, holdingsOf } from "../../daemon/domain/holdings.ts";
import { localDays } from "../../daemon/domain/local-days.ts";
import type { Refusal } from "../../daemon/domain/refusals.ts";
import { sweepDays } from "../../daemon/domain/sweep.ts";
import { peakOf } from "../../daemon/domain/usage.ts";
import { demandUnderLimit } from "../../daemon/sizing/demand.ts";
import { mixes } from "../../daemon/sizing/mixes.ts";
import { asRecord, at, holding, LONDON, MINUTE, pool } from "../support/usage.ts";

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
