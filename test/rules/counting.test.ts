import { describe, expect, test } from "vitest";
import { addDays, startOfDayMs, wallTime } from "../../daemon/domain/calendar.ts";
import { DAY, day, MINUTE, SECOND, TIMEZONE, useRules } from "../support/rules.ts";

const openRules = useRules();

describe("duplicate grouping", () => {
  test("checkouts of one person on one computer share a seat, which is free when the last of them is back", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1" } });
    const ann = await rules.person("ann");
    const eve = await rules.person("eve");
    const [first, second] = [await ann.launch("cad"), await ann.launch("cad", { user: "ANN" })];
    expect([first.flags, second.flags]).toEqual([[], ["shared"]]);
    await ann.giveBack(first);
    expect(await eve.launch("cad")).toMatchObject({ type: "denied", reason: "no_seats" });
    await ann.giveBack(second);
    expect(await eve.launch("cad")).toMatchObject({ type: "granted", flags: [] });
  });

  test("by user alone a second computer shares, by device alone a second person, by session nobody", async () => {
    const rules = await openRules({
      pools: {
        user: "seats: 5, seatFor: [user]",
        device: "seats: 5, seatFor: [device]",
        session: "seats: 5, seatFor: [session]",
      },
    });
    const ann = await rules.person("ann");
    const elsewhere = await rules.person("ann", { device: "laptop" });
    const bob = await rules.person("bob", { device: "ann-pc" });
    for (const pool of ["user", "device", "session"]) {
      await ann.launch(pool);
      await elsewhere.launch(pool);
      await bob.launch(pool);
      await ann.launch(pool);
    }
    expect([await rules.used("user"), await rules.used("device"), await rules.used("session")]).toEqual([2, 2, 4]);
  });

  test("the products of a pool share its seats", async () => {
    const rules = await openRules({
      pools: { cad: "seats: 1" },
      products: { draw: "pools: [cad]", model: "pools: [cad]" },
    });
    const ann = await rules.person("ann");
    await ann.launch("draw");
    expect(await ann.launch("model")).toMatchObject({ type: "granted", flags: ["shared"] });
    expect(await rules.used("cad")).toBe(1);
  });

  test("where products weigh differently the weight is part of what must agree", async () => {
    const rules = await openRules({
      pools: { tokens: "seats: 7" },
      products: { draw: "pools: [tokens]", model: "pools: [{ pool: tokens, seats: 3 }]" },
    });
    const ann = await rules.person("ann");
    await ann.launch("draw");
    expect(await ann.launch("model")).toMatchObject({ seats: 3, flags: [] });
    expect(await ann.launch("model")).toMatchObject({ seats: 3, flags: ["shared"] });
    expect(await rules.used("tokens")).toBe(4);
  });

  test("after so many sharers the next one takes a seat of its own, and a place that is given back is taken first", async () => {
    const rules = await openRules({ pools: { cad: "seats: 2, sharedBy: 2" } });
    const ann = await rules.person("ann");
    const held = [await ann.launch("cad"), await ann.launch("cad"), await ann.launch("cad")];
    expect(held.map(({ flags }) => flags)).toEqual([[], ["shared"], []]);
    expect(await rules.used("cad")).toBe(2);
    await ann.launch("cad");
    expect(await ann.launch("cad")).toMatchObject({ type: "denied", reason: "no_seats" });
    await ann.giveBack(held[0]!);
    expect(await ann.launch("cad")).toMatchObject({ type: "granted", flags: ["shared"] });
    expect(await rules.used("cad")).toBe(2);
  });

  test("the seat that two sites share counts where it was opened, also when who opened it is gone", async () => {
    const rules = await openRules({ pools: { cad: "seats: 5, seatFor: [user], sites: { depot: { seats: 1 } }" } });
    const atHall = await rules.person("ann");
    const atDepot = await rules.person("ann", { at: "depot", device: "laptop" });
    const bob = await rules.person("bob", { at: "depot" });
    const opened = await atDepot.launch("cad");
    const joined = await atHall.launch("cad");
    expect(joined).toMatchObject({ flags: ["shared"] });
    await atDepot.giveBack(opened);
    expect((await rules.counts("cad")).sites).toContainEqual({ site: "depot", used: 1, ceiling: 1 });
    expect(await bob.launch("cad")).toMatchObject({ type: "denied", reason: "site_full" });
    await atHall.giveBack(joined);
    expect(await bob.launch("cad")).toMatchObject({ type: "granted" });
  });

  test("who joins a seat needs no room at his own site, and no room in the pool", async () => {
    const rules = await openRules({ pools: { cad: "seats: 2, seatFor: [user], sites: { depot: { seats: 1 } }" } });
    const bob = await rules.person("bob", { at: "depot" });
    const ann = await rules.person("ann");
    await ann.launch("cad");
    await bob.launch("cad");
    const atDepot = await rules.person("ann", { at: "depot", device: "laptop" });
    expect(await atDepot.launch("cad")).toMatchObject({ type: "granted", flags: ["shared"] });
  });
});

