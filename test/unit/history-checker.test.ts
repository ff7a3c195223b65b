import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkHistory, type Operation, type Pause } from "../../client-shim/history-checker.ts";
import { type Call, SimulatedLedger } from "../support/simulated-ledger.ts";

const TTL_MS = 1000;

type Words = [op: Operation["op"], lease: string, t0: number, t1: number, res: Operation["res"], ...flags: string[]];

function check(seats: number, words: Words[], pauses: Pause[] = []) {
  const operations = words.map(
    ([op, lease, t0, t1, res, ...flags], i): Operation => ({ line: i + 2, op, lease, t0, t1, res, flags }),
  );
  return checkHistory(operations, pauses, { seats, ttlMs: TTL_MS });
}

test("a clock that leapt ahead ends a lease so much earlier, and no more", () => {
  const taken = (op: Operation["op"], lease: string, t0: number, t1: number, line: number): Operation => ({
    ...{ op, lease, t0, t1, line },
    res: "ok",
  });
  const leaps = [{ t0: 20, t1: 30, ms: TTL_MS / 2 }];
  const verdictOf = (secondAtMs: number) =>
    checkHistory([taken("checkout", "a", 0, 10, 1), taken("checkout", "b", secondAtMs - 1, secondAtMs, 2)], [], {
      ...{ seats: 1, ttlMs: TTL_MS, leaps },
    }).verdict;

  expect(verdictOf(TTL_MS / 2 - 10)).toBe("violated");
  expect(verdictOf(TTL_MS / 2 + 10)).toBe("sound");
});

describe("over capacity", () => {
  test("two leases certainly held at once of one seat", () => {
    const { verdict, overCapacity } = check(1, [
      ["checkout", "a", 0, 10, "ok"],
      ["checkout", "b", 20, 30, "ok"],
    ]);
    expect(verdict).toBe("violated");
    expect(overCapacity).toEqual([{ atMs: 30, held: 2, lines: [2, 3] }]);
  });

  test.each<[string, Words[]]>([
    [
      "the first was being returned when the second was granted",
      [
        ["checkout", "a", 0, 10, "ok"],
        ["checkin", "a", 20, 40, "ok"],
        ["checkout", "b", 30, 35, "ok"],
      ],
    ],
    [
      "the answer to the return was lost",
      [
        ["checkout", "a", 0, 10, "ok"],
        ["checkin", "a", 20, 25, "unknown"],
        ["checkout", "b", 30, 35, "ok"],
        ["heartbeat", "b", 40, 45, "ok"],
        ["heartbeat", "b", 50, 55, "ok"],
      ],
    ],
    [
      "the first had run out a ttl after its last heartbeat was sent",
      [
        ["checkout", "a", 0, 10, "ok"],
        ["heartbeat", "a", 500, 900, "ok"],
        ["checkout", "b", 1499, 1500, "ok"],
      ],
    ],
    [
      "the first ran out, and was taken anew",
      [
        ["checkout", "a", 0, 10, "ok"],
        ["checkout", "b", 1100, 1110, "ok"],
        ["checkin", "b", 1200, 1210, "ok"],
        ["checkout", "a", 1220, 1230, "ok"],
      ],
    ],
    [
      "a rule let it past capacity, and that was said",
      [
        ["checkout", "a", 0, 10, "ok"],
        ["checkout", "b", 20, 30, "ok", "overdraft"],
        ["checkout", "c", 20, 30, "ok", "excess"],
      ],
    ],
    [
      "it joined the seat of the first",
      [
        ["checkout", "a", 0, 10, "ok"],
        ["checkout", "b", 20, 30, "ok", "shared"],
      ],
    ],
  ])("not when %s", (_name, words) => {
    expect(check(1, words)).toMatchObject({ verdict: "sound", overCapacity: [] });
  });

  test("a heartbeat that finds a lease alive shows that it never ended in between", () => {
    const { overCapacity } = check(1, [
      ["checkout", "a", 0, 10, "ok"],
      ["checkout", "b", 1500, 1510, "ok"],
      ["heartbeat", "a", 2000, 2010, "ok"],
    ]);
    expect(overCapacity).toHaveLength(1);
  });
});

