import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { encodeFacts } from "../../daemon/domain/events.ts";
import type { History } from "../../daemon/history/database.ts";
import { onBothEngines, openTestHistory, startRecorder } from "../support/history.ts";
import { facts, policy, request, step, useLedger } from "../support/ledger.ts";

const ledgers = useLedger();

onBothEngines((engine) => {
  /** A pool of its own installation, and what its history says when all of it is recorded. */
  async function openRecorded(change: Parameters<typeof policy>[0] = {}) {
    const prefix = `${randomUUID()}:`;
    const history = await openTestHistory(await engine.newPlace());
    const pool = await ledgers.openPool(change, { prefix });
    const started = await startRecorder(history, ledgers.socket(), { prefix });
    const all = async () => {
      const last = await numberOfLast({ pool: pool.pool, prefix });
      await expect.poll(async () => (await progress(history))?.number).toBe(last);
    };
    return { ...pool, ...started, history, prefix, all };
  }

  test("a launch is a session from its grant to its end, and a holding of its seat", async () => {
    const pool = await openRecorded({ seats: 5 });
    const asked = request({ facts: encodeFacts(facts({ version: "2026", department: "Planning", attested: "yes" })) });
    await pool.checkout(asked);
    await pool.checkin(asked);
    await pool.all();

    const [session] = await pool.history.db.selectFrom("sessions").selectAll().execute();
    expect(session).toMatchObject({
      ...{ pool: pool.pool, lease_id: asked.leaseId, product: "cad", person: "u", device: "d", site: "hall" },
      ...{ department: "Planning", version: "2026", attested: 1, seats: 1, flags: "", level: 1, why: "checked_in" },
      end_number: 3,
      number: 2,
      holding: 2,
    });
    expect(session!.end_ms! - session!.start_ms).toBeGreaterThanOrEqual(0);
    const [holding] = await pool.history.db.selectFrom("holdings").selectAll().execute();
    expect(holding).toMatchObject({
      number: 2,
      seats: 1,
      outside: "",
      start_ms: session!.start_ms,
      end_ms: session!.end_ms,
    });
  });

  test("those who share a seat are a session each and one holding, from the first checkout to the last return", async () => {
    const pool = await openRecorded({ seats: 5 });
    const [first, second] = [request({ seatKey: "u" }), request({ seatKey: "u" })];
    await pool.checkout(first);
    await pool.checkout(second);
    await pool.checkin(first);
    await pool.all();
    const open = await pool.history.db.selectFrom("holdings").selectAll().execute();
    expect(open).toMatchObject([{ end_ms: null }]);

    await pool.checkin(second);
    await pool.all();
    const sessions = await pool.history.db.selectFrom("sessions").selectAll().orderBy("number").execute();
    expect(sessions.map(({ holding, flags }) => ({ holding, flags }))).toEqual([
      { holding: 2, flags: "" },
      { holding: 2, flags: "shared" },
    ]);
    const holdings = await pool.history.db.selectFrom("holdings").selectAll().execute();
    expect(holdings).toMatchObject([{ start_ms: sessions[0]!.start_ms, end_ms: sessions[1]!.end_ms }]);
  });

  test("a lease that nobody was heard of after its checkout is a session of no length, though it expired later", async () => {
    const pool = await openRecorded({ seats: 5, ttlMs: 60_000 });
    await pool.checkout(request());
    await makeOlder(pool, { virtualMs: 65_000, awayMs: 0 });
    await pool.ledger.pulse();
    await pool.all();
    const [session] = await pool.history.db.selectFrom("sessions").selectAll().execute();
    expect(session).toMatchObject({ why: "expired", end_ms: session!.start_ms });
    const [holding] = await pool.history.db.selectFrom("holdings").selectAll().execute();
    expect(holding).toMatchObject({ end_ms: session!.start_ms });
  });

  test("what is observed, in excess, broken glass or overdrawn is told, with what would have denied it", async () => {
    const pool = await openRecorded({ steps: [step({ seats: 0 })], rules: { observe: 1 } });
    await pool.checkout(request());
    await pool.checkout(request({ terms: { running: true } }));
    await pool.all();
    const sessions = await pool.history.db.selectFrom("sessions").selectAll().orderBy("number").execute();
    expect(sessions.map(({ flags, reason }) => [flags, reason])).toEqual([
      ["observed", "no_seats"],
      ["excess", "no_seats"],
    ]);
    const holdings = await pool.history.db.selectFrom("holdings").selectAll().orderBy("number").execute();
    expect(holdings.map(({ outside }) => outside)).toEqual(["observed", "excess"]);

    const other = await openRecorded({ seats: 1, rules: { overdraft: 1, glass: 1 } });
    await other.checkout(request());
    await other.checkout(request());
    await other.checkout(request({ terms: { glass: "u:2026-11" } }));
    await other.all();
    const flagged = await other.history.db.selectFrom("holdings").selectAll().orderBy("number").execute();
    expect(flagged.map(({ outside, overdrawn }) => [outside, overdrawn])).toEqual([
      ["", 0],
      ["", 1],
      ["break_glass", 0],
    ]);
  });

  test("excess that takes a seat is seated: its time outside the count is a holding of its own", async () => {
    const pool = await openRecorded({ seats: 1 });
    const [holder, excess] = [request(), request({ terms: { running: true } })];
    await pool.checkout(holder);
    await pool.checkout(excess);
    await pool.checkin(holder);
    await pool.ledger.pulse();
    await pool.all();
    const session = await pool.history.db
      .selectFrom("sessions")
      .selectAll()
      .where("lease_id", "=", excess.leaseId)
      .executeTakeFirstOrThrow();
    expect(session.seated_ms).not.toBeNull();
    const holdings = await pool.history.db.selectFrom("holdings").selectAll().orderBy("number").execute();
    expect(holdings.map(({ outside, end_ms }) => [outside, end_ms === null])).toEqual([
      ["", false],
      ["excess", false],
      ["", true],
    ]);
    expect(session.holding).toBe(holdings.at(-1)!.number);
  });

  test("a lease that moves, is borrowed and recalled keeps its session; each is told", async () => {
    const pool = await openRecorded({ seats: 3, rules: { borrow: 2 } });
    const asked = request();
    await pool.checkout(asked);
    await pool.checkout({ ...asked, site: "depot", facts: encodeFacts(facts({ site: "depot" })) });
    const untilMs = Date.now() + 86_400_000;
    await pool.checkout({ ...asked, site: "depot", terms: { borrowUntilMs: untilMs } });
    await pool.ledger.act(pool.pool, asked.leaseId, { order: "recall" });
    await pool.all();
    const [session] = await pool.history.db.selectFrom("sessions").selectAll().execute();
    expect(session).toMatchObject({
      site: "hall",
      flags: "borrowed,recalled",
      borrowed_until_ms: untilMs,
      end_ms: null,
    });
    const changes = await pool.history.db.selectFrom("changes").selectAll().orderBy("number").execute();
    expect(changes.map(({ kind, site, word }) => [kind, site, word])).toEqual([
      ["moved", "depot", "site:hall"],
      ["borrowed", "depot", String(untilMs)],
      ["recalled", "depot", ""],
    ]);
  });

  test("denials are rows, and those of one person for want of seats are one refusal: kept waiting, or turned away", async () => {
    const pool = await openRecorded({ seats: 1 });
    const holder = request();
    const asks = (user: string) => request({ facts: encodeFacts(facts({ user, userLastYear: `${user}-before` })) });
    await pool.checkout(holder);
    for (const user of ["ann", "ann", "ben", "ann"]) await pool.checkout(asks(user));
    await pool.checkout(request({ verdict: "version_retired" }));
    await pool.checkin(holder);
    await pool.checkout(asks("ann"));
    await pool.all();
    const denials = await pool.history.db.selectFrom("denials").selectAll().orderBy("number").execute();
    expect(denials.map(({ reason, level }) => [reason, level])).toEqual([
      ...Array.from({ length: 4 }, () => ["no_seats", 1]),
      ["version_retired", 1],
    ]);
    const refusals = await pool.history.db.selectFrom("refusals").selectAll().orderBy("number").execute();
    expect(refusals.map(({ person, denials: tries, granted_ms }) => [person, tries, granted_ms !== null])).toEqual([
      ["ann", 3, true],
      ["ben", 1, false],
    ]);
  });

  test("capacity is told in steps, and a time without a daemon as a gap", async () => {
    const pool = await openRecorded({ seats: 3 });
    await pool.checkout(request());
    await makeOlder(pool, { virtualMs: 0, awayMs: 600_000 });
    await pool.ledger.adopt(new Map([[pool.pool, policy({ revision: 2, steps: [step({ seats: 7 })] })]]));
    await pool.checkout(request());
    await pool.all();
    const steps = await pool.history.db.selectFrom("capacity_steps").select(["seats"]).orderBy("number").execute();
    expect(steps.map(({ seats }) => seats)).toEqual([3, 7]);
    const [gap] = await pool.history.db.selectFrom("gaps").selectAll().execute();
    expect(gap).toMatchObject({ kind: "clock", lost_events: 0 });
    expect(gap!.lost_ms).toBeGreaterThan(590_000);
  });

  test("the ledger counts as many people refused as are written down", async () => {
    const pool = await openRecorded({ seats: 1 });
    const by = (user: string, product = "cad") =>
      request({ facts: encodeFacts(facts({ user, userLastYear: `${user}-before`, product })) });
    const holding = by("holder");
    await pool.checkout(holding);
    for (const asked of [by("ada"), by("ada"), by("ada", "gis"), by("bo")]) await pool.checkout(asked);
    await pool.checkout({ ...by("cy"), verdict: "version_retired" });
    await pool.checkin(holding);
    const granted = by("ada");
    await pool.checkout(granted);
    await pool.checkout(by("bo"));
    await pool.checkout(by("holder"));
    await pool.all();
    const rows = await pool.history.db.selectFrom("refusals").select(["product", "person"]).orderBy("number").execute();
    expect(rows.map(({ product, person }) => `${product} ${person}`)).toEqual([
      "cad ada",
      "gis ada",
      "cad bo",
      "cad holder",
    ]);
    expect((await pool.level()).refusals).toBe(rows.length);
  });

  test("names never reach the history: only pseudonyms", async () => {
    const pool = await openRecorded({ seats: 1, rules: { linger: 60_000 } });
    const canary = "canary-ag7";
    const asked = request({ user: canary, device: canary, holder: canary, seatKey: `${canary}\u001f${canary}` });
    await pool.checkout(asked);
    await pool.checkout(request({ user: canary, device: canary, holder: canary }));
    await pool.checkin(asked);
    await pool.all();
    const tables = ["sessions", "holdings", "denials", "refusals", "changes", "progress", "gaps"] as const;
    for (const table of tables) {
      const rows = await pool.history.db.selectFrom(table).selectAll().execute();
      expect(JSON.stringify(rows), table).not.toContain(canary);
    }
    expect(await pool.history.db.selectFrom("changes").select(["kind", "word", "who"]).execute()).toEqual([
      { kind: "kept", word: "linger 1", who: "u:d" },
    ]);
  });
});

const progress = (history: History) => history.db.selectFrom("progress").selectAll().executeTakeFirst();

async function numberOfLast({ pool, prefix }: { pool: string; prefix: string }): Promise<number> {
  const redis = new Redis({ path: ledgers.socket() });
  try {
    return Number(await redis.hget(`${prefix}{${pool}}:state`, "changes"));
  } finally {
    redis.disconnect();
  }
}

/** As if so much of the pool's own time had passed, and no daemon had been there for so long. */
async function makeOlder(pool: { pool: string; prefix: string }, by: { virtualMs: number; awayMs: number }) {
  const redis = new Redis({ path: ledgers.socket() });
  onTestFinished(() => redis.disconnect());
  const state = `${pool.prefix}{${pool.pool}}:state`;
  await redis.hincrby(state, "vnow", by.virtualMs);
  await redis.hincrby(state, "wlast", -by.awayMs);
}