describe("the metric", () => {
  test("named-user: a seat stays assigned when it is given back, and nobody else has it", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1, metric: named-user" } });
    const ann = await rules.person("ann");
    const bob = await rules.person("bob");
    await ann.giveBack(await ann.launch("cad"));
    expect(await rules.counts("cad")).toMatchObject({ used: 0, assignedIdle: 1, free: 0 });
    expect(await bob.launch("cad")).toMatchObject({ type: "denied", reason: "no_seats" });
    const laptop = await rules.person("ann", { device: "laptop" });
    expect(await laptop.launch("cad")).toMatchObject({ type: "granted", flags: [] });
    expect(await rules.counts("cad")).toMatchObject({ used: 1, assignedIdle: 0 });
    expect(await ann.launch("cad")).toMatchObject({ type: "granted", flags: ["shared"] });
  });

  test("named-user: a seat that was not used for holdDays is free, one that was used in between is not", async () => {
    const rules = await openRules({ pools: { cad: "seats: 2, metric: named-user, holdDays: 30" } });
    const ann = await rules.person("ann");
    const bob = await rules.person("bob");
    await ann.giveBack(await ann.launch("cad"));
    await bob.giveBack(await bob.launch("cad"));
    await rules.pass("cad", 20 * DAY);
    await bob.giveBack(await bob.launch("cad"));
    await rules.pass("cad", 10 * DAY);
    expect(await rules.counts("cad")).toMatchObject({ assignedIdle: 1 });
    const eve = await rules.person("eve");
    expect(await eve.launch("cad")).toMatchObject({ type: "granted" });
    const carl = await rules.person("carl");
    expect(await carl.launch("cad")).toMatchObject({ reason: "no_seats" });
    expect((await rules.last("cad", "freed"))?.details.at(-1)).toBe("unused");
  });

  test("named-user: 90 days where the register does not say how many", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1, metric: named-user" } });
    const ann = await rules.person("ann");
    await ann.giveBack(await ann.launch("cad"));
    await rules.pass("cad", 90 * DAY - MINUTE);
    expect(await rules.counts("cad")).toMatchObject({ assignedIdle: 1 });
    await rules.pass("cad", MINUTE);
    expect(await rules.counts("cad")).toMatchObject({ assignedIdle: 0, free: 1 });
  });

  test("named-user: an administrator reassigns a seat, and not one that is in use", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1, metric: named-user" } });
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    const held = await ann.launch("cad");
    expect(await rules.reassign("cad", { user: "Ann" })).toMatchObject({
      status: 404,
      body: { code: "not_found", message: expect.stringContaining("uses the seat right now") },
    });
    await ann.giveBack(held);
    expect(await rules.reassign("cad", { user: "ANN" })).toMatchObject({ status: 200 });
    expect(await bob.launch("cad")).toMatchObject({ type: "granted" });
    expect(await rules.reassign("cad", { user: "ann" })).toMatchObject({ status: 404 });
    expect(await ann.launch("cad")).toMatchObject({ type: "denied", reason: "no_seats" });
    expect((await rules.last("cad", "freed"))?.details.at(-1)).toBe("reassigned");
  });

  test("named-user: seats behind a weighted product are assigned together, and taken together", async () => {
    const rules = await openRules({
      pools: { cad: "seats: 3, metric: named-user" },
      products: { suite: "pools: [{ pool: cad, seats: 3 }]" },
    });
    const ann = await rules.person("ann");
    await ann.giveBack(await ann.launch("suite"));
    expect(await rules.counts("cad")).toMatchObject({ assignedIdle: 3, free: 0 });
    expect(await ann.launch("suite")).toMatchObject({ type: "granted", seats: 3 });
    expect(await rules.counts("cad")).toMatchObject({ used: 3, assignedIdle: 0 });
  });

  test("named-user: an administrator reassigns all that is assigned to somebody, however many seats a launch asked for", async () => {
    const rules = await openRules({
      pools: { cad: "seats: 7, metric: named-user" },
      products: { cad: "pools: [cad]", suite: "pools: [{ pool: cad, seats: 3 }]" },
    });
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    await ann.giveBack(await ann.launch("cad", { seats: 2 }));
    await ann.giveBack(await ann.launch("suite"));
    await bob.giveBack(await bob.launch("cad"));
    expect(await rules.counts("cad")).toMatchObject({ assignedIdle: 6 });
    expect(await rules.reassign("cad", { user: "ann" })).toMatchObject({ status: 200 });
    expect(await rules.counts("cad")).toMatchObject({ assignedIdle: 1 });
    expect(await rules.reassign("cad", { user: "ann" })).toMatchObject({ status: 404 });
  });

  test("named-user: when a seat is reassigned, who waits in the queue is offered it", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1, metric: named-user, queue: { maxWait: 30m }" } });
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    await ann.giveBack(await ann.launch("cad"));
    expect(await bob.launch("cad", { waitMs: MINUTE })).toMatchObject({ type: "queued", position: 1 });
    await rules.reassign("cad", { user: "ann" });
    const { leaseId } = await bob.hear("offered");
    expect(await bob.launch("cad", { leaseId })).toMatchObject({ type: "granted" });
  });

  test("device: a seat is the computer's, whoever works at it", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1, metric: device" } });
    const ann = await rules.person("ann", { device: "desk-1" });
    const bob = await rules.person("bob", { device: "DESK-1" });
    await ann.giveBack(await ann.launch("cad"));
    const laptop = await rules.person("ann", { device: "laptop" });
    expect(await laptop.launch("cad")).toMatchObject({ type: "denied", reason: "no_seats" });
    expect(await bob.launch("cad")).toMatchObject({ type: "granted", flags: [] });
    await rules.reclaim((await bob.launch("cad")).leaseId, 0);
    expect(await rules.reassign("cad", { user: "bob" })).toMatchObject({ status: 404 });
  });

  test("site: seats never run out, but only at its sites, and they are counted", async () => {
    const rules = await openRules({
      pools: { cad: "seats: 1, metric: site, seatFor: [session], onlySites: [hall], sites: { hall: { seats: 3 } }" },
    });
    const ann = await rules.person("ann");
    for (let seats = 1; seats <= 3; seats++)
      expect(await ann.launch("cad")).toMatchObject({ type: "granted", flags: [] });
    expect(await rules.used("cad")).toBe(3);
    expect(await ann.launch("cad")).toMatchObject({ type: "denied", reason: "site_full" });
    const bob = await rules.person("bob", { at: "depot" });
    expect(await bob.launch("cad")).toMatchObject({ type: "denied", reason: "site_not_allowed" });
  });

  test("site: after the entitlement's end there is nothing", async () => {
    const rules = await openRules({
      pools: {
        cad: `metric: site, onlySites: [hall], entitlements: [{ reference: A, seats: 1, starts: 2020-01-01, ends: ${day(-1)} }]`,
      },
    });
    const ann = await rules.person("ann");
    expect(await ann.launch("cad")).toMatchObject({ type: "denied", reason: "entitlement_ended" });
  });
});

