import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { DAY, MINUTE, SECOND, useRules } from "../support/rules.ts";

const openRules = useRules();
/** What nearly all leases live by. */
const TTL = MINUTE;

describe("the lease id", () => {
  test("a checkout sent again finds its lease, also on a new connection, and takes no second seat", async () => {
    const rules = await openRules({ pools: { cad: "seats: 2, seatFor: [session]" } });
    const ann = await rules.person("ann");
    const { leaseId } = await ann.launch("cad");
    expect(await ann.launch("cad", { leaseId })).toMatchObject({ type: "granted", flags: ["resumed"] });
    await ann.leave();
    const again = await rules.person("ann");
    expect(await again.launch("cad", { leaseId, alreadyRunning: true })).toMatchObject({ flags: ["resumed"] });
    expect(await rules.used("cad")).toBe(1);
    expect(await rules.story("cad")).toEqual(["granted"]);
  });

  test("an id is remembered for a quarter of an hour after its checkin, and takes a seat after that", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1" } });
    const ann = await rules.person("ann");
    const { leaseId } = await ann.launch("cad");
    expect(await ann.giveBack({ leaseId })).toEqual({ type: "returned", leaseId });
    await rules.age("cad", 14 * MINUTE);
    expect(await ann.launch("cad", { leaseId })).toEqual({ type: "returned", leaseId });
    expect(await ann.giveBack({ leaseId })).toEqual({ type: "returned", leaseId });
    expect(await rules.used("cad")).toBe(0);
    await rules.age("cad", MINUTE);
    expect(await ann.launch("cad", { leaseId })).toMatchObject({ type: "granted" });
  });

  test("an id is its holder's alone", async () => {
    const rules = await openRules({ pools: { cad: "seats: 9, queue: { maxWait: 30m }" } });
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    const { leaseId } = await ann.launch("cad");
    const refused = { type: "error", code: "not_holder" };
    expect(await bob.launch("cad", { leaseId })).toMatchObject(refused);
    expect(await bob.giveBack({ leaseId })).toMatchObject(refused);
    expect(await bob.beat(leaseId)).toMatchObject(refused);
    expect(await bob.postpone({ leaseId })).toMatchObject(refused);
  });
});

describe("expiry", () => {
  test("a lease ends its ttl after the last heartbeat, and its seat is free", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1" } });
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    const { leaseId } = await ann.launch("cad");
    await rules.age("cad", TTL - 10 * SECOND);
    expect(await ann.beat(leaseId)).toMatchObject({ ttlMs: TTL, gone: [] });
    await rules.age("cad", TTL - 10 * SECOND);
    expect(await bob.launch("cad")).toMatchObject({ type: "denied", reason: "no_seats" });
    await rules.age("cad", 10 * SECOND);
    expect(await bob.launch("cad")).toMatchObject({ type: "granted" });
    expect(await ann.beat(leaseId)).toMatchObject({ gone: [leaseId] });
    const ended = await rules.last("cad", "ended");
    expect(ended).toMatchObject({ leaseId, word: "expired" });
    expect(ended!.silentMs).toBeGreaterThanOrEqual(TTL);
    expect(await rules.counter('seatmeter_leases_ended_total{pool="cad",why="expired"}')).toBe(1);
  });

  test("a closed connection is no checkin", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1" } });
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    await ann.launch("cad");
    await ann.leave();
    expect(await bob.launch("cad")).toMatchObject({ type: "denied" });
    await rules.age("cad", TTL);
    expect(await bob.launch("cad")).toMatchObject({ type: "granted" });
  });

  test("of those who share a seat one may expire, and the seat is free with the last", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1" } });
    const ann = await rules.person("ann");
    await ann.launch("cad");
    const { leaseId } = await ann.launch("cad");
    await rules.age("cad", TTL / 2);
    await ann.beat(leaseId);
    await rules.age("cad", TTL / 2);
    expect(await rules.used("cad")).toBe(1);
    await rules.age("cad", TTL / 2);
    expect(await rules.used("cad")).toBe(0);
  });

  test("the pace is the pool's, and told with every grant", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1, lease: { ttl: 90s, heartbeatEvery: 15s }" } });
    const ann = await rules.person("ann");
    expect(ann.welcome).toMatchObject({ heartbeatEveryMs: 15 * SECOND });
    expect(await ann.launch("cad")).toMatchObject({ ttlMs: 90 * SECOND, heartbeatEveryMs: 15 * SECOND });
  });
});

