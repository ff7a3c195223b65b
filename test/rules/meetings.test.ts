import { expect, test } from "vitest";
import { DAY, day, MINUTE, SECOND, useRules } from "../support/rules.ts";

const openRules = useRules();
const waitMs = 10 * MINUTE;
const queue = "queue: { maxWait: 30m }";

test("observe and queue: nobody waits where nobody is denied", async () => {
  const rules = await openRules({ pools: { cad: `seats: 1, enforcement: observe, ${queue}` } });
  const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
  await ann.launch("cad");
  expect(await bob.launch("cad", { waitMs })).toMatchObject({ type: "granted", flags: ["observed"] });
});

test("queue and site ceiling: who waits for a full site holds up nobody elsewhere, and keeps his place", async () => {
  const rules = await openRules({ pools: { cad: `seats: 2, sites: { depot: { seats: 1 } }, ${queue}` } });
  const [ann, bob, eve] = [
    await rules.person("ann", { at: "depot" }),
    await rules.person("bob", { at: "depot" }),
    await rules.person("eve"),
  ];
  const carl = await rules.person("carl");
  const atDepot = await ann.launch("cad");
  const atHall = await carl.launch("cad");
  await bob.launch("cad", { waitMs });
  await eve.launch("cad", { waitMs });
  await carl.giveBack(atHall);
  await eve.hear("offered");
  await ann.giveBack(atDepot);
  await bob.hear("offered");
});

test("queue and grouping: who waits shares the seat that somebody with more right opens", async () => {
  const rules = await openRules({
    pools: { cad: `seats: 1, seatFor: [device], reservations: [{ group: planning, seats: 1 }], ${queue}` },
  });
  const eve = await rules.person("eve", { device: "lab" });
  const ann = await rules.person("ann", { device: "lab" });
  const { leaseId } = await eve.launch("cad", { waitMs });
  await ann.launch("cad");
  await eve.hear("offered");
  expect(await eve.launch("cad", { leaseId })).toMatchObject({ type: "granted", flags: ["shared"] });
});

test("queue and a new rule: who may not any more does not take what he is offered, and the next one is", async () => {
  const pool = `seats: 1, ${queue}`;
  const rules = await openRules({ pools: { cad: pool } });
  const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
  const held = await ann.launch("cad");
  const { leaseId } = await eve.launch("cad", { waitMs });
  await bob.launch("cad", { waitMs });
  await ann.giveBack(held);
  await eve.hear("offered");
  await rules.change({ pools: { cad: `${pool}, deny: [user:eve]` } });
  expect(await eve.launch("cad", { leaseId, waitMs })).toMatchObject({ type: "denied", reason: "denied_by_rule" });
  await bob.hear("offered");
});

test("queue and weight: who needs three seats is offered three", async () => {
  const rules = await openRules({
    pools: { tokens: `seats: 4, ${queue}` },
    products: { draw: "pools: [tokens]", model: "pools: [{ pool: tokens, seats: 3 }]" },
  });
  const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
  const heavy = await ann.launch("model");
  const waiting = await bob.launch("model", { waitMs });
  expect(waiting).toMatchObject({ type: "queued" });
  await eve.launch("draw");
  await ann.giveBack(heavy);
  await bob.hear("offered");
  expect(await rules.counts("tokens")).toMatchObject({ used: 1, free: 0 });
  expect(await bob.launch("model", { leaseId: waiting.leaseId })).toMatchObject({ type: "granted", seats: 3 });
});

test("queue and overdraft: what may be overdrawn is granted before anybody waits", async () => {
  const rules = await openRules({ pools: { cad: `seats: 1, overdraft: { seats: 1 }, ${queue}` } });
  const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
  await ann.launch("cad");
  expect(await bob.launch("cad", { waitMs })).toMatchObject({ type: "granted", flags: ["overdraft"] });
  expect(await eve.launch("cad", { waitMs })).toMatchObject({ type: "queued" });
});

