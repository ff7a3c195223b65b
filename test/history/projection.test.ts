import { expect, test } from "vitest";
import type { LedgerEvent } from "../../daemon/domain/events.ts";
import { PoolProjection } from "../../daemon/history/pool-projection.ts";
import { Refusals } from "../../daemon/history/refusals.ts";
import { facts } from "../support/ledger.ts";

const NOTHING = { progress: undefined, sessions: [], holdings: [], usedUntilMs: new Map(), gaps: [] };
const MINUTE_MS = 60_000;

/** Events of one pool, each a minute after the one before unless it says when. */
function told(...events: (Partial<LedgerEvent> & { kind: LedgerEvent["kind"] })[]): LedgerEvent[] {
  let level = 0;
  return events.map((event, i) => {
    level += event.seatsMoved ?? 0;
    const atMs = event.atMs ?? i * MINUTE_MS;
    const base = { pool: "cad", epoch: "1", number: i + 1, virtualMs: atMs, leaseId: "a", seatsMoved: 0, level };
    const rest = { word: "", details: [], sinceMs: atMs, seats: 1, draws: "site:hall", flags: [], silentMs: 0 };
    return { ...base, ...rest, facts: facts(), ...event, atMs };
  });
}

function rowsOf(events: readonly LedgerEvent[]) {
  const projection = new PoolProjection("cad", "1", NOTHING);
  for (const event of events) projection.apply(event);
  return projection.take();
}

const grant = (leaseId: string, change: Partial<LedgerEvent> = {}) =>
  ({ kind: "granted", leaseId, seatsMoved: 1, ...change }) as const;
const shares = (leaseId: string, change: Partial<LedgerEvent> = {}) =>
  grant(leaseId, { seatsMoved: 0, word: "shared", flags: ["shared"], ...change });
const end = (leaseId: string, seatsMoved: number, change: Partial<LedgerEvent> = {}) =>
  ({ kind: "ended", leaseId, seatsMoved, word: "checked_in", ...change }) as const;

test("an expired lease ended with its last heartbeat by the wall's clock, a time without a daemon left out", () => {
  const silent = { word: "expired", details: ["60000"], silentMs: 60_000 };
  const { sessions } = rowsOf(
    told(
      grant("a"),
      // For an hour there was no daemon, of which the pool noticed 2 s; before that, somebody was heard for 10 minutes.
      { kind: "gap", leaseId: "", word: "3598000", atMs: 4_200_000, virtualMs: 602_000 },
      end("a", -1, { ...silent, sinceMs: 0, atMs: 4_258_000, virtualMs: 660_000 }),
    ),
  );
  expect(sessions).toMatchObject([{ start_ms: 0, end_ms: 600_000, why: "expired" }]);
});

test("a gap before the last heartbeat moves nothing", () => {
  const silent = {
    word: "expired",
    details: ["60000"],
    silentMs: 60_000,
    sinceMs: 0,
    atMs: 4_400_000,
    virtualMs: 802_000,
  };
  const { sessions } = rowsOf(
    told(
      grant("a"),
      { kind: "gap", leaseId: "", word: "3598000", atMs: 4_200_000, virtualMs: 602_000 },
      end("a", -1, silent),
    ),
  );
  expect(sessions).toMatchObject([{ end_ms: 4_340_000 }]);
});

test("a holding ends with the last use of all who shared it, not when its seat came back", () => {
  const silent = { word: "expired", details: ["120000"], silentMs: 120_000 };
  const { holdings } = rowsOf(told(grant("a"), shares("b"), end("b", 0), end("a", -1, { ...silent, sinceMs: 0 })));
  expect(holdings).toMatchObject([{ number: 1, start_ms: 0, end_ms: 2 * MINUTE_MS }]);
});

test("who shares a seat is found by person, by computer, and by last year's pseudonyms", () => {
  const ann = { user: "ann", userLastYear: "ann-before", device: "pc-1", deviceLastYear: "pc-1-before" };
  const { sessions } = rowsOf(
    told(
      grant("a", { facts: facts(ann) }),
      grant("b", { facts: facts({ user: "ben", device: "pc-2" }) }),
      shares("c", { facts: facts({ user: "ann", device: "pc-9" }) }),
      shares("d", { facts: facts({ user: "cleo", device: "pc-2" }) }),
      shares("e", {
        facts: facts({ user: "ann-next", userLastYear: "ann", device: "pc-1-next", deviceLastYear: "pc-1" }),
      }),
    ),
  );
  expect(sessions.map(({ lease_id, holding }) => [lease_id, holding])).toEqual([
    ["a", 1],
    ["b", 2],
    ["c", 1],
    ["d", 2],
    ["e", 1],
  ]);
});

test("where a person has several seats, the ledger's word on which was given back puts a wrong guess right", () => {
  const two = told(grant("a"), grant("b"), shares("c"), end("b", 0), end("c", -1));
  const { holdings, sessions } = rowsOf(two);
  expect(holdings.filter(({ end_ms }) => end_ms === null)).toHaveLength(1);
  const open = holdings.find(({ end_ms }) => end_ms === null);
  expect(sessions.find(({ lease_id }) => lease_id === "a")?.holding).toBe(open?.number);
});

test("an end whose grant is not known is a session all the same, with what the end tells", () => {
  const lasted = { sinceMs: MINUTE_MS, atMs: 6 * MINUTE_MS };
  const { sessions, holdings } = rowsOf(told(end("a", -1, { ...lasted, flags: ["overdraft"] })));
  expect(sessions).toMatchObject([{ start_ms: MINUTE_MS, end_ms: 6 * MINUTE_MS, flags: "overdraft" }]);
  expect(holdings).toMatchObject([{ start_ms: MINUTE_MS, end_ms: 6 * MINUTE_MS, overdrawn: 1 }]);
});

