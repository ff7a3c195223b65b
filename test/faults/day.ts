import { setTimeout as delay } from "node:timers/promises";
import { randomWait } from "../../client-shim/random.ts";
import { seeded } from "../../daemon/domain/random.ts";
import { dataFolder, demoRegister } from "../support/daemon.ts";
import { type Computer, type Ran, startComputer } from "./computer.ts";
import { onOneRedis, POOL, RECORDS } from "./grounds.ts";
import { type Session, sessionsIn } from "./recorded.ts";
import { until } from "./until.ts";

const COMPUTERS = 4;
const PEOPLE = 5;
/** On average: a day of eight hours in ten minutes makes half an hour of work and two minutes of rest of them. */
const WORK_MS = 40_000;
const LEAST_WORK_MS = 2000;
const REST_MS = 2500;
const FAULT_EVERY_MS = 20_000;
/** With these what was acknowledged is gone, as it may be where one server is alone (D2). */
const NOT_HERE = ["Redis loses its disk", "Redis loses the last second"];
/** Of the register that the daemon runs with (test/support/daemon.ts). */
const TTL_MS = 5000;
const SOON_MS = 120_000;
/** What was promised (GUARANTEES.md, D3). */
const SHARE = 0.005;

export interface Day {
  minutes: number;
  faults: Record<string, number>;
  /** Programs that started, and their leases in the history; those of which the rest was told afterwards, as another session. */
  programs: number;
  leases: number;
  inParts: number;
  /** Programs under which their computer crashed, and by how much a session of theirs is too long, at most. */
  crashed: number;
  crashedOverMs: number;
  /** Seat-seconds: as the programs say, and in the history. */
  measuredS: number;
  historyS: number;
  /** By how much one session differs from its program, of those that ended by themselves: median and most. */
  offByMs: [median: number, most: number];
  /** What was promised and does not hold. */
  broken: string[];
}

/**
 * A day in small: people at computers with agents launch, work and end, while servers, agents and whole computers fail. Each
 * program writes down itself when it ran, and the history must say the same.
 *
 * @param tell a line of progress
 */
export async function day(forMs: number, seed: number, tell: (line: string) => void): Promise<Day> {
  await using stack = new AsyncDisposableStack();
  const random = seeded(seed);
  const seats = COMPUTERS * PEOPLE * 2;
  const { daemon, fleets, faults: ofServers } = await onOneRedis(stack, demoRegister({ seats }), RECORDS);
  const computers = await Promise.all(
    Array.from({ length: COMPUTERS }, async () => {
      const computer = stack.use(await startComputer(fleets[0]!.urls, stack.use(dataFolder()).path));
      await computer.start();
      return computer;
    }),
  );
  const faults: Record<string, (computer: Computer) => Promise<unknown>> = {
    ...Object.fromEntries(Object.entries(ofServers).filter(([name]) => !NOT_HERE.includes(name))),
    "an agent killed": async (computer) => {
      await computer.kill();
      await computer.start();
    },
    "a computer crashes": async (computer) => {
      await computer.crash();
      await computer.start();
    },
  };

  const over = new AbortController();
  const programs: (Ran & { version: string })[] = [];
  let launches = 0;
  const work = async (computer: Computer, user: string) => {
    while (!over.signal.aborted) {
      const version = `1.${++launches}`;
      const forMs = LEAST_WORK_MS + randomWait(random, WORK_MS - LEAST_WORK_MS);
      const ran = await computer.run({ product: "demo", user, forMs, version });
      programs.push({ ...ran, version });
      await delay(randomWait(random, REST_MS), undefined, { signal: over.signal }).catch(() => {});
    }
  };
  const people = computers.flatMap((computer, i) =>
    Array.from({ length: PEOPLE }, (_, j) => work(computer, `person-${i}-${j}`)),
  );
  const names = Object.keys(faults).toSorted(() => random() - 0.5);
  const injected: string[] = [];
  const began = performance.now();
  for (let i = 0; ; i++) {
    await delay(Math.max(0, began + (i + 1) * FAULT_EVERY_MS - performance.now()));
    if (performance.now() - began >= forMs) break;
    const fault = names[i % names.length]!;
    await faults[fault]!(computers[Math.floor(random() * COMPUTERS)]!);
    injected.push(fault);
    tell(`${((performance.now() - began) / 60_000).toFixed(1)} min: ${fault}; ${programs.length} programs have ended`);
  }
  over.abort();
  tell("the last programs end");
  await Promise.all(people);
  await until(() => computers.every((computer) => computer.journal() === 0), SOON_MS, "a journal was not told");
  const recorded = () => sessionsIn(daemon.data, POOL);
  const started = programs.filter(({ fromMs }) => fromMs !== undefined);
  const isComplete = (sessions: readonly Session[]) =>
    sessions.length >= started.length && sessions.every(({ endMs }) => endMs !== null);
  await until(async () => isComplete(await recorded()), SOON_MS).catch(() => {});
  return {
    minutes: Math.round(forMs / 6000) / 10,
    faults: Object.fromEntries(names.map((name) => [name, injected.filter((one) => one === name).length])),
    ...comparison(started, await recorded()),
  };
}

