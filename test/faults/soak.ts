import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { seeded } from "../../daemon/domain/random.ts";
import { openHistory } from "../../daemon/history/database.ts";
import { demoRegister } from "../support/daemon.ts";
import { numbersIn } from "../support/event-numbers.ts";
import { THIS_COMPUTER } from "../support/host.ts";
import { startPostgres } from "../support/postgres.ts";
import { COLLECTING, withoutGarbage } from "../support/without-garbage.ts";
import { daemonOn, type Ground, keys, onOneRedis, POOL } from "./grounds.ts";
import { SEATS, type TrialResult, trial } from "./trial.ts";

const FAULT_EVERY_MS = 30_000;
const SAMPLE_EVERY_MS = 5000;
const RECORDED_WITHIN_MS = 60_000;
/** So much may resident memory differ. */
const MEMORY_SHARE = 0.1;
/** With them the daemon that is looked at would be another one, or events would be gone with the ledger that had them. */
const NOT_HERE = ["daemon killed", "Redis loses its disk", "Redis loses the last second"];

/** What a daemon has at a moment. */
interface Sample {
  atMs: number;
  residentBytes: number;
  /** Without those of its shims' connections. */
  descriptors: number;
}

export interface Soak {
  minutes: number;
  faults: Record<string, number>;
  operations: number;
  unknown: number;
  overCapacity: number;
  falseDenials: number;
  lost: number;
  verdict: TrialResult["checked"]["verdict"];
  /** In the second quarter of the time and in the last, of the daemon that lived through all of it. */
  residentMiB: [early: number, late: number];
  /** Of the same, when its garbage is collected: at half the time, and at the end. */
  withoutGarbageMiB: number[];
  /** In the same quarters, the fewest: those that are there always, without what comes and goes. */
  descriptors: [early: number, late: number];
  /** Of the pool, and how many of them are not in the history exactly once. */
  events: number;
  missingOrTwice: number;
  /** What was promised and does not hold. */
  broken: string[];
}

/**
 * Two daemons and a PostgreSQL, a fault each half minute; one of the daemons lives through all of it, and is looked at.
 *
 * @param tell a line of progress
 */
export async function soak(forMs: number, seed: number, tell: (line: string) => void): Promise<Soak> {
  const random = seeded(seed);
  await using stack = new AsyncDisposableStack();
  const { ground, daemon, redis, url } = await openGround(stack);
  const names = Object.keys(ground.faults);
  const samples: Sample[] = [];
  const began = performance.now();
  const atMs = () => performance.now() - began;
  const withoutGarbageMiB: number[] = [];
  const collect = async () => {
    await withoutGarbage(daemon.running());
    withoutGarbageMiB.push(mebibytes(residentBytesOf(daemon)));
  };

  const { faults, lost, checked } = await trial(ground, seed, async ({ inject }) => {
    const over = new AbortController();
    const sampling = keepSampling(daemon, atMs, samples, over.signal);
    // All kinds in turn, in an order of the seed's.
    const order = names.toSorted(() => random() - 0.5);
    for (let i = 0; atMs() < forMs; i++) {
      await delay(Math.max(0, Math.min(forMs, (i + 1) * FAULT_EVERY_MS) - atMs()));
      if (atMs() >= forMs) break;
      const fault = order[i % order.length]!;
      await inject(fault);
      if (withoutGarbageMiB.length === 0 && atMs() >= forMs / 2) await collect();
      const { residentBytes = 0, descriptors = 0 } = samples.at(-1) ?? {};
      tell(
        `${(atMs() / 60_000).toFixed(1)} min: ${fault}; ${mebibytes(residentBytes)} MiB, ${descriptors} descriptors`,
      );
    }
    over.abort();
    await sampling;
    await collect();
  });

  const { events, missingOrTwice } = await recorded(redis.socket, url);
  const quarter = (n: number) => samples.filter(({ atMs }) => Math.floor((4 * atMs) / forMs) === n);
  const both = (of: (samples: Sample[]) => number): [early: number, late: number] => [of(quarter(1)), of(quarter(3))];
  const residentMiB = both((of) => median(of.map(({ residentBytes }) => mebibytes(residentBytes))));
  const descriptors = both((of) => Math.min(...of.map((sample) => sample.descriptors)));
  const claims: [holds: boolean, otherwise: string][] = [
    [checked.verdict === "sound", `the checker: ${checked.verdict} ${checked.why.join("; ")}`],
    [
      withoutGarbageMiB[1]! <= withoutGarbageMiB[0]! * (1 + MEMORY_SHARE),
      `resident memory without garbage went from ${withoutGarbageMiB.join(" to ")} MiB`,
    ],
    // Of those that are there always, one may be made anew all the time in which it is looked at.
    [descriptors[0] >= descriptors[1], `descriptors went from ${descriptors.join(" to ")}`],
    [missingOrTwice === 0, `${missingOrTwice} of ${events} events are not in the history exactly once`],
  ];
  return {
    minutes: Math.round(forMs / 6000) / 10,
    faults: Object.fromEntries(names.map((name) => [name, faults.filter(({ fault }) => fault === name).length])),
    operations: checked.operations,
    unknown: checked.unknown,
    overCapacity: checked.overCapacity.length,
    falseDenials: checked.falseDenials.length,
    ...{ lost, verdict: checked.verdict, residentMiB, withoutGarbageMiB, descriptors, events, missingOrTwice },
    broken: claims.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise])),
  };
}

