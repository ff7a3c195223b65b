import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import Bottleneck from "bottleneck";
import { Etcd3 } from "etcd3";
import { Redis as Redis5 } from "ioredis-5";
import pg from "pg";
import { Semaphore as RedisSemaphore } from "redis-semaphore";
import { Ledger } from "../daemon/ledger/ledger.ts";
import { hasPostgres, startPostgres } from "../test/support/postgres.ts";
import { FACTS, POLICY } from "./fleet.ts";
import type { BenchRedis } from "./redis-server.ts";

/** Something that gives seats out and takes them back, through a Node client straight at its store. */
export interface Peer extends AsyncDisposable {
  /** Take a seat where there are plenty, and give it back. */
  pair(): Promise<void>;
  /** Be refused, where it can refuse. */
  refusal?(): Promise<void>;
}

const PLENTY = 1_000_000;
const POOL = "plenty";
const FULL = "full";
const WHO = {
  ...{ holder: "pc-1", user: "asmith", device: "pc-1", seatKey: "", seats: 1, site: "civic-centre" },
  facts: FACTS,
};

function refuse(problem: string): never {
  throw new Error(problem);
}

/** Ours: with site, holder, event, peak and integrals. */
export async function ledgerPeer(redis: BenchRedis): Promise<Peer> {
  const ledger = await Ledger.open({ redis: { path: redis.socket } });
  const none = { ...POLICY, steps: [{ ...POLICY.steps[0]!, seats: 0 }] };
  await ledger.adopt(new Map(Object.entries({ [POOL]: POLICY, [FULL]: none })));
  return {
    pair: async () => {
      const leaseId = randomUUID();
      const answer = await ledger.checkout(POOL, { leaseId, ...WHO });
      if (answer.outcome !== "granted") refuse(`a checkout was ${answer.outcome}`);
      await ledger.checkin(POOL, leaseId, WHO.holder, "checked_in");
    },
    refusal: async () => {
      const answer = await ledger.checkout(FULL, { leaseId: randomUUID(), ...WHO });
      if (answer.outcome !== "denied") refuse(`a checkout of a full pool was ${answer.outcome}`);
    },
    [Symbol.asyncDispose]: () => ledger.close(),
  };
}

/**
 * redis-semaphore, without the timer that keeps a lock alive: it counts, and does no more. It waits after a refusal
 * although it will not try again; as briefly as it can.
 */
export async function semaphorePeer({ client }: BenchRedis): Promise<Peer> {
  const once = { refreshInterval: 0, lockTimeout: 600_000, acquireAttemptsLimit: 1, retryInterval: 0 };
  const full = new RedisSemaphore(client, "semaphore:full", 1, once);
  if (!(await full.tryAcquire())) refuse("the semaphore was full before");
  return {
    pair: async () => {
      const semaphore = new RedisSemaphore(client, "semaphore:plenty", PLENTY, once);
      await semaphore.acquire();
      await semaphore.release();
    },
    refusal: async () => {
      const granted = await new RedisSemaphore(client, "semaphore:full", 1, once).tryAcquire();
      if (granted) refuse("a full semaphore granted");
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

/** bottleneck over Redis, for jobs that do nothing: it counts those that run at once. It knows ioredis up to 5. */
export async function bottleneckPeer({ socket }: BenchRedis): Promise<Peer> {
  const limiter = new Bottleneck({
    ...{ id: "bench", maxConcurrent: PLENTY, datastore: "ioredis", clearDatastore: true },
    ...{ Redis: Redis5, clientOptions: { path: socket } },
  });
  await limiter.ready();
  return {
    pair: () => limiter.schedule(async () => {}),
    [Symbol.asyncDispose]: () => limiter.disconnect(false) as Promise<void>,
  };
}

/** etcd: a lease, and a key that lives as long as it. Nothing counts them. Undefined where there is no etcd. */
export async function etcdPeer(): Promise<Peer | undefined> {
  const program = (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "etcd"))
    .find(existsSync);
  if (program === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "seatmeter-etcd-"));
  const [client, peer] = await freePorts();
  const [clientUrl, peerUrl] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  const words = Object.entries({
    ...{ "data-dir": folder, "log-level": "error", "unsafe-no-fsync": "true" },
    ...{ "listen-client-urls": clientUrl, "advertise-client-urls": clientUrl },
    ...{ "listen-peer-urls": peerUrl, "initial-advertise-peer-urls": peerUrl, "initial-cluster": `default=${peerUrl}` },
  }).map(([name, value]) => `--${name}=${value}`);
  const server = spawn(program, words, { stdio: "ignore" });
  const etcd = new Etcd3({ hosts: clientUrl });
  await answering(() => etcd.get("nothing").string(), server);
  return {
    pair: async () => {
      const lease = etcd.lease(60, { autoKeepAlive: false });
      await lease.put(`seat:${randomUUID()}`).value("pc-1");
      await lease.revoke();
    },
    [Symbol.asyncDispose]: async () => {
      etcd.close();
      await ended(server);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL: a row for each seat, taken under its lock by whoever comes first. Undefined where there is none. */
export async function postgresPeer(): Promise<Peer | undefined> {
  if (!hasPostgres()) return undefined;
  // Redis does not wait for its disk here, nor does this.
  const server = await startPostgres({ synchronous_commit: "off" });
  const pool = new pg.Pool({ connectionString: await server.newDatabase(), max: 20 });
  // A connection that lies idle hears that its server ends.
  pool.on("error", () => {});
  await pool.query("CREATE TABLE seats (id integer PRIMARY KEY, holder text)");
  await pool.query("INSERT INTO seats SELECT n, NULL FROM generate_series(1, 2000) n");
  await pool.query("CREATE INDEX free ON seats (id) WHERE holder IS NULL");
  const take = {
    name: "take",
    text: `UPDATE seats SET holder = $1 WHERE id =
      (SELECT id FROM seats WHERE holder IS NULL LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id`,
  };
  return {
    pair: async () => {
      const { rows } = await pool.query<{ id: number }>({ ...take, values: [randomUUID()] });
      if (!rows[0]) refuse("no row was free");
      await pool.query({ name: "back", text: "UPDATE seats SET holder = NULL WHERE id = $1", values: [rows[0].id] });
    },
    [Symbol.asyncDispose]: async () => {
      await pool.end();
      await server.end();
    },
  };
}

async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(async (server) => {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      return (server.address() as { port: number }).port;
    }),
  );
  for (const server of servers) server.close();
  return ports as [number, number];
}

async function answering(ask: () => Promise<unknown>, server: ChildProcess): Promise<void> {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`etcd ended with ${server.exitCode}`);
    try {
      await ask();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function ended(server: ChildProcess): Promise<void> {
  const gone = once(server, "exit");
  server.kill("SIGTERM");
  await gone;
}