function comparison(programs: readonly (Ran & { version: string })[], sessions: readonly Session[]) {
  const lengthOf = ({ fromMs, untilMs }: Ran) => untilMs! - fromMs!;
  const lastedMs = ({ startMs, endMs }: Session) => (endMs ?? startMs) - startMs;
  const sum = (all: readonly number[]) => all.reduce((total, one) => total + one, 0);
  const measuredMs = sum(programs.map(lengthOf));
  const historyMs = sum(sessions.map(lastedMs));
  const overMs = programs.map((program) => ({
    hasCrashed: program.exit === null,
    ms: sum(sessions.filter(({ version }) => version === program.version).map(lastedMs)) - lengthOf(program),
  }));
  const crashed = overMs.filter(({ hasCrashed }) => hasCrashed);
  const crashedOverMs = Math.max(0, ...crashed.map(({ ms }) => ms));
  const offByMs = overMs
    .filter(({ hasCrashed }) => !hasCrashed)
    .map(({ ms }) => Math.abs(ms))
    .sort((one, other) => one - other);
  const byVersion = Map.groupBy(sessions, ({ version }) => version);
  const leasesOf = (version: string) => new Set(byVersion.get(version)?.map(({ leaseId }) => leaseId));
  const odd = programs.filter(({ version }) => leasesOf(version).size !== 1);
  const known = new Set(programs.map(({ version }) => version));
  const strange = sessions.filter(({ version }) => !known.has(version));
  const claims: [holds: boolean, otherwise: string][] = [
    [odd.length === 0, `not one lease: ${JSON.stringify(odd.map((one) => [one, byVersion.get(one.version)]))}`],
    [strange.length === 0, `of no program: ${JSON.stringify(strange)}`],
    [
      Math.abs(historyMs - measuredMs) <= SHARE * measuredMs,
      `the history has ${seconds(historyMs)} seat-seconds, and the programs ran for ${seconds(measuredMs)}`,
    ],
    [crashedOverMs <= TTL_MS, `after a crash a session is ${crashedOverMs} ms too long`],
    [crashed.length > 0, "no computer crashed under a program"],
  ];
  return {
    ...{ programs: programs.length, leases: new Set(sessions.map(({ leaseId }) => leaseId)).size },
    ...{ inParts: sessions.length - byVersion.size, crashed: crashed.length, crashedOverMs },
    ...{ measuredS: seconds(measuredMs), historyS: seconds(historyMs) },
    offByMs: [offByMs[offByMs.length >> 1] ?? Number.NaN, offByMs.at(-1) ?? Number.NaN] as Day["offByMs"],
    broken: claims.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise])),
  };
}

const seconds = (ms: number) => Math.round(ms / 100) / 10;