describe("coming back", () => {
  test("a lease that expired is taken up by the same id where a seat is free", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1" } });
    const ann = await rules.person("ann");
    const { leaseId } = await ann.launch("cad");
    await rules.age("cad", TTL);
    expect(await ann.launch("cad", { leaseId, alreadyRunning: true })).toMatchObject({ flags: ["resumed"] });
    expect(await rules.counts("cad")).toMatchObject({ used: 1, outside: 0 });
  });

  test("without a free seat its program runs on as excess, and takes the next free one before the queue", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1, queue: { maxWait: 30m }" } });
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    const { leaseId } = await ann.launch("cad");
    await rules.age("cad", TTL);
    const taken = await bob.launch("cad");
    expect(await eve.launch("cad", { waitMs: 10 * MINUTE })).toMatchObject({ type: "queued", position: 1 });
    expect(await ann.launch("cad", { leaseId, alreadyRunning: true })).toMatchObject({
      type: "granted",
      flags: ["resumed", "excess"],
    });
    expect(await rules.counts("cad")).toMatchObject({ used: 2, outside: 1, waiting: 1 });
    await bob.giveBack(taken);
    await rules.settled("cad");
    expect(await rules.counts("cad")).toMatchObject({ used: 1, outside: 0, waiting: 1 });
    expect(await rules.last("cad", "seated")).toMatchObject({ leaseId, seatsMoved: 0 });
    expect(await ann.launch("cad", { leaseId })).toMatchObject({ flags: ["resumed"] });
    await ann.giveBack({ leaseId });
    expect(await eve.hear("offered")).toMatchObject({ pool: "cad" });
  });

  test("what runs already is never denied: not for want of seats, not by a rule, and its event says what would have", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1, deny: [user:eve]" } });
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    await ann.launch("cad");
    expect(await bob.launch("cad", { alreadyRunning: true })).toMatchObject({ type: "granted", flags: ["excess"] });
    expect(await eve.launch("cad", { alreadyRunning: true })).toMatchObject({ type: "granted", flags: ["excess"] });
    expect((await rules.events("cad")).map(({ details }) => details)).toEqual([[], ["no_seats"], ["denied_by_rule"]]);
    expect(await rules.counts("cad")).toMatchObject({ used: 3, outside: 2 });
  });

  test("excess that is refused by a rule takes no seat when one comes free", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1, deny: [user:eve]" } });
    const [ann, eve] = [await rules.person("ann"), await rules.person("eve")];
    const held = await ann.launch("cad");
    await eve.launch("cad", { alreadyRunning: true });
    await ann.giveBack(held);
    await rules.settled("cad");
    expect(await rules.counts("cad")).toMatchObject({ used: 1, outside: 1, free: 1 });
  });

  test("what runs already takes its seat of the next pool before it runs above the count", async () => {
    const rules = await openRules({
      pools: { cad: "seats: 1", suite: "seats: 1" },
      products: { autocad: "pools: [cad, suite]" },
    });
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    await ann.launch("autocad");
    expect(await bob.launch("autocad", { alreadyRunning: true })).toMatchObject({ pool: "suite", flags: [] });
    expect(await eve.launch("autocad", { alreadyRunning: true })).toMatchObject({ pool: "cad", flags: ["excess"] });
  });
});

describe("linger", () => {
  test("the seat is kept for who gave it back, is not in use and is shown apart", async () => {
    const rules = await openRules({ pools: { cad: "seats: 2, linger: 5m" } });
    const ann = await rules.person("ann");
    await ann.giveBack(await ann.launch("cad"));
    expect(await rules.counts("cad")).toMatchObject({ used: 0, lingering: 1, free: 2 });
    expect(await ann.launch("cad")).toMatchObject({ type: "granted" });
    expect(await rules.counts("cad")).toMatchObject({ used: 1, lingering: 0 });
    expect(await rules.story("cad")).toEqual(["granted", "ended checked_in", "kept linger", "freed linger", "granted"]);
    expect((await rules.last("cad", "freed"))?.details.at(-1)).toBe("taken");
  });

  test("it is over after its time", async () => {
    const rules = await openRules({ pools: { cad: "seats: 2, linger: 5m" } });
    const ann = await rules.person("ann");
    await ann.giveBack(await ann.launch("cad"));
    await rules.age("cad", 5 * MINUTE - SECOND);
    expect(await rules.counts("cad")).toMatchObject({ lingering: 1 });
    await rules.age("cad", SECOND);
    expect(await rules.counts("cad")).toMatchObject({ lingering: 0 });
    expect((await rules.last("cad", "freed"))?.details.at(-1)).toBe("over");
  });

  test("it is given away the moment somebody else would be denied", async () => {
    const rules = await openRules({ pools: { cad: "seats: 2, linger: 5m" } });
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    await ann.giveBack(await ann.launch("cad"));
    await bob.launch("cad");
    expect(await rules.counts("cad")).toMatchObject({ used: 1, lingering: 1 });
    expect(await eve.launch("cad")).toMatchObject({ type: "granted" });
    expect(await rules.counts("cad")).toMatchObject({ used: 2, lingering: 0 });
    expect((await rules.last("cad", "freed"))?.details.at(-1)).toBe("yielded");
    expect(await ann.launch("cad")).toMatchObject({ type: "denied", reason: "no_seats" });
  });

  test("it keeps nobody waiting in the queue", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1, linger: 5m, queue: { maxWait: 30m }" } });
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    const held = await ann.launch("cad");
    const { leaseId } = await bob.launch("cad", { waitMs: 10 * MINUTE });
    await ann.giveBack(held);
    expect(await bob.hear("offered")).toMatchObject({ leaseId });
    expect(await ann.launch("cad")).toMatchObject({ type: "denied" });
    expect(await bob.launch("cad", { leaseId })).toMatchObject({ type: "granted" });
    expect(await rules.counts("cad")).toMatchObject({ used: 1, lingering: 0 });
  });

  test("it comes before the next pool and before an overdraft, for nobody is denied for it", async () => {
    const rules = await openRules({
      pools: { cad: "seats: 1, linger: 5m, overdraft: { seats: 1 }", suite: "seats: 1" },
      products: { autocad: "pools: [cad, suite]" },
    });
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    await ann.giveBack(await ann.launch("autocad"));
    expect(await bob.launch("autocad")).toMatchObject({ pool: "cad", flags: [] });
  });

  test("a lease that expired leaves nothing lingering", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1, linger: 5m" } });
    const ann = await rules.person("ann");
    await ann.launch("cad");
    await rules.age("cad", TTL);
    expect(await rules.counts("cad")).toMatchObject({ used: 0, lingering: 0 });
  });
});

