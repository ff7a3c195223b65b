import { expect, test } from "vitest";
import { KnownLeases } from "../../daemon/front/known-leases.ts";

function leases(ttlMs = 60_000) {
  const clock = { nowMs: 1_000_000_000_000 };
  return {
    clock,
    known: new KnownLeases(
      () => ttlMs,
      () => clock.nowMs,
    ),
  };
}

test("a lease is known with its pools until nothing was heard of it for its ttl", () => {
  const { known, clock } = leases();
  expect(known.ask("a", "pc", {})).toBe(true);
  expect(known.poolsOf("a")).toBeUndefined();
  known.hold("a", "pc", ["cheap", "dear"]);
  clock.nowMs += 50_000;
  expect(known.ask("a", "pc", {})).toBe(false);
  known.hold("a", "pc", ["cheap", "dear"]);
  clock.nowMs += 50_000;
  expect(known.poolsOf("a")).toEqual(["cheap", "dear"]);
  clock.nowMs += 11_000;
  expect(known.poolsOf("a")).toBeUndefined();
});

test("a device is admitted to as many leases as it may have, and always to one that it has", () => {
  const { known } = leases();
  known.hold("a", "pc", ["cad"]);
  known.hold("b", "pc", ["cad"]);
  known.hold("c", "other", ["cad"]);
  expect(known.admits("d", "pc", 2)).toBe(false);
  expect(known.admits("a", "pc", 2)).toBe(true);
  expect(known.admits("d", "other", 2)).toBe(true);
  known.forget("b");
  expect(known.admits("d", "pc", 2)).toBe(true);
});

test("leases not heard of for their ttl make room for others", () => {
  const { known, clock } = leases();
  known.hold("a", "pc", ["cad"]);
  expect(known.admits("b", "pc", 1)).toBe(false);
  clock.nowMs += 62_000;
  expect(known.admits("b", "pc", 1)).toBe(true);
});

test("the last checkout of a lease is under way until it is answered", () => {
  const { known } = leases();
  const [first, second] = [{}, {}];
  known.ask("a", "pc", first);
  known.ask("a", "pc", second);
  known.answered("a", first);
  expect(known.underWay("a")).toBe(second);
  known.answered("a", second);
  expect(known.underWay("a")).toBeUndefined();
});

test("what was abandoned does not pile up", () => {
  const { known, clock } = leases();
  for (let i = 0; i < 10_000; i++) {
    known.hold(`lease-${i}`, `pc-${i}`, ["cad"]);
    clock.nowMs += 1000;
  }
  expect(known.size).toBeLessThan(200);
});