describe("weight", () => {
  const weighted = {
    pools: { tokens: "seats: 4" },
    products: { draw: "pools: [tokens]", model: "pools: [{ pool: tokens, seats: 3 }]" },
  };

  test("a checkout takes as many seats as the product weighs, all or none", async () => {
    const rules = await openRules(weighted);
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    expect(await ann.launch("model")).toMatchObject({ type: "granted", seats: 3 });
    expect(await bob.launch("model")).toMatchObject({
      type: "denied",
      reason: "no_seats",
      message: expect.stringContaining("You need 3 of the 4 seats of model"),
    });
    expect(await rules.explain("model", "bob")).toMatchObject({
      message: expect.stringContaining("You need 3 of the 4 seats of model"),
    });
    expect(await bob.launch("draw")).toMatchObject({ type: "granted", seats: 1 });
    expect(await rules.used("tokens")).toBe(4);
  });

  test("seats asked for are multiplied by the weight", async () => {
    const rules = await openRules({ ...weighted, pools: { tokens: "seats: 6" } });
    const ann = await rules.person("ann");
    expect(await ann.launch("model", { seats: 2 })).toMatchObject({ type: "granted", seats: 6 });
  });

  test("in a pool that overflows to another each pool has its own weight", async () => {
    const rules = await openRules({
      pools: { own: "seats: 2", tokens: "seats: 6" },
      products: { model: "pools: [{ pool: own, seats: 2 }, { pool: tokens, seats: 5 }]" },
    });
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    expect(await ann.launch("model")).toMatchObject({ pool: "own", seats: 2 });
    expect(await bob.launch("model")).toMatchObject({ pool: "tokens", seats: 5 });
  });

  test("a group's limit counts the seats of its members' weighted products", async () => {
    const rules = await openRules({
      ...weighted,
      pools: { tokens: "seats: 20, limits: [{ group: planning, seats: 4 }]" },
    });
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    const heavy = await ann.launch("model");
    expect(await bob.launch("model")).toMatchObject({ type: "denied", reason: "group_limit" });
    expect(await bob.launch("draw")).toMatchObject({ type: "granted" });
    expect(await eve.launch("model")).toMatchObject({ type: "granted" });
    await ann.giveBack(heavy);
    expect(await bob.launch("model")).toMatchObject({ type: "granted", seats: 3 });
  });
});

describe("overflow", () => {
  const overflow = {
    pools: { cad: "seats: 1", suite: "seats: 2" },
    products: { autocad: "name: AutoCAD, pools: [cad, suite]" },
  };

  test("the next pool is asked only when the one before denies for want of seats; events name both", async () => {
    const rules = await openRules(overflow);
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    expect(await ann.launch("autocad")).toMatchObject({ pool: "cad" });
    expect(await bob.launch("autocad")).toMatchObject({ pool: "suite" });
    expect(await rules.story("cad")).toEqual(["granted", "passed suite"]);
    expect((await rules.events("suite"))[0]?.facts.askedFirst).toBe("cad");
    expect((await rules.events("cad"))[0]?.facts.askedFirst).toBe("");
  });

  test("a repeat follows the note to the next pool, and takes no second seat where room came meanwhile", async () => {
    const rules = await openRules(overflow);
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    const first = await ann.launch("autocad");
    const second = await bob.launch("autocad");
    await ann.giveBack(first);
    expect(await bob.launch("autocad", { leaseId: second.leaseId })).toMatchObject({
      pool: "suite",
      flags: ["resumed"],
    });
    expect([await rules.used("cad"), await rules.used("suite")]).toEqual([0, 1]);
  });

  test("what is denied for anything else than seats does not overflow", async () => {
    const rules = await openRules({ ...overflow, pools: { cad: "seats: 1, deny: [user:ann]", suite: "seats: 2" } });
    const ann = await rules.person("ann");
    expect(await ann.launch("autocad")).toMatchObject({ type: "denied", reason: "denied_by_rule", pool: "cad" });
    expect(await rules.used("suite")).toBe(0);
  });

  test("a pool whose entitlement has ended does not overflow", async () => {
    const ended = `entitlements: [{ reference: A, seats: 9, starts: 2020-01-01, ends: ${day(-1)} }]`;
    const rules = await openRules({ ...overflow, pools: { cad: ended, suite: "seats: 2" } });
    const ann = await rules.person("ann");
    expect(await ann.launch("autocad")).toMatchObject({ type: "denied", reason: "entitlement_ended" });
  });

  test("reserved seats of the first pool are taken before the second; who has none there overflows", async () => {
    const rules = await openRules({
      ...overflow,
      pools: { cad: "seats: 1, reservations: [{ group: planning, seats: 1 }]", suite: "seats: 1" },
    });
    const [ann, eve, carl] = [await rules.person("ann"), await rules.person("eve"), await rules.person("carl")];
    expect(await eve.launch("autocad")).toMatchObject({ pool: "suite" });
    expect(await carl.launch("autocad")).toMatchObject({ type: "denied", reason: "no_seats" });
    expect(await ann.launch("autocad")).toMatchObject({ pool: "cad", flags: [] });
  });

  test("a reservation in the second pool keeps it for its group there, too", async () => {
    const rules = await openRules({
      ...overflow,
      pools: { cad: "seats: 1", suite: "seats: 1, reservations: [{ group: planning, seats: 1 }]" },
    });
    const [ann, eve, carl] = [await rules.person("ann"), await rules.person("eve"), await rules.person("carl")];
    await eve.launch("autocad");
    expect(await carl.launch("autocad")).toMatchObject({
      type: "denied",
      reason: "only_reserved_seats",
      pool: "suite",
    });
    expect(await ann.launch("autocad")).toMatchObject({ pool: "suite" });
    expect((await rules.last("suite", "granted"))?.draws).toContain("reserved:planning=1");
  });
});

