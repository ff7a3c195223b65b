import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { type Act, planOf } from "../../client-shim/replay-plan.ts";
import { folded } from "../../daemon/domain/names.ts";
import type { Session } from "../../daemon/imports/flexnet-sessions.ts";
import { readEvents } from "../../daemon/ledger/event-reader.ts";
import { Keys } from "../../daemon/ledger/keys.ts";
import { startDaemon } from "../support/daemon.ts";
import { redisOfFile } from "../support/of-file.ts";
import { Wire } from "../support/wire.ts";

const SMALL = join(import.meta.dirname, "../flexnet/small.log");
const AUTODESK = join(import.meta.dirname, "../../../shared/data/flexnet/autodesk.log.gz");
/** The log's last lines are those of its highest use. All of them take a minute or two. */
const ACTS = process.env.SEATMETER_TEST_LONG ? Number.POSITIVE_INFINITY : 1_600;

const at = redisOfFile();

/** What one log does, in its order, and by which ids its launches are known: the same ones whenever it is played. */
interface Play {
  acts: Act[];
  leaseIds: Map<Session, string>;
}

async function playOf(file: string): Promise<Play> {
  const { parts } = await planOf([file], "Europe/London");
  const acts = parts
    .flatMap((part) => part.acts)
    .sort((one, other) => one.atMs - other.atMs)
    .slice(-ACTS);
  const launched = acts.filter(({ does }) => does === "checkout").map(({ session }) => session);
  return { acts, leaseIds: new Map(launched.map((session) => [session, randomUUID()])) };
}

/** The computers of a log stand at three sites. */
const ADDRESSES = { hall: "127.0.0.1", depot: "127.0.0.2", home: "127.0.0.3" } as const;
function addressOf(host: string): string {
  const sum = [...folded(host)].reduce((sum, sign) => sum + sign.charCodeAt(0), 0);
  return sum % 3 > 0 ? ADDRESSES.hall : sum % 8 > 0 ? ADDRESSES.depot : ADDRESSES.home;
}

interface Terms {
  seatFor: readonly string[];
  enforcement: "observe" | "enforce";
  /** Of the two pools. */
  seats: readonly [number, number];
}

/**
 * Of three features one may overflow into the second pool, one may not, and one takes two seats there; and there is a
 * limit of each kind that some of the log's people reach.
 */
function registerOf({ acts }: Play, { seatFor, enforcement, seats }: Terms): string {
  // Those first who launch most.
  const users = [...Map.groupBy(acts, ({ session }) => folded(session.user))]
    .sort(([, one], [, other]) => other.length - one.length)
    .map(([user]) => user);
  const [first, second] = seats;
  const pools = [["first", "second"], ["first"], [{ pool: "second", seats: 2 }]];
  const common = { seatFor, enforcement, lease: { ttl: "24h", heartbeatEvery: "1h" } };
  const entitlements = (count: number) => [{ reference: "PO-1", seats: count, starts: "2020-01-01" }];
  return stringify({
    organisation: "Exampleshire Council",
    sites: Object.fromEntries(Object.entries(ADDRESSES).map(([site, one]) => [site, { networks: [`${one}/32`] }])),
    groups: {
      planning: { members: users.filter((_, i) => i % 3 === 0) },
      roads: { members: users.filter((_, i) => i % 3 === 1) },
    },
    limits: { leasesPerDevice: 1_000_000 },
    products: Object.fromEntries(
      featuresOf(acts).map((_, i) => [`product-${i}`, { owner: "it@exampleshire.example", pools: pools[i % 3] }]),
    ),
    pools: {
      first: {
        ...common,
        sites: { depot: { seats: Math.ceil(first / 8) }, home: { seats: 0 } },
        limits: [
          { each: "user", seats: Math.ceil(first / 2) },
          { group: "planning", seats: Math.ceil(first / 4) },
        ],
        reservations: [{ group: "roads", seats: Math.ceil(first / 8) }],
        entitlements: entitlements(first),
      },
      second: {
        ...common,
        deny: [`user:${users.at(-1)}`],
        limits: [
          { each: "user", seats: second },
          { group: "planning", seats: Math.ceil(second / 2) },
        ],
        overdraft: { seats: 1 },
        entitlements: entitlements(second),
      },
    },
  });
}

