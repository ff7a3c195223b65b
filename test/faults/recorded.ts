import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import type { Operation } from "../../client-shim/history-checker.ts";
import { type History, openHistory } from "../../daemon/history/database.ts";
import { numbersIn } from "../support/event-numbers.ts";
import type { TestRedis } from "../support/redis.ts";
import { keys, POOL } from "./grounds.ts";

/** Where a ground's daemon keeps what happened, and which of its servers has the pool now. */
export interface Recorded {
  data: string;
  ledger: () => Promise<TestRedis>;
}

/** What the history says, against the ledger's events (D1) and the shims' own measure (D3). */
export interface Accounts {
  events: number;
  missingOrTwice: number;
  /** Leases that were granted, denied or given back by an answer, and of which the history does not know that. */
  unknownLeases: number;
  /** Seat-seconds: of the shims, at least and at most, for an answer was decided at some moment while it was waited for. */
  measuredS: [least: number, most: number];
  historyS: number;
  broken: string[];
}

export interface Session {
  leaseId: string;
  version: string;
  startMs: number;
  endMs: number | null;
  why: string | null;
  flags: string;
}

/** A pool's sessions in the order in which they began. */
export async function sessionsIn(data: string, pool: string): Promise<Session[]> {
  const history = await openHistory({ file: join(data, "history.sqlite") });
  try {
    return await history.db
      .selectFrom("sessions")
      .select(["lease_id as leaseId", "version", "start_ms as startMs", "end_ms as endMs", "why", "flags"])
      .where("pool", "=", pool)
      .orderBy("start_ms")
      .execute();
  } finally {
    await history.close();
  }
}

const RECORDED_WITHIN_MS = 30_000;
/** D3. */
const SHARE = 0.005;

/**
 * @param lossesMs when the ledger lost acknowledged events by itself: what was answered shortly before may be in none
 * @param ttlMs    by so much at most a lease counts for longer whose shim was not heard to the end
 */
export async function accountsOf(
  { data, ledger }: Recorded,
  operations: readonly Operation[],
  { lossesMs, ttlMs }: { lossesMs: readonly { t0: number; t1: number }[]; ttlMs: number },
): Promise<Accounts> {
  const history = await openHistory({ file: join(data, "history.sqlite") });
  try {
    const { events, missingOrTwice } = await caughtUp(history, ledger);
    const sessions = await sessionsIn(data, POOL);
    const denials = await history.db.selectFrom("denials").select("lease_id").where("pool", "=", POOL).execute();
    const granted = new Set(sessions.map(({ leaseId }) => leaseId));
    const denied = new Set(denials.map(({ lease_id }) => lease_id));
    const isLost = ({ t0, t1 }: Pick<Operation, "t0" | "t1">) => lossesMs.some((loss) => t1 > loss.t0 && t0 < loss.t1);
    const ended = new Set(sessions.flatMap(({ leaseId, endMs }) => (endMs === null ? [] : [leaseId])));
    const unknown = operations.filter(({ op, res, lease, ...one }) => {
      if (isLost(one)) return false;
      if (op === "checkin") return res === "ok" && granted.has(lease) && !ended.has(lease);
      return op === "checkout" && ((res === "ok" && !granted.has(lease)) || (res === "full" && !denied.has(lease)));
    });
    const unknownLeases = new Set(unknown.map(({ lease }) => lease)).size;
    const answered = unknown.map(({ op, lease, res, t1 }) => `${op} ${lease} ${res} at ${Math.round(t1)}`);
    const measured = measuredMs(operations, ttlMs);
    const historyMs = sessions.reduce((sum, { startMs, endMs }) => sum + (endMs ?? startMs) - startMs, 0);
    const claims: [holds: boolean, otherwise: string][] = [
      [missingOrTwice === 0, `${missingOrTwice} of ${events} events are not in the history exactly once`],
      [
        unknownLeases === 0,
        `${unknownLeases} leases that were answered are not in the history: ${answered.join(", ")}`,
      ],
      [
        historyMs >= measured.leastMs * (1 - SHARE) && historyMs <= measured.mostMs * (1 + SHARE),
        `the history has ${seconds(historyMs)} seat-seconds, and the shims measured ` +
          `${seconds(measured.leastMs)} to ${seconds(measured.mostMs)}`,
      ],
    ];
    return {
      ...{ events, missingOrTwice, unknownLeases },
      measuredS: [seconds(measured.leastMs), seconds(measured.mostMs)],
      historyS: seconds(historyMs),
      broken: claims.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise])),
    };
  } finally {
    await history.close();
  }
}

/** Once the recorder has: every number of every epoch exactly once, up to the last one that there is. */
async function caughtUp(history: History, ledger: Recorded["ledger"]) {
  const lateMs = performance.now() + RECORDED_WITHIN_MS;
  for (;;) {
    const [epoch = "", changes] = await stateOf(await ledger());
    const progress = await history.db.selectFrom("progress").selectAll().where("pool", "=", POOL).execute();
    const lost = await history.db.selectFrom("gaps").selectAll().where("kind", "=", "events").execute();
    let events = 0;
    let missingOrTwice = lost.reduce((sum, gap) => sum + gap.lost_events, 0);
    for (const last of progress) {
      const most = last.epoch === epoch ? Math.max(last.number, Number(changes)) : last.number;
      const times = new Uint32Array(most + 1);
      for (const number of await numbersIn(history, POOL, last.epoch)) times[number]! += 1;
      events += most;
      missingOrTwice += times.subarray(1).filter((one) => one !== 1).length;
    }
    const isThere = progress.some((last) => last.epoch === epoch);
    if ((isThere && missingOrTwice === 0) || performance.now() > lateMs) {
      return { events, missingOrTwice: missingOrTwice + Number(!isThere) };
    }
    await delay(100);
  }
}

async function stateOf({ socket }: TestRedis): Promise<(string | null)[]> {
  const redis = new Redis({ path: socket });
  try {
    return await redis.hmget(keys.of(POOL, "state"), "epoch", "changes");
  } finally {
    redis.disconnect();
  }
}

/** By the shims' clock: of each lease from its first grant to its return; where that was not heard, to its end by itself. */
function measuredMs(operations: readonly Operation[], ttlMs: number) {
  const leases = Map.groupBy(operations, ({ lease }) => lease);
  let [leastMs, mostMs] = [0, 0];
  for (const all of leases.values()) {
    const asked = all.filter(({ op }) => op === "checkout");
    const first = asked.find(({ res }) => res === "ok");
    const tries = asked.filter(({ res }) => res === "unknown");
    const returned = all.find(({ op, res }) => op === "checkin" && res === "ok");
    const isSure = returned !== undefined && all.every(({ res }) => res === "ok");
    const fromMs = Math.min(...asked.map(({ t0 }) => t0));
    const untilMs = Math.max(...all.map(({ t1 }) => t1));
    if (first && isSure) leastMs += Math.max(0, returned.t0 - first.t1);
    // What was asked without an answer may have been granted, and then lasted for a ttl more.
    if (first || tries.length > 0) mostMs += untilMs - fromMs + (isSure ? 0 : ttlMs);
  }
  return { leastMs, mostMs };
}

const seconds = (ms: number) => Math.round(ms / 100) / 10;