describe("site ceiling", () => {
  test("a site has no more seats than its ceiling, and other sites have theirs", async () => {
    const rules = await openRules({ pools: { cad: "seats: 5, seatFor: [session], sites: { depot: { seats: 1 } }" } });
    const ann = await rules.person("ann", { at: "depot" });
    const eve = await rules.person("eve");
    expect(ann.welcome.site).toBe("depot");
    await ann.launch("cad");
    expect(await ann.launch("cad")).toMatchObject({ type: "denied", reason: "site_full" });
    for (let seats = 0; seats < 4; seats++) expect(await eve.launch("cad")).toMatchObject({ type: "granted" });
    expect(await eve.launch("cad")).toMatchObject({ type: "denied", reason: "no_seats" });
  });

  test("a ceiling of 0 refuses everybody there, sharers too", async () => {
    const rules = await openRules({ pools: { cad: "seats: 5, seatFor: [user], sites: { home: { seats: 0 } }" } });
    const ann = await rules.person("ann");
    await ann.launch("cad");
    const atHome = await rules.person("ann", { at: "home" });
    expect(await atHome.launch("cad")).toMatchObject({ type: "denied", reason: "site_not_allowed" });
  });

  test("onlySites refuses all others", async () => {
    const rules = await openRules({ pools: { cad: "seats: 5, onlySites: [depot]" } });
    const ann = await rules.person("ann", { at: "depot" });
    const eve = await rules.person("eve");
    expect(await ann.launch("cad")).toMatchObject({ type: "granted", site: "depot" });
    expect(await eve.launch("cad")).toMatchObject({ type: "denied", reason: "site_not_allowed" });
  });

  test("a lease that comes back from another site moves its count, and is not denied for a full or closed one", async () => {
    const rules = await openRules({ pools: { cad: "seats: 5, sites: { depot: { seats: 1 }, home: { seats: 0 } }" } });
    const ann = await rules.person("ann", { at: "depot" });
    const bob = await rules.person("bob", { at: "depot" });
    const { leaseId } = await ann.launch("cad");
    await ann.leave();
    const atHome = await rules.person("ann", { at: "home" });
    expect(await atHome.launch("cad", { leaseId })).toMatchObject({
      type: "granted",
      site: "home",
      flags: ["resumed"],
    });
    const moved = await rules.last("cad", "moved");
    expect(moved).toMatchObject({ word: "site:depot", draws: "site:home", seatsMoved: 0 });
    expect(await bob.launch("cad")).toMatchObject({ type: "granted" });
    expect(await rules.used("cad")).toBe(2);
    await atHome.leave();
    const back = await rules.person("ann", { at: "depot" });
    expect(await back.launch("cad", { leaseId })).toMatchObject({ type: "granted", site: "depot" });
    expect((await rules.counts("cad")).sites).toContainEqual({ site: "depot", used: 2, ceiling: 1 });
  });

  test("a lease that shares its seat counts on where that was opened, wherever it comes back from", async () => {
    const rules = await openRules({ pools: { cad: "seats: 5, seatFor: [user], sites: { depot: { seats: 1 } }" } });
    const ann = await rules.person("ann");
    const laptop = await rules.person("ann", { device: "laptop" });
    await ann.launch("cad");
    const { leaseId } = await laptop.launch("cad");
    await laptop.leave();
    const atDepot = await rules.person("ann", { at: "depot", device: "laptop" });
    expect(await atDepot.launch("cad", { leaseId })).toMatchObject({ type: "granted", site: "hall" });
    expect(await rules.story("cad")).toEqual(["granted", "granted shared"]);
  });
});

describe("limits", () => {
  test("the most specific limit applies, whatever the order in the file", async () => {
    const limits = ["{ each: user, seats: 1 }", "{ user: ann, seats: 2 }"];
    for (const order of [limits, limits.toReversed()]) {
      const rules = await openRules({ pools: { cad: `seats: 9, seatFor: [session], limits: [${order.join(", ")}]` } });
      const [ann, eve] = [await rules.person("ann"), await rules.person("eve")];
      expect([await ann.launch("cad"), await ann.launch("cad")]).toMatchObject([
        { type: "granted" },
        { type: "granted" },
      ]);
      expect(await ann.launch("cad")).toMatchObject({ type: "denied", reason: "user_limit" });
      await eve.launch("cad");
      expect(await eve.launch("cad")).toMatchObject({
        type: "denied",
        reason: "user_limit",
        message: expect.stringContaining("the one seat of cad that you may have"),
      });
    }
  });

  test("a computer, by name or each, has so many seats, whoever works at it", async () => {
    const rules = await openRules({
      pools: { cad: "seats: 9, seatFor: [user], limits: [{ each: device, seats: 1 }, { device: lab, seats: 2 }]" },
    });
    const lab = await rules.person("ann", { device: "LAB" });
    for (const user of ["ann", "bob"]) expect(await lab.launch("cad", { user })).toMatchObject({ type: "granted" });
    expect(await lab.launch("cad", { user: "eve" })).toMatchObject({ type: "denied", reason: "device_limit" });
    const desk = await rules.person("carl");
    await desk.launch("cad");
    expect(await desk.launch("cad", { user: "cora" })).toMatchObject({ type: "denied", reason: "device_limit" });
  });

  test("all in a group have so many seats together; a seat that is shared counts once, and for who is in no group not", async () => {
    const rules = await openRules({ pools: { cad: "seats: 9, limits: [{ group: contractors, seats: 1 }]" } });
    const [carl, cora, eve] = [await rules.person("carl"), await rules.person("cora"), await rules.person("eve")];
    const held = await carl.launch("cad");
    expect(await carl.launch("cad")).toMatchObject({ flags: ["shared"] });
    expect(await cora.launch("cad")).toMatchObject({ type: "denied", reason: "group_limit" });
    expect(await eve.launch("cad")).toMatchObject({ type: "granted" });
    await carl.giveBack(held);
    expect(await cora.launch("cad")).toMatchObject({ type: "denied", reason: "group_limit" });
  });

  test("a limit of 0 lets none of the group in, and everybody else", async () => {
    const rules = await openRules({ pools: { cad: "seats: 9, limits: [{ group: contractors, seats: 0 }]" } });
    const [carl, eve] = [await rules.person("carl"), await rules.person("eve")];
    expect(await carl.launch("cad")).toMatchObject({ type: "denied", reason: "group_limit" });
    expect(await eve.launch("cad")).toMatchObject({ type: "granted" });
  });

  test("a limit that is reached in one pool overflows to the next", async () => {
    const rules = await openRules({
      pools: { cad: "seats: 9, seatFor: [session], limits: [{ each: user, seats: 1 }]", suite: "seats: 1" },
      products: { autocad: "pools: [cad, suite]" },
    });
    const ann = await rules.person("ann");
    await ann.launch("autocad");
    expect(await ann.launch("autocad")).toMatchObject({ type: "granted", pool: "suite" });
  });
});