describe("false denials", () => {
  test("one while fewer leases than seats can have been held", () => {
    const { verdict, falseDenials } = check(2, [
      ["checkout", "a", 0, 10, "ok"],
      ["checkout", "b", 20, 30, "full"],
      ["checkout", "c", 40, 50, "ok"],
    ]);
    expect(verdict).toBe("violated");
    expect(falseDenials).toEqual([{ atMs: 20, held: 1, lines: [3] }]);
  });

  test("one after the holder's lease must have run out", () => {
    const held: Words[] = [["checkout", "a", 0, 10, "ok"]];
    expect(check(1, [...held, ["checkout", "b", 1009, 1010, "full"]]).falseDenials).toEqual([]);
    expect(check(1, [...held, ["checkout", "b", 1011, 1012, "full"]]).falseDenials).toHaveLength(1);
  });

  test("one that the denied lease itself would explain", () => {
    const { falseDenials } = check(1, [
      ["checkout", "a", 0, 10, "ok"],
      ["checkin", "a", 20, 30, "ok"],
      ["checkout", "b", 40, 50, "unknown"],
      ["checkout", "b", 60, 70, "full"],
    ]);
    expect(falseDenials).toHaveLength(1);
  });

  test.each<[string, Words[]]>([
    [
      "another may have been granted, its answer lost",
      [
        ["checkout", "a", 0, 10, "unknown"],
        ["checkout", "b", 20, 30, "full"],
        ["heartbeat", "a", 40, 50, "ok"],
      ],
    ],
    [
      "another was being granted",
      [
        ["checkout", "a", 0, 100, "ok"],
        ["checkout", "b", 10, 20, "full"],
      ],
    ],
    [
      "another was being returned",
      [
        ["checkout", "a", 0, 10, "ok"],
        ["checkin", "a", 20, 100, "ok"],
        ["checkout", "b", 90, 95, "full"],
      ],
    ],
    [
      "the holder's heartbeat may have arrived, its answer lost",
      [
        ["checkout", "a", 0, 10, "ok"],
        ["heartbeat", "a", 900, 910, "unknown"],
        ["checkout", "b", 1800, 1810, "full"],
        ["heartbeat", "a", 1900, 1905, "lost"],
        ["checkout", "c", 1910, 1915, "ok"],
      ],
    ],
    [
      "the seat was held by one that a rule let in",
      [
        ["checkout", "a", 0, 10, "ok"],
        ["checkout", "b", 20, 30, "ok", "overdraft"],
        ["checkin", "a", 40, 50, "ok"],
        ["checkout", "c", 60, 70, "full"],
      ],
    ],
  ])("not when %s", (_name, words) => {
    expect(check(1, words).falseDenials).toEqual([]);
  });

  test("the time of a pause is added to a lease's life", () => {
    const words: Words[] = [
      ["checkout", "a", 0, 10, "ok"],
      ["checkout", "b", 5500, 5600, "full"],
    ];
    expect(check(1, words, [{ t0: 500, t1: 5400 }]).falseDenials).toEqual([]);
    expect(check(1, words, [{ t0: 500, t1: 4000 }]).falseDenials).toHaveLength(1);
    expect(check(1, words, [{ t0: 5550, t1: 9999 }]).falseDenials).toHaveLength(1);
  });

  test("a lease that is known to be lost explains no denial", () => {
    const { falseDenials } = check(1, [
      ["checkout", "a", 0, 10, "ok"],
      ["heartbeat", "a", 20, 30, "lost"],
      ["checkout", "b", 40, 50, "full"],
    ]);
    expect(falseDenials).toHaveLength(1);
  });
});

describe("a history that proves nothing", () => {
  test("one in which the pool was never full", () => {
    const { verdict, why } = check(2, [["checkout", "a", 0, 10, "ok"]]);
    expect(verdict).toBe("proves_nothing");
    expect(why).toEqual(["the pool was never full for certain"]);
  });

  test("one of which more than a fifth is unknown", () => {
    const known: Words[] = [
      ["checkout", "a", 0, 10, "ok"],
      ["heartbeat", "a", 20, 30, "ok"],
      ["heartbeat", "a", 40, 50, "ok"],
      ["heartbeat", "a", 60, 70, "ok"],
    ];
    expect(check(1, [...known, ["checkout", "b", 80, 90, "unknown"]]).verdict).toBe("sound");
    const more = check(1, [...known, ["checkout", "b", 80, 90, "unknown"], ["checkout", "b", 95, 99, "unknown"]]);
    expect(more).toMatchObject({ verdict: "proves_nothing", unknown: 2, operations: 6 });
  });

  test("an empty one", () => {
    expect(check(1, []).verdict).toBe("proves_nothing");
  });

  test("but a promise broken in it is broken all the same", () => {
    expect(
      check(3, [
        ["checkout", "a", 0, 10, "ok"],
        ["checkout", "b", 20, 30, "full"],
      ]).verdict,
    ).toBe("violated");
  });
});

