import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { findRedis } from "../../daemon/ledger/redis-program.ts";
import { type Host, THIS_COMPUTER } from "./host.ts";
import { REDIS_OF_PAIR, sentinelOfPair } from "./pair.ts";
import { freePort, killed, startRedis, type TestRedis } from "./redis.ts";

const NAME = "council";
const SERVERS = 3;
const QUORUM = 2;
/** Of sentinels that notice in one moment each votes for itself: nobody leads, and they try again seconds later. */
const APART = 0.2;
const DOWN_AFTER_MS = 1000;
const POLL_MS = 50;
const PATIENCE_MS = 1000;

export interface TestSentinels {
  /** `REDIS_URL` */
  url: string;
  /** Each on a host of its own, the first master first. */
  servers: TestRedis[];
  sentinels: ChildProcess[];
  /** A question to the first of them. */
  ask(...words: string[]): Promise<string[] | undefined>;
  /** Who is it now, as most of the sentinels that answer say. */
  master(): Promise<TestRedis>;
  /** Wait until another one is master. */
  failedOver(from: TestRedis): Promise<TestRedis>;
  /** Wait until the master has so many replicas that are up to date, and all sentinels know of them. */
  settled(replicas?: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A master, two replicas, three sentinels, one of each on each of three hosts.
 *
 * @param asTold with the settings of docs/pair.md; tests are in haste else, and a server counts as gone after a second
 */
export async function startSentinels({
  hosts = Array.from({ length: SERVERS }, () => THIS_COMPUTER),
  asTold = false,
  settings = {},
}: {
  hosts?: readonly Host[];
  asTold?: boolean;
  settings?: Record<string, string>;
} = {}): Promise<TestSentinels> {
  const replicating = {
    "repl-diskless-sync-delay": "0",
    "repl-ping-replica-period": "1",
    "protected-mode": "no",
    ...(asTold ? REDIS_OF_PAIR : {}),
    ...settings,
  };
  const [atMaster, ...atReplicas] = hosts as [Host, ...Host[]];
  const first = await startRedis(replicating, atMaster);
  const replicaof = `${atMaster.address} ${first.port}`;
  const replicas = await Promise.all(atReplicas.map((host) => startRedis({ ...replicating, replicaof }, host)));
  const servers = [first, ...replicas];

  const directory = await mkdtemp(join(tmpdir(), "seatmeter-sentinel-"));
  const ports: number[] = [];
  const sentinels: ChildProcess[] = [];
  for (const [i, host] of hosts.entries()) {
    // On a host in a network of its own a port is taken that looks free from here.
    let port: number;
    do port = await freePort();
    while (ports.includes(port) || servers.some((server) => server.port === port));
    const file = join(directory, `sentinel-${i}.conf`);
    const master = `${atMaster.address} ${first.port}`;
    const lines = asTold ? sentinelOfPair(i, { port, master }) : inHaste(i, { port, master });
    lines.push(`bind ${host.address}`, `dir ${directory}`, "protected-mode no");
    await writeFile(file, `${lines.join("\n")}\n`);
    sentinels.push(host.spawn(findRedis(), [file, "--sentinel"], { stdio: "ignore" }));
    ports.push(port);
  }
  const atExit = () => {
    for (const sentinel of sentinels) sentinel.kill("SIGKILL");
  };
  process.once("exit", atExit);

  const ask = (i: number, ...words: string[]) => asked(hosts[i]!, ports[i]!, words);
  const masters = () => Promise.all(ports.map((_, i) => ask(i, "SENTINEL", "get-master-addr-by-name", NAME)));
  const master = async () => {
    const votes = (await masters()).flatMap((answer) => (answer ? [answer.slice(0, 2).join(":")] : []));
    const address = votes.find((one) => votes.filter((other) => other === one).length >= QUORUM);
    return servers.find((server) => server.url === `redis://${address}`);
  };
  const until = async <T>(found: () => Promise<T | undefined | false>): Promise<T> => {
    for (;;) {
      const answer = await found();
      if (answer) return answer;
      await delay(POLL_MS);
    }
  };
  const settled = (replicas = SERVERS - 1) =>
    until(async () => {
      const now = await master();
      if (!now) return false;
      const info = (await asked(hosts[servers.indexOf(now)]!, now.port, ["INFO", "replication"])) ?? [];
      if (info.filter((line) => line.includes("state=online")).length < replicas) return false;
      const known = await Promise.all(ports.map((_, i) => ask(i, "SENTINEL", "master", NAME)));
      return known.every((facts = []) => {
        const fact = (name: string) => Number(facts[facts.indexOf(name) + 1]);
        return fact("num-other-sentinels") === SERVERS - 1 && fact("num-slaves") >= replicas;
      });
    });
  await settled();

  return {
    url: `redis+sentinel://${ports.map((port, i) => `${hosts[i]!.address}:${port}`).join(",")}/${NAME}`,
    servers,
    sentinels,
    ask: (...words) => ask(0, ...words),
    master: () => until(master),
    failedOver: (from) => until(async () => master().then((now) => now !== from && now)),
    async settled(replicas) {
      await settled(replicas);
    },
    async stop() {
      process.off("exit", atExit);
      await Promise.all([...sentinels.map(killed), ...servers.map((server) => server.stop())]);
      await rm(directory, { recursive: true });
    },
  };
}

const inHaste = (i: number, { port, master }: { port: number; master: string }) => [
  `port ${port}`,
  `sentinel monitor ${NAME} ${master} ${QUORUM}`,
  `sentinel down-after-milliseconds ${NAME} ${Math.round(DOWN_AFTER_MS * (1 + APART * (i - 1)))}`,
  // A failover that came to nothing is tried again after twice this.
  `sentinel failover-timeout ${NAME} 3000`,
];

/** One question to a server that may be away, from its own host; a line for each part of the answer. */
async function asked(host: Host, port: number, words: string[]): Promise<string[] | undefined> {
  const child = host.spawn("redis-cli", ["-h", host.address, "-p", String(port), ...words], { stdio: "pipe" });
  const late = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  try {
    const [answer, [exit]] = await Promise.all([text(child.stdout!), once(child, "exit")]);
    return exit === 0 ? answer.split(/\r?\n/) : undefined;
  } finally {
    clearTimeout(late);
  }
}