describe("reservation", () => {
  test("only its group takes reserved seats, before open ones; those nobody uses are reported apart", async () => {
    const rules = await openRules({
      pools: { cad: "seats: 3, seatFor: [session], reservations: [{ group: planning, seats: 2 }]" },
    });
    const [ann, eve] = [await rules.person("ann"), await rules.person("eve")];
    expect(await rules.counts("cad")).toMatchObject({ used: 0, free: 3 });
    await ann.launch("cad");
    expect(await rules.counts("cad")).toMatchObject({ used: 1, reservedIdle: 1, free: 2 });
    expect(await eve.launch("cad")).toMatchObject({ type: "granted" });
    expect(await eve.launch("cad")).toMatchObject({ type: "denied", reason: "only_reserved_seats" });
    expect(await ann.launch("cad")).toMatchObject({ type: "granted" });
    expect(await ann.launch("cad")).toMatchObject({ type: "denied", reason: "no_seats" });
  });

  test("a reserved seat that is given back is its group's again", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1, reservations: [{ group: planning, seats: 1 }]" } });
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    await ann.giveBack(await ann.launch("cad"));
    expect(await eve.launch("cad")).toMatchObject({ reason: "only_reserved_seats" });
    expect(await bob.launch("cad")).toMatchObject({ type: "granted" });
  });

  test("a dated reservation that begins in a full pool takes seats as they come back, and ends after its last day", async () => {
    const dated = `reservations: [{ group: planning, seats: 2, from: ${day(1)}, until: ${day(2)} }]`;
    const rules = await openRules({ pools: { cad: `seats: 2, seatFor: [session], ${dated}` } });
    const [ann, eve] = [await rules.person("ann"), await rules.person("eve")];
    const held = [await eve.launch("cad"), await eve.launch("cad")];
    await rules.pass("cad", DAY);
    expect(await rules.used("cad")).toBe(2);
    expect(await ann.launch("cad")).toMatchObject({ reason: "no_seats" });
    await eve.giveBack(held[0]!);
    expect(await eve.launch("cad")).toMatchObject({ reason: "only_reserved_seats" });
    const planning = await ann.launch("cad");
    expect(planning).toMatchObject({ type: "granted" });
    await ann.giveBack(planning);
    await rules.pass("cad", 2 * DAY);
    expect(await eve.launch("cad")).toMatchObject({ type: "granted" });
  });

  test("reservations that do not fit any more are scaled down", async () => {
    const bought = `[{ reference: A, seats: 1, starts: 2020-01-01 }, { reference: B, seats: 3, starts: 2020-01-01, ends: ${day(0)} }]`;
    const rules = await openRules({
      pools: {
        cad: `seatFor: [session], entitlements: ${bought}, reservations: [{ group: planning, seats: 3 }, { group: duty, seats: 1 }]`,
      },
    });
    const eve = await rules.person("eve");
    expect(await eve.launch("cad")).toMatchObject({ reason: "only_reserved_seats" });
    await rules.pass("cad", DAY);
    const [ann, dora] = [await rules.person("ann"), await rules.person("dora")];
    expect(await dora.launch("cad")).toMatchObject({ reason: "only_reserved_seats" });
    expect(await ann.launch("cad")).toMatchObject({ type: "granted" });
    expect(await ann.launch("cad")).toMatchObject({ reason: "no_seats" });
  });

  test("who may take reserved seats takes them within the limits of his group and site", async () => {
    const rules = await openRules({
      pools: {
        cad: "seats: 4, seatFor: [session], sites: { depot: { seats: 1 } }, limits: [{ group: planning, seats: 2 }], reservations: [{ group: planning, seats: 3 }]",
      },
    });
    const ann = await rules.person("ann", { at: "depot" });
    const bob = await rules.person("bob");
    await ann.launch("cad");
    expect(await ann.launch("cad")).toMatchObject({ reason: "site_full" });
    await bob.launch("cad");
    expect(await bob.launch("cad")).toMatchObject({ reason: "group_limit" });
  });
});

describe("who may", () => {
  test("deny beats allow, an empty allow means everybody, and names are without regard to case", async () => {
    const rules = await openRules({
      pools: { cad: "seats: 9, allow: [group:planning, user:EVE], deny: [user:bob]", open: "seats: 9" },
    });
    const [ann, bob, eve, carl] = [
      await rules.person("ANN"),
      await rules.person("bob"),
      await rules.person("eve"),
      await rules.person("carl"),
    ];
    expect(await ann.launch("cad")).toMatchObject({ type: "granted" });
    expect(await eve.launch("cad")).toMatchObject({ type: "granted" });
    expect(await bob.launch("cad")).toMatchObject({ type: "denied", reason: "denied_by_rule" });
    expect(await carl.launch("cad")).toMatchObject({ type: "denied", reason: "not_entitled" });
    expect(await carl.launch("open")).toMatchObject({ type: "granted" });
    expect(await rules.explain("cad", "bob")).toMatchObject({ decision: "denied", rule: "pools.cad.deny[0]" });
    expect(await rules.explain("cad", "carl")).toMatchObject({ decision: "denied", rule: "pools.cad.allow" });
  });

  test("by computer, site and network", async () => {
    const rules = await openRules({
      pools: {
        device: "seats: 9, allow: [device:LAB-1]",
        site: "seats: 9, allow: [site:depot]",
        network: "seats: 9, deny: [network:127.0.2.0/24]",
      },
    });
    const lab = await rules.person("ann", { at: "depot", device: "lab-1" });
    const desk = await rules.person("bob");
    expect(await lab.launch("device")).toMatchObject({ type: "granted" });
    expect(await desk.launch("device")).toMatchObject({ reason: "not_entitled" });
    expect(await lab.launch("site")).toMatchObject({ type: "granted" });
    expect(await desk.launch("site")).toMatchObject({ reason: "not_entitled" });
    expect(await lab.launch("network")).toMatchObject({ reason: "denied_by_rule" });
    expect(await desk.launch("network")).toMatchObject({ type: "granted" });
  });

  test("who may not use a pool may not share a seat of it, and who runs already is not thrown out", async () => {
    const open = { pools: { cad: "seats: 9, seatFor: [device]" } };
    const rules = await openRules(open);
    const ann = await rules.person("ann", { device: "lab" });
    const held = await ann.launch("cad", { user: "bob" });
    await rules.change({ pools: { cad: "seats: 9, seatFor: [device], deny: [user:bob]" } });
    await ann.launch("cad");
    expect(await ann.launch("cad", { user: "bob" })).toMatchObject({ reason: "denied_by_rule" });
    expect(await ann.launch("cad", { user: "bob", leaseId: held.leaseId })).toMatchObject({ type: "granted" });
    expect(await ann.beat(held.leaseId)).toMatchObject({ gone: [] });
  });
});