async function openGround(stack: AsyncDisposableStack) {
  const postgres = await startPostgres();
  stack.defer(() => postgres.end());
  const url = await postgres.newDatabase();
  const history = { SEATMETER_HISTORY: "on", DATABASE_URL: url, ...COLLECTING };
  const { daemon, redis, fleets, faults } = await onOneRedis(stack, demoRegister({ seats: SEATS }), history);
  const other = await daemonOn(stack, { ...history, REDIS_URL: redis.url }, demoRegister({ seats: SEATS }));
  const ground: Ground = {
    fleets: [...fleets, { host: THIS_COMPUTER, urls: other.url }],
    faults: {
      ...Object.fromEntries(Object.entries(faults).filter(([name]) => !NOT_HERE.includes(name))),
      "other daemon killed": () => other.kill(),
      "PostgreSQL killed": async () => {
        await postgres.crash();
        await postgres.start();
      },
    },
  };
  return { ground, daemon, redis, url };
}

type DaemonOnGround = Awaited<ReturnType<typeof daemonOn>>;

async function keepSampling(daemon: DaemonOnGround, atMs: () => number, samples: Sample[], over: AbortSignal) {
  while (!over.aborted) {
    await delay(SAMPLE_EVERY_MS, undefined, { signal: over }).catch(() => {});
    // A frozen daemon answers nothing, and is looked at next time.
    const sample = await sampleOf(daemon).catch(() => undefined);
    if (sample) samples.push({ atMs: atMs(), ...sample });
  }
}

/** Nothing where shims came or went meanwhile, whose descriptors would be counted as its own. */
async function sampleOf(daemon: DaemonOnGround): Promise<Omit<Sample, "atMs"> | undefined> {
  const before = await shimConnections(daemon);
  const residentBytes = residentBytesOf(daemon);
  const open = readdirSync(`/proc/${daemon.pid()}/fd`).length;
  if ((await shimConnections(daemon)) !== before) return undefined;
  return { residentBytes, descriptors: open - before };
}

const residentBytesOf = ({ pid }: DaemonOnGround) =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid()}/status`, "utf8"))?.[1]) * 1024;

async function shimConnections({ httpUrl }: DaemonOnGround): Promise<number> {
  const metrics = await (await fetch(`${httpUrl}/metrics`, { signal: AbortSignal.timeout(1000) })).text();
  return Number(/^seatmeter_shim_connections (\d+)$/m.exec(metrics)?.[1]);
}

/** Once the recorder has caught up: the events of the pool, and how many the history has not exactly once. */
async function recorded(socket: string, url: string): Promise<Pick<Soak, "events" | "missingOrTwice">> {
  const redis = new Redis({ path: socket });
  const history = await openHistory({ url });
  try {
    const lateMs = performance.now() + RECORDED_WITHIN_MS;
    for (;;) {
      const events = Number(await redis.hget(keys.of(POOL, "state"), "changes"));
      const numbers = await numbersIn(history, POOL);
      const lost = await history.db.selectFrom("gaps").select("number").where("kind", "=", "events").execute();
      const times = new Uint8Array(events);
      for (const number of numbers) times[number - 1]! += 1;
      const missingOrTwice = times.filter((one) => one !== 1).length;
      if (missingOrTwice + lost.length === 0 || performance.now() > lateMs) {
        return { events, missingOrTwice: missingOrTwice + lost.length };
      }
      await delay(200);
    }
  } finally {
    redis.disconnect();
    await history.close();
  }
}

const mebibytes = (bytes: number) => Math.round(bytes / 1024 / 102.4) / 10;

const median = (numbers: readonly number[]) =>
  numbers.toSorted((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN;