test("a lease that an older ledger brought into a new epoch is recorded there from its beginning on", () => {
  // The epoch is named after the moment in which it began: here, the first of all.
  const { sessions, holdings } = rowsOf(told(end("a", -1, { sinceMs: -5 * MINUTE_MS, atMs: MINUTE_MS })));
  expect(sessions).toMatchObject([{ start_ms: 0, end_ms: MINUTE_MS }]);
  expect(holdings).toMatchObject([{ start_ms: 0, end_ms: MINUTE_MS }]);
});

test("events that are lost are a gap that says how many", () => {
  const [first, last] = told(grant("a"), { ...end("a", -1), number: 7 });
  expect(rowsOf([first!, last!]).gaps).toMatchObject([{ kind: "events", number: 6, lost_events: 5 }]);
});

const journalled = (
  leaseId: string,
  fromMs: number,
  heldMs: number,
  untilMs: number,
): Partial<LedgerEvent> & { kind: "journalled" } => ({
  ...{ kind: "journalled", leaseId, sinceMs: fromMs, word: "unreachable", flags: ["ungoverned"] },
  ...{ details: [String(untilMs), String(heldMs), "program_exited"], atMs: 3_600_000 },
});

test("what was told afterwards is a session where it was, with a holding for as long as it needed a seat of its own", () => {
  const { sessions, holdings } = rowsOf(
    told(
      journalled("a", 0, 0, 600_000),
      journalled("b", 300_000, 600_000, 900_000),
      journalled("c", 60_000, 90_000, 90_000),
    ),
  );
  expect(sessions.map(({ lease_id, start_ms, end_ms, holding }) => [lease_id, start_ms, end_ms, holding])).toEqual([
    ["a", 0, 600_000, 1],
    ["b", 300_000, 900_000, 2],
    ["c", 60_000, 90_000, null],
  ]);
  expect(sessions).toMatchObject(Array(3).fill({ flags: "ungoverned", reason: "unreachable", why: "program_exited" }));
  expect(holdings.map(({ outside, start_ms, end_ms }) => [outside, start_ms, end_ms])).toEqual([
    ["ungoverned", 0, 600_000],
    ["ungoverned", 600_000, 900_000],
  ]);
});

test("a lease that ran unheard before it was granted was in use since then; one that took a seat holds that from there on", () => {
  const excess = { word: "ungoverned,excess", details: ["no_seats"], flags: ["ungoverned", "excess"] as const };
  const { sessions, holdings } = rowsOf(
    told(grant("a", { ...excess, flags: [...excess.flags], draws: "outside site:hall", sinceMs: -600_000 }), {
      kind: "seated",
      leaseId: "a",
      seatsMoved: 0,
      sinceMs: -600_000,
    }),
  );
  expect(sessions).toMatchObject([{ start_ms: -600_000, seated_ms: MINUTE_MS, flags: "ungoverned,excess" }]);
  expect(holdings).toMatchObject([
    { outside: "excess", start_ms: -600_000, end_ms: MINUTE_MS },
    { outside: "", start_ms: MINUTE_MS },
  ]);
});

test("a lease whose end its computer told afterwards ended then, never before it began nor after it was told", () => {
  const endedAt = (ms: number) =>
    rowsOf(
      told(grant("a", { atMs: 60_000 }), end("a", -1, { atMs: 900_000, sinceMs: 60_000, details: ["0", String(ms)] })),
    ).sessions[0]?.end_ms;
  expect([600_000, 0, 5_000_000].map(endedAt)).toEqual([600_000, 60_000, 900_000]);
});

test("denials of a person and product with less than a quarter of an hour between are one refusal", () => {
  const denied = (minutes: number, change: Partial<LedgerEvent> = {}) =>
    ({ kind: "denied", word: "no_seats", atMs: minutes * MINUTE_MS, ...change }) as const;
  const fold = (...events: Parameters<typeof told>) => {
    const refusals = new Refusals([]);
    for (const event of told(...events)) refusals.apply(event);
    return refusals
      .take(0)
      .map(({ first_ms, last_ms, denials, granted_ms }) => [
        ...[first_ms / MINUTE_MS, last_ms / MINUTE_MS, denials, granted_ms === null ? null : granted_ms / MINUTE_MS],
      ]);
  };
  expect(fold(denied(0), denied(14), denied(29))).toEqual([[0, 29, 3, null]]);
  expect(fold(denied(0), denied(16))).toEqual([
    [0, 0, 1, null],
    [16, 16, 1, null],
  ]);
  expect(fold(denied(0), { ...grant("b"), atMs: 10 * MINUTE_MS }, denied(12))).toEqual([
    [0, 0, 1, 10],
    [12, 12, 1, null],
  ]);
  expect(fold(denied(0), { ...grant("b"), atMs: 16 * MINUTE_MS })).toEqual([[0, 0, 1, null]]);
  const attempt = { facts: facts({ attemptId: "one" }) };
  expect(fold(denied(0, attempt), denied(40, attempt))).toEqual([[0, 40, 2, null]]);
  const other = { facts: facts({ product: "gis" }) };
  expect(fold(denied(0), denied(1, other))).toHaveLength(2);
  expect(fold(denied(0, { word: "version_retired" }))).toEqual([]);
  const nextYear = { facts: facts({ user: "u-next", userLastYear: "u" }) };
  expect(fold(denied(0), denied(5, nextYear))).toEqual([[0, 5, 2, null]]);
});
