import { Fleet, redisCost } from "./fleet.ts";
import { inTurn, type Measured, measured, ratio } from "./measure.ts";
import { naturalFleet } from "./natural-fleet.ts";
import { BenchRedis } from "./redis-server.ts";

const ROUNDS = 3;
const BATCHES = [1, 8, 32, 64, 128];
const DECISIONS = 40_000;
/** One a call costs many times as much, so fewer of them tell as much. */
const calls = (batch: number) => (batch === 1 ? 5000 : Math.round(DECISIONS / batch));

/** What a decision costs Redis: batched, one a call, in the natural one-call script, and beside a bare INCR. */
export async function ledger(): Promise<Measured[]> {
  await using own = await BenchRedis.start();
  await using grouped = await BenchRedis.start();
  await using bare = await BenchRedis.start();
  const ownFleet = await Fleet.filled(own);
  const groupedFleet = await Fleet.filled(grouped, { grouped: true });
  const natural = await naturalFleet(bare);
  const bytes = await ownFleet.bytesPerLease();

  const decisions = (name: string, fleet: Fleet) =>
    Object.fromEntries(
      BATCHES.map((batch) => [
        `${name}, ${batch} a call`,
        () => redisCost(fleet.redis, calls(batch), batch, () => fleet.decide(batch)),
      ]),
    );
  const heartbeats = (batch: number) => () => redisCost(own, calls(batch), batch, () => ownFleet.renew(batch));
  const increments = () => Promise.all(Array.from({ length: 64 }, () => bare.client.incr("bench:count")));
  const costs = await inTurn(
    {
      ...decisions("own seat", ownFleet),
      ...decisions("user and device", groupedFleet),
      "heartbeat, 1 a call": heartbeats(1),
      "heartbeat, 256 a call": heartbeats(256),
      "natural script, 1 a call": () => redisCost(bare, calls(1), 1, natural),
      "INCR, pipelined by 64": () => redisCost(bare, calls(64), 64, increments),
    },
    ROUNDS,
  );
  const of = (name: string) => (costs as Record<string, number[]>)[name]!;
  return [
    ...Object.entries(costs).map(([name, values]) => measured(name, "µs of Redis", values)),
    ratio("own seat: 1 a call ÷ 64 a call", of("own seat, 1 a call"), of("own seat, 64 a call"), "redis-cpu"),
    ratio("INCR ÷ own seat, 64 a call", of("INCR, pipelined by 64"), of("own seat, 64 a call"), "batch-ceiling"),
    ratio(
      "64 a call: user and device ÷ own seat",
      of("user and device, 64 a call"),
      of("own seat, 64 a call"),
      "grouping",
    ),
    ratio("heartbeat: 256 a call ÷ 1 a call", of("heartbeat, 256 a call"), of("heartbeat, 1 a call"), "heartbeat"),
    ratio("natural script ÷ own seat, 64 a call", of("natural script, 1 a call"), of("own seat, 64 a call")),
    { name: "memory of a lease, own seat", unit: "bytes of Redis", value: bytes, id: "lease-memory" },
  ];
}