const call = fc.record<Call>({
  slot: fc.nat(7),
  kind: fc.constantFrom("heartbeat", "heartbeat", "checkin"),
  gapMs: fc.oneof(fc.nat(20), fc.nat(400)),
  outMs: fc.nat(60),
  backMs: fc.nat(60),
  lost: fc.constantFrom("no", "no", "no", "no", "no", "answer", "question"),
});
const history = fc.record({
  seats: fc.integer({ min: 1, max: 4 }),
  calls: fc.array(call, { maxLength: 80 }),
  pauseAtMs: fc.option(fc.nat(4000), { nil: undefined }),
});

function played({ seats, calls, pauseAtMs }: { seats: number; calls: Call[]; pauseAtMs: number | undefined }) {
  const pause = pauseAtMs === undefined ? undefined : { t0: pauseAtMs, t1: pauseAtMs + 3000 };
  const ledger = new SimulatedLedger(seats, TTL_MS, pause);
  for (const one of calls) ledger.call(one);
  ledger.settle();
  const pauses = pause ? [pause] : [];
  return { ledger, verdict: () => checkHistory(ledger.operations, pauses, { seats, ttlMs: TTL_MS }) };
}

/** Calls answered at once, long after everything before. */
function aside(ledger: SimulatedLedger, count: number, res: Operation["res"]) {
  const lastMs = Math.max(0, ...ledger.operations.map(({ t1 }) => t1));
  for (let i = 0; i < count; i += 1) {
    const t0 = lastMs + 20_000 + i;
    const line = ledger.operations.length + 2;
    ledger.operations.push({ line, op: "checkout", lease: ledger.newLease(), t0, t1: t0 + 1, res });
  }
}

test("a ledger that keeps its promises is never accused, whatever the network does", () => {
  fc.assert(
    fc.property(history, (made) => {
      const { overCapacity, falseDenials } = played(made).verdict();
      expect({ overCapacity, falseDenials }).toEqual({ overCapacity: [], falseDenials: [] });
    }),
    { numRuns: 1500 },
  );
});

test("one seat too many is always found", () => {
  fc.assert(
    fc.property(history, (made) => {
      const { ledger, verdict } = played(made);
      aside(ledger, made.seats + 1, "ok");
      expect(verdict().overCapacity).toHaveLength(1);
    }),
    { numRuns: 300 },
  );
});

test("a denial while a seat is free is always found", () => {
  fc.assert(
    fc.property(history, (made) => {
      const { ledger, verdict } = played(made);
      aside(ledger, made.seats - 1, "ok");
      const t0 = Math.max(0, ...ledger.operations.map((operation) => operation.t1)) + (made.seats === 1 ? 20_000 : 1);
      const line = ledger.operations.length + 2;
      ledger.operations.push({ line, op: "checkout", lease: ledger.newLease(), t0, t1: t0 + 5, res: "full" });
      expect(verdict().falseDenials).toMatchObject([{ held: made.seats - 1, lines: [line] }]);
    }),
    { numRuns: 300 },
  );
});

test("a ledger with a seat more than it says is caught by the histories that fill it", () => {
  let filled = 0;
  let caught = 0;
  const always = fc.array(fc.record({ ...{ slot: fc.nat(7) } }), { minLength: 40, maxLength: 40 });
  fc.assert(
    fc.property(always, (slots) => {
      const ledger = new SimulatedLedger(3, TTL_MS);
      for (const { slot } of slots) {
        ledger.call({ slot, kind: "heartbeat", gapMs: 10, outMs: 1, backMs: 1, lost: "no" });
      }
      ledger.settle();
      if (ledger.used < 3) return;
      filled += 1;
      const { verdict } = checkHistory(ledger.operations, [], { seats: 2, ttlMs: TTL_MS });
      if (verdict === "violated") caught += 1;
    }),
    { numRuns: 100 },
  );
  expect(filled).toBeGreaterThan(0);
  expect(caught).toBe(filled);
});