test("named-user and expiry: who comes back has the seat that stayed assigned to him", async () => {
  const rules = await openRules({ pools: { cad: "seats: 1, metric: named-user" } });
  const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
  const { leaseId } = await ann.launch("cad");
  await rules.age("cad", MINUTE);
  expect(await bob.launch("cad")).toMatchObject({ reason: "no_seats" });
  expect(await ann.launch("cad", { leaseId, alreadyRunning: true })).toMatchObject({ flags: ["resumed"] });
  expect(await rules.counts("cad")).toMatchObject({ used: 1, assignedIdle: 0, outside: 0 });
});

test("named-user and overdraft: seats that are assigned count as taken", async () => {
  const rules = await openRules({ pools: { cad: "seats: 1, metric: named-user, overdraft: { seats: 1 }" } });
  const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
  await ann.giveBack(await ann.launch("cad"));
  const over = await bob.launch("cad");
  expect(over).toMatchObject({ flags: ["overdraft"] });
  expect(await eve.launch("cad")).toMatchObject({ reason: "no_seats" });
});

test("named-user and borrow: a borrowed seat that is due stays assigned", async () => {
  const rules = await openRules({ pools: { cad: "seats: 1, metric: named-user, borrow: { maxDays: 14 }" } });
  const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
  await ann.launch("cad", { borrowUntilMs: Date.now() + 2 * DAY });
  await rules.pass("cad", 2 * DAY);
  expect(await rules.counts("cad")).toMatchObject({ used: 0, borrowed: 0, assignedIdle: 1 });
  expect(await bob.launch("cad")).toMatchObject({ reason: "no_seats" });
});

test("named-user and a register without it: what was assigned is everybody's", async () => {
  const rules = await openRules({ pools: { cad: "seats: 1, metric: named-user" } });
  const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
  await ann.giveBack(await ann.launch("cad"));
  await rules.change({ pools: { cad: "seats: 1" } });
  expect(await rules.counts("cad")).toMatchObject({ assignedIdle: 0, free: 1 });
  expect(await bob.launch("cad")).toMatchObject({ type: "granted" });
});

test("borrow and grouping: two programs share one borrowed seat, and one that is not borrowed does not end it", async () => {
  const rules = await openRules({ pools: { cad: "seats: 2, borrow: { maxDays: 14, seats: 1 }" } });
  const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
  const running = await ann.launch("cad");
  const lent = await ann.launch("cad", { borrowUntilMs: Date.now() + DAY });
  expect(lent).toMatchObject({ flags: ["shared", "borrowed"] });
  await ann.giveBack(running);
  await rules.age("cad", DAY);
  expect(await rules.counts("cad")).toMatchObject({ used: 1, borrowed: 1 });
  expect(await bob.launch("cad", { borrowUntilMs: Date.now() + DAY })).toMatchObject({ reason: "borrow_limit" });
  await rules.pass("cad", DAY);
  expect(await rules.used("cad")).toBe(0);
});

test("borrow and the end of an entitlement: nothing is lent when there is nothing, and what is lent is not cut", async () => {
  const bought = `entitlements: [{ reference: A, seats: 1, starts: 2020-01-01, ends: ${day(0)} }]`;
  const rules = await openRules({ pools: { cad: `${bought}, borrow: { maxDays: 14 }` } });
  const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
  await ann.launch("cad", { borrowUntilMs: Date.now() + 5 * DAY });
  await rules.pass("cad", DAY);
  expect(await rules.counts("cad")).toMatchObject({ used: 1, owned: 0 });
  expect(await bob.launch("cad", { borrowUntilMs: Date.now() + 5 * DAY })).toMatchObject({
    reason: "entitlement_ended",
  });
});

test("borrow and reservation: a seat that is kept for a group does not count as free for keepFree", async () => {
  const rules = await openRules({
    pools: { cad: "seats: 3, reservations: [{ group: planning, seats: 1 }], borrow: { maxDays: 14, keepFree: 1 }" },
  });
  const [eve, carl] = [await rules.person("eve"), await rules.person("carl")];
  const borrowUntilMs = Date.now() + DAY;
  expect(await eve.launch("cad", { borrowUntilMs })).toMatchObject({ type: "granted" });
  expect(await carl.launch("cad", { borrowUntilMs })).toMatchObject({ reason: "borrow_limit" });
  expect(await carl.launch("cad")).toMatchObject({ type: "granted" });
});

