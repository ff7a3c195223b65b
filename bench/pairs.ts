import { execFileSync } from "node:child_process";
import { inTurn, type Measured, measured, ratio } from "./measure.ts";
import { NATURAL } from "./natural-script.ts";
import { bottleneckPeer, etcdPeer, ledgerPeer, type Peer, postgresPeer, semaphorePeer } from "./peers.ts";
import { BenchRedis } from "./redis-server.ts";

const ROUNDS = 3;
const SECONDS = 0.5;
const IN_FLIGHT = [500, 50, 1] as const;

/** How often a second something is done, so many at a time. */
async function rate(inFlight: number, act: () => Promise<void>): Promise<number> {
  const beganAtMs = performance.now();
  const untilMs = beganAtMs + SECONDS * 1000;
  let done = 0;
  const again = async () => {
    while (performance.now() < untilMs) {
      await act();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, again));
  return (done * 1000) / (performance.now() - beganAtMs);
}

/** Decisions a second of the natural script, by the program that comes with Redis, in pipelines of 16. */
function benchmarked(redis: BenchRedis): () => Promise<number> {
  const keys = ["due", "leases", "counts", "state", "peak", "events"].map((key) => `{natural}:${key}`);
  const words = [
    ...["-s", redis.socket, "-n", "60000", "-c", "50", "-P", "16", "-r", "1000000", "--csv"],
    ...["eval", NATURAL, String(keys.length), ...keys],
    // A million leases at most, so that about each is another one; each then given back is beside the question.
    ...["checkout", "__rand_int__", "0", "60000", "2000000", "civic-centre", "facts"],
  ];
  return async () => {
    await redis.client.del(...keys);
    const last = execFileSync("redis-benchmark", words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
      .trim()
      .split("\n")
      .at(-1)!;
    return Number(/","([\d.]+)"/.exec(last)?.[1]);
  };
}

/** Taking a seat and giving it back, and being refused: our ledger beside its peers, each straight at its store. */
export async function pairs(): Promise<Measured[]> {
  await using redis = await BenchRedis.start();
  await using stack = new AsyncDisposableStack();
  const begun: Record<string, Peer | undefined> = {
    ledger: await ledgerPeer(redis),
    "redis-semaphore": await semaphorePeer(redis),
    bottleneck: await bottleneckPeer(redis),
    etcd: await etcdPeer(),
    PostgreSQL: await postgresPeer(),
  };
  const peers = Object.entries(begun).flatMap(([name, peer]) => (peer ? [[name, stack.use(peer)] as const] : []));
  const questions = Object.fromEntries([
    ...IN_FLIGHT.flatMap((inFlight) =>
      peers.flatMap(([peer, { pair, refusal }]) => [
        [`pairs, ${inFlight} in flight: ${peer}`, () => rate(inFlight, pair)] as const,
        ...(refusal ? [[`refusals, ${inFlight} in flight: ${peer}`, () => rate(inFlight, refusal)] as const] : []),
      ]),
    ),
    ["redis-benchmark, natural script: checkouts", benchmarked(redis)] as const,
  ]);
  const rates = await inTurn(questions, ROUNDS);

  const compared = (what: string, inFlight: number, peer: string) => {
    const name = `${what}, ${inFlight} in flight`;
    return ratio(`${name}: ledger ÷ ${peer}`, rates[`${name}: ledger`]!, rates[`${name}: ${peer}`]!);
  };
  const refusals = IN_FLIGHT.map((inFlight) => compared("refusals", inFlight, "redis-semaphore"));
  const least = Math.min(...refusals.map(({ value }) => value));
  const others = peers.map(([peer]) => peer).filter((peer) => peer !== "ledger" && peer !== "redis-semaphore");
  return [
    ...Object.entries(rates).map(([name, values]) => measured(name, "/s", values)),
    ...IN_FLIGHT.map((inFlight) => ({
      ...compared("pairs", inFlight, "redis-semaphore"),
      id: `pairs-${inFlight}` as const,
    })),
    ...others.flatMap((peer) => IN_FLIGHT.map((inFlight) => compared("pairs", inFlight, peer))),
    ...refusals,
    { name: "refusals: the least of these ratios", unit: "ratio", value: least, id: "refusals" },
  ];
}
