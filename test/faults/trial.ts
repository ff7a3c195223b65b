import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { checkHistory, type Operation, type Pause, type Verdict } from "../../client-shim/history-checker.ts";
import { readOperations } from "../../client-shim/operation-log.ts";
import type { Ground } from "./grounds.ts";
import { type Accounts, accountsOf } from "./recorded.ts";

const SIM = join(import.meta.dirname, "../../client-shim/seatmeter.mjs");
export const DIST = join(import.meta.dirname, "../../dist");
export const SEATS = 12;
/** Of the register that the daemons run with (test/support/daemon.ts). */
const TTL_MS = 5000;
const SHIMS = 36;
/** Nothing goes wrong before the fleets are there. */
const FIRST_ANSWERS = 100;
const POLL_MS = 50;
const FAULT_WITHIN_MS = 90_000;
/** So long without any answer the service was away, and no lease of it grew older. */
const SILENCE_MS = 1000;
/** What a frozen daemon had not read yet it decides when it is thawed, though who asked was told that nobody answers. */
const AFTERMATH_MS = 500;

/** By so much at most a pool's clock follows one that leaps ahead (daemon/ledger/lua). */
const STEP_MS = 2000;
/** With these faults what was answered shortly before is lost, as one server alone is. */
const LOSING = ["Redis loses its disk", "Redis loses the last second"];
const RECORDED_SOON_MS = 5000;
export const CLOCK_AHEAD = "clock an hour ahead";

/** What goes wrong while fleets launch. */
export interface Trial {
  /** So many answers were written down so far, and so many of them are certain. */
  answers(): { all: number; certain: number };
  /** Until it is over. */
  inject(fault: string): Promise<void>;
}

export interface TrialResult {
  /** In their order; how long nobody was answered afterwards, at most, and how long a launch waited for its answer. */
  faults: { fault: string; silentMs: number; waitedMs: number }[];
  /** Leases that a daemon no longer knew, of those that ran. */
  lost: number;
  checked: Verdict;
  /** What the history says of it, where there is one. */
  accounts?: Accounts;
}

/**
 * Fleets launch on a ground for as long as `goWrong` takes; then every answer is looked at. Where a promise was broken, all
 * of them are kept in a file of `dist/`, for `seatmeter verify --oplog`.
 */
export async function trial(
  { fleets, faults, recorded }: Ground,
  seed: number,
  goWrong: (trial: Trial) => Promise<void>,
): Promise<TrialResult> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "seatmeter-faults-"));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const over = new AbortController();
  const logs = fleets.map((_, i) => join(folder, `fleet-${i}.log`));
  const sims = fleets.map((fleet, i) => simulate(fleet, logs[i]!, seed + i, fleets.length, over.signal));
  stack.defer(async () => {
    over.abort();
    await Promise.allSettled(sims);
  });
  const answers = () => answersIn(logs);
  while (answers().all < FIRST_ANSWERS) await delay(POLL_MS);
  const injected: { fault: string; fromMs: number; untilMs: number }[] = [];
  await goWrong({
    answers,
    async inject(fault) {
      const fromMs = monotonicMs();
      await within(FAULT_WITHIN_MS, faults[fault]!(), `${fault}: it is not over after ${FAULT_WITHIN_MS / 1000} s`);
      injected.push({ fault, fromMs, untilMs: monotonicMs() });
    },
  });
  const endedMs = monotonicMs();
  over.abort();
  await Promise.all(sims);

  const operations = (await Promise.all(logs.map(readOperations)))
    .flatMap((log) => log.operations)
    .map((operation, i) => ({ ...operation, line: i + 1 }));
  const during = injected.map(({ fromMs, untilMs }) => ({ t0: fromMs, t1: untilMs + AFTERMATH_MS }));
  const silences = silencesIn(operations, 0, endedMs);
  const waits = waitsIn(operations);
  const pauses = united([...silencesIn(operations), ...during]);
  const pool = { seats: SEATS, ttlMs: TTL_MS };
  const leaps = injected
    .filter(({ fault }) => fault === CLOCK_AHEAD)
    .map(({ fromMs, untilMs }) => ({ t0: fromMs, t1: untilMs + AFTERMATH_MS, ms: STEP_MS }));
  const checked = checkHistory(operations, pauses, { ...pool, leaps });
  const lossesMs = injected
    .filter(({ fault }) => LOSING.includes(fault))
    .map(({ fromMs, untilMs }) => ({ t0: fromMs - RECORDED_SOON_MS, t1: untilMs + AFTERMATH_MS }));
  const accounts = recorded && (await accountsOf(recorded, operations, { lossesMs, ttlMs: TTL_MS }));
  if (checked.verdict === "violated" || accounts?.broken.length) {
    const lines = [pool, ...operations, ...pauses.map((pause) => ({ op: "pause", ...pause }))];
    mkdirSync(DIST, { recursive: true });
    writeFileSync(join(DIST, `faults-${seed}.log`), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }
  return {
    faults: injected.map(({ fault, fromMs }, i) => {
      const untilMs = injected[i + 1]?.fromMs ?? endedMs;
      return { fault, silentMs: longest(silences, fromMs, untilMs), waitedMs: longest(waits, fromMs, untilMs) };
    }),
    lost: operations.filter(({ op, res }) => op === "heartbeat" && res === "lost").length,
    checked,
    ...(accounts && { accounts }),
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

function answersIn(logs: readonly string[]) {
  const lines = logs.filter((log) => existsSync(log)).flatMap((log) => readFileSync(log, "utf8").split("\n"));
  return { all: lines.length, certain: lines.filter((line) => !line.includes('"res":"unknown"')).length };
}

/**
 * The times in which nobody was answered.
 *
 * @param untilMs the last one may last until then
 */
function silencesIn(operations: readonly Operation[], leastMs = SILENCE_MS, untilMs?: number): Pause[] {
  const answers = operations.filter(({ res }) => res !== "unknown").map(({ t1 }) => t1);
  if (untilMs !== undefined) answers.push(untilMs);
  answers.sort((one, other) => one - other);
  return answers.slice(1).flatMap((t1, i) => (t1 - answers[i]! > leastMs ? [{ t0: answers[i]!, t1 }] : []));
}

/** Of each launch, from its first question without a certain answer to that answer. */
function waitsIn(operations: readonly Operation[]): Pause[] {
  const since = new Map<string, number>();
  const waits: Pause[] = [];
  for (const { op, lease, t0, t1, res } of operations.toSorted((one, other) => one.t0 - other.t0)) {
    if (op !== "checkout") continue;
    const fromMs = since.get(lease) ?? t0;
    if (res === "unknown") since.set(lease, fromMs);
    else {
      since.delete(lease);
      waits.push({ t0: fromMs, t1 });
    }
  }
  return waits;
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
  Math.round(
    silences
      .filter(({ t0, t1 }) => t1 > fromMs && t0 < untilMs)
      .reduce((most, { t0, t1 }) => Math.max(most, t1 - t0), 0),
  );

/** As the fleets write it. */
const monotonicMs = () => Number(process.hrtime.bigint() / 1000n) / 1000;
