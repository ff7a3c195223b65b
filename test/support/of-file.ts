import { afterAll, beforeAll } from "vitest";
import { closeRedis, openRedis, type RedisConnections } from "../../daemon/ledger/connection.ts";
import { startDaemon, type TestDaemon } from "./daemon.ts";
import { startRedis, type TestRedis } from "./redis.ts";

/* What a whole test file uses: there from its first test on, and gone after its last. */

/** A Redis, and connections to it for who looks into it. */
export function redisOfFile(): { readonly redis: TestRedis; readonly connections: RedisConnections } {
  let redis: TestRedis;
  let connections: RedisConnections | undefined;
  beforeAll(async () => {
    redis = await startRedis();
    connections = await openRedis({ path: redis.socket }, () => {});
  });
  afterAll(async () => {
    if (connections) closeRedis(connections);
    await redis?.stop();
  });
  return {
    get redis() {
      return redis;
    },
    get connections() {
      return connections!;
    },
  };
}

/** Daemons without a history on a Redis of theirs; each is what most tests speak to. */
export function daemonsOfFile(register: string, many = 1) {
  const own = redisOfFile();
  const daemons: TestDaemon[] = [];
  const env = () => ({ REDIS_URL: own.redis.url, SEATMETER_HISTORY: "off" });
  beforeAll(async () => {
    // One after the other: the first puts the register in force.
    for (let i = 0; i < many; i++) daemons.push(await startDaemon({ register, env: env() }));
  });
  afterAll(async () => {
    for (const daemon of daemons) await daemon.stop();
  });
  return {
    daemons,
    env,
    get daemon() {
      return daemons[0]!;
    },
    get redis() {
      return own.redis;
    },
    get connections() {
      return own.connections;
    },
  };
}
