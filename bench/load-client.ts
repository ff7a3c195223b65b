import { createHistogram } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { LoadConnection, type Tally } from "./load-connection.ts";

/*
 * The load, a process of its own: many shims that ask as fast as they are answered. It shares the machine's cores with
 * what it asks, so it prepares its frames and reads no more of an answer than it must.
 */

/** What the parent says. */
export type Order =
  | { order: "connect"; port: number; connections: number; inFlight: number; products: number; echo: boolean }
  /** `rate`: so many questions a second, whether they are answered or not; none: each is followed by the next. */
  | { order: "run"; seconds: number; rate?: number };

/** What it hears back. */
export interface Answered {
  decisions: number;
  seconds: number;
  /** Milliseconds from question to answer. */
  p50: number;
  p99: number;
  /** Of this process, in seconds. */
  cpu: number;
}
export type Report =
  | { report: "connected" | "finished" }
  | ({ report: "answered" } & Answered)
  | { report: "failed"; why: string };

const NANOSECONDS_PER_MS = 1e6;
const PACE_MS = 1;
const CONNECTING_AT_ONCE = 64;
/** Linux has some 28,000 ports for connections from one address to another. */
const CONNECTIONS_PER_ADDRESS = 10_000;

const say = (report: Report) => void process.send!(report);
const fail = (error: Error) => say({ report: "failed", why: error.message });
const connections: LoadConnection[] = [];
let latencies = createHistogram();
let busy = 0;
let allIdle = () => {};
const tally: Tally = {
  asking: "nothing",
  decisions: 0,
  refused: (answer) => fail(new Error(`an answer that was no seat: ${answer}`)),
  answered: (tookMs) => latencies.record(Math.max(1, Math.round(tookMs * NANOSECONDS_PER_MS))),
  idle: () => {
    if (--busy === 0) allIdle();
  },
};

async function open({ port, connections: wanted, inFlight, products, echo }: Extract<Order, { order: "connect" }>) {
  const most = connections.length + wanted;
  let next = connections.length;
  const openSome = async () => {
    while (next < most) {
      const number = next++;
      const address = `127.0.0.${2 + Math.floor(number / CONNECTIONS_PER_ADDRESS)}`;
      const shim = { port, address, number, product: `product-${number % products}`, inFlight, echo };
      connections.push(await LoadConnection.open(shim, tally));
    }
  };
  await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, openSome));
  say({ report: "connected" });
}

/** Every connection does something, and says when it has nothing under way any more. */
function all(act: (connection: LoadConnection) => void): Promise<void> {
  busy = connections.length;
  const { promise, resolve } = Promise.withResolvers<void>();
  allIdle = resolve;
  for (const connection of connections) act(connection);
  return promise;
}

/** Connection after connection is given its turn, as often as the rate says. @returns what ends it */
function pace(rate: number): () => void {
  const beganAtMs = performance.now();
  let turns = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - beganAtMs) * rate) / 1000;
    for (; turns < due; turns++) connections[turns % connections.length]!.turn();
  }, PACE_MS);
  return () => clearInterval(timer);
}

async function run({ seconds, rate }: Extract<Order, { order: "run" }>) {
  latencies = createHistogram();
  tally.decisions = 0;
  tally.asking = rate === undefined ? "always" : "in turn";
  const cpuBefore = process.cpuUsage();
  const beganAtMs = performance.now();
  let unpace = () => {};
  if (rate === undefined) for (const connection of connections) connection.turn();
  else unpace = pace(rate);
  await delay(seconds * 1000);
  unpace();
  const tookSeconds = (performance.now() - beganAtMs) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  say({
    report: "answered",
    decisions: tally.decisions,
    seconds: tookSeconds,
    p50: latencies.percentile(50) / NANOSECONDS_PER_MS,
    p99: latencies.percentile(99) / NANOSECONDS_PER_MS,
    cpu: (user + system) / 1e6,
  });
  tally.asking = "nothing";
  await all((connection) => connection.rest());
  await all((connection) => connection.finish());
  say({ report: "finished" });
}

process.on("message", (order: Order) => {
  const done = order.order === "connect" ? open(order) : run(order);
  done.catch(fail);
});
process.on("disconnect", () => process.exit());