describe("queue", () => {
  const queue = { pools: { cad: "seats: 1, queue: { maxWait: 30m }" } };
  const waitMs = 10 * MINUTE;

  test("who asks to wait is told his place, and is offered the seat when it is his turn", async () => {
    const rules = await openRules(queue);
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    const held = await ann.launch("cad");
    const first = await bob.launch("cad", { waitMs });
    expect(first).toMatchObject({ type: "queued", pool: "cad", position: 1 });
    expect(await eve.launch("cad", { waitMs })).toMatchObject({ type: "queued", position: 2 });
    expect(await rules.counts("cad")).toMatchObject({ waiting: 2 });
    await ann.giveBack(held);
    const offered = await bob.hear("offered");
    expect(offered).toMatchObject({ leaseId: first.leaseId, pool: "cad" });
    expect(offered.takeWithinMs).toBeGreaterThan(25 * SECOND);
    expect(await eve.hear("queued")).toMatchObject({ position: 1 });
    expect(await bob.launch("cad", { leaseId: first.leaseId, waitMs })).toMatchObject({ type: "granted", flags: [] });
    expect(await rules.story("cad")).toEqual([
      "granted",
      `queued ${waitMs}`,
      `queued ${waitMs}`,
      "ended checked_in",
      "offered 30000",
      "granted",
    ]);
    expect(await rules.counter('seatmeter_checkouts_total{pool="cad",outcome="queued"}')).toBe(2);
    expect(await rules.counter('seatmeter_checkouts_total{pool="cad",outcome="denied"}')).toBe(0);
  });

  test("who does not ask to wait is denied, and nobody waits where the pool has no queue or for anything but seats", async () => {
    const rules = await openRules({ pools: { cad: `${queue.pools.cad}, deny: [user:eve]`, gis: "seats: 1" } });
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    await ann.launch("cad");
    await ann.launch("gis");
    expect(await bob.launch("cad")).toMatchObject({ type: "denied", reason: "no_seats" });
    expect(await bob.launch("gis", { waitMs })).toMatchObject({ type: "denied", reason: "no_seats" });
    expect(await eve.launch("cad", { waitMs })).toMatchObject({ type: "denied", reason: "denied_by_rule" });
  });

  test("nobody is overtaken: a seat that is offered is nobody else's", async () => {
    const rules = await openRules(queue);
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    const held = await ann.launch("cad");
    await bob.launch("cad", { waitMs });
    await ann.giveBack(held);
    expect(await eve.launch("cad")).toMatchObject({ type: "denied", reason: "no_seats" });
    await bob.hear("offered");
    expect(await rules.counts("cad")).toMatchObject({ used: 0, free: 0 });
  });

  test("an offer that is not taken lapses after half a minute and goes to the next", async () => {
    const rules = await openRules(queue);
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    const held = await ann.launch("cad");
    const first = await bob.launch("cad", { waitMs });
    const second = await eve.launch("cad", { waitMs });
    await ann.giveBack(held);
    await bob.hear("offered");
    await bob.beat(first.leaseId);
    await rules.age("cad", 30 * SECOND);
    expect(await bob.hear("denied")).toMatchObject({ leaseId: first.leaseId, reason: "queue_lapsed" });
    expect(await eve.hear("offered")).toMatchObject({ leaseId: second.leaseId });
    expect(await rules.story("cad")).toContain("lapsed");
    expect(await bob.launch("cad", { leaseId: first.leaseId })).toMatchObject({ reason: "queue_lapsed" });
  });

  test("who gives up loses his place, and an offer goes to the next", async () => {
    const rules = await openRules(queue);
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    const carl = await rules.person("carl");
    const held = await ann.launch("cad");
    const waiting = await bob.launch("cad", { waitMs });
    const offered = await eve.launch("cad", { waitMs });
    await carl.launch("cad", { waitMs });
    expect(await bob.giveBack(waiting)).toMatchObject({ type: "returned" });
    expect((await rules.last("cad", "abandoned"))?.word).toBe("given_up");
    await ann.giveBack(held);
    await eve.hear("offered");
    await eve.giveBack(offered);
    expect(await carl.hear("offered")).toMatchObject({ pool: "cad" });
    expect(await bob.launch("cad", { leaseId: waiting.leaseId, waitMs })).toMatchObject({ type: "returned" });
  });

  test("heartbeats keep a place, without them it is lost after the ttl", async () => {
    const rules = await openRules(queue);
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    const held = await ann.launch("cad");
    await bob.launch("cad", { waitMs });
    await bob.leave();
    const kept = await eve.launch("cad", { waitMs });
    for (let beats = 0; beats < 2; beats++) {
      await rules.age("cad", TTL / 2);
      await ann.beat(held.leaseId);
      expect(await eve.beat(kept.leaseId)).toMatchObject({ gone: [] });
    }
    expect((await rules.last("cad", "abandoned"))?.word).toBe("expired");
    await expect.poll(async () => (await eve.hear("queued")).position).toBe(1);
  });

  test("who comes back on a new connection in time has his place, and is told there", async () => {
    const rules = await openRules(queue);
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    const held = await ann.launch("cad");
    const { leaseId } = await bob.launch("cad", { waitMs });
    await eve.launch("cad", { waitMs });
    await bob.leave();
    const again = await rules.person("bob");
    expect(await again.launch("cad", { leaseId, waitMs })).toMatchObject({ type: "queued", position: 1 });
    await ann.giveBack(held);
    expect(await again.hear("offered")).toMatchObject({ leaseId });
  });

  test("at two daemons there is one queue: who waits is told at his, wherever a seat came back", async () => {
    const rules = await openRules(queue);
    const other = await openRules(queue, rules);
    const [ann, bob, eve] = [await rules.person("ann"), await other.person("bob"), await rules.person("eve")];
    const held = await ann.launch("cad");
    const waiting = await bob.launch("cad", { waitMs });
    expect(await eve.launch("cad", { waitMs })).toMatchObject({ type: "queued", position: 2 });
    await bob.leave();
    const again = await rules.person("bob");
    expect(await again.launch("cad", { leaseId: waiting.leaseId, waitMs })).toMatchObject({ position: 1 });
    await again.leave();
    const back = await other.person("bob");
    expect(await back.beat(waiting.leaseId)).toMatchObject({ gone: [] });
    expect(await back.hear("queued")).toMatchObject({ position: 1 });
    await back.launch("cad", { leaseId: waiting.leaseId, waitMs });
    await ann.giveBack(held);
    expect(await back.hear("offered")).toMatchObject({ leaseId: waiting.leaseId });
    expect(await back.launch("cad", { leaseId: waiting.leaseId })).toMatchObject({ type: "granted" });
    expect(await eve.hear("queued")).toMatchObject({ position: 1 });
  });

  test("after the time that it would wait a launch is denied, and never waits longer than the pool's maxWait", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1, queue: { maxWait: 1m }" } });
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    const held = await ann.launch("cad");
    const { leaseId } = await bob.launch("cad", { waitMs });
    await rules.age("cad", MINUTE / 2);
    await ann.beat(held.leaseId);
    await bob.beat(leaseId);
    await rules.age("cad", MINUTE / 2);
    expect(await bob.hear("denied")).toMatchObject({ leaseId, reason: "no_seats" });
    expect((await rules.last("cad", "abandoned"))?.word).toBe("waited");
  });

  test("who asks for more seats waits for them, and holds up nobody who asks for fewer", async () => {
    const rules = await openRules({ pools: { cad: "seats: 3, seatFor: [session], queue: { maxWait: 30m }" } });
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    const held = [await ann.launch("cad"), await ann.launch("cad"), await ann.launch("cad")];
    const large = await bob.launch("cad", { seats: 2, waitMs });
    await eve.launch("cad", { waitMs });
    await ann.giveBack(held[0]!);
    await eve.hear("offered");
    await ann.giveBack(held[1]!);
    await ann.giveBack(held[2]!);
    expect(await bob.hear("offered")).toMatchObject({ leaseId: large.leaseId });
    expect(await bob.launch("cad", { leaseId: large.leaseId, seats: 2 })).toMatchObject({ type: "granted", seats: 2 });
  });

  test("a reserved seat goes to the first of its group who waits, whoever stands before him", async () => {
    const rules = await openRules({
      pools: { cad: "seats: 1, reservations: [{ group: planning, seats: 1 }], queue: { maxWait: 30m }" },
    });
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    const held = await ann.launch("cad");
    await eve.launch("cad", { waitMs });
    const waiting = await bob.launch("cad", { waitMs });
    expect(waiting).toMatchObject({ position: 2 });
    await ann.giveBack(held);
    expect(await bob.hear("offered")).toMatchObject({ leaseId: waiting.leaseId });
    expect(await rules.counts("cad")).toMatchObject({ waiting: 1 });
  });

  test("a launch waits at its first pool, after all have denied, and its seat is the first's", async () => {
    const rules = await openRules({
      pools: { cad: queue.pools.cad, suite: "seats: 1" },
      products: { autocad: "pools: [cad, suite]" },
    });
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    const held = await ann.launch("autocad");
    expect(await bob.launch("autocad", { waitMs })).toMatchObject({ type: "granted", pool: "suite" });
    const { leaseId, ...waiting } = await eve.launch("autocad", { waitMs });
    expect(waiting).toMatchObject({ type: "queued", pool: "cad", position: 1 });
    await ann.giveBack(held);
    await eve.hear("offered");
    expect(await eve.launch("autocad", { leaseId })).toMatchObject({ type: "granted", pool: "cad" });
  });

  test("over HTTP a launch waits by its heartbeats, takes what it is offered, or gives up", async () => {
    const rules = await openRules(queue);
    const ann = await rules.person("ann");
    const held = await ann.launch("cad");
    const { status, body } = await rules.launch("bob", "cad", { waitMs });
    expect({ status, body }).toMatchObject({ status: 202, body: { type: "queued", pool: "cad", position: 1 } });
    const path = `/api/v1/checkouts/${body.leaseId}`;
    const asBob = { device: "bob-pc" };
    expect(await rules.http("PUT", path, undefined, asBob)).toMatchObject({ status: 200, body: { type: "queued" } });
    await ann.giveBack(held);
    await rules.settled("cad");
    expect(await rules.http("PUT", path, {}, asBob)).toMatchObject({ status: 200, body: { type: "offered" } });
    expect(await rules.launch("bob", "cad", { leaseId: body.leaseId })).toMatchObject({
      status: 201,
      body: { type: "granted" },
    });
    const eve = await rules.launch("eve", "cad", { waitMs });
    const gaveUp = await rules.http("DELETE", `/api/v1/checkouts/${eve.body.leaseId}`, undefined, { device: "eve-pc" });
    expect(gaveUp).toMatchObject({ status: 200, body: { type: "returned" } });
    expect((await rules.last("cad", "abandoned"))?.word).toBe("given_up");
    expect(await rules.counts("cad")).toMatchObject({ used: 1, waiting: 0 });
  });
});

