import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Operation } from "../../client-shim/history-checker.ts";
import { readOperations } from "../../client-shim/operation-log.ts";
import { demoRegister, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { startRedis } from "../support/redis.ts";
import { type LoopDelay, loopDelayOf, watched } from "./loop-delay.ts";
import { until } from "./until.ts";

const SIM = join(import.meta.dirname, "../../client-shim/seatmeter.mjs");
const GATHERED_WITHIN_MS = 120_000;
/** What was promised. */
const SEATED_WITHIN_MS = 60_000;
const LOOP_DELAY_P99_MS = 50;
const DRAINED_WITHIN_MS = 10_000;
/** Nobody's work ends while it is looked at. */
const A_DAY_MS = 86_400_000;

export interface FleetLoss {
  shims: number;
  /** Of those that were seated when their daemon was killed. */
  seatedAgain: number;
  /** Until the last of them was. */
  seatedWithinMs: number;
  lost: number;
  expired: number;
  /** Of the daemon that all came to, while they came. */
  loopDelay: LoopDelay;
  /** Of a process beside it that does nothing: what the machine takes. */
  idleLoopDelay: LoopDelay;
  /** From SIGTERM to the end, with all of them connected. */
  drainedMs: number;
  /** What was promised and does not hold. */
  broken: string[];
}

/**
 * All shims of a fleet are at one of two daemons, which is killed; the other one seats them, and is told to stop then.
 *
 * @param lease of the register: shims spread over what it spares
 */
export async function fleetLoss(shims: number, lease = "{ ttl: 60s, heartbeatEvery: 20s }"): Promise<FleetLoss> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "seatmeter-fleet-"));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const redis = await startRedis({ appendonly: "yes", appendfsync: "always" });
  stack.defer(() => redis.stop());
  const register = demoRegister({ seats: shims, lease });
  const delays = join(folder, "delays");
  const first = stack.use(await startDaemon({ register, env: { REDIS_URL: redis.url } }));
  const second = stack.use(await startDaemon({ register, env: { REDIS_URL: redis.url, ...watched(delays) } }));
  const idleDelays = join(folder, "idle-delays");
  const idle = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { env: watched(idleDelays) });
  stack.defer(() => ended(idle));

  const log = join(folder, "fleet.log");
  const plan = ["--shims", shims, "--seats", shims, "--seconds", A_DAY_MS / 1000, "--think", 1, "--hold", A_DAY_MS];
  const fleet = spawn(process.execPath, [SIM, "sim", "--product", "demo", ...plan.map(String), "--oplog", log], {
    env: { PATH: process.env.PATH, HOME: "/nonexistent", SEATMETER_URL: `${first.url},${second.url}` },
    stdio: ["ignore", "ignore", "inherit"],
  });
  stack.defer(() => ended(fleet));
  await until(async () => (await used(first)) >= shims, GATHERED_WITHIN_MS, "the fleet was not seated");

  await Promise.all([loopDelayOf(second.pid, delays), loopDelayOf(idle.pid, idleDelays)]);
  const killedMs = monotonicMs();
  await first.kill();
  let seating = { seated: 0, held: shims, withinMs: 0, lost: 0 };
  await until(async () => {
    seating = seatingIn((await readOperations(log)).operations, killedMs);
    return seating.seated >= seating.held;
  }, SEATED_WITHIN_MS).catch(() => {});
  const [loopDelay, idleLoopDelay] = await Promise.all([
    loopDelayOf(second.pid, delays),
    loopDelayOf(idle.pid, idleDelays),
  ]);
  const expired = await expiredAt(second);
  const toldMs = monotonicMs();
  await second.stop();
  const drainedMs = Math.round(monotonicMs() - toldMs);

  const { seated, held, withinMs, lost } = seating;
  const claims: [holds: boolean, otherwise: string][] = [
    [seated >= held, `${held - seated} of ${held} were not seated within ${SEATED_WITHIN_MS} ms`],
    [lost + expired === 0, `${lost} leases were lost, and ${expired} expired`],
    [loopDelay.p99Ms <= LOOP_DELAY_P99_MS, `99 of 100 delays of the event loop were up to ${loopDelay.p99Ms} ms`],
    [drainedMs <= DRAINED_WITHIN_MS, `the daemon stopped only after ${drainedMs} ms`],
  ];
  return {
    ...{ shims, seatedAgain: seated, seatedWithinMs: Math.round(withinMs), lost, expired },
    ...{ loopDelay, idleLoopDelay, drainedMs },
    broken: claims.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise])),
  };
}

/** Of those who had a lease at that moment: how many have been told since that they have it. */
function seatingIn(operations: readonly Operation[], sinceMs: number) {
  const held = new Set<string>();
  const seatedMs = new Map<string, number>();
  let lost = 0;
  for (const { op, lease, t0, t1, res } of operations) {
    if (t1 < sinceMs && res === "ok") held[op === "checkin" ? "delete" : "add"](lease);
    if (t0 >= sinceMs && res === "ok" && held.has(lease) && !seatedMs.has(lease)) seatedMs.set(lease, t1 - sinceMs);
    if (op !== "checkin" && res === "lost") lost += 1;
  }
  const withinMs = [...seatedMs.values()].reduce((most, ms) => Math.max(most, ms), 0);
  return { seated: seatedMs.size, held: held.size, withinMs, lost };
}

async function used({ httpUrl }: TestDaemon): Promise<number> {
  return ((await (await fetch(`${httpUrl}/api/v1/pools/demo`)).json()) as { used: number }).used;
}

async function expiredAt({ httpUrl }: TestDaemon): Promise<number> {
  const metrics = await (await fetch(`${httpUrl}/metrics`)).text();
  return Number(/^seatmeter_leases_ended_total\{[^}]*why="expired"[^}]*\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
}

async function ended(child: ChildProcess) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

/** As the fleet writes it. */
const monotonicMs = () => Number(process.hrtime.bigint() / 1000n) / 1000;
