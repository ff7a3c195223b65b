import { expect, test } from "vitest";
import { PastPool } from "../../daemon/domain/past-pool.ts";
import { facts } from "../support/ledger.ts";

const grant = (...seatKeys: string[]) => ({ seatKeys, seats: 1, facts: facts() });

test("events are numbered without gaps, and say how many seats are in use after each", () => {
  const pool = new PastPool("cad", "0");
  pool.capacity(0, 2);
  pool.granted(1, "one", grant("a"));
  pool.granted(2, "two", grant("a"));
  pool.granted(3, "three", grant());
  pool.denied(4, "four", { reason: "no_seats", seats: 1, facts: facts() });
  pool.ended(5, "one", "program_exited");
  pool.ended(6, "two", "program_exited");
  pool.ended(7, "unknown", "program_exited");
  const events = pool.take();
  expect(events.map(({ number, kind, seatsMoved, level, word }) => [number, kind, seatsMoved, level, word])).toEqual([
    [1, "capacity", 0, 0, "2"],
    [2, "granted", 1, 1, ""],
    [3, "granted", 0, 1, "shared"],
    [4, "granted", 1, 2, ""],
    [5, "denied", 0, 2, "no_seats"],
    [6, "ended", 0, 2, "program_exited"],
    [7, "ended", -1, 1, "program_exited"],
  ]);
  expect(pool.take()).toEqual([]);
  expect(pool.used).toBe(1);
});

test("who works on into the new year shares the seat under either year's name", () => {
  const pool = new PastPool("cad", "0");
  pool.granted(1, "one", grant("old"));
  expect(pool.shares(["new", "old"])).toBe(true);
  pool.granted(2, "two", grant("new", "old"));
  pool.ended(3, "one", "program_exited");
  pool.granted(4, "three", grant("new"));
  expect(pool.used).toBe(1);
  for (const lease of ["two", "three"]) pool.ended(5, lease, "program_exited");
  expect(pool.used).toBe(0);
  expect(pool.shares(["old"])).toBe(false);
});
