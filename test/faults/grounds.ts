import { setTimeout as delay } from "node:timers/promises";
import { Keys } from "../../daemon/ledger/keys.ts";
import { REPLICATED, startCluster } from "../support/cluster.ts";
import { demoRegister, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { startHaproxy } from "../support/haproxy.ts";
import { type Host, THIS_COMPUTER } from "../support/host.ts";
import { program } from "../support/programs.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { startSentinels } from "../support/sentinel.ts";
import { jumpClock } from "./clock.ts";
import { hasNetworks, openNetwork } from "./network.ts";
import { appendedBytes, cutPower, loseDisk } from "./power-cut.ts";
import { freeze, thaw } from "./processes.ts";
import { startProxy } from "./proxy.ts";
import type { Recorded } from "./recorded.ts";
import { CLOCK_AHEAD } from "./trial.ts";

/** What a run takes place on: where its fleets are and whom they ask, and what can go wrong there. */
export interface Ground {
  /** A simulated fleet on each host, with its daemons, as `SEATMETER_URL`. */
  fleets: { host: Host; urls: string }[];
  /** Each goes wrong for some time, and is over when it resolves. */
  faults: Record<string, () => Promise<void>>;
  /** Where what happens is written down, if it is. */
  recorded?: Recorded;
}

/** Opens a ground; what was started is put on the stack. */
type Open = (stack: AsyncDisposableStack, seats: number) => Promise<Ground>;

export const keys = new Keys("seatmeter:");

const FROZEN_MS = 1800;
const HOUR_MS = 3_600_000;
/** What these fleets let a Redis append in a second, about. */
const A_SECOND_BYTES = 40_000;
const POLL_MS = 20;
/** Of the register that the daemons run with. */
export const POOL = "demo";
/** What happens there is written down, by one of the daemons. */
export const RECORDS = { SEATMETER_HISTORY: "on" };
const DURABLE = { appendonly: "yes", appendfsync: "always" };

const frozen = async (pids: readonly number[]) => {
  await Promise.all(pids.map(freeze));
  await delay(FROZEN_MS);
  pids.forEach(thaw);
};

/** Start it again until it starts, as whatever looks after services does: its ledger may be away just then. */
async function supervised(start: () => Promise<TestDaemon>): Promise<TestDaemon> {
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (!(error as Error).message.includes("ended with 69")) throw error;
    }
  }
}

/** A daemon that can be killed and comes back where it was. */
export async function daemonOn(
  stack: AsyncDisposableStack,
  env: Record<string, string>,
  register: string,
  host = THIS_COMPUTER,
) {
  let daemon: TestDaemon = stack.use(await supervised(() => startDaemon({ register, env, host })));
  const { data, url, httpUrl } = daemon;
  const listen = new URL(httpUrl).host;
  const off = () => daemon.kill();
  const on = async () => {
    daemon = stack.use(await supervised(() => startDaemon({ register, env, data, listen, host })));
  };
  return {
    ...{ url, httpUrl, data, off, on },
    pid: () => daemon.pid,
    running: () => daemon,
    async kill() {
      await off();
      await on();
    },
  };
}

/** @param history where the daemon writes what happened: of its environment; nowhere without it */
export async function onOneRedis(stack: AsyncDisposableStack, register: string, history: Record<string, string> = {}) {
  const redis = await startRedis(DURABLE);
  stack.defer(() => redis.stop());
  const ledger = stack.use(await startProxy(redis.port));
  const daemon = await daemonOn(stack, { ...history, REDIS_URL: `redis://127.0.0.1:${ledger.port}` }, register);
  const door = stack.use(await startProxy(Number(new URL(daemon.url).port)));
  const swallowed = async (proxy: typeof door) => {
    proxy.replies({ are: "swallowed" });
    await delay(FROZEN_MS);
    proxy.replies({ are: "passed" });
    proxy.reset();
  };
  return {
    ...{ redis, daemon, recorded: { data: daemon.data, ledger: async () => redis } },
    fleets: [{ host: THIS_COMPUTER, urls: `ws://127.0.0.1:${door.port}` }],
    faults: {
      "daemon killed": () => daemon.kill(),
      "daemon frozen": () => frozen([daemon.pid()]),
      "Redis killed": async () => {
        await redis.kill();
        await redis.start();
      },
      "Redis frozen": () => frozen([redis.pid]),
      "Redis loses its disk": () => loseDisk(redis),
      "Redis loses the last second": async () => {
        const onDisk = appendedBytes(redis);
        while (appendedBytes(redis) < onDisk + A_SECOND_BYTES) await delay(POLL_MS);
        await cutPower(redis, onDisk);
      },
      "replies to shims late": async () => {
        door.replies({ are: "delayed", ms: 300 });
        await delay(FROZEN_MS);
        door.replies({ are: "passed" });
      },
      "replies to shims lost": () => swallowed(door),
      "connections of shims reset": async () => door.reset(),
      "replies of Redis late": async () => {
        ledger.replies({ are: "delayed", ms: 100 });
        await delay(FROZEN_MS);
        ledger.replies({ are: "passed" });
      },
      "replies of Redis lost": () => swallowed(ledger),
      "connections to Redis reset": async () => ledger.reset(),
      [CLOCK_AHEAD]: () => jumpClock(redis, POOL, HOUR_MS),
      "clock an hour behind": () => jumpClock(redis, POOL, -HOUR_MS),
    },
  };
}