test("excess and borrow: a program that runs above the count takes no seat along", async () => {
  const rules = await openRules({ pools: { cad: "seats: 1, borrow: { maxDays: 14 }" } });
  const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
  await ann.launch("cad");
  const { leaseId } = await bob.launch("cad", { alreadyRunning: true });
  const borrowUntilMs = Date.now() + DAY;
  expect(await bob.launch("cad", { leaseId, borrowUntilMs })).toMatchObject({ type: "denied", reason: "no_seats" });
  expect(await bob.beat(leaseId)).toMatchObject({ gone: [] });
});

test("excess and site: what came back above the count takes a seat only where its site has room", async () => {
  const rules = await openRules({ pools: { cad: "seats: 2, sites: { depot: { seats: 1 } }" } });
  const [ann, bob, eve] = [
    await rules.person("ann", { at: "depot" }),
    await rules.person("bob", { at: "depot" }),
    await rules.person("eve"),
  ];
  const first = await ann.launch("cad");
  const other = await eve.launch("cad");
  expect(await bob.launch("cad", { alreadyRunning: true })).toMatchObject({ flags: ["excess"] });
  await eve.giveBack(other);
  await rules.settled("cad");
  expect(await rules.counts("cad")).toMatchObject({ used: 2, outside: 1 });
  await ann.giveBack(first);
  await rules.settled("cad");
  expect(await rules.counts("cad")).toMatchObject({ used: 1, outside: 0 });
});

test("weight and sharing: who asks for more than the seat that he has takes another", async () => {
  const rules = await openRules({ pools: { cad: "seats: 3" } });
  const ann = await rules.person("ann");
  await ann.launch("cad");
  expect(await ann.launch("cad", { seats: 2 })).toMatchObject({ seats: 2, flags: [] });
  expect(await rules.used("cad")).toBe(3);
});

test("linger and weight: so many lingering seats are given away as somebody needs", async () => {
  const rules = await openRules({
    pools: { tokens: "seats: 4, linger: 5m" },
    products: { draw: "pools: [tokens]", model: "pools: [{ pool: tokens, seats: 3 }]" },
  });
  const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
  await ann.giveBack(await ann.launch("model"));
  await bob.launch("draw");
  await eve.launch("draw");
  expect(await rules.counts("tokens")).toMatchObject({ used: 2, lingering: 2 });
});

test("linger and reservation: a reserved seat that lingers is not given to who is not of its group", async () => {
  const rules = await openRules({
    pools: { cad: "seats: 1, linger: 5m, reservations: [{ group: planning, seats: 1 }]" },
  });
  const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
  await ann.giveBack(await ann.launch("cad"));
  expect(await eve.launch("cad")).toMatchObject({ reason: "only_reserved_seats" });
  expect(await bob.launch("cad")).toMatchObject({ type: "granted" });
});

test("reclaim and grouping: one of two programs that share a seat is reclaimed, and the other runs on", async () => {
  const rules = await openRules({ pools: { cad: "seats: 1" } });
  const ann = await rules.person("ann");
  const [first, second] = [await ann.launch("cad"), await ann.launch("cad")];
  await rules.reclaim(first.leaseId, 0);
  await rules.settled("cad");
  expect(await ann.beat(first.leaseId)).toMatchObject({ gone: [first.leaseId] });
  expect(await ann.beat(second.leaseId)).toMatchObject({ gone: [] });
  expect(await rules.used("cad")).toBe(1);
});