describe("idle", () => {
  const idle = (more: string) => ({ pools: { cad: `seats: 1, idle: { after: 45m, ${more} }` } });

  test("with warn the shim is told when, and the daemon reclaims nothing", async () => {
    const rules = await openRules(idle("then: warn"));
    const ann = await rules.person("ann");
    const { leaseId } = await ann.launch("cad");
    const { products } = await ann.hear("policy");
    expect(products[0]?.idle).toEqual({ afterMs: 45 * MINUTE, reclaims: false });
    await ann.beat(leaseId, 3 * 60 * MINUTE);
    await rules.age("cad", TTL / 2);
    await ann.beat(leaseId, 3 * 60 * MINUTE);
    expect(await rules.story("cad")).toEqual(["granted"]);
  });

  test("with reclaim a seat that nobody works with is reclaimed after a countdown, and one in use is not", async () => {
    const rules = await openRules(idle("then: reclaim, countdown: 1m"));
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    const { leaseId } = await ann.launch("cad");
    await ann.beat(leaseId, 44 * MINUTE);
    await ann.beat(leaseId, 45 * MINUTE);
    expect(await ann.hear("reclaiming")).toMatchObject({
      ...{ leaseId, reason: "reclaimed_idle", graceMs: MINUTE, postponable: true },
      message: expect.stringContaining("nobody has used it for a while, and goes to others in 1 minute"),
    });
    await rules.age("cad", MINUTE / 2);
    await ann.beat(leaseId, 46 * MINUTE);
    expect((await ann.hear("reclaiming")).graceMs).toBeLessThanOrEqual(MINUTE / 2);
    await rules.age("cad", MINUTE / 2);
    expect(await ann.beat(leaseId, 46 * MINUTE)).toMatchObject({ gone: [leaseId] });
    expect(await bob.launch("cad")).toMatchObject({ type: "granted" });
    expect((await rules.last("cad", "ended"))?.word).toBe("reclaimed_idle");
    expect(await rules.counter('seatmeter_leases_ended_total{pool="cad",why="reclaimed_idle"}')).toBe(1);
  });

  test("the countdown is postponed as often as the person says so, and over when he works again", async () => {
    const rules = await openRules(idle("then: reclaim, countdown: 1m"));
    const ann = await rules.person("ann");
    const { leaseId } = await ann.launch("cad");
    await ann.beat(leaseId, 45 * MINUTE);
    await ann.hear("reclaiming");
    for (let times = 0; times < 3; times++) {
      await rules.age("cad", MINUTE / 2);
      expect(await ann.postpone({ leaseId })).toMatchObject({ type: "reclaiming", graceMs: MINUTE, postponable: true });
      await ann.beat(leaseId, 46 * MINUTE);
    }
    await ann.beat(leaseId, SECOND);
    await rules.age("cad", TTL / 2);
    await ann.beat(leaseId, SECOND);
    await rules.age("cad", TTL / 2);
    expect(await ann.beat(leaseId, SECOND)).toMatchObject({ gone: [] });
    expect((await rules.last("cad", "postponed"))?.word).toBe("0");
    expect(await ann.postpone({ leaseId })).toMatchObject({ type: "error", code: "lease_unknown" });
  });

  test("activity does not spare a seat that an administrator reclaims", async () => {
    const rules = await openRules(idle("then: reclaim, countdown: 1m"));
    const ann = await rules.person("ann");
    const { leaseId } = await ann.launch("cad");
    await rules.reclaim(leaseId, 30 * SECOND);
    await ann.beat(leaseId, SECOND);
    await rules.age("cad", 30 * SECOND);
    expect(await ann.beat(leaseId, SECOND)).toMatchObject({ gone: [leaseId] });
  });
});