const twoDaemons: Open = async (stack, seats) => {
  const redis = await startRedis(DURABLE);
  stack.defer(() => redis.stop());
  const env = { REDIS_URL: redis.url };
  const register = demoRegister({ seats });
  const daemons = await Promise.all([daemonOn(stack, env, register), daemonOn(stack, env, register)]);
  const haproxy = await startHaproxy(daemons);
  stack.defer(() => haproxy.stop());
  return {
    fleets: [{ host: THIS_COMPUTER, urls: haproxy.url }],
    faults: {
      "one of two daemons killed": () => daemons[0].kill(),
      "the other daemon killed": () => daemons[1].kill(),
      "one of two daemons frozen": () => frozen([daemons[0].pid()]),
      "the Redis of two daemons frozen": () => frozen([redis.pid]),
    },
  };
};

/** The master of three is away for a while, and comes back as a replica. */
async function masterAway(
  sentinels: Awaited<ReturnType<typeof startSentinels>>,
  away: (master: TestRedis) => Promise<void>,
  back: (master: TestRedis) => unknown,
) {
  const master = await sentinels.master();
  await away(master);
  await sentinels.failedOver(master);
  await back(master);
  await sentinels.settled();
}

/** @param asTold with the settings of docs/pair.md: tests are in haste else */
export const onSentinels = async (stack: AsyncDisposableStack, seats: number, asTold = false): Promise<Ground> => {
  const three = await startSentinels({ asTold, settings: DURABLE });
  stack.defer(() => three.stop());
  const env = { REDIS_URL: three.url };
  const register = demoRegister({ seats });
  const daemons = await Promise.all([
    daemonOn(stack, { ...env, ...RECORDS }, register),
    daemonOn(stack, env, register),
  ]);
  return {
    recorded: { data: daemons[0].data, ledger: () => three.master() },
    fleets: [{ host: THIS_COMPUTER, urls: daemons.map(({ url }) => url).join(",") }],
    faults: {
      "master killed": () =>
        masterAway(
          three,
          (master) => master.kill(),
          (master) => master.start(),
        ),
      "master frozen": () =>
        masterAway(
          three,
          ({ pid }) => freeze(pid),
          ({ pid }) => thaw(pid),
        ),
      "both replicas frozen": async () => {
        const master = await three.master();
        await frozen(three.servers.filter((server) => server !== master).map(({ pid }) => pid));
      },
      "sentinel frozen": () => frozen([three.sentinels[0]!.pid!]),
      "daemon on sentinels killed": () => daemons[0].kill(),
    },
  };
};

/** Master, sentinel, daemon and shims on one host are cut off from those on the other two. */
const partition: Open = async (stack, seats) => {
  const network = stack.use(openNetwork(3));
  const { hosts } = network;
  const three = await startSentinels({ hosts, settings: DURABLE });
  stack.defer(() => three.stop());
  const env = { REDIS_URL: three.url };
  const daemons = await Promise.all(hosts.map((host) => daemonOn(stack, env, demoRegister({ seats }), host)));
  return {
    fleets: daemons.map(({ url }, i) => ({ host: hosts[i]!, urls: url })),
    faults: {
      "master cut off": () =>
        masterAway(
          three,
          async (master) => {
            const host = hosts[three.servers.indexOf(master)]!;
            network.cut(
              host,
              hosts.filter((other) => other !== host),
            );
          },
          () => network.heal(),
        ),
    },
  };
};

/** @param nodeTimeoutMs of its nodes: tests are in haste */
export const onCluster = async (stack: AsyncDisposableStack, seats: number, nodeTimeoutMs = 1000): Promise<Ground> => {
  const shards = await startCluster({ replicas: REPLICATED, nodeTimeoutMs });
  stack.defer(() => shards.stop());
  const env = { REDIS_URL: shards.url };
  const register = demoRegister({ seats });
  const daemons = await Promise.all([
    daemonOn(stack, { ...env, ...RECORDS }, register),
    daemonOn(stack, env, register),
  ]);
  const ledger = async () => (await shards.shardOf(keys.of(POOL, "state"))).master;
  return {
    recorded: { data: daemons[0].data, ledger },
    fleets: [{ host: THIS_COMPUTER, urls: daemons.map(({ url }) => url).join(",") }],
    faults: {
      "shard killed": async () => {
        const { master, replica } = await shards.shardOf(keys.of(POOL, "state"));
        await master.kill();
        await shards.promoted(replica);
        await master.start();
        await shards.replicated();
      },
      "shard frozen": async () => {
        const { master, replica } = await shards.shardOf(keys.of(POOL, "state"));
        await freeze(master.pid);
        await shards.promoted(replica);
        thaw(master.pid);
        await shards.replicated();
      },
      "replica of a shard frozen": async () => {
        const { replica } = await shards.shardOf(keys.of(POOL, "state"));
        await frozen([replica.pid]);
      },
      "daemon on a cluster killed": () => daemons[0].kill(),
    },
  };
};

/** Each with what it needs that not every computer has. */
export const GROUNDS: Record<string, { open: Open; lacks?: () => string | undefined }> = {
  "one Redis": { open: (stack, seats) => onOneRedis(stack, demoRegister({ seats }), RECORDS) },
  "two daemons behind HAProxy": {
    open: twoDaemons,
    lacks: () => (program("haproxy") ? undefined : "haproxy is not installed"),
  },
  sentinels: { open: (stack, seats) => onSentinels(stack, seats) },
  "a network of three": {
    open: partition,
    lacks: () => (hasNetworks() ? undefined : "network namespaces need root on Linux, and iproute2"),
  },
  cluster: { open: onCluster },
};