const featuresOf = (acts: readonly Act[]) => [...new Set(acts.map(({ session }) => session.feature))].sort();

/**
 * Plays the log against a daemon of its own on an empty ledger, each line when the one before has been answered.
 *
 * @returns what became of each launch, `granted first`, `denied second no_seats`: where a pool only observes, what
 *   enforcement would have made of it
 */
async function played(play: Play, terms: Terms): Promise<Map<string, string>> {
  await at.connections.reads.flushall();
  await using daemon = await startDaemon({
    register: registerOf(play, terms),
    env: { REDIS_URL: at.redis.url, SEATMETER_HISTORY: "off" },
  });
  const features = featuresOf(play.acts);
  const wires = new Map<string, Wire>();
  const outcomes = new Map<string, string>();
  for (const { does, session } of play.acts) {
    const leaseId = play.leaseIds.get(session);
    // It was launched before the lines that are played, or denied.
    if (leaseId === undefined || (does === "checkin" && outcomes.get(leaseId)?.startsWith("denied"))) continue;
    const host = folded(session.host);
    const wire = wires.get(host) ?? (await Wire.open(daemon.url, session.host, addressOf(host)));
    wires.set(host, wire);
    if (does === "checkin") expect(await wire.checkin(leaseId)).toMatchObject({ type: "returned" });
    else {
      const product = `product-${features.indexOf(session.feature)}`;
      const answer = await wire.checkout(leaseId, { product, user: session.user, seats: session.seats });
      if (answer.type === "granted") outcomes.set(leaseId, `granted ${answer.pool} ${answer.flags}`);
      else if (answer.type === "denied") outcomes.set(leaseId, `denied ${answer.pool} ${answer.reason}`);
      else throw new Error(JSON.stringify(answer));
    }
  }
  for (const wire of wires.values()) wire.close();
  return terms.enforcement === "observe" ? enforced(outcomes) : outcomes;
}

/** What the events of launches that were granted only because nobody is denied say: what would have denied them. */
async function enforced(outcomes: ReadonlyMap<string, string>): Promise<Map<string, string>> {
  const would = new Map(outcomes);
  for (const pool of ["first", "second"]) {
    for await (const { kind, leaseId, word, details } of readEvents(
      at.connections.reads,
      new Keys("seatmeter:"),
      pool,
    )) {
      expect(kind).not.toBe("denied");
      if (kind === "granted" && word.split(",").includes("observed")) would.set(leaseId, `denied ${pool} ${details}`);
    }
  }
  // Nobody was denied, and nobody told that he would have been of whom the events say nothing.
  expect([...outcomes.values()].filter((outcome) => !outcome.startsWith("granted"))).toEqual([]);
  expect([...would.values()].filter((outcome) => outcome.includes("observed"))).toEqual([]);
  return would;
}

async function expectAlike(file: string, terms: Omit<Terms, "enforcement">, reasons: readonly string[]) {
  const play = await playOf(file);
  const observed = await played(play, { ...terms, enforcement: "observe" });
  const denied = await played(play, { ...terms, enforcement: "enforce" });

  expect([...denied.keys()]).toEqual([...play.leaseIds.values()]);
  expect(observed).toEqual(denied);
  // Where nobody was denied, nothing was proved.
  const found = [...denied.values()].flatMap((outcome) => /^denied \w+ (\w+)/.exec(outcome)?.[1] ?? []);
  expect([...new Set(found)]).toEqual(expect.arrayContaining([...reasons]));
}

const SEAT_FOR = [{ seatFor: ["session"] }, { seatFor: ["user", "device"] }];

describe("what a pool that observes says it would have denied, launch by launch, is what it denies when it enforces", () => {
  test.each(SEAT_FOR)("in a small log, by $seatFor", ({ seatFor }) =>
    expectAlike(SMALL, { seatFor, seats: [2, 3] }, [
      "no_seats",
      "only_reserved_seats",
      "site_not_allowed",
      "denied_by_rule",
    ]),
  );

  // The project does not carry this log: where it lies beside it, it is played.
  if (existsSync(AUTODESK))
    test.each(SEAT_FOR)("in a real log, by $seatFor", { timeout: 600_000 }, ({ seatFor }) =>
      expectAlike(AUTODESK, { seatFor, seats: [12, 6] }, ["no_seats", "user_limit", "site_full", "group_limit"]),
    );
});