describe("version window", () => {
  const window = (more = "") => ({
    pools: { cad: "seats: 9" },
    products: {
      autocad: `pools: [cad], versions: { current: "2026", previous: "2025", exceptions: [{ version: "2019", until: ${day(1)}, reason: plotter }, { version: "2018", until: ${day(-1)}, reason: over }]${more} }`,
    },
  });

  test("the current and previous version and dated exceptions may be launched, anything else is retired", async () => {
    const rules = await openRules(window());
    const ann = await rules.person("ann");
    for (const version of ["2026", "2026.1.2", "2025", "2019"])
      expect(await ann.launch("autocad", { version })).toMatchObject({ type: "granted" });
    for (const version of ["2024", "20261", "2018"])
      expect(await ann.launch("autocad", { version })).toMatchObject({ type: "denied", reason: "version_retired" });
    expect((await rules.last("cad", "denied"))?.facts.version).toBe("2018");
  });

  test("an exception ends after its last day", async () => {
    const rules = await openRules(window());
    const ann = await rules.person("ann");
    await rules.pass("cad", DAY);
    expect(await ann.launch("autocad", { version: "2019" })).toMatchObject({ type: "granted" });
    await rules.pass("cad", DAY);
    expect(await ann.launch("autocad", { version: "2019" })).toMatchObject({ reason: "version_retired" });
  });

  test("a checkout without a version is let through and counted as unknown, unless one is required", async () => {
    const rules = await openRules(window());
    const ann = await rules.person("ann");
    expect(await ann.launch("autocad")).toMatchObject({ type: "granted" });
    expect((await rules.last("cad", "granted"))?.facts.version).toBe("");
    await rules.change(window(", required: true"));
    expect(await ann.launch("autocad")).toMatchObject({ type: "denied", reason: "version_retired" });
  });

  test("a retired version shares no seat and overflows nowhere", async () => {
    const rules = await openRules({
      pools: { cad: "seats: 1", suite: "seats: 1" },
      products: { autocad: 'pools: [cad, suite], versions: { current: "2026" }' },
    });
    const ann = await rules.person("ann");
    await ann.launch("autocad", { version: "2026" });
    expect(await ann.launch("autocad", { version: "2020" })).toMatchObject({ reason: "version_retired", pool: "cad" });
    expect(await rules.story("suite")).toEqual([]);
  });
});

describe("permitted use", () => {
  const permitted = (attest: string) => ({
    pools: { cad: "seats: 9" },
    products: { student: `pools: [cad], permittedUse: { text: For teaching only${attest} }` },
  });

  test("its text is told with the answer, and the launch is free to say nothing", async () => {
    const rules = await openRules(permitted(""));
    const ann = await rules.person("ann");
    expect(await ann.launch("student")).toMatchObject({ type: "granted" });
    const { products } = await ann.hear("policy");
    expect(products[0]?.permittedUse).toEqual({ text: "For teaching only", attest: false });
    expect((await rules.last("cad", "granted"))?.facts.attested).toBe("");
  });

  test("with attest the launch says yes or does not happen, and the answer is on the event", async () => {
    const rules = await openRules(permitted(", attest: true"));
    const ann = await rules.person("ann");
    expect(await ann.launch("student")).toMatchObject({ type: "denied", reason: "use_not_attested" });
    expect(await ann.launch("student", { attested: true })).toMatchObject({ type: "granted" });
    expect((await rules.last("cad", "granted"))?.facts.attested).toBe("yes");
  });

  test("a yes helps nobody who is refused for something else", async () => {
    const rules = await openRules({
      ...permitted(", attest: true"),
      pools: { cad: "seats: 9, deny: [user:ann]" },
    });
    const ann = await rules.person("ann");
    expect(await ann.launch("student")).toMatchObject({ reason: "denied_by_rule" });
    expect(await ann.launch("student", { attested: true })).toMatchObject({ reason: "denied_by_rule" });
  });
});

describe("overdraft", () => {
  test("seats above the capacity are granted, flagged and counted", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1, seatFor: [session], overdraft: { seats: 1 }" } });
    const ann = await rules.person("ann");
    expect(await ann.launch("cad")).toMatchObject({ flags: [] });
    expect(await ann.launch("cad")).toMatchObject({ flags: ["overdraft"] });
    expect(await ann.launch("cad")).toMatchObject({ type: "denied", reason: "no_seats" });
    expect(await rules.counts("cad")).toMatchObject({ used: 2, owned: 1, free: 0 });
    expect((await rules.events("cad"))[1]?.flags).toEqual(["overdraft"]);
  });

  test("with days it ends so long after its first use, and the next term has its own", async () => {
    const bought = `[{ reference: A, seats: 1, starts: 2020-01-01 }, { reference: B, seats: 1, starts: ${day(20)} }]`;
    const rules = await openRules({
      pools: { cad: `seatFor: [session], entitlements: ${bought}, overdraft: { seats: 1, days: 14 }` },
    });
    const ann = await rules.person("ann");
    await ann.launch("cad");
    await rules.pass("cad", 2 * DAY);
    const over = await ann.launch("cad");
    expect(over).toMatchObject({ flags: ["overdraft"] });
    await ann.giveBack(over);
    await rules.pass("cad", 13 * DAY);
    const again = await ann.launch("cad");
    expect(again).toMatchObject({ flags: ["overdraft"] });
    await ann.giveBack(again);
    await rules.pass("cad", DAY);
    expect(await ann.launch("cad")).toMatchObject({ type: "denied", reason: "no_seats" });
    await rules.pass("cad", 5 * DAY);
    expect(await ann.launch("cad")).toMatchObject({ type: "granted", flags: [] });
    expect(await ann.launch("cad")).toMatchObject({ type: "granted", flags: ["overdraft"] });
  });

  test("when the entitlement has ended there is nothing to overdraw", async () => {
    const bought = `[{ reference: A, seats: 1, starts: 2020-01-01, ends: ${day(0)} }]`;
    const rules = await openRules({
      pools: { cad: `seatFor: [session], entitlements: ${bought}, overdraft: { seats: 3 }` },
    });
    const ann = await rules.person("ann");
    await ann.launch("cad");
    const over = await ann.launch("cad");
    await rules.pass("cad", DAY);
    expect(await ann.launch("cad")).toMatchObject({ type: "denied", reason: "entitlement_ended" });
    expect(await ann.beat(over.leaseId)).toMatchObject({ gone: [] });
  });

  test("an overdraft is no way round the ceiling of a site or the limit of a person, and comes before the next pool", async () => {
    const rules = await openRules({
      pools: {
        cad: "seats: 1, seatFor: [session], overdraft: { seats: 9 }, limits: [{ each: user, seats: 2 }]",
        suite: "seats: 9",
      },
      products: { autocad: "pools: [cad, suite]", cad: "pools: [cad]" },
    });
    const ann = await rules.person("ann");
    expect([await ann.launch("autocad"), await ann.launch("autocad")]).toMatchObject([
      { pool: "cad" },
      { pool: "cad" },
    ]);
    expect(await ann.launch("cad")).toMatchObject({ reason: "user_limit" });
    expect(await ann.launch("autocad")).toMatchObject({ pool: "suite" });
  });
});