test("reclaim over HTTP: a heartbeat is answered with what is about to happen", async () => {
  const rules = await openRules({ pools: { cad: "seats: 1" } });
  const { body } = await rules.launch("ann", "cad");
  await rules.reclaim(body.leaseId, 30 * SECOND);
  const beat = await rules.http("PUT", `/api/v1/checkouts/${body.leaseId}`, {}, { device: "ann-pc" });
  expect(beat).toMatchObject({ status: 200, body: { type: "reclaiming", reason: "reclaimed_by_admin" } });
});

test("reclaim and overflow: who cools off in one pool may have a seat of the next", async () => {
  const rules = await openRules({
    pools: { cad: "seats: 2", suite: "seats: 1" },
    products: { autocad: "pools: [cad, suite]" },
  });
  const ann = await rules.person("ann");
  const { leaseId } = await ann.launch("autocad");
  await rules.reclaim(leaseId, 0);
  await rules.settled("cad");
  expect(await ann.launch("autocad")).toMatchObject({ type: "granted", pool: "suite" });
});

test("overflow and expiry: a lease that was passed on comes back to the pool where it lived", async () => {
  const rules = await openRules({
    pools: { cad: "seats: 1", suite: "seats: 1" },
    products: { autocad: "pools: [cad, suite]" },
  });
  const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
  await ann.launch("autocad");
  const { leaseId } = await bob.launch("autocad");
  await rules.age("suite", MINUTE);
  expect(await bob.launch("autocad", { leaseId, alreadyRunning: true })).toMatchObject({
    pool: "suite",
    flags: ["resumed"],
  });
});

test("pages show a pool in which everything happens at once", async () => {
  const rules = await openRules({
    pools: {
      cad: `seats: 3, seatFor: [session], linger: 5m, ${queue}, borrow: { maxDays: 14 }, reservations: [{ group: planning, seats: 1 }], overdraft: { seats: 1 }`,
      named: "seats: 1, metric: named-user, enforcement: observe",
    },
  });
  const [ann, eve] = [await rules.person("ann"), await rules.person("eve")];
  await eve.launch("cad");
  await eve.launch("cad", { borrowUntilMs: Date.now() + DAY });
  await eve.launch("cad", { waitMs });
  await eve.launch("cad", { waitMs });
  await eve.launch("cad", { alreadyRunning: true });
  await ann.giveBack(await ann.launch("cad"));
  await ann.giveBack(await ann.launch("named"));
  await eve.launch("named");
  for (const path of ["/", "/pools/cad", "/pools/named", "/denials", "/register", "/metrics"])
    expect(await rules.http("GET", path)).toMatchObject({ status: 200 });
});

test("explain and rules that count: the flag, the assignment, the limit and the reservation that decide are named", async () => {
  const rules = await openRules({
    pools: {
      cad: "seats: 1, overdraft: { seats: 1 }",
      named: "seats: 1, metric: named-user",
      limited: "seats: 9, limits: [{ each: user, seats: 2 }, { group: planning, seats: 1 }]",
      kept: "seats: 1, reservations: [{ group: planning, seats: 1 }]",
    },
  });
  const ann = await rules.person("ann");
  await ann.launch("cad");
  await ann.giveBack(await ann.launch("named"));
  await ann.launch("limited");
  const [granted, denied] = [{ decision: "granted" }, { decision: "denied" }];
  expect(await rules.explain("cad", "eve")).toMatchObject({ ...granted, rule: "pools.cad.overdraft" });
  expect(await rules.explain("named", "ann")).toMatchObject({ ...granted, rule: "pools.named.metric" });
  expect(await rules.explain("named", "eve")).toMatchObject({ ...denied, rule: "pools.named.entitlements" });
  expect(await rules.explain("limited", "bob")).toMatchObject({ ...denied, rule: "pools.limited.limits[1]" });
  expect(await rules.explain("kept", "eve")).toMatchObject({ ...denied, rule: "pools.kept.reservations" });
});

