import { expect, test } from "vitest";
import { type AssignedUse, assignments } from "../../daemon/domain/assignments.ts";
import { at, HOUR } from "../support/usage.ts";

const HOLD = 30 * 24 * HOUR;
const use = (who: string, from: string, until: string, change: Partial<AssignedUse> = {}): AssignedUse => ({
  ...{ who, whoLastYear: "", startMs: at(from), endMs: at(until), seats: 1, department: "" },
  ...change,
});
const spans = (...words: Parameters<typeof assignments>) =>
  assignments(...words).map(({ startMs, endMs }) => [startMs, endMs]);

test("a seat stays its holder's for so long after the last use, however often that was", () => {
  const uses = [use("ann", "2026-05-20 09:00", "2026-05-20 10:00"), use("ann", "2026-05-01 09:00", "2026-05-01 10:00")];
  expect(spans(uses, HOLD)).toEqual([[at("2026-05-01 09:00"), at("2026-05-20 10:00") + HOLD]]);
});

test("who comes back later than that has been assigned another one", () => {
  const uses = [use("ann", "2026-05-01 09:00", "2026-05-01 10:00"), use("ann", "2026-07-01 09:00", "2026-07-01 10:00")];
  expect(spans(uses, HOLD)).toEqual([
    [at("2026-05-01 09:00"), at("2026-05-01 10:00") + HOLD],
    [at("2026-07-01 09:00"), at("2026-07-01 10:00") + HOLD],
  ]);
});

test("a person is the same one under the pseudonym of the next year", () => {
  const uses = [
    use("ann-26", "2026-12-20 09:00", "2026-12-20 10:00"),
    use("ann-27", "2027-01-10 09:00", "2027-01-10 10:00", { whoLastYear: "ann-26" }),
    use("ann-27", "2027-02-01 09:00", "2027-02-01 10:00", { whoLastYear: "ann-26" }),
  ];
  expect(spans(uses, HOLD)).toEqual([[at("2026-12-20 09:00"), at("2027-02-01 10:00") + HOLD]]);
});

test("a seat that was reassigned is nobody's from then on, and one that is in use stays", () => {
  const uses = [
    use("ann", "2026-05-01 09:00", "2026-05-01 10:00"),
    use("ben", "2026-05-01 09:00", "x", { endMs: Number.POSITIVE_INFINITY }),
  ];
  const ends = ["ann", "ben"].map((who) => ({ who, seats: 1, atMs: at("2026-05-02 12:00") }));
  expect(spans(uses, HOLD, ends)).toEqual([
    [at("2026-05-01 09:00"), at("2026-05-02 12:00")],
    [at("2026-05-01 09:00"), Number.POSITIVE_INFINITY],
  ]);
});

test("a second seat beside the first is held while it is used, and the first for longer", () => {
  const uses = [use("ann", "2026-05-01 09:00", "2026-05-01 12:00"), use("ann", "2026-05-01 10:00", "2026-05-01 11:00")];
  expect(spans(uses, HOLD)).toEqual([
    [at("2026-05-01 09:00"), at("2026-05-01 12:00") + HOLD],
    [at("2026-05-01 10:00"), at("2026-05-01 11:00")],
  ]);
});

test("who loses a seat of one weight keeps that of another", () => {
  const uses = [
    use("ann", "2026-05-01 09:00", "2026-05-01 10:00"),
    use("ann", "2026-05-01 09:00", "2026-05-01 10:00", { seats: 3 }),
  ];
  const lost = { who: "ann", seats: 3, atMs: at("2026-05-02 12:00") };
  expect(assignments(uses, HOLD, [lost]).map(({ seats, endMs }) => [seats, endMs])).toEqual([
    [1, at("2026-05-01 10:00") + HOLD],
    [3, at("2026-05-02 12:00")],
  ]);
});

test("seats of different products that weigh differently are different seats", () => {
  const uses = [
    use("ann", "2026-05-01 09:00", "2026-05-01 10:00"),
    use("ann", "2026-05-02 09:00", "2026-05-02 10:00", { seats: 3 }),
  ];
  expect(assignments(uses, HOLD).map(({ seats }) => seats)).toEqual([1, 3]);
});