describe("reclaim", () => {
  test("is heard at once where the holder is connected to the daemon that is asked, before any heartbeat", async () => {
    const rules = await openRules({ pools: { cad: "seats: 2" } });
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    const { leaseId } = await ann.launch("cad");
    expect(await rules.reclaim(leaseId, 30 * SECOND)).toMatchObject({ status: 200 });
    expect(await ann.hear("reclaiming")).toMatchObject({ leaseId, reason: "reclaimed_by_admin", graceMs: 30 * SECOND });
    const launched = await bob.launch("cad");
    expect(await rules.retire("bob-pc")).toMatchObject({ status: 200 });
    expect(await bob.hear("reclaiming")).toMatchObject({ leaseId: launched.leaseId, reason: "device_retired" });
  });

  test("may come without a body, as a bare DELETE does, and then gives the holder two minutes", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1" } });
    const ann = await rules.person("ann");
    const { leaseId } = await ann.launch("cad");
    expect(await rules.http("DELETE", `/api/v1/leases/${leaseId}`)).toMatchObject({ status: 200 });
    expect(await ann.hear("reclaiming")).toMatchObject({ leaseId, graceMs: 2 * MINUTE });
  });

  test("asks politely, ends the lease after the grace, and the seat goes to others for two minutes", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1" } });
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    const { leaseId } = await ann.launch("cad");
    expect(await rules.reclaim(leaseId, 30 * SECOND)).toMatchObject({ status: 200 });
    expect(await ann.beat(leaseId)).toMatchObject({ gone: [] });
    expect(await ann.hear("reclaiming")).toMatchObject({
      ...{ leaseId, reason: "reclaimed_by_admin", postponable: true },
      message: expect.stringContaining("please save your work"),
    });
    expect(await bob.launch("cad")).toMatchObject({ type: "denied" });
    await rules.age("cad", 30 * SECOND);
    expect(await ann.beat(leaseId)).toMatchObject({ gone: [leaseId] });
    expect(await ann.launch("cad")).toMatchObject({ type: "denied", reason: "cooling_off" });
    await rules.age("cad", 2 * MINUTE);
    expect(await ann.launch("cad")).toMatchObject({ type: "granted" });
    expect(await rules.story("cad")).toEqual([
      "granted",
      "reclaiming reclaimed_by_admin",
      "denied no_seats",
      "ended reclaimed_by_admin",
      "denied cooling_off",
      "granted",
    ]);
  });

  test("the seat reaches the queue, and not the one who had it", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1, queue: { maxWait: 30m }" } });
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    const { leaseId } = await ann.launch("cad");
    await bob.launch("cad", { waitMs: 10 * MINUTE });
    await rules.reclaim(leaseId, 0);
    expect(await bob.hear("offered")).toMatchObject({ pool: "cad" });
    expect(await ann.launch("cad")).toMatchObject({ reason: "cooling_off" });
  });

  test("it may be postponed once", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1" } });
    const ann = await rules.person("ann");
    const { leaseId } = await ann.launch("cad");
    expect(await ann.postpone({ leaseId })).toMatchObject({ type: "error", code: "lease_unknown" });
    await rules.reclaim(leaseId, 40 * SECOND);
    await rules.age("cad", 20 * SECOND);
    await ann.beat(leaseId);
    expect(await ann.postpone({ leaseId })).toMatchObject({ graceMs: 40 * SECOND, postponable: false });
    await rules.age("cad", 20 * SECOND);
    expect(await ann.postpone({ leaseId })).toMatchObject({ postponable: false });
    expect(await ann.beat(leaseId)).toMatchObject({ gone: [] });
    await rules.age("cad", 20 * SECOND);
    expect(await ann.beat(leaseId)).toMatchObject({ gone: [leaseId] });
  });

  test("a program that runs on keeps its id as excess, outside the count that decides, and takes no free seat", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1" } });
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    const { leaseId } = await ann.launch("cad");
    await rules.reclaim(leaseId, 0);
    await rules.settled("cad");
    expect(await ann.launch("cad", { leaseId, alreadyRunning: true })).toMatchObject({
      type: "granted",
      flags: ["excess"],
    });
    expect(await rules.counts("cad")).toMatchObject({ used: 1, outside: 1, free: 1 });
    expect((await rules.last("cad", "granted"))?.details).toEqual(["cooling_off"]);
    for (let beats = 0; beats < 4; beats++) {
      await rules.age("cad", MINUTE / 2);
      await ann.beat(leaseId);
    }
    expect(await rules.counts("cad")).toMatchObject({ used: 1, outside: 1, free: 1 });
    const other = await bob.launch("cad");
    expect(other).toMatchObject({ type: "granted", flags: [] });
    await bob.giveBack(other);
    await rules.settled("cad");
    expect(await rules.counts("cad")).toMatchObject({ used: 1, outside: 1 });
  });

  test("what happens to the program is told in the policy: tell, or close", async () => {
    const rules = await openRules({
      pools: { cad: "seats: 1", gis: "seats: 1" },
      products: { cad: "pools: [cad]", gis: "pools: [gis], onReclaimed: close" },
    });
    const ann = await rules.person("ann");
    await ann.launch("cad");
    expect((await ann.hear("policy")).products[0]).toMatchObject({ product: "cad", onReclaimed: "tell" });
    await ann.launch("gis");
    expect((await ann.hear("policy")).products[0]).toMatchObject({ product: "gis", onReclaimed: "close" });
  });

  test("a lease that nobody knows is not reclaimed, and a borrowed one is recalled instead", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1, borrow: { maxDays: 14 }" } });
    const ann = await rules.person("ann");
    const { leaseId } = await ann.launch("cad", { borrowUntilMs: Date.now() + DAY });
    expect(await rules.reclaim(leaseId)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining("recall") },
    });
    await ann.giveBack({ leaseId });
    expect(await rules.reclaim(leaseId)).toMatchObject({ status: 404, body: { code: "lease_unknown" } });
  });
});