describe("observe", () => {
  test("nobody is denied: what would have been is granted, flagged and in use, and left out of what decides", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1, seatFor: [session], enforcement: observe" } });
    const ann = await rules.person("ann");
    const first = await ann.launch("cad");
    expect(await ann.launch("cad")).toMatchObject({ type: "granted", flags: ["observed"] });
    expect(await ann.launch("cad")).toMatchObject({ type: "granted", flags: ["observed"] });
    expect(await rules.counts("cad")).toMatchObject({ used: 3, outside: 2, owned: 1 });
    expect((await rules.last("cad", "granted"))?.details).toEqual(["no_seats"]);
    await ann.giveBack(first);
    expect(await ann.launch("cad")).toMatchObject({ type: "granted", flags: [] });
    expect(await rules.counter('seatmeter_checkouts_total{pool="cad",outcome="observed"}')).toBe(2);
    expect(await rules.counter('seatmeter_checkouts_total{pool="cad",outcome="granted"}')).toBe(2);
    expect(await rules.counter('seatmeter_checkouts_total{pool="cad",outcome="denied"}')).toBe(0);
  });

  test("every rule is run: who may not, where and which version are told on the event, with the reason", async () => {
    const rules = await openRules({
      pools: {
        cad: "seats: 9, enforcement: observe, deny: [user:ann], onlySites: [hall], limits: [{ user: eve, seats: 0 }]",
      },
      products: { autocad: 'pools: [cad], versions: { current: "2026" }' },
    });
    const [ann, bob, eve] = [
      await rules.person("ann"),
      await rules.person("bob", { at: "depot" }),
      await rules.person("eve"),
    ];
    await ann.launch("autocad");
    await bob.launch("autocad");
    await eve.launch("autocad");
    await eve.launch("autocad", { version: "2020" });
    const events = await rules.events("cad");
    expect(events.map(({ word, details }) => [word, details[0]])).toEqual([
      ["observed", "denied_by_rule"],
      ["observed", "site_not_allowed"],
      ["observed", "user_limit"],
      ["shared,observed", "version_retired"],
    ]);
    expect(await rules.explain("autocad", "ann")).toMatchObject({ decision: "granted", reason: "denied_by_rule" });
  });

  test("an unknown product is denied even so, for no pool observes it", async () => {
    const rules = await openRules({ pools: { cad: "seats: 9, enforcement: observe" } });
    const ann = await rules.person("ann");
    expect(await ann.launch("cat")).toMatchObject({ type: "denied", reason: "product_unknown" });
  });
});

describe("break-glass", () => {
  const glass = { pools: { cad: "seats: 1, breakGlass: { groups: [duty], perUserPerMonth: 1 }" } };
  const breakGlassReason = "bridge closed";

  test("a duty officer without a seat launches with a reason, once a month, flagged and outside the count", async () => {
    const rules = await openRules(glass);
    const [ann, dora] = [await rules.person("ann"), await rules.person("dora")];
    await ann.launch("cad");
    expect(await dora.launch("cad")).toMatchObject({ type: "denied", reason: "no_seats" });
    const broken = await dora.launch("cad", { breakGlassReason });
    expect(broken).toMatchObject({ type: "granted", flags: ["break_glass"] });
    const event = await rules.last("cad", "granted");
    expect(event).toMatchObject({ flags: ["break_glass"], details: ["no_seats"], facts: { breakGlassReason } });
    expect(await rules.counts("cad")).toMatchObject({ used: 2, outside: 1 });
    await dora.giveBack(broken);
    expect(await dora.launch("cad", { breakGlassReason })).toMatchObject({ type: "denied", reason: "no_seats" });
    await rules.pass("cad", 31 * DAY);
    expect(await dora.launch("cad", { breakGlassReason })).toMatchObject({ flags: ["break_glass"] });
  });

  test("the lease asked for again breaks no second glass", async () => {
    const rules = await openRules(glass);
    const [ann, dora] = [await rules.person("ann"), await rules.person("dora")];
    await ann.launch("cad");
    const { leaseId } = await dora.launch("cad", { breakGlassReason });
    expect(await dora.launch("cad", { leaseId, breakGlassReason })).toMatchObject({
      flags: ["break_glass", "resumed"],
    });
  });

  test("nobody else breaks it, nobody for anything but want of seats, and not where a seat is free", async () => {
    const rules = await openRules({ pools: { cad: `${glass.pools.cad}, deny: [site:depot]` } });
    const [ann, dora] = [await rules.person("ann"), await rules.person("dora")];
    const atDepot = await rules.person("dora", { at: "depot", device: "laptop" });
    expect(await atDepot.launch("cad", { breakGlassReason })).toMatchObject({ reason: "denied_by_rule" });
    const free = await dora.launch("cad", { breakGlassReason });
    expect(free).toMatchObject({ type: "granted", flags: [] });
    expect(await ann.launch("cad", { breakGlassReason })).toMatchObject({ reason: "no_seats" });
    await dora.giveBack(free);
    await ann.launch("cad");
    expect(await dora.launch("cad", { breakGlassReason })).toMatchObject({ flags: ["break_glass"] });
  });

  test("the glass is broken only when all pools have denied, and before anybody waits", async () => {
    const rules = await openRules({
      pools: { cad: `${glass.pools.cad}, queue: { maxWait: 30m }`, suite: "seats: 1" },
      products: { autocad: "pools: [cad, suite]" },
    });
    const [ann, bob, dora] = [await rules.person("ann"), await rules.person("bob"), await rules.person("dora")];
    await ann.launch("autocad");
    const overflowed = await dora.launch("autocad", { breakGlassReason });
    expect(overflowed).toMatchObject({ pool: "suite", flags: [] });
    await dora.giveBack(overflowed);
    await bob.launch("autocad");
    const broken = await dora.launch("autocad", { breakGlassReason, waitMs: MINUTE });
    expect(broken).toMatchObject({ type: "granted", pool: "cad", flags: ["break_glass"] });
  });

  test("what is broken is limited by nothing, and a limit is want of seats, too", async () => {
    const rules = await openRules({
      pools: { cad: "seats: 9, limits: [{ each: user, seats: 0 }], breakGlass: { groups: [duty] }" },
    });
    const dora = await rules.person("dora");
    expect(await dora.launch("cad", { breakGlassReason })).toMatchObject({ flags: ["break_glass"] });
    expect((await rules.last("cad", "granted"))?.details).toEqual(["user_limit"]);
  });
});

