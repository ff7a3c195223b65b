import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { History } from "../../daemon/history/database.ts";
import type { HistoryPlace } from "../../daemon/history/troubles.ts";
import { EventStream } from "../../daemon/ledger/event-stream.ts";
import { Ledger } from "../../daemon/ledger/ledger.ts";
import { numbersIn } from "../support/event-numbers.ts";
import { onBothEngines, openTestHistory, startRecorder } from "../support/history.ts";
import { policy, request } from "../support/ledger.ts";
import { hasPostgres, startPostgres } from "../support/postgres.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

const POOLS = ["cad", "gis", "paint", "sums"];
const LEAST_EVENTS = 60_000;
const KILLS = 10;

let redis: TestRedis;
let client: Redis;
beforeAll(async () => {
  redis = await startRedis();
  client = new Redis({ path: redis.socket });
});
afterAll(async () => {
  client?.disconnect();
  await redis?.stop();
});

/** So many launches in each pool, some of which share a seat, some of which are denied; most end. */
async function happen(ledger: Ledger, launches: number) {
  for (let done = 0; done < launches; done += 250) {
    await Promise.all(
      POOLS.flatMap((pool) =>
        Array.from({ length: 250 }, async (_, i) => {
          const asked = request(i % 5 === 0 ? { seatKey: `shared-${i % 25}` } : {});
          const { outcome } = await untilAnswered(() => ledger.checkout(pool, asked));
          if (outcome !== "granted") return;
          await untilAnswered(() => ledger.checkin(pool, asked.leaseId, asked.holder, "program_exited"));
        }),
      ),
    );
  }
}

/** A busy machine may keep an answer past its time-out; then asking again, by the same id, is right. */
async function untilAnswered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if ((error as { code?: string }).code !== "ledger_unavailable") throw error;
    }
  }
}

async function openLedger() {
  await client.flushall();
  const ledger = await Ledger.open({ redis: { path: redis.socket }, pulseMs: 0 });
  onTestFinished(() => ledger.close());
  await ledger.adopt(new Map(POOLS.map((pool) => [pool, policy({ seats: 100 })])));
  return ledger;
}

const lastNumber = async (pool: string) => Number(await client.hget(`seatmeter:{${pool}}:state`, "changes"));

async function expectEachOnce(history: History) {
  for (const pool of POOLS) {
    const last = await lastNumber(pool);
    expect(await numbersIn(history, pool), pool).toEqual(Array.from({ length: last }, (_, i) => i + 1));
  }
  expect(await history.db.selectFrom("gaps").selectAll().where("kind", "=", "events").execute()).toEqual([]);
}

const recordedBy = async ({ db }: History) => {
  const rows = await db.selectFrom("progress").select("number").execute();
  return rows.reduce((sum, { number }) => sum + number, 0);
};

