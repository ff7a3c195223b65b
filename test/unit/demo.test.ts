import { describe, expect, test } from "vitest";
import { addDays, wallTime, weekdayOf } from "../../daemon/domain/calendar.ts";
import type { LedgerEvent } from "../../daemon/domain/events.ts";
import { seeded } from "../../daemon/domain/random.ts";
import { isWorkingDay } from "../../daemon/domain/working-time.ts";
import { Refusals } from "../../daemon/history/refusals.ts";
import { readRegister } from "../../daemon/register/read.ts";
import { OUTAGES } from "../../demo/council.ts";
import { DemoPast } from "../../demo/past.ts";
import { demoRegister } from "../../demo/register.ts";
import { staffOf } from "../../demo/staff.ts";

const NOW = Date.parse("2026-11-25T15:30:00Z");
const TODAY = "2026-11-25";

function pastOf(seed: number, years: number) {
  const random = seeded(seed);
  const staff = staffOf(random, TODAY);
  const read = readRegister(demoRegister(staff, TODAY), {}, NOW);
  if ("mistakes" in read) throw new Error(JSON.stringify(read.mistakes));
  const pseudonym = (kind: string, name: string, atMs: number) => {
    const year = new Date(atMs).getUTCFullYear();
    return { thisYear: `${kind} ${name} ${year}`, lastYear: `${kind} ${name} ${year - 1}` };
  };
  const { register } = read;
  const past = new DemoPast({ register, staff, random, nowMs: NOW, years, pseudonym });
  const events = new Map<string, LedgerEvent[]>();
  for (const day of past.play()) {
    for (const [pool, told] of day.events) events.set(pool, [...(events.get(pool) ?? []), ...told]);
  }
  return { register, staff, events, warnings: read.warnings };
}

describe("a year of a council that does not exist", () => {
  const { register, staff, events } = pastOf(1, 1);
  const of = (pool: string, kind?: LedgerEvent["kind"]) =>
    (events.get(pool) ?? []).filter((event) => kind === undefined || event.kind === kind);
  const all = [...events.values()].flat();
  const dateOf = (atMs: number) => wallTime(atMs, register.timezone).date;
  const launchesIn = (pool: string, month: string) =>
    of(pool, "granted").filter(({ atMs }) => dateOf(atMs).slice(5, 7) === month).length;
  const refusalsOf = (pool: string) => {
    const refusals = new Refusals([]);
    for (const event of of(pool)) refusals.apply(event);
    return refusals.take(0);
  };

  test("some 300 people use 15 products and more", () => {
    expect(staff.people.length).toBeGreaterThan(280);
    expect(staff.people.length).toBeLessThan(380);
    expect(Object.keys(register.products)).toHaveLength(15);
    const launches = all.filter(({ kind }) => kind === "granted").length;
    expect(launches).toBeGreaterThan(50_000);
  });

  test("each pool's events are in order, without gaps, and what is granted ends", () => {
    for (const [pool, told] of events) {
      expect(
        told.map(({ number }) => number),
        pool,
      ).toEqual(told.map((_, i) => i + 1));
      expect(
        told.every(({ atMs }, i) => i === 0 || atMs >= told[i - 1]!.atMs),
        pool,
      ).toBe(true);
      expect(
        told.every(({ atMs }) => atMs <= NOW),
        pool,
      ).toBe(true);
      expect(told.at(-1)?.level ?? 0, pool).toBe(0);
    }
  });

  test("nobody launches anything at weekends and on bank holidays", () => {
    const launches = all.filter(({ kind }) => kind === "granted" || kind === "denied");
    const odd = launches.map(({ atMs }) => dateOf(atMs)).filter((date) => !isWorkingDay(date, register));
    expect([...new Set(odd)]).toEqual([]);
    expect(launches.some(({ atMs }) => weekdayOf(dateOf(atMs)) === 5)).toBe(true);
  });

  test("billing makes a busier March than August, elections a busier May than July", () => {
    expect(launchesIn("revsbens", "03")).toBeGreaterThan(1.4 * launchesIn("revsbens", "08"));
    expect(launchesIn("electoral", "05")).toBeGreaterThan(1.5 * launchesIn("electoral", "07"));
  });

  test("no pool is used above its seats but where its rules say so", () => {
    for (const [pool, told] of events) {
      let seats = 0;
      const { overdraft, observed } = register.pools[pool]!;
      for (const { kind, word, level } of told) {
        if (kind === "capacity") seats = Number(word);
        // An entitlement that ends takes nobody's seat away.
        if (kind === "granted" && !observed) expect(level, pool).toBeLessThanOrEqual(seats + (overdraft?.seats ?? 0));
      }
    }
  });

  test("a pool at its limit turns people away and keeps others waiting", () => {
    const refusals = refusalsOf("inkwell");
    expect(Math.max(...of("inkwell").map(({ level }) => level))).toBe(14);
    expect(refusals.filter(({ granted_ms }) => granted_ms === null).length).toBeGreaterThan(20);
    expect(refusals.filter(({ granted_ms }) => granted_ms !== null).length).toBeGreaterThan(20);
    expect(refusalsOf("revsbens").length).toBeGreaterThan(0);
  });

  test("one product is unused for more than half a year, one came three months ago, one's contract has ended", () => {
    expect(of("statline", "granted").every(({ atMs }) => dateOf(atMs) <= addDays(TODAY, -214))).toBe(true);
    expect(of("statline", "granted").length).toBeGreaterThan(0);
    expect(of("casebinder", "granted").every(({ atMs }) => dateOf(atMs) >= addDays(TODAY, -84))).toBe(true);
    expect(of("stresscheck", "denied").map(({ word }) => word)).toContain("entitlement_ended");
  });

  test("launches overflow, are observed and overdrawn, share seats, and a contractor is refused after the last day", () => {
    const flags = (pool: string) => new Set(of(pool, "granted").flatMap((event) => event.flags));
    expect(of("design-collection", "granted").map(({ facts }) => facts.askedFirst)).toContain("draftline");
    expect(flags("formworks")).toContain("observed");
    expect(flags("ledgerline")).toContain("overdraft");
    expect(flags("draftline")).toContain("shared");
    expect(all.some(({ word }) => word === "contract_ended")).toBe(true);
  });

  test("outages are gaps in which nothing is told", () => {
    const gaps = of("revsbens", "gap");
    expect(gaps.length).toBeGreaterThan(0);
    expect(gaps.length).toBeLessThanOrEqual(OUTAGES.length);
    for (const { atMs, word } of gaps) {
      const during = all.filter((event) => event.atMs > atMs - Number(word) && event.atMs < atMs);
      expect(during).toEqual([]);
    }
  });
});

test("the same numbers make the same past, others another one", () => {
  const told = (seed: number) => JSON.stringify([...pastOf(seed, 0.1).events]);
  expect(told(7)).toBe(told(7));
  expect(told(7)).not.toBe(told(8));
});

test("the register is sound whenever it is made, and names contracts of every kind", () => {
  for (const today of ["2026-02-28", "2027-12-31", "2028-02-29"]) {
    const read = readRegister(demoRegister(staffOf(seeded(3), today), today), {}, Date.parse(`${today}T12:00:00Z`));
    expect("mistakes" in read ? read.mistakes : []).toEqual([]);
  }
});
