import { setTimeout as delay } from "node:timers/promises";
import { dataFolder } from "../support/daemon.ts";
import { startRedis } from "../support/redis.ts";
import { type Ran, startComputer } from "./computer.ts";
import { daemonOn, RECORDS } from "./grounds.ts";
import { type Session, sessionsIn } from "./recorded.ts";
import { until } from "./until.ts";

/** Half of them by `seatmeter run`, half by themselves. */
const PROGRAMS = 20;
const STAYS = 5;
const STRICT = 5;
/** Each runs for this share of the time. */
const SHARE = 1 / 4;
const SOON_MS = 120_000;
/** After the daemon is back: time for the agent to find it. */
const STAYS_ON_MS = 90_000;
/** The agent looks once a second at what runs by itself; a busy machine is late. */
const OFF_BY_MS = 3000;
const EXECUTABLE = "plan-editor";

const REGISTER = `
organisation: Exampleshire Council
timezone: Europe/London
sites:
  here: { name: Here, networks: [127.0.0.0/8, "::1/128"] }
products:
  editor: { name: Editor, owner: it.desk@exampleshire.example, executables: [${EXECUTABLE}], pools: [editor] }
  strict: { name: Strict, owner: it.desk@exampleshire.example, whenUnreachable: refuse, pools: [editor] }
pools:
  editor:
    seatFor: [session]
    entitlements: [{ reference: PO-1, seats: 100, starts: 2020-01-01 }]
`;

export interface Away {
  minutes: number;
  /** That ran from before until after; of them, those that were stopped, and those whose lease is another one now. */
  stayed: number;
  stopped: number;
  otherLease: number;
  /** That began and ended meanwhile, and the sessions that they are after they were told twice. */
  programs: number;
  sessions: number;
  /** By how much a session's beginning or end differs from its program's own, at most. */
  offByMs: number;
  /** Of what must not start without a daemon. */
  refused: number;
  started: number;
  /** What was promised and does not hold. */
  broken: string[];
}

/**
 * A daemon is off for so long, and on a computer with an agent people work on: with programs that run already, with some
 * that start and end meanwhile, and with one that must not start without a daemon. Then it is back, and is told twice.
 *
 * @param tell a line of progress
 */
export async function away(forMs: number, tell: (line: string) => void): Promise<Away> {
  await using stack = new AsyncDisposableStack();
  const folder = () => stack.use(dataFolder()).path;
  const redis = await startRedis({ appendonly: "yes", appendfsync: "always" });
  stack.defer(() => redis.stop());
  const daemon = await daemonOn(stack, { ...RECORDS, REDIS_URL: redis.url }, REGISTER);
  const computer = stack.use(await startComputer(daemon.url, folder()));
  await computer.start();
  await until(async () => (await computer.status()).products === 2, SOON_MS, "the agent knows no register");
  const stay = Array.from({ length: STAYS }, (_, i) =>
    computer.run({ product: "editor", user: `stays-${i}`, forMs: forMs + STAYS_ON_MS }),
  );
  const held = async () => (await leasesAt(daemon)).length === STAYS;
  await until(held, SOON_MS, "not all programs have started");
  const before = await leasesAt(daemon);

  await daemon.off();
  const offMs = Date.now();
  const passed = (share: number) => delay(Math.max(0, offMs + share * forMs - Date.now()));
  tell(`the daemon is off for ${minutes(forMs)} minutes`);
  const begun: Promise<Ran>[] = [];
  for (let i = 0; i < PROGRAMS; i++) {
    await passed((i / PROGRAMS) * (1 - SHARE));
    const launch = { product: "editor", user: `away-${i}`, forMs: forMs * SHARE * 0.9 };
    begun.push(i % 2 === 0 ? computer.run(launch) : computer.open(EXECUTABLE, launch.forMs));
    tell(`after ${minutes(Date.now() - offMs)} minutes: ${i + 1} programs have started`);
  }
  const strict = Array.from({ length: STRICT }, (_, i) =>
    computer.run({ product: "strict", user: `strict-${i}`, forMs: 1000 }),
  );
  const started = (await Promise.all(strict)).filter(({ fromMs }) => fromMs !== undefined).length;
  const ran = await Promise.all(begun);
  await until(() => computer.journal() === PROGRAMS, SOON_MS, "not all that ended is in the journal");
  await passed(1);
  const another = stack.use(await computer.copy(folder()));
  const toldTwice = another.journal();

  await daemon.on();
  tell(`after ${minutes(Date.now() - offMs)} minutes: the daemon is back`);
  await until(() => computer.journal() === 0, SOON_MS, "the journal was not told");
  await another.start();
  await until(() => another.journal() === 0, SOON_MS, "the journal was not told a second time");
  await until(held, SOON_MS).catch(() => {});
  const after = await leasesAt(daemon);
  const stopped = STAYS - (await computer.status()).running.length;
  const otherLease = before.filter((lease) => !after.includes(lease)).length;
  await Promise.all(stay);
  const recorded = () => sessionsIn(daemon.data, "editor");
  const complete = async () => (await recorded()).filter(({ endMs }) => endMs !== null).length >= PROGRAMS + STAYS;
  await until(complete, SOON_MS).catch(() => {});
  const all = await recorded();
  const sessions = all.filter(({ flags }) => flags.includes("ungoverned"));
  const offByMs = farthest(ran, sessions);
  const claims: [holds: boolean, otherwise: string][] = [
    [stopped === 0 && otherLease === 0, `${stopped} programs were stopped, ${otherLease} have another lease`],
    [all.length === PROGRAMS + STAYS, `${PROGRAMS + STAYS} programs are ${all.length} sessions`],
    [sessions.length === PROGRAMS, `${PROGRAMS} programs that ran without a daemon are ${sessions.length} sessions`],
    [toldTwice === PROGRAMS, `only ${toldTwice} were told twice`],
    [offByMs <= OFF_BY_MS, `a session is wrong by ${offByMs} ms`],
    [started === 0, `${started} programs started that must not without a daemon`],
  ];
  return {
    ...{ minutes: Number(minutes(forMs)), stayed: STAYS, stopped, otherLease },
    ...{ programs: PROGRAMS, sessions: sessions.length, offByMs, refused: STRICT - started, started },
    broken: claims.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise])),
  };
}

const minutes = (ms: number) => (ms / 60_000).toFixed(1);

async function leasesAt({ httpUrl }: { httpUrl: string }): Promise<string[]> {
  const answer = await fetch(`${httpUrl}/api/v1/leases?pool=editor`);
  return ((await answer.json()) as { items: { leaseId: string }[] }).items.map(({ leaseId }) => leaseId);
}

/** In the order in which they began. */
function farthest(ran: readonly Ran[], sessions: readonly Session[]): number {
  const programs = ran.toSorted((one, other) => one.fromMs! - other.fromMs!);
  const differences = programs.flatMap(({ fromMs, untilMs }, i) => [
    Math.abs((sessions[i]?.startMs ?? Number.NaN) - fromMs!),
    Math.abs((sessions[i]?.endMs ?? Number.NaN) - untilMs!),
  ]);
  return Math.max(...differences);
}