async function allEvents() {
  const numbers = await Promise.all(POOLS.map(lastNumber));
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** A recorder that is killed as soon as it has written something. */
async function killedRecorder(place: HistoryPlace, history: History, me: string) {
  const before = await recordedBy(history);
  const words = JSON.stringify({ place, socket: redis.socket, me });
  const child = spawn(process.execPath, [join(import.meta.dirname, "../support/recorder-process.ts"), words], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  while ((await recordedBy(history)) === before) await new Promise((resolve) => setTimeout(resolve, 2));
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

onBothEngines((engine) => {
  test("60,000 events, the recorder killed ten times: none is missing and none there twice", {
    timeout: 500_000,
  }, async () => {
    const ledger = await openLedger();
    const place = await engine.newPlace();
    const history = await openTestHistory(place);
    for (let kill = 0; kill < KILLS; kill++) {
      await happen(ledger, LEAST_EVENTS / POOLS.length / 2 / KILLS + 50);
      await killedRecorder(place, history, `recorder-${kill % 2}`);
    }
    expect(await allEvents()).toBeGreaterThan(LEAST_EVENTS);
    await startRecorder(history, redis.socket);
    await expect.poll(() => recordedBy(history), { timeout: 240_000, interval: 500 }).toBe(await allEvents());
    await expectEachOnce(history);
    await expect
      .poll(async () =>
        Math.max(...(await Promise.all(POOLS.map((pool) => client.xlen(`seatmeter:{${pool}}:events`))))),
      )
      .toBe(0);
  });

  test("two recorders at once, of which each thinks that the pools are his, write each event once", async () => {
    const ledger = await openLedger();
    const place = await engine.newPlace();
    const [one, other] = [await openTestHistory(place), await openTestHistory(place)];
    // Each is told that it is alone.
    await startRecorder(one, redis.socket, { alone: true });
    await startRecorder(other, redis.socket, { alone: true });
    await happen(ledger, 1000);
    await expect.poll(() => recordedBy(one)).toBe(await allEvents());
    await expectEachOnce(one);
  });

  test("the history is stopped for a while: launches go on, and all is caught up after", async () => {
    const ledger = await openLedger();
    const history = await openTestHistory(await engine.newPlace());
    const first = await startRecorder(history, redis.socket);
    await happen(ledger, 250);
    await expect.poll(() => recordedBy(history)).toBe(await allEvents());
    await first.stop();
    await happen(ledger, 500);
    expect(await recordedBy(history)).toBeLessThan(await allEvents());
    await startRecorder(history, redis.socket);
    await expect.poll(() => recordedBy(history)).toBe(await allEvents());
    await expectEachOnce(history);
  });

  test("events that were trimmed before they were recorded are an alarm and a gap, and recording goes on", async () => {
    const ledger = await openLedger();
    const history = await openTestHistory(await engine.newPlace());
    const first = await startRecorder(history, redis.socket);
    await ledger.checkout("cad", request());
    await expect.poll(() => recordedBy(history)).toBe(await allEvents());
    await first.stop();
    await ledger.checkout("cad", request());
    await ledger.checkout("cad", request());
    // Somebody has read them, died, and then they were trimmed.
    await client.xreadgroup("GROUP", "history", "dead", "COUNT", 10, "STREAMS", "seatmeter:{cad}:events", ">");
    await client.xtrim("seatmeter:{cad}:events", "MAXLEN", 0);
    const { log } = await startRecorder(history, redis.socket);
    await expect.poll(() => log.map(({ message }) => message)).toContainEqual(expect.stringContaining("were trimmed"));
    await ledger.checkout("cad", request());
    await expect.poll(() => recordedBy(history)).toBe(await allEvents());
    const gaps = await history.db.selectFrom("gaps").selectAll().execute();
    expect(gaps).toMatchObject([{ kind: "events", number: 4, lost_events: 2 }]);
    const [waiting] = await client.xpending("seatmeter:{cad}:events", "history");
    expect(waiting).toBe(0);
  });

  test("a ledger that came back empty begins a new epoch: who was in is out, and what happens is recorded", async () => {
    const ledger = await openLedger();
    const history = await openTestHistory(await engine.newPlace());
    await startRecorder(history, redis.socket);
    await ledger.checkout("cad", request());
    await expect.poll(() => recordedBy(history)).toBe(await allEvents());
    await client.flushall();
    await ledger.adopt(new Map(POOLS.map((pool) => [pool, policy({ seats: 100 })])));
    await ledger.checkout("cad", request({ terms: { running: true } }));
    const count = async () => (await history.db.selectFrom("sessions").select("number").execute()).length;
    await expect.poll(count).toBe(2);
    const sessions = await history.db.selectFrom("sessions").select(["why", "end_ms"]).orderBy("start_ms").execute();
    expect(sessions).toMatchObject([{ why: "ledger_reset" }, { why: null, end_ms: null }]);
  });
});

test.skipIf(!hasPostgres())("PostgreSQL crashes in the midst of it: none is missing and none there twice", async () => {
  const postgres = await startPostgres();
  onTestFinished(() => postgres.end());
  const ledger = await openLedger();
  const history = await openTestHistory({ url: await postgres.newDatabase() });
  const { log } = await startRecorder(history, redis.socket);
  for (let crash = 0; crash < 3; crash++) {
    const happening = happen(ledger, 500);
    await expect.poll(() => recordedBy(history)).toBeGreaterThan(0);
    await postgres.crash();
    await happening;
    await postgres.start();
  }
  await expect.poll(() => recordedBy(history)).toBe(await allEvents());
  await expectEachOnce(history);
  expect(log.map(({ message }) => message)).toContain("what happens is recorded again");
});

test("a stream is trimmed up to what is acknowledged, and never what another daemon still has to record", async () => {
  const ledger = await openLedger();
  const [one, other] = [await openStream("one"), await openStream("other")];
  for (const stream of [one, other]) stream.own(["cad"]);
  const length = () => client.xlen("seatmeter:{cad}:events");

  const { records: first } = await one.read(false);
  await other.read(false);
  await ledger.checkout("cad", request());
  // The other one took over what the first had read; each has a record now.
  const { records: second } = await one.read(false);
  expect([first.length, second.length]).toEqual([1, 1]);
  await one.acknowledge(second);
  await one.trim(["cad"]);
  expect(await length()).toBe(2);
  await other.acknowledge(first);
  await other.trim(["cad"]);
  expect(await length()).toBe(0);
});

async function openStream(consumer: string) {
  const stream = await EventStream.open({ path: redis.socket }, "seatmeter:", consumer);
  onTestFinished(() => stream.close());
  return stream;
}