describe("contractors", () => {
  test("after the last day of his contract nobody launches anything, and on it he does", async () => {
    const rules = await openRules({ pools: { cad: "seats: 9", gis: "seats: 9" }, contracts: { carl: day(1) } });
    const [carl, cora] = [await rules.person("CARL"), await rules.person("cora")];
    await rules.pass("cad", DAY);
    const running = await carl.launch("cad");
    expect(running).toMatchObject({ type: "granted" });
    await rules.pass("cad", DAY);
    for (const product of ["cad", "gis"])
      expect(await carl.launch(product)).toMatchObject({ type: "denied", reason: "contract_ended" });
    expect(await cora.launch("cad")).toMatchObject({ type: "granted" });
    expect(await carl.beat(running.leaseId)).toMatchObject({ gone: [] });
  });

  test("a contract that has ended in one group has ended, whatever else is said of the person", async () => {
    const rules = await openRules({
      pools: {
        cad: "seats: 9, allow: [user:carl], reservations: [{ group: contractors, seats: 1 }], queue: { maxWait: 30m }, overdraft: { seats: 1 }",
        observed: "seats: 9, enforcement: observe",
      },
      contracts: { carl: day(-1) },
    });
    const carl = await rules.person("carl");
    const breakGlassReason = "bridge closed";
    expect(await carl.launch("cad", { waitMs: MINUTE, breakGlassReason })).toMatchObject({ reason: "contract_ended" });
    expect(await carl.launch("observed")).toMatchObject({ flags: ["observed"] });
    expect((await rules.last("observed", "granted"))?.details).toEqual(["contract_ended"]);
  });
});

describe("a retired computer", () => {
  test("launches nothing, by its name in any letters, and gives back what it has after a minute", async () => {
    const rules = await openRules({ pools: { cad: "seats: 9, queue: { maxWait: 30m }" } });
    const ann = await rules.person("ann", { device: "PC-12" });
    const bob = await rules.person("ann", { device: "PC-13" });
    const { leaseId } = await ann.launch("cad");
    const kept = await bob.launch("cad");
    expect(await rules.retire("pc-12")).toMatchObject({ status: 200 });
    await ann.beat(leaseId);
    expect(await ann.hear("reclaiming")).toMatchObject({ leaseId, reason: "device_retired", postponable: false });
    expect(await ann.launch("cad")).toMatchObject({ type: "denied", reason: "device_retired" });
    await rules.age("cad", 30 * SECOND);
    await Promise.all([ann.beat(leaseId), bob.beat(kept.leaseId)]);
    await rules.age("cad", 30 * SECOND);
    expect(await ann.beat(leaseId)).toMatchObject({ gone: [leaseId] });
    expect((await rules.last("cad", "ended"))?.word).toBe("device_retired");
    expect(await rules.used("cad")).toBe(1);
    expect(await bob.launch("cad")).toMatchObject({ type: "granted" });
  });

  test("a day is named from which on it launches nothing", async () => {
    const rules = await openRules({ pools: { cad: "seats: 9" }, more: `devices: { PC-12: { retired: ${day(1)} } }` });
    const ann = await rules.person("ann", { device: "pc-12" });
    expect(await ann.launch("cad")).toMatchObject({ type: "granted" });
    await rules.pass("cad", DAY);
    expect(await ann.launch("cad")).toMatchObject({ type: "denied", reason: "device_retired" });
  });

  test("its assigned seat is free for others", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1, metric: device" } });
    const ann = await rules.person("ann", { device: "pc-12" });
    const bob = await rules.person("bob");
    const { leaseId } = await ann.launch("cad");
    await rules.retire("pc-12");
    await rules.age("cad", 30 * SECOND);
    await ann.beat(leaseId);
    await rules.age("cad", 30 * SECOND);
    expect(await bob.launch("cad")).toMatchObject({ type: "granted" });
  });
});

describe("entitlements", () => {
  test("capacity is the sum of those in force, and steps at local midnight, downwards without cutting anybody", async () => {
    const bought = `[{ reference: A, seats: 1, starts: 2020-01-01 }, { reference: B, seats: 1, starts: 2020-01-01, ends: ${day(0)} }]`;
    const rules = await openRules({ pools: { cad: `seatFor: [session], entitlements: ${bought}` } });
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    const held = [await ann.launch("cad"), await ann.launch("cad")];
    const today = wallTime(Date.now(), TIMEZONE).date;
    const midnight = startOfDayMs(addDays(today, 1), TIMEZONE);
    await rules.pass("cad", midnight - Date.now() - MINUTE);
    expect(await rules.counts("cad")).toMatchObject({ used: 2, owned: 2 });
    await rules.pass("cad", MINUTE);
    expect(await rules.counts("cad")).toMatchObject({ used: 2, owned: 1, free: 0 });
    expect(await ann.beat(held[1]!.leaseId)).toMatchObject({ gone: [] });
    expect(await bob.launch("cad")).toMatchObject({ type: "denied", reason: "no_seats" });
    await ann.giveBack(held[0]!);
    expect(await bob.launch("cad")).toMatchObject({ type: "denied", reason: "no_seats" });
    await ann.giveBack(held[1]!);
    expect(await bob.launch("cad")).toMatchObject({ type: "granted" });
  });

  test("one that begins at midnight lets in who waits in the queue", async () => {
    const bought = `[{ reference: A, seats: 1, starts: 2020-01-01 }, { reference: B, seats: 1, starts: ${day(1)} }]`;
    const rules = await openRules({ pools: { cad: `entitlements: ${bought}, queue: { maxWait: 24h }` } });
    const [ann, bob] = [await rules.person("ann"), await rules.person("bob")];
    await ann.launch("cad");
    await bob.launch("cad", { waitMs: DAY });
    await rules.pass("cad", DAY);
    expect(await bob.hear("offered")).toMatchObject({ pool: "cad" });
  });
});