test("idle and queue: who waits is not idle, and what runs above the count is reclaimed like anything else", async () => {
  const idle = "idle: { after: 1m, then: reclaim, countdown: 30s }";
  const rules = await openRules({ pools: { cad: `seats: 1, ${idle}, ${queue}` } });
  const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
  await ann.launch("cad");
  const waiting = await bob.launch("cad", { waitMs });
  expect(await bob.beat(waiting.leaseId, 5 * MINUTE)).toMatchObject({ gone: [] });
  const excess = await eve.launch("cad", { alreadyRunning: true });
  await eve.beat(excess.leaseId, 5 * MINUTE);
  await eve.hear("reclaiming");
  await rules.age("cad", 30 * SECOND);
  expect(await eve.beat(excess.leaseId)).toMatchObject({ gone: [excess.leaseId] });
  expect(await rules.counts("cad")).toMatchObject({ used: 1, outside: 0, waiting: 1 });
});

test("idle and borrow: nobody is told that a seat in a bag is idle", async () => {
  const idle = "idle: { after: 1m, then: reclaim, countdown: 30s }";
  const rules = await openRules({ pools: { cad: `seats: 1, ${idle}, borrow: { maxDays: 3 }` } });
  const ann = await rules.person("ann");
  const { leaseId } = await ann.launch("cad", { borrowUntilMs: Date.now() + DAY });
  expect(await ann.beat(leaseId, 5 * MINUTE)).toMatchObject({ gone: [] });
  await rules.age("cad", 10 * MINUTE);
  expect(await ann.beat(leaseId, 5 * MINUTE)).toMatchObject({ gone: [] });
  expect(await rules.story("cad")).toHaveLength(1);
});

test("queue and coming back: who waits and runs by then is granted as excess, and waits no longer", async () => {
  const rules = await openRules({ pools: { cad: `seats: 1, ${queue}` } });
  const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
  await ann.launch("cad");
  const { leaseId } = await bob.launch("cad", { waitMs });
  expect(await bob.launch("cad", { leaseId, alreadyRunning: true })).toMatchObject({ flags: ["excess"] });
  expect(await rules.counts("cad")).toMatchObject({ waiting: 0, used: 2, outside: 1 });
});

test("queue and site: who was offered a seat takes it wherever he is by then", async () => {
  const rules = await openRules({ pools: { cad: `seats: 1, sites: { depot: { seats: 1 } }, ${queue}` } });
  const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
  const held = await ann.launch("cad");
  const { leaseId } = await bob.launch("cad", { waitMs });
  await ann.giveBack(held);
  await bob.hear("offered");
  await bob.leave();
  const atDepot = await rules.person("bob", { at: "depot" });
  expect(await atDepot.launch("cad", { leaseId, waitMs })).toMatchObject({ type: "granted", site: "depot" });
  expect((await rules.counts("cad")).sites).toEqual([{ site: "depot", used: 1, ceiling: 1 }]);
});

test("queue and HTTP: asked twice it is one place, and a place that nobody keeps is gone", async () => {
  const rules = await openRules({ pools: { cad: `seats: 1, ${queue}` } });
  const ann = await rules.person("ann");
  await ann.launch("cad");
  const { body } = await rules.launch("bob", "cad", { waitMs });
  const again = await rules.launch("bob", "cad", { waitMs, leaseId: body.leaseId });
  expect(again).toMatchObject({ status: 202, body: { position: 1 } });
  expect(await rules.counts("cad")).toMatchObject({ waiting: 1 });
  await rules.age("cad", MINUTE);
  const path = `/api/v1/checkouts/${body.leaseId}`;
  const unknown = { status: 404, body: { code: "lease_unknown" } };
  expect(await rules.http("PUT", path, {}, { device: "bob-pc" })).toMatchObject(unknown);
  expect(await rules.http("DELETE", path, undefined, { device: "bob-pc" })).toMatchObject(unknown);
});

test("reservation and date: open seats that its group has when it begins are not reserved ones", async () => {
  const reservations = `reservations: [{ group: planning, seats: 2, from: ${day(1)} }]`;
  const rules = await openRules({ pools: { cad: `seats: 2, seatFor: [session], ${reservations}` } });
  const [ann, eve] = [await rules.person("ann"), await rules.person("eve")];
  await ann.launch("cad");
  await rules.pass("cad", DAY);
  expect(await eve.launch("cad")).toMatchObject({ reason: "only_reserved_seats" });
  expect(await ann.launch("cad")).toMatchObject({ type: "granted" });
});

