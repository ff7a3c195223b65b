import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { LedgerEvent } from "../../daemon/domain/events.ts";
import { readEvents } from "../../daemon/ledger/event-reader.ts";
import { Keys } from "../../daemon/ledger/keys.ts";
import type { FromDaemon } from "../../daemon/protocol/messages.ts";
import type { TestDaemon } from "../support/daemon.ts";
import { daemonsOfFile } from "../support/of-file.ts";
import { TestShim } from "../support/test-shim.ts";

const SEATS = 3;
const SHIMS = 50;
const WAIT_MS = 1_200_000;
const BEAT_MS = 5_000;
const REGISTER = `
organisation: Exampleshire Council
products:
  demo: { owner: it@exampleshire.example, pools: [demo] }
pools:
  demo:
    queue: { maxWait: 30m }
    entitlements: [{ reference: PO-1, seats: ${SEATS}, starts: 2020-01-01 }]
`;

const at = daemonsOfFile(REGISTER, 2);
const keys = new Keys("seatmeter:");

/** A person at a computer of his own, whose shim waits for a seat and takes the one that it is offered. */
class Person {
  readonly leaseId = randomUUID();
  readonly #device = `pc-${this.leaseId}`;
  readonly #asked = { type: "checkout", leaseId: this.leaseId, product: "demo", user: `user-${this.leaseId}` } as const;
  /** The last that he was told of his launch. */
  said: FromDaemon["type"] | "nothing" = "nothing";
  reason = "";
  position = 0;
  /** Whether he takes what he is offered. */
  takes = true;
  #isGone = false;
  #gaveBack = false;
  daemon!: TestDaemon;
  #shim: TestShim | undefined;
  #beats: NodeJS.Timeout | undefined;

