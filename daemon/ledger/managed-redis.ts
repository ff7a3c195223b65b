import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { SeatmeterError } from "../domain/errors.ts";
import { whileLocked } from "./redis-lock.ts";
import { makeRedisDirectory, redisPlace } from "./redis-place.ts";
import { clearRemains, gone, type RedisPlace, redisPid, redisState, startRedisProcess } from "./redis-process.ts";
import { findRedis } from "./redis-program.ts";

/** Every daemon keeps one connection of this name: who holds one, uses the Redis. */
const KEEPER = "seatmeter-keeper";
const REVIVE_AFTER_MS = 500;
const LOADING_POLL_MS = 50;

export interface ManagedRedis {
  socket: string;
  /** Leave it; the last daemon to leave shuts it down, and waits until it has ended. */
  stop(): Promise<void>;
}

/**
 * A Redis of this data directory's own, on a unix socket: the one that runs already, or a new one. It outlives a crash
 * of the daemon, so that a daemon started again finds every lease; and when it dies itself, it is started again on
 * what it had written.
 *
 * @param log told in a line when one was started, adopted, revived
 * @throws SeatmeterError settings_invalid where no server is installed, ledger_unavailable where it does not start
 */
export async function manageRedis(options: {
  dataDirectory: string;
  log?: (line: string) => void;
}): Promise<ManagedRedis> {
  const { log = () => {} } = options;
  const directory = makeRedisDirectory(options.dataDirectory);

  // Nobody shuts it down between our finding it and our being counted as one who uses it.
  const { place, keeper } = await whileLocked(directory, async () => {
    const place = redisPlace(directory);
    await ensureRuns(place, log);
    return { place, keeper: await openKeeper(place) };
  });

  let stopping = false;
  let reviving: Promise<void> | undefined;
  const revive = async () => {
    log(`the Redis on ${place.socket} is gone`);
    for (let said = ""; !stopping; await delay(REVIVE_AFTER_MS)) {
      try {
        return await whileLocked(directory, () => ensureRuns(place, log));
      } catch (error) {
        const trouble = error instanceof Error ? error.message : String(error);
        if (trouble !== said) log(trouble);
        said = trouble;
      }
    }
  };
  keeper.on("close", () => {
    if (stopping || reviving) return;
    reviving = revive().finally(() => {
      reviving = undefined;
    });
  });

  return {
    socket: place.socket,
    async stop() {
      if (stopping) return;
      stopping = true;
      await reviving;
      await whileLocked(directory, () => leave(place, keeper));
    },
  };
}

async function ensureRuns(place: RedisPlace, log: (line: string) => void): Promise<void> {
  let state = await redisState(place);
  // A long file takes its time to load; should it die of that, it is absent in the end.
  for (; state === "loading"; state = await redisState(place)) await delay(LOADING_POLL_MS);
  if (state === "ours") return log(`using the Redis that runs on ${place.socket}`);
  // Neither to be used nor to be replaced.
  if (state === "silent") {
    throw new SeatmeterError("ledger_unavailable", `the Redis on ${place.socket} does not answer; is it stopped?`);
  }
  if (state === "strange") {
    throw new SeatmeterError(
      "settings_invalid",
      `the Redis on ${place.socket} keeps its files elsewhere than in ${place.directory}: ` +
        "stop it, or set SEATMETER_DATA to another directory",
    );
  }
  const program = findRedis();
  await clearRemains(place);
  await startRedisProcess(program, place);
  log(`started ${program} on ${place.socket}`);
}

async function openKeeper({ socket }: RedisPlace): Promise<Redis> {
  const keeper = new Redis({
    path: socket,
    connectionName: KEEPER,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => REVIVE_AFTER_MS,
  });
  // What goes wrong shows in "close"; a listener must be there all the same.
  keeper.on("error", () => {});
  await keeper.connect();
  return keeper;
}

/** Shut it down if ours is the only daemon on it; every acknowledged write is in its file already. */
async function leave({ directory }: RedisPlace, keeper: Redis): Promise<void> {
  try {
    const keepers = String(await keeper.client("LIST")).split(`name=${KEEPER} `).length - 1;
    if (keepers > 1) {
      // Answered, unlike a mere hanging up: the next to leave will not count us.
      await keeper.quit();
      return;
    }
    const pid = redisPid(directory);
    // It answers by closing the connection.
    await keeper.shutdown().catch(() => {});
    if (pid !== undefined) await gone(pid);
  } catch {
    // It is gone already: nothing is left to leave.
  } finally {
    keeper.disconnect();
  }
}