describe("borrow", () => {
  test("what is about to be reclaimed is not lent, whose ticket would be good when somebody else has the seat", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1, borrow: { maxDays: 14 }" } });
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    const { leaseId } = await ann.launch("cad");
    await rules.reclaim(leaseId, 30 * SECOND);
    expect(await ann.launch("cad", { leaseId, borrowUntilMs: inDays(3) })).toMatchObject({
      ...{ type: "denied", reason: "borrow_limit" },
      message: expect.stringContaining("may be taken along"),
    });
    await rules.age("cad", 30 * SECOND);
    expect(await rules.counts("cad")).toMatchObject({ used: 0, borrowed: 0 });
    expect(await bob.launch("cad")).toMatchObject({ type: "granted", flags: [] });
  });

  const borrow = { pools: { cad: "seats: 2, borrow: { maxDays: 14 }" } };
  const inDays = (days: number) => Date.now() + days * DAY;

  test("a borrowed lease needs no heartbeats, and its ticket names the device, the seat and the day", async () => {
    const rules = await openRules(borrow);
    const ann = await rules.person("ann", { device: "LAPTOP-1" });
    const borrowUntilMs = inDays(3);
    const lent = await ann.launch("cad", { borrowUntilMs });
    expect(lent).toMatchObject({ type: "granted", flags: ["borrowed"], borrowedUntilMs: borrowUntilMs });
    expect(decodeJwt(lent.ticket!)).toMatchObject({
      ...{ leaseId: lent.leaseId, product: "cad", pool: "cad", device: "laptop-1", seats: 1 },
      exp: Math.floor(borrowUntilMs / 1000),
    });
    expect(ann.welcome.ticketKeys).toHaveLength(1);
    await rules.age("cad", DAY);
    expect(await rules.counts("cad")).toMatchObject({ used: 1, borrowed: 1 });
    expect(await rules.leases("cad")).toMatchObject([{ flags: ["borrowed"], borrowedUntilMs: borrowUntilMs }]);
  });

  test("it is due by wall time, and ends then", async () => {
    const rules = await openRules(borrow);
    const ann = await rules.person("ann");
    const { leaseId } = await ann.launch("cad", { borrowUntilMs: inDays(3) });
    await rules.pass("cad", 3 * DAY - MINUTE);
    expect(await rules.counts("cad")).toMatchObject({ used: 1 });
    await rules.pass("cad", MINUTE);
    expect(await rules.counts("cad")).toMatchObject({ used: 0, borrowed: 0 });
    expect(await rules.last("cad", "ended")).toMatchObject({ leaseId, word: "borrow_due", flags: ["borrowed"] });
    expect(await rules.counter('seatmeter_leases_ended_total{pool="cad",why="borrow_due"}')).toBe(1);
  });

  test("said again with a later day it is renewed, and a lease that runs is taken along", async () => {
    const rules = await openRules(borrow);
    const ann = await rules.person("ann");
    const { leaseId } = await ann.launch("cad");
    const [soon, later] = [inDays(2), inDays(9)];
    const lent = await ann.launch("cad", { leaseId, borrowUntilMs: soon });
    expect(lent).toMatchObject({ flags: ["borrowed", "resumed"], borrowedUntilMs: soon });
    expect(await rules.last("cad", "borrowed")).toMatchObject({ leaseId, word: String(soon) });
    const renewed = await ann.launch("cad", { leaseId, borrowUntilMs: later });
    expect(renewed).toMatchObject({ type: "granted", borrowedUntilMs: later });
    expect(decodeJwt(renewed.ticket!).exp).toBe(Math.floor(later / 1000));
    await rules.pass("cad", 5 * DAY);
    expect(await rules.counts("cad")).toMatchObject({ used: 1, borrowed: 1 });
  });

  test("said again with the same or an earlier day it is what it was, because its ticket is, whatever the rules say by now", async () => {
    const rules = await openRules(borrow);
    const ann = await rules.person("ann");
    const untilMs = inDays(9);
    const { leaseId } = await ann.launch("cad", { borrowUntilMs: untilMs });
    await rules.change({ pools: { cad: `${borrow.pools.cad}, deny: [user:ann]` } });
    for (const borrowUntilMs of [untilMs, inDays(2)])
      expect(await ann.launch("cad", { leaseId, borrowUntilMs })).toMatchObject({ borrowedUntilMs: untilMs });
    expect(await ann.launch("cad", { leaseId, borrowUntilMs: inDays(10) })).toMatchObject({ reason: "denied_by_rule" });
    expect(await rules.leases("cad")).toMatchObject([{ leaseId, borrowedUntilMs: untilMs }]);
  });

  test("the first loan and every renewal are for maxDays at most", async () => {
    const rules = await openRules(borrow);
    const ann = await rules.person("ann");
    expect(await ann.launch("cad", { borrowUntilMs: inDays(16) })).toMatchObject({ reason: "borrow_limit" });
    const untilMs = inDays(14);
    const { leaseId, ...lent } = await ann.launch("cad", { borrowUntilMs: untilMs });
    expect(lent).toMatchObject({ type: "granted" });
    expect(await ann.launch("cad", { leaseId, borrowUntilMs: inDays(30) })).toMatchObject({ reason: "borrow_limit" });
    expect(await rules.leases("cad")).toMatchObject([{ leaseId, borrowedUntilMs: untilMs }]);
    expect(await rules.last("cad", "denied")).toMatchObject({ leaseId, word: "borrow_limit" });
    await rules.pass("cad", 10 * DAY);
    expect(await ann.launch("cad", { leaseId, borrowUntilMs: inDays(20) })).toMatchObject({ type: "granted" });
  });

  test("a lease that runs in a pool that lends nothing is not taken along", async () => {
    const rules = await openRules({ pools: { cad: "seats: 2" } });
    const ann = await rules.person("ann");
    const { leaseId } = await ann.launch("cad");
    expect(await ann.launch("cad", { leaseId, borrowUntilMs: inDays(2) })).toMatchObject({ reason: "borrow_limit" });
    expect(await ann.beat(leaseId)).toMatchObject({ gone: [] });
    expect(await rules.counts("cad")).toMatchObject({ used: 1, borrowed: 0 });
  });

  test("it is returned early from its device, and from no other", async () => {
    const rules = await openRules(borrow);
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    const lent = await ann.launch("cad", { borrowUntilMs: inDays(3) });
    expect(await bob.giveBack(lent)).toMatchObject({ type: "error", code: "not_holder" });
    expect(await ann.giveBack(lent, "borrow_returned")).toMatchObject({ type: "returned" });
    expect(await rules.counts("cad")).toMatchObject({ used: 0, borrowed: 0 });
    expect((await rules.last("cad", "ended"))?.word).toBe("borrow_returned");
    await rules.pass("cad", 3 * DAY);
    expect(await rules.story("cad")).toEqual(
      ["granted borrowed", "ended borrow_returned"].map((line) => expect.stringContaining(line)),
    );
  });

  test("recalled it is shown at risk until it is due, for a ticket cannot be unsaid", async () => {
    const rules = await openRules(borrow);
    const ann = await rules.person("ann");
    const { leaseId } = await ann.launch("cad", { borrowUntilMs: inDays(3) });
    expect(await rules.recall(leaseId)).toMatchObject({ status: 200 });
    expect(await rules.recall(leaseId)).toMatchObject({ status: 200 });
    expect(await rules.leases("cad")).toMatchObject([{ flags: ["borrowed", "recalled"] }]);
    expect((await rules.story("cad")).filter((line) => line === "recalled")).toHaveLength(1);
    const other = await ann.launch("cad", { product: "cad", user: "bob" });
    expect(await rules.recall(other.leaseId)).toMatchObject({ status: 404, body: { code: "lease_unknown" } });
    await rules.pass("cad", 3 * DAY);
    expect((await rules.last("cad", "ended"))?.word).toBe("borrow_due");
  });

  test("recalled it is not renewed", async () => {
    const rules = await openRules(borrow);
    const ann = await rules.person("ann");
    const untilMs = inDays(3);
    const { leaseId } = await ann.launch("cad", { borrowUntilMs: untilMs });
    await rules.recall(leaseId);
    expect(await ann.launch("cad", { leaseId, borrowUntilMs: inDays(5) })).toMatchObject({ reason: "borrow_limit" });
    expect(await ann.launch("cad", { leaseId, borrowUntilMs: untilMs })).toMatchObject({ borrowedUntilMs: untilMs });
  });

  test("a loan that would be over already is a mistake, and what still runs after its loan runs on without", async () => {
    const rules = await openRules(borrow);
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    const over = Date.now() - SECOND;
    expect(await ann.launch("cad", { borrowUntilMs: over })).toMatchObject({
      ...{ type: "error", code: "message_invalid", field: "borrowUntilMs" },
    });
    const { leaseId } = await ann.launch("cad", { borrowUntilMs: inDays(1) });
    await rules.pass("cad", DAY + MINUTE);
    const again = { leaseId, borrowUntilMs: inDays(1), alreadyRunning: true };
    expect(await ann.launch("cad", again)).toMatchObject({ type: "granted", flags: ["resumed"] });
    await rules.age("cad", TTL);
    await bob.launch("cad");
    await eve.launch("cad");
    expect(await ann.launch("cad", again)).toMatchObject({ type: "granted", flags: ["resumed", "excess"] });
  });

  test("so many seats are borrowed at once, and so many stay free for those who do not borrow", async () => {
    const rules = await openRules({
      pools: {
        most: "seats: 9, borrow: { maxDays: 14, seats: 1 }",
        free: "seats: 3, borrow: { maxDays: 14, keepFree: 2 }",
      },
    });
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    const borrowUntilMs = inDays(1);
    for (const pool of ["most", "free"]) {
      expect(await ann.launch(pool, { borrowUntilMs })).toMatchObject({ type: "granted" });
      expect(await bob.launch(pool, { borrowUntilMs })).toMatchObject({ type: "denied", reason: "borrow_limit" });
      expect(await bob.launch(pool)).toMatchObject({ type: "granted" });
    }
  });

  test("borrowed seats count in limits, and reserved ones are not lent to others", async () => {
    const rules = await openRules({
      pools: {
        limited: "seats: 9, seatFor: [session], limits: [{ each: user, seats: 1 }], borrow: { maxDays: 14 }",
        reserved: "seats: 1, reservations: [{ group: planning, seats: 1 }], borrow: { maxDays: 14 }",
      },
    });
    const [ann, eve] = [await rules.person("ann"), await rules.person("eve")];
    const borrowUntilMs = inDays(1);
    const { leaseId } = await ann.launch("limited", { borrowUntilMs });
    expect(await ann.launch("limited")).toMatchObject({ reason: "user_limit" });
    await ann.giveBack({ leaseId }, "borrow_returned");
    expect(await ann.launch("limited")).toMatchObject({ type: "granted" });
    expect(await eve.launch("reserved", { borrowUntilMs })).toMatchObject({ reason: "only_reserved_seats" });
    expect(await ann.launch("reserved", { borrowUntilMs })).toMatchObject({ flags: ["borrowed"] });
  });

  test("who borrows asks the first pool that lends", async () => {
    const rules = await openRules({
      pools: { cad: "seats: 2", suite: "seats: 2, borrow: { maxDays: 14 }" },
      products: { autocad: "pools: [cad, suite]" },
    });
    const ann = await rules.person("ann");
    expect(await ann.launch("autocad", { borrowUntilMs: inDays(1) })).toMatchObject({ pool: "suite" });
  });

  test("a retired computer's loan ends, though its ticket stays good", async () => {
    const rules = await openRules(borrow);
    const ann = await rules.person("ann", { device: "laptop" });
    await ann.launch("cad", { borrowUntilMs: inDays(3) });
    await rules.retire("laptop");
    await rules.age("cad", MINUTE);
    expect(await rules.counts("cad")).toMatchObject({ used: 0, borrowed: 0 });
    expect((await rules.last("cad", "ended"))?.word).toBe("device_retired");
  });
});