test("site ceiling and a new register: a ceiling that is new counts what is held already", async () => {
  const rules = await openRules({ pools: { cad: "seats: 9, seatFor: [session]" } });
  const ann = await rules.person("ann");
  await ann.launch("cad");
  await rules.change({ pools: { cad: "seats: 9, seatFor: [session], sites: { hall: { seats: 1 } }" } });
  expect(await ann.launch("cad")).toMatchObject({ reason: "site_full" });
});

test("sharedBy and expiry: the place of a lease that expired is taken by the next", async () => {
  const rules = await openRules({ pools: { cad: "seats: 2, sharedBy: 2" } });
  const ann = await rules.person("ann");
  const first = await ann.launch("cad");
  await ann.launch("cad");
  const others = [await ann.launch("cad"), await ann.launch("cad")];
  await rules.age("cad", MINUTE / 2);
  for (const { leaseId } of [first, ...others]) await ann.beat(leaseId);
  await rules.age("cad", MINUTE / 2);
  expect(await ann.launch("cad")).toMatchObject({ flags: ["shared"] });
  expect(await ann.launch("cad")).toMatchObject({ reason: "no_seats" });
  expect(await rules.used("cad")).toBe(2);
});

test("reservation and several seats: a reserved seat and an open one together, and each comes back as what it was", async () => {
  const rules = await openRules({
    pools: { cad: "seats: 3, seatFor: [session], reservations: [{ group: planning, seats: 1 }]" },
  });
  const [ann, eve] = [await rules.person("ann"), await rules.person("eve")];
  const both = await ann.launch("cad", { seats: 2 });
  expect(both).toMatchObject({ seats: 2 });
  expect(await eve.launch("cad")).toMatchObject({ type: "granted" });
  expect(await eve.launch("cad")).toMatchObject({ reason: "no_seats" });
  await ann.giveBack(both);
  expect(await rules.counts("cad")).toMatchObject({ reservedIdle: 1, used: 1 });
  expect(await eve.launch("cad")).toMatchObject({ type: "granted" });
  expect(await eve.launch("cad")).toMatchObject({ reason: "only_reserved_seats" });
});

test("linger and the end of an entitlement: what lingers above the capacity yields", async () => {
  const bought = `entitlements: [{ reference: A, seats: 1, starts: 2020-01-01 }, { reference: B, seats: 1, starts: 2020-01-01, ends: ${day(0)} }]`;
  const rules = await openRules({ pools: { cad: `${bought}, linger: 24h` } });
  const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
  await bob.launch("cad");
  await ann.giveBack(await ann.launch("cad"));
  await rules.pass("cad", DAY);
  expect(await rules.counts("cad")).toMatchObject({ used: 1, lingering: 0, owned: 1 });
});

test("site, weight, limit and reservation: a lease that moved takes all its counts along, and gives all of them back", async () => {
  const rules = await openRules({
    pools: {
      tokens:
        "seats: 6, sites: { depot: { seats: 3 } }, limits: [{ group: planning, seats: 3 }], reservations: [{ group: planning, seats: 2 }]",
    },
    products: { model: "pools: [{ pool: tokens, seats: 3 }]" },
  });
  const ann = await rules.person("ann");
  const { leaseId } = await ann.launch("model");
  const atDepot = await rules.person("ann", { at: "depot" });
  expect(await atDepot.launch("model", { leaseId })).toMatchObject({ site: "depot", seats: 3 });
  const eve = await rules.person("eve", { at: "depot" });
  expect(await eve.launch("model")).toMatchObject({ reason: "site_full" });
  await atDepot.giveBack({ leaseId });
  expect(await rules.counts("tokens")).toMatchObject({
    used: 0,
    reservedIdle: 2,
    sites: [{ site: "depot", used: 0, ceiling: 3 }],
  });
  expect(await eve.launch("model")).toMatchObject({ type: "granted" });
  const bob = await rules.person("bob");
  expect(await bob.launch("model")).toMatchObject({ type: "granted" });
});

