import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeFacts, type Facts } from "../daemon/domain/events.ts";
import { openHistory } from "../daemon/history/database.ts";
import { Recorder } from "../daemon/history/recorder.ts";
import type { HistoryPlace } from "../daemon/history/troubles.ts";
import { EventStream } from "../daemon/ledger/event-stream.ts";
import { Keys } from "../daemon/ledger/keys.ts";
import { hasPostgres, startPostgres } from "../test/support/postgres.ts";
import { inTurn, type Measured, measured } from "./measure.ts";
import { BenchRedis } from "./redis-server.ts";

const ROUNDS = 3;
const EVENTS = 60_000;
const POOLS = ["cad", "gis", "paint", "sums"];
/** What one call of the script does on a busy morning. */
const EVENTS_IN_RECORD = 16;

const pseudonym = () => randomUUID().replaceAll("-", "").slice(0, 16);
const factsOf = (): Facts => ({
  ...{ product: "cad", site: "civic-centre", version: "2026.1", askedFirst: "", attemptId: randomUUID() },
  ...{ user: pseudonym(), userLastYear: pseudonym(), device: pseudonym(), deviceLastYear: pseudonym() },
  ...{ department: "Planning", attested: "", breakGlassReason: "" },
});

/** Events as the script writes them: launches that begin and end, and one in ten that is denied. */
function* happenings(atMs: number): Generator<{ lines: string; moved: number }> {
  for (;;) {
    const told = `${atMs}\t1\tsite:civic-centre\t${encodeFacts(factsOf())}`;
    const id = randomUUID();
    if (Math.random() < 0.1) {
      yield { lines: `denied\n${id}\n0\nno_seats\n${told}`, moved: 0 };
      continue;
    }
    yield { lines: `granted\n${id}\n1\n\n${told}\t`, moved: 1 };
    yield { lines: `ended\n${id}\n-1\nprogram_exited\n${told}\t`, moved: -1 };
  }
}

async function fill(redis: BenchRedis, keys: Keys): Promise<void> {
  const { client } = redis;
  await client.flushall();
  await client.sadd(keys.pools, ...POOLS);
  const nowMs = Date.now();
  for (const pool of POOLS) {
    const happens = happenings(nowMs);
    const adding: Promise<unknown>[] = [];
    let level = 0;
    for (let number = 1; number <= EVENTS / POOLS.length; number += EVENTS_IN_RECORD) {
      const some = Array.from(
        { length: EVENTS_IN_RECORD },
        () => happens.next().value as { lines: string; moved: number },
      );
      const head = `1 ${number} ${nowMs} ${nowMs} ${level}`;
      const lines = some.map((event) => event.lines).join("\n");
      adding.push(client.xadd(keys.of(pool, "events"), "*", "head", head, "events", lines));
      level += some.reduce((sum, event) => sum + event.moved, 0);
    }
    await Promise.all(adding);
  }
}

/** From the first event's being read to the last one's being on the disk. */
async function eventsASecond(redis: BenchRedis, place: HistoryPlace): Promise<number> {
  const keys = new Keys("seatmeter:");
  await fill(redis, keys);
  const history = await openHistory(place);
  const me = randomUUID();
  const source = await EventStream.open({ path: redis.socket }, "seatmeter:", me);
  const most = POOLS.length * Math.ceil(EVENTS / POOLS.length / EVENTS_IN_RECORD) * EVENTS_IN_RECORD;
  const { promise: done, resolve } = Promise.withResolvers<void>();
  let read = 0;
  const acknowledge = source.acknowledge.bind(source);
  source.acknowledge = async (records) => {
    await acknowledge(records);
    read += records.reduce((sum, { events }) => sum + events.length, 0);
    if (read >= most) resolve();
  };
  const recorder = new Recorder({ history, source, me, log: (_level, message) => console.error(message) });
  const beganAtMs = performance.now();
  recorder.start();
  await done;
  const tookMs = performance.now() - beganAtMs;
  await recorder.stop();
  await history.close();
  return (most / tookMs) * 1000;
}

/** How fast what waits is written down: each transaction is on the disk before the next, and then acknowledged. */
export async function recorder(): Promise<Measured[]> {
  await using redis = await BenchRedis.start();
  const folder = mkdtempSync(join(tmpdir(), "seatmeter-bench-"));
  const postgres = hasPostgres() ? await startPostgres() : undefined;
  try {
    const rates = await inTurn<string, number>(
      {
        SQLite: () => eventsASecond(redis, { file: join(folder, `${randomUUID()}.sqlite`) }),
        ...(postgres && { PostgreSQL: async () => eventsASecond(redis, { url: await postgres.newDatabase() }) }),
      },
      ROUNDS,
    );
    return Object.entries(rates).map(([name, values]) => ({
      ...measured(`${name}: events written down`, "a second", values),
      id: name === "SQLite" ? "recorder-sqlite" : "recorder-postgres",
    }));
  } finally {
    await postgres?.end();
    rmSync(folder, { recursive: true, force: true });
  }
}