  /** Connects, and asks by the id that his launch has; also when he was connected elsewhere before. */
  async ask(daemon: TestDaemon) {
    const alreadyRunning = this.said === "granted";
    this.leave();
    this.daemon = daemon;
    this.said = "nothing";
    const shim = await TestShim.connect(daemon.url);
    this.#shim = shim;
    await shim.greet(this.#device);
    void this.#listen(shim);
    this.#beats = setInterval(() => shim.say({ type: "heartbeat", leaseIds: [this.leaseId] }), BEAT_MS);
    shim.say({ ...this.#asked, waitMs: WAIT_MS, alreadyRunning });
  }

  async #listen(shim: TestShim) {
    for (;;) {
      const message = await shim.hear();
      if (shim !== this.#shim) return;
      // A heartbeat that was under way when he gave back finds nothing any more.
      if (message.type === "alive") this.#isGone ||= !this.#gaveBack && message.gone.includes(this.leaseId);
      else if (message.type !== "policy") this.said = message.type;
      if (message.type === "queued") this.position = message.position;
      if (message.type === "denied") this.reason = message.reason;
      if (message.type === "offered" && this.takes) shim.say({ ...this.#asked, waitMs: WAIT_MS });
    }
  }

  /** Whoever was told that his offer lapsed has lost nothing, though the next heartbeat does not find it. */
  get isLost() {
    return this.#isGone && this.said !== "denied";
  }

  giveBack() {
    this.#gaveBack = true;
    clearInterval(this.#beats);
    this.#shim?.say({ type: "checkin", leaseId: this.leaseId });
    return expect.poll(() => this.said).toBe("returned");
  }

  /** As a computer does that is switched off. */
  leave() {
    clearInterval(this.#beats);
    this.#shim?.socket.terminate();
    this.#shim = undefined;
  }
}

async function eventsOf(pool: string) {
  const events: LedgerEvent[] = [];
  for await (const event of readEvents(at.connections.reads, keys, pool)) events.push(event);
  return events;
}
const idsOf = (events: readonly LedgerEvent[], kind: LedgerEvent["kind"]) =>
  events.filter((event) => event.kind === kind).map(({ leaseId }) => leaseId);

/** The time of a lease, a wait or an offer is over. */
const runOut = ({ leaseId }: Person) => at.connections.reads.zadd(keys.of("demo", "due"), "XX", "0", leaseId);

/** What the pool's events say of its queue: whoever is offered a seat was the first of those who waited then. */
function expectInOrder(events: readonly LedgerEvent[]) {
  const waiting: string[] = [];
  const offered = new Set<string>();
  const served = new Set<string>();
  for (const { kind, leaseId, level } of events) {
    if (kind === "queued") {
      expect(waiting).not.toContain(leaseId);
      expect(served).not.toContain(leaseId);
      waiting.push(leaseId);
    } else if (kind === "offered") {
      expect(leaseId).toBe(waiting.shift());
      offered.add(leaseId);
    } else if (kind === "lapsed") {
      expect(offered.delete(leaseId)).toBe(true);
    } else if (kind === "abandoned") {
      expect(waiting).toContain(leaseId);
      waiting.splice(waiting.indexOf(leaseId), 1);
    } else if (kind === "granted") {
      // Who has not waited came while there were free seats, and nobody before him.
      if (!offered.delete(leaseId)) expect(waiting).toEqual([]);
      expect(served).not.toContain(leaseId);
      served.add(leaseId);
    }
    expect(level + offered.size).toBeLessThanOrEqual(SEATS);
  }
  expect(waiting).toEqual([]);
  expect([...offered]).toEqual([]);
}

test("fifty who wait at two daemons are served in the order in which they came, and the death of a daemon costs nobody his place", async () => {
  const [doomed, other] = at.daemons as [TestDaemon, TestDaemon];
  const people = Array.from({ length: SHIMS }, () => new Person());
  const of = new Map<string, Person>(people.map((person) => [person.leaseId, person]));
  const said = (word: Person["said"]) => people.filter((person) => person.said === word);

  await Promise.all(people.map((person, i) => person.ask(at.daemons[i % 2]!)));
  await expect.poll(() => [said("granted").length, said("queued").length]).toEqual([SEATS, SHIMS - SEATS]);
  const inOrder = idsOf(await eventsOf("demo"), "queued").map((leaseId) => of.get(leaseId)!);
  const waiting = [...inOrder];
  const expected: Person[] = [];

  /** So many give their seats back, and those who are next have them. */
  async function serve(seats = 1) {
    const holders = said("granted").slice(0, seats);
    const next = waiting.splice(0, seats);
    await Promise.all(holders.map((holder) => holder.giveBack()));
    await expect.poll(() => next.map((person) => person.said)).toEqual(next.map(() => "granted"));
    expected.push(...next);
  }

  for (let i = 0; i < 6; i++) await serve();

  // Of the next two one gives up, and the other's computer is switched off.
  const [givesUp, silent] = waiting.splice(0, 2) as [Person, Person];
  await givesUp.giveBack();
  silent.leave();
  await runOut(silent);
  await expect.poll(async () => idsOf(await eventsOf("demo"), "abandoned")).toEqual([givesUp.leaseId, silent.leaseId]);
  await serve();

  // The next one is away from the screen: his offer lapses, he is told, and the seat goes to the one behind him.
  const away = waiting.shift()!;
  away.takes = false;
  await said("granted")[0]!.giveBack();
  await expect.poll(() => away.said).toBe("offered");
  await runOut(away);
  await expect.poll(() => away.said).toBe("denied");
  expect(away.reason).toBe("queue_lapsed");
  const behind = waiting.shift()!;
  await expect.poll(() => behind.said).toBe("granted");
  expected.push(behind);

  await serve(SEATS);

  // The daemon dies while somebody at it holds an offer that he has not taken yet.
  while (waiting[0]!.daemon !== doomed) await serve();
  const offered = waiting.shift()!;
  offered.takes = false;
  await said("granted")[0]!.giveBack();
  await expect.poll(() => offered.said).toBe("offered");
  const queuedBefore = idsOf(await eventsOf("demo"), "queued");
  await doomed.kill();
  const orphans = [...said("granted"), offered, ...waiting].filter(({ daemon }) => daemon === doomed);
  expect(orphans.length).toBeGreaterThan(5);
  // They come back in any order, and not in that in which they wait.
  await Promise.all(orphans.toReversed().map((person) => person.ask(other)));
  await expect.poll(() => [offered.said, ...orphans.map((person) => person.said)]).not.toContain("nothing");
  expect(offered.said).toBe("granted");
  expected.push(offered);
  expect(said("granted")).toHaveLength(SEATS);
  expect(waiting.filter(({ daemon }) => daemon === other)).toHaveLength(waiting.length);
  await expect.poll(() => waiting.map(({ position }) => position)).toEqual(waiting.map((_, i) => i + 1));
  expect(idsOf(await eventsOf("demo"), "queued")).toEqual(queuedBefore);

  await serve(SEATS);
  while (waiting.length > 0) await serve();
  for (const holder of said("granted")) await holder.giveBack();

  const events = await eventsOf("demo");
  expectInOrder(events);
  // Where seats came back one at a time their order is that of the queue to the last; of those that came back together
  // any may be taken first.
  const granted = idsOf(events, "granted").slice(SEATS);
  expect(granted.toSorted()).toEqual(expected.map(({ leaseId }) => leaseId).toSorted());
  expect(inOrder.filter((person) => !expected.includes(person))).toEqual([givesUp, silent, away]);
  expect(people.filter(({ isLost }) => isLost)).toEqual([]);
  expect(events.at(-1)).toMatchObject({ kind: "ended", level: 0 });
  for (const person of people) person.leave();
});
