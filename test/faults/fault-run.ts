import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { checkHistory, type Operation, type Pause, type Verdict } from "../../client-shim/history-checker.ts";
import { readOperations } from "../../client-shim/operation-log.ts";
import { seeded } from "../../daemon/domain/random.ts";
import { GROUNDS, type Ground } from "./grounds.ts";

const SIM = join(import.meta.dirname, "../../client-shim/seatmeter.mjs");
export const SEATS = 12;
/** Of the register that the daemons run with (test/support/daemon.ts). */
const TTL_MS = 5000;
const SHIMS = 36;
export const LEAST_OPERATIONS = 1000;
/** Some lines of a log are no operations. */
const MARGIN = 1.05;
/** Nothing goes wrong before the fleets are there. */
const FIRST_ANSWERS = 100;
const POLL_MS = 50;
const FAULT_WITHIN_MS = 90_000;
const FAULTS = 3;
/** From one fault's end to the next one's start. */
const CALM_MS = 1500;
/** So long without any answer the service was away, and no lease of it grew older. */
const SILENCE_MS = 1000;
/** What a frozen daemon had not read yet it decides when it is thawed, though who asked was told that nobody answers. */
const AFTERMATH_MS = 500;

export interface FaultRun {
  seed: number;
  ground: string;
  /** In their order; how long nobody was answered afterwards, at most. */
  faults: { fault: string; silentMs: number }[];
  operations: number;
  unknown: number;
  granted: number;
  denied: number;
  /** Leases that a daemon no longer knew, of those that ran. */
  lost: number;
  overCapacity: number;
  falseDenials: number;
  verdict: Verdict["verdict"];
  why: string[];
  seconds: number;
}

/** What chance decides is decided by the seed alone; how the machine takes turns is not. */
export async function faultRun(seed: number, grounds: readonly string[]): Promise<FaultRun> {
  const began = performance.now();
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  const ground = grounds[seed % grounds.length]!;
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "seatmeter-faults-"));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const { fleets, faults } = await GROUNDS[ground]!.open(stack, SEATS);

  const over = new AbortController();
  const logs = fleets.map((_, i) => join(folder, `fleet-${i}.log`));
  const sims = fleets.map((fleet, i) => simulate(fleet, logs[i]!, seed + i, fleets.length, over.signal));
  stack.defer(async () => {
    over.abort();
    await Promise.allSettled(sims);
  });
  const answers = () => logs.reduce((sum, log) => sum + linesIn(log), 0);
  while (answers() < FIRST_ANSWERS) await delay(POLL_MS);
  const injected: { fault: string; fromMs: number; untilMs: number }[] = [];
  for (let i = 0; i < FAULTS; i++) {
    await delay(CALM_MS * (0.5 + random()));
    const fault = pick(Object.keys(faults));
    const fromMs = monotonicMs();
    await within(FAULT_WITHIN_MS, faults[fault]!(), `${fault}: it is not over after ${FAULT_WITHIN_MS / 1000} s`);
    injected.push({ fault, fromMs, untilMs: monotonicMs() });
  }
  do await delay(CALM_MS);
  while (answers() < LEAST_OPERATIONS * MARGIN);
  over.abort();
  await Promise.all(sims);

  const operations = (await Promise.all(logs.map(readOperations)))
    .flatMap((log) => log.operations)
    .map((operation, i) => ({ ...operation, line: i + 1 }));
  const during = injected.map(({ fromMs, untilMs }) => ({ t0: fromMs, t1: untilMs + AFTERMATH_MS }));
  const pauses = united([...silencesIn(operations), ...during]);
  const checked = checkHistory(operations, pauses, { seats: SEATS, ttlMs: TTL_MS });
  const tooFew = operations.length < LEAST_OPERATIONS ? [`${operations.length} operations are too few`] : [];
  return {
    seed,
    ground,
    faults: injected.map(({ fault, fromMs, untilMs }, i) => ({
      fault,
      silentMs: longest(silencesIn(operations, 0), fromMs, injected[i + 1]?.fromMs ?? untilMs + CALM_MS),
    })),
    operations: checked.operations,
    unknown: checked.unknown,
    granted: checked.granted,
    denied: checked.denied,
    lost: operations.filter(({ op, res }) => op === "heartbeat" && res === "lost").length,
    overCapacity: checked.overCapacity.length,
    falseDenials: checked.falseDenials.length,
    verdict: checked.verdict === "sound" && tooFew.length > 0 ? "proves_nothing" : checked.verdict,
    why: [...checked.why, ...tooFew],
    seconds: Math.round(performance.now() - began) / 1000,
  };
}

/** Until it is told to stop; what it holds is given back then. */
async function simulate(
  { host, urls }: Ground["fleets"][number],
  oplog: string,
  seed: number,
  fleets: number,
  over: AbortSignal,
) {
  const words = ["sim", "--product", "demo", "--shims", String(Math.ceil(SHIMS / fleets)), "--seconds", "3600"];
  const how = ["--think", "150", "--hold", "500", "--seed", String(seed), "--seats", String(SEATS), "--oplog", oplog];
  const child = host.spawn(process.execPath, [SIM, ...words, ...how], {
    env: { PATH: process.env.PATH, HOME: "/nonexistent", SEATMETER_URL: urls },
    stdio: ["ignore", "ignore", "pipe"],
  });
  over.addEventListener("abort", () => child.kill("SIGINT"));
  const [said, [exit]] = await Promise.all([text(child.stderr!), once(child, "exit")]);
  if (exit !== 0) throw new Error(`the fleet ended with ${exit}:\n${said}`);
}

async function within<T>(ms: number, done: Promise<T>, otherwise: string): Promise<T> {
  const over = new AbortController();
  const late = delay(ms, undefined, { signal: over.signal }).then(() => {
    throw new Error(otherwise);
  });
  late.catch(() => {});
  return await Promise.race([done, late]).finally(() => over.abort());
}

const linesIn = (file: string) => (existsSync(file) ? readFileSync(file, "utf8").split("\n").length : 0);

/** The times in which nobody was answered. */
function silencesIn(operations: readonly Operation[], leastMs = SILENCE_MS): Pause[] {
  const answers = operations.filter(({ res }) => res !== "unknown").map(({ t1 }) => t1);
  answers.sort((one, other) => one - other);
  return answers.slice(1).flatMap((t1, i) => (t1 - answers[i]! > leastMs ? [{ t0: answers[i]!, t1 }] : []));
}

/** Without overlaps, which would be counted twice. */
function united(pauses: readonly Pause[]): Pause[] {
  const all: Pause[] = [];
  for (const { t0, t1 } of pauses.toSorted((one, other) => one.t0 - other.t0)) {
    const last = all.at(-1);
    if (last && t0 <= last.t1) last.t1 = Math.max(last.t1, t1);
    else all.push({ t0, t1 });
  }
  return all;
}

const longest = (silences: readonly Pause[], fromMs: number, untilMs: number) =>
  Math.round(Math.max(0, ...silences.filter(({ t0, t1 }) => t1 > fromMs && t0 < untilMs).map(({ t0, t1 }) => t1 - t0)));

/** As the fleets write it. */
const monotonicMs = () => Number(process.hrtime.bigint() / 1000n) / 1000;