describe("why it ended", () => {
  test("is what the shim said, and counted: checked_in, program_exited, program_crashed, borrow_returned", async () => {
    const rules = await openRules({ pools: { cad: "seats: 9, borrow: { maxDays: 1 }" } });
    const ann = await rules.person("ann");
    await ann.giveBack(await ann.launch("cad"));
    for (const why of ["program_exited", "program_crashed", "borrow_returned"] as const) {
      await ann.giveBack(await ann.launch("cad"), why);
    }
    const ended = (await rules.story("cad")).filter((line) => line.startsWith("ended"));
    expect(ended).toEqual(
      ["checked_in", "program_exited", "program_crashed", "borrow_returned"].map((why) => `ended ${why}`),
    );
    expect(await rules.counter('seatmeter_leases_ended_total{pool="cad",why="program_crashed"}')).toBe(1);
  });

  test.each([
    ["?why=program_crashed", undefined],
    ["", { why: "program_crashed" }],
    ["", { type: "checkin", why: "program_crashed" }],
  ])("over HTTP it stands in the address or in the body: %j %j", async (query, said) => {
    const rules = await openRules({ pools: { cad: "seats: 9" } });
    const { body } = await rules.launch("ann", "cad");
    const path = `/api/v1/checkouts/${body.leaseId}${query}`;
    expect(await rules.http("DELETE", path, said, { device: "ann-pc" })).toMatchObject({ status: 200 });
    expect((await rules.last("cad", "ended"))?.word).toBe("program_crashed");
  });
});