test("excess and site: a lease above the count moves with its program, too", async () => {
  const rules = await openRules({ pools: { cad: "seats: 1" } });
  const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
  await ann.launch("cad");
  const { leaseId } = await bob.launch("cad", { alreadyRunning: true });
  const atDepot = await rules.person("bob", { at: "depot" });
  expect(await atDepot.launch("cad", { leaseId, alreadyRunning: true })).toMatchObject({
    site: "depot",
    flags: ["excess", "resumed"],
  });
  expect((await rules.counts("cad")).sites).toContainEqual({ site: "depot", used: 1 });
});

test("named-user and the end of an entitlement: above the capacity nobody begins anew, until a seat is reassigned", async () => {
  const bought = `entitlements: [{ reference: A, seats: 1, starts: 2020-01-01 }, { reference: B, seats: 1, starts: 2020-01-01, ends: ${day(0)} }]`;
  const rules = await openRules({ pools: { cad: `${bought}, metric: named-user` } });
  const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
  await ann.giveBack(await ann.launch("cad"));
  await bob.giveBack(await bob.launch("cad"));
  await rules.pass("cad", DAY);
  expect(await ann.launch("cad")).toMatchObject({ reason: "no_seats" });
  await rules.reassign("cad", { user: "bob" });
  expect(await ann.launch("cad")).toMatchObject({ type: "granted" });
});

test("queue, overflow and weight: at the first pool the seats are those of the first pool", async () => {
  const rules = await openRules({
    pools: { own: `seats: 2, ${queue}`, tokens: "seats: 5" },
    products: { model: "pools: [{ pool: own, seats: 2 }, { pool: tokens, seats: 5 }]" },
  });
  const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
  const held = await ann.launch("model");
  await bob.launch("model");
  const waiting = await eve.launch("model", { waitMs });
  expect(waiting).toMatchObject({ type: "queued", pool: "own" });
  await ann.giveBack(held);
  await eve.hear("offered");
  expect(await eve.launch("model", { leaseId: waiting.leaseId })).toMatchObject({ pool: "own", seats: 2 });
});

test("overdraft and borrow: an overdrawn seat may be taken along, flagged as both", async () => {
  const rules = await openRules({ pools: { cad: "seats: 1, overdraft: { seats: 1 }, borrow: { maxDays: 5 }" } });
  const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
  await ann.launch("cad");
  expect(await bob.launch("cad", { borrowUntilMs: Date.now() + DAY })).toMatchObject({
    flags: ["overdraft", "borrowed"],
  });
});

test("grouping and the lease id: the same id with another name is the lease that it was", async () => {
  const rules = await openRules({ pools: { cad: "seats: 2" } });
  const ann = await rules.person("ann");
  const { leaseId } = await ann.launch("cad");
  expect(await ann.launch("cad", { leaseId, user: "bob" })).toMatchObject({ flags: ["resumed"] });
});

test("reclaim and queue: who waits while he cools off keeps his place, and is offered a free seat when that is over", async () => {
  const rules = await openRules({ pools: { cad: `seats: 1, seatFor: [session], ${queue}` } });
  const ann = await rules.person("ann");
  const { leaseId } = await ann.launch("cad");
  const waiting = await ann.launch("cad", { waitMs });
  await rules.reclaim(leaseId, 0);
  await rules.settled("cad");
  for (let beats = 0; beats < 3; beats++) {
    await rules.age("cad", MINUTE / 2);
    await ann.beat(waiting.leaseId);
  }
  expect(await rules.counts("cad")).toMatchObject({ used: 0, waiting: 1 });
  await rules.age("cad", MINUTE / 2);
  expect(await ann.hear("offered")).toMatchObject({ leaseId: waiting.leaseId });
});
