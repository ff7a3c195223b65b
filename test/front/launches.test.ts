import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { expect, test, vi } from "vitest";
import type { RedisClient } from "../../daemon/ledger/connection.ts";
import { readEvents } from "../../daemon/ledger/event-reader.ts";
import type { Ledger } from "../../daemon/ledger/ledger.ts";
import { asker, checkout, useLaunches } from "../support/launches.ts";

const { openLaunches, socket } = useLaunches();

const HEAD = `
organisation: Exampleshire Council
sites:
  depot: { name: Depot, networks: [10.20.0.0/16, "2001:db8:20::/48"] }
  home: { name: Home (VPN), networks: [10.99.0.0/16] }
groups:
  everybody: { members: [CJones] }
  planning: { department: Planning, members: [asmith, cjones] }
`;
const REGISTER = `${HEAD}
products:
  autocad:
    name: AutoCAD
    owner: planning@example.org
    versions: { current: "2026", previous: "2025" }
    executables: [acad.exe]
    pools: [cad, suite]
    aliases: [acad]
  lonely: { owner: ict@example.org, pools: [cad], whenUnreachable: refuse }
  viewer: { name: Viewer, owner: ict@example.org, pools: [view] }
pools:
  cad: { entitlements: [{ reference: A, seats: 2, starts: 2020-01-01 }] }
  suite:
    deny: [user:bjones]
    entitlements: [{ reference: B, seats: 1, starts: 2020-01-01 }]
  view:
    seatFor: [session]
    showHolders: true
    sites: { depot: { seats: 1 }, home: { seats: 0 } }
    lease: { ttl: 30s, heartbeatEvery: 10s }
    entitlements: [{ reference: C, seats: 3, starts: 2020-01-01 }]
`;

async function eventsOf(ledger: Ledger, pool: string) {
  const redis = new Redis({ path: socket() });
  try {
    const events = [];
    for await (const event of readEvents(redis as unknown as RedisClient, ledger.keys, pool)) events.push(event);
    return events;
  } finally {
    redis.disconnect();
  }
}

test("a product is found by its name or an alias, in any case, and its policy comes with the answer", async () => {
  const { launches } = await openLaunches(REGISTER);
  for (const name of ["autocad", "AutoCAD", "ACAD"]) {
    const { answer, policy } = await launches.checkout(asker(), checkout(name, { user: "asmith" }));
    expect(answer).toMatchObject({ type: "granted", pool: "cad", site: "depot", seats: 1, ttlMs: 60_000 });
    expect(policy).toEqual({
      type: "policy",
      products: [
        {
          product: "autocad",
          name: "AutoCAD",
          aliases: ["acad"],
          executables: ["acad.exe"],
          whenUnreachable: "allow",
          onDenied: "tell",
          onReclaimed: "tell",
        },
      ],
    });
  }
});

test("the site comes from the address, and a pool's own pace is told", async () => {
  const { launches, ask } = await openLaunches(REGISTER);
  expect(await ask("viewer", {}, asker("pc", { address: "2001:db8:20::7" }))).toMatchObject({
    type: "granted",
    site: "depot",
    ttlMs: 30_000,
    heartbeatEveryMs: 10_000,
  });
  expect(await ask("viewer", {}, asker("pc", { address: "192.0.2.1" }))).toMatchObject({ site: "elsewhere" });
  expect(launches.siteOf("10.99.0.1")).toBe("home");
});

test("an unknown product is denied, counted without a pool, and an event", async () => {
  const { ask, counted, ledger } = await openLaunches(REGISTER);
  const answer = await ask("autocat");
  expect(answer).toMatchObject({ type: "denied", reason: "product_unknown", owner: "" });
  expect(answer).not.toHaveProperty("pool");
  expect(counted.lines).toEqual(["checkout none denied", "denial none product_unknown"]);
  expect(await ledger.recentDenials(["none"], 10)).toMatchObject([
    { word: "product_unknown", facts: { product: "autocat" } },
  ]);
});

test("a full pool passes the launch on to the next, and the event there names the one asked first", async () => {
  const { ask, ledger, counted } = await openLaunches(REGISTER);
  const answers = [await ask("autocad"), await ask("autocad"), await ask("autocad"), await ask("autocad")];
  expect(answers).toMatchObject([{ pool: "cad" }, { pool: "cad" }, { type: "granted", pool: "suite" }, {}]);
  expect(answers[3]).toMatchObject({
    type: "denied",
    reason: "no_seats",
    pool: "suite",
    owner: "planning@example.org",
    message: expect.stringContaining("All 3 seats of AutoCAD are in use"),
  });
  expect(counted.lines.slice(-2)).toEqual(["checkout suite denied", "denial suite no_seats"]);
  const events = (await eventsOf(ledger, "suite")).filter(({ kind }) => kind !== "capacity");
  expect(events.map(({ kind, facts }) => [kind, facts.askedFirst])).toEqual([
    ["granted", "cad"],
    ["denied", "cad"],
  ]);
  expect((await eventsOf(ledger, "cad"))[1]?.facts.askedFirst).toBe("");
});

test("a pool where the launch is not allowed is no overflow", async () => {
  const { ask } = await openLaunches(REGISTER);
  await ask("autocad");
  await ask("autocad");
  expect(await ask("autocad", { user: "BJones" })).toMatchObject({ type: "denied", reason: "no_seats", pool: "cad" });
});

test("a denial by rule is not passed on, and takes no seat", async () => {
  const { ask, used } = await openLaunches(REGISTER);
  expect(await ask("autocad", { version: "2019" })).toMatchObject({
    type: "denied",
    reason: "version_retired",
    pool: "cad",
    message: "Version 2019 of AutoCAD may not be used, only 2026 or 2025: ask planning@example.org about it.",
  });
  expect(await used("cad")).toBe(0);
});

test("a launch granted by the second pool and asked again finds its lease there, though the first has room by then", async () => {
  const { ask, launches, daemon, used } = await openLaunches(REGISTER);
  const [first] = [await ask("autocad"), await ask("autocad")];
  const third = checkout("autocad");
  expect((await launches.checkout(asker(), third)).answer).toMatchObject({ pool: "suite" });
  await launches.checkin(asker(), first.leaseId);
  expect((await launches.checkout(asker(), third)).answer).toMatchObject({ pool: "suite", flags: ["resumed"] });
  expect((await daemon().checkout(asker(), third)).answer).toMatchObject({ pool: "suite", flags: ["resumed"] });
  expect([await used("cad"), await used("suite")]).toEqual([1, 1]);
});

test("a heartbeat keeps the note in the pool asked first alive too, at another daemon as well", async () => {
  const { ask, beat, daemon, ledger } = await openLaunches(REGISTER);
  await ask("autocad");
  await ask("autocad");
  const { leaseId } = await ask("autocad");
  const redis = new Redis({ path: socket() });
  const due = async () => Number(await redis.zscore(ledger.keys.of("cad", "due"), leaseId));
  for (const to of [undefined, daemon()]) {
    // Time passes by making the note older.
    await redis.zincrby(ledger.keys.of("cad", "due"), -100_000, leaseId);
    const before = await due();
    expect(await beat([leaseId], asker(), to)).toMatchObject({ gone: [] });
    expect(await due()).toBeGreaterThan(before);
  }
  redis.disconnect();
});

test("a lease whose product got other pools meanwhile, or left the register, is still the one it was", async () => {
  const { launches, adopt, used, inForce } = await openLaunches(REGISTER);
  const running = checkout("lonely", { alreadyRunning: true });
  await launches.checkout(asker(), running);
  await adopt(REGISTER.replace("pools: [cad], when", "pools: [suite], when"));
  expect(inForce().register.products.lonely?.pools).toEqual(["suite"]);
  expect((await launches.checkout(asker(), running)).answer).toMatchObject({ type: "granted", pool: "cad" });
  await adopt(REGISTER.replace(/^ {2}lonely:.*\n/m, ""));
  expect((await launches.checkout(asker(), running)).answer).toMatchObject({ type: "granted", pool: "cad" });
  expect([await used("cad"), await used("suite")]).toEqual([1, 0]);
});

test("a program that runs is found by a new daemon though its product left the register", async () => {
  const { launches, adopt, daemon } = await openLaunches(REGISTER);
  const running = checkout("lonely");
  await launches.checkout(asker(), running);
  await adopt(REGISTER.replace(/^ {2}lonely:.*\n/m, ""));
  const answer = await daemon().checkout(asker(), { ...running, alreadyRunning: true });
  expect(answer.answer).toMatchObject({ type: "granted", pool: "cad", flags: ["resumed"] });
});

test("a program that runs keeps its one seat at a new daemon though its product has other pools by now", async () => {
  const { launches, adopt, daemon, used } = await openLaunches(REGISTER);
  const running = checkout("lonely");
  await launches.checkout(asker(), running);
  await adopt(REGISTER.replace("pools: [cad], when", "pools: [suite], when"));
  const answer = await daemon().checkout(asker(), { ...running, alreadyRunning: true });
  expect(answer.answer).toMatchObject({ type: "granted", pool: "cad", flags: ["resumed"] });
  expect([await used("cad"), await used("suite")]).toEqual([1, 0]);
});

test("a launch that is given up before its answer leaves no seat behind, in whichever pool it is decided", async () => {
  const { launches, ask, used } = await openLaunches(REGISTER);
  const giveUp = async () => {
    const { leaseId, ...rest } = checkout("autocad");
    const asked = launches.checkout(asker(), { leaseId, ...rest });
    const returned = await launches.checkin(asker(), leaseId);
    return { returned: returned.type, ...(await asked).answer };
  };

  expect(await giveUp()).toMatchObject({ returned: "returned", type: "granted", pool: "cad" });
  await ask("autocad", { seats: 2 });
  expect(await giveUp()).toMatchObject({ returned: "returned", type: "granted", pool: "suite" });
  expect([await used("cad"), await used("suite")]).toEqual([2, 0]);
});

test("a running lease is not refused by a rule that came later", async () => {
  const { launches, adopt, ask } = await openLaunches(REGISTER);
  const running = checkout("autocad", { user: "asmith" });
  await launches.checkout(asker(), running);
  await adopt(REGISTER.replace("  cad: {", "  cad: { deny: [user:asmith],"));
  expect((await launches.checkout(asker(), running)).answer).toMatchObject({ type: "granted" });
  expect(await ask("autocad", { user: "ASmith" })).toMatchObject({ type: "denied", reason: "denied_by_rule" });
});

test("a person's launches on one device share a seat, however the names are written", async () => {
  const { ask, used } = await openLaunches(REGISTER);
  await ask("autocad", { user: "asmith" }, asker("PC-12"));
  expect(await ask("autocad", { user: "ASmith" }, asker("pc-12"))).toMatchObject({ flags: ["shared"] });
  expect(await used("cad")).toBe(1);
});

test("who asks for more seats than the one that could be shared has a seat of its own, of that many", async () => {
  const { ask, used } = await openLaunches(REGISTER.replace("reference: A, seats: 2", "reference: A, seats: 9"));
  await ask("autocad", { user: "asmith" }, asker("PC-12"));
  expect(await ask("autocad", { user: "asmith", seats: 2 }, asker("PC-12"))).toMatchObject({ seats: 2, flags: [] });
  expect(await ask("autocad", { user: "asmith", seats: 2 }, asker("PC-12"))).toMatchObject({ flags: ["shared"] });
  expect(await used("cad")).toBe(3);
});

test("seats are granted all or none", async () => {
  const { ask, used } = await openLaunches(REGISTER);
  expect(await ask("lonely", { seats: 3 })).toMatchObject({
    reason: "no_seats",
    message: expect.stringContaining("You need 3 seats of lonely, and a launch can have 2 at most: ask"),
  });
  expect(await ask("lonely", { seats: 2 })).toMatchObject({ type: "granted", seats: 2 });
  expect(await used("cad")).toBe(2);
});

test("a denial is a denial where the list of holders cannot be read", async () => {
  const { ask, ledger } = await openLaunches(REGISTER);
  await ask("viewer", { user: "asmith" }, asker("PC-1"));
  vi.spyOn(ledger, "leases").mockRejectedValue(new Error("Command timed out"));

  const denied = await ask("viewer", { user: "bjones" }, asker("PC-2"));
  expect(denied).toMatchObject({ type: "denied", reason: "site_full" });
  expect(denied).not.toHaveProperty("holders");
});

test("who is denied reads who has the seats only where the register shows holders", async () => {
  const { ask } = await openLaunches(REGISTER);
  await ask("viewer", { user: "asmith" }, asker("PC-1"));
  const denied = await ask("viewer", { user: "bjones" }, asker("PC-2"));
  expect(denied).toMatchObject({
    reason: "site_full",
    message: expect.stringContaining("The only seat of Viewer at Depot is in use"),
    holders: [{ user: "asmith", device: "PC-1", sinceMs: expect.any(Number) }],
  });
  const notAllowed = await ask("viewer", {}, asker("PC-2", { address: "10.99.0.1" }));
  expect(notAllowed).toMatchObject({ reason: "site_not_allowed", message: expect.stringContaining("Home (VPN)") });
  expect(notAllowed).not.toHaveProperty("holders");
  await ask("autocad");
  await ask("autocad");
  expect(await ask("lonely")).not.toHaveProperty("holders");
});

test("before an entitlement begins the denial says when, and after its end when that was", async () => {
  const dated = (dates: string) => `${HEAD}
products: { cad: { name: AutoCAD, owner: ict, pools: [cad] } }
pools: { cad: { entitlements: [{ reference: A, seats: 2, ${dates} }] } }
`;
  const later = await openLaunches(dated("starts: 2099-04-01"));
  expect(await later.ask("cad")).toMatchObject({
    reason: "entitlement_not_started",
    message: "The licence of AutoCAD begins only on 1 April 2099: ask ict about it.",
    freeAtMs: Date.parse("2099-03-31T23:00:00Z"),
  });
  const over = await openLaunches(dated("starts: 2019-04-01, ends: 2020-03-31"));
  const denied = await over.ask("cad");
  expect(denied).toMatchObject({
    reason: "entitlement_ended",
    message: "The licence of AutoCAD ended on 31 March 2020: ask ict about it.",
  });
  expect(denied).not.toHaveProperty("freeAtMs");
});

test("events hold pseudonyms, the version and the department, and no name", async () => {
  const { ask, ledger } = await openLaunches(REGISTER);
  await ask("autocad", { user: "CJones", version: "2026.1" }, asker("PC-CANARY"));
  const redis = new Redis({ path: socket() });
  const raw = JSON.stringify(await redis.xrange(ledger.keys.of("cad", "events"), "-", "+")).toLowerCase();
  redis.disconnect();
  expect(raw).not.toMatch(/cjones|canary/);
  const granted = (await eventsOf(ledger, "cad")).find(({ kind }) => kind === "granted");
  const pseudonym = expect.stringMatching(/^[\w-]{16}$/);
  expect(granted?.facts).toMatchObject({
    ...{ product: "autocad", site: "depot", version: "2026.1", department: "Planning" },
    ...{ user: pseudonym, userLastYear: pseudonym, device: pseudonym, deviceLastYear: pseudonym },
  });
  expect((await ledger.leases("cad")).items).toMatchObject([{ user: "CJones", device: "PC-CANARY" }]);
});

test("only a gateway, or nobody in particular, asks for another device; the connection stays the holder", async () => {
  const { ask, launches } = await openLaunches(REGISTER);
  const known = asker("broker", { authenticated: true });
  await expect(ask("autocad", { device: "PC-1" }, known)).rejects.toMatchObject({
    code: "not_holder",
    field: "device",
  });
  expect(await ask("autocad", { device: "BROKER" }, known)).toMatchObject({ type: "granted" });
  const { leaseId } = await ask("autocad", { device: "PC-1" }, { ...known, gateway: true });
  await expect(launches.checkin(asker("PC-1"), leaseId)).rejects.toMatchObject({ code: "not_holder" });
  expect(await launches.checkin(known, leaseId)).toEqual({ type: "returned", leaseId });
});

test("a heartbeat tells which leases are gone, and the shortest ttl", async () => {
  const { ask, beat, counted, daemon } = await openLaunches(REGISTER);
  const [cad, view, gone] = [(await ask("autocad")).leaseId, (await ask("viewer")).leaseId, randomUUID()];
  expect(await beat([cad])).toEqual({ type: "alive", ttlMs: 60_000, gone: [] });
  expect(await beat([cad, gone, view])).toEqual({ type: "alive", ttlMs: 30_000, gone: [gone] });
  expect(await beat([cad, view], asker(), daemon())).toEqual({ type: "alive", ttlMs: 30_000, gone: [] });
  expect(counted.lines.filter((line) => line === "heartbeats cad")).toHaveLength(3);
});

test("a device's own leases are renewed though another's is among them, which is what it is told", async () => {
  const { ask, beat, counted } = await openLaunches(REGISTER);
  const [first, second] = [(await ask("autocad")).leaseId, (await ask("viewer")).leaseId];
  const { leaseId } = await ask("autocad", {}, asker("another"));
  await expect(beat([leaseId, first, second])).rejects.toMatchObject({
    ...{ code: "not_holder", field: "leaseIds", leaseId },
  });
  const renewed = counted.lines.filter((line) => line.startsWith("heartbeats"));
  expect(renewed.sort()).toEqual(["heartbeats cad", "heartbeats view"]);
});

test("nobody renews or returns another device's lease, known to this daemon or not", async () => {
  const { ask, beat, launches, daemon, used } = await openLaunches(REGISTER);
  const { leaseId } = await ask("autocad");
  for (const to of [launches, daemon()]) {
    await expect(beat([leaseId], asker("thief"), to)).rejects.toMatchObject({ code: "not_holder" });
    await expect(to.checkin(asker("thief"), leaseId)).rejects.toMatchObject({ code: "not_holder" });
    const again = checkout("autocad", { leaseId });
    await expect(to.checkout(asker("thief"), again)).rejects.toMatchObject({ code: "not_holder" });
  }
  expect(await used("cad")).toBe(1);
});

test("a checkin may be repeated at any daemon, and is counted once; a lease that never was is unknown", async () => {
  const { ask, launches, daemon, counted, used } = await openLaunches(REGISTER);
  const { leaseId } = await ask("autocad");
  const returned = { type: "returned", leaseId };
  expect(await launches.checkin(asker(), leaseId, "program_crashed")).toEqual(returned);
  expect(await launches.checkin(asker(), leaseId)).toEqual(returned);
  expect(await daemon().checkin(asker(), leaseId)).toEqual(returned);
  expect(counted.lines.filter((line) => line.startsWith("ended"))).toEqual(["ended cad program_crashed"]);
  expect(await used("cad")).toBe(0);
  await expect(launches.checkin(asker(), randomUUID())).rejects.toMatchObject({ code: "lease_unknown" });
});

test("a program that ran before anybody asked for it is counted once, whichever daemon hears of it, and no other is", async () => {
  const { launches, daemon, counted } = await openLaunches(REGISTER);
  const found = checkout("lonely", { alreadyRunning: true });
  for (const one of [launches, launches, daemon()]) await one.checkout(asker(), found);
  const asked = checkout("lonely");
  await launches.checkout(asker(), asked);
  await daemon().checkout(asker(), { ...asked, alreadyRunning: true });
  await launches.checkout(asker(), checkout("no-such", { alreadyRunning: true }));
  expect(counted.lines.filter((line) => line === "ungoverned")).toHaveLength(1);
});

test("a checkout repeated after its checkin takes no seat", async () => {
  const { launches, used } = await openLaunches(REGISTER);
  const message = checkout("autocad");
  await launches.checkout(asker(), message);
  await launches.checkin(asker(), message.leaseId);
  expect((await launches.checkout(asker(), message)).answer).toEqual({ type: "returned", leaseId: message.leaseId });
  expect(await used("cad")).toBe(0);
});

const LIMITED = `${HEAD}
limits: { leasesPerDevice: 3 }
products: { demo: { owner: ict, pools: [demo] } }
pools: { demo: { seatFor: [session], entitlements: [{ reference: A, seats: 100, starts: 2020-01-01 }] } }
`;

test("of fifty launches at once a device gets no more than its limit; a repeated one never counts twice", async () => {
  const { ask, launches, used } = await openLaunches(LIMITED);
  const message = checkout("demo");
  for (let again = 0; again < 5; again++) await launches.checkout(asker(), message);
  const many = await Promise.allSettled(Array.from({ length: 50 }, () => ask("demo")));
  expect(many.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
  const refused = many.find(({ status }) => status === "rejected") as PromiseRejectedResult;
  expect(refused.reason).toMatchObject({ code: "too_many_leases", status: 429, retry: true });
  expect(await used("demo")).toBe(3);
  expect(await ask("demo", {}, asker("another"))).toMatchObject({ type: "granted" });
});

test("what a device gave back, was denied, or has not renewed for its ttl counts no longer", async () => {
  const { ask, launches, clock, adopt } = await openLaunches(LIMITED);
  const held = [await ask("demo"), await ask("demo"), await ask("demo")];
  await expect(ask("demo")).rejects.toMatchObject({ code: "too_many_leases" });
  await launches.checkin(asker(), held[0]!.leaseId);
  expect(await ask("demo")).toMatchObject({ type: "granted" });
  clock.nowMs += 62_000;
  await adopt(LIMITED.replace("starts: 2020-01-01", "starts: 2020-01-01, ends: 2020-12-31"));
  for (let denied = 0; denied < 5; denied++) expect(await ask("demo")).toMatchObject({ type: "denied" });
});

test("the limit is of the device that launches: a gateway may hold many", async () => {
  const { ask } = await openLaunches(LIMITED);
  const broker = asker("broker", { gateway: true, authenticated: true });
  for (let i = 0; i < 10; i++)
    expect(await ask("demo", { device: `PC-${i}` }, broker)).toMatchObject({ type: "granted" });
});

test("a ledger that does not answer is an error, and leaves nothing counted", async () => {
  const { ask, ledger, counted, launches } = await openLaunches(LIMITED);
  await ledger.close();
  for (let i = 0; i < 5; i++) await expect(ask("demo")).rejects.toMatchObject({ code: "ledger_unavailable" });
  await expect(launches.checkin(asker(), randomUUID())).rejects.toMatchObject({ code: "ledger_unavailable" });
  expect(counted.lines).toEqual([]);
});

const LOOKED_AT = ["devices", "contract", "versions", "deny", "allow", "onlySites", "borrow", "permittedUse"];

test("explain tells what a launch would be answered, by which rule, and takes no seat", async () => {
  const { launches, ask, used, ledger } = await openLaunches(REGISTER);
  const question = { product: "AutoCAD", user: "asmith", site: "elsewhere" };
  expect(await launches.explain(question)).toEqual({
    decision: "granted",
    rule: "pools.cad.entitlements",
    pool: "cad",
    message: expect.any(String),
    checked: [...LOOKED_AT, "seatFor", "reclaimed", "seats", "reservations", "sites", "limits"],
  });
  await ask("autocad", { user: "asmith" });
  await ask("autocad");
  expect(await launches.explain({ ...question, user: "zoe" })).toMatchObject({ decision: "granted", pool: "suite" });
  await ask("autocad");
  expect(await launches.explain({ ...question, user: "zoe" })).toMatchObject({
    decision: "denied",
    reason: "no_seats",
    rule: "pools.suite.entitlements",
    message: expect.stringContaining("All 3 seats of AutoCAD are in use"),
  });
  expect(await launches.explain({ ...question, user: "BJones" })).toMatchObject({
    reason: "no_seats",
    rule: "pools.cad.entitlements",
  });
  // Who has a seat would share it.
  expect(await launches.explain({ ...question, device: "pc-12" })).toMatchObject({
    decision: "granted",
    rule: "pools.cad.seatFor",
  });
  expect(await launches.explain({ ...question, version: "2019" })).toMatchObject({
    reason: "version_retired",
    rule: "products.autocad.versions",
    checked: ["devices", "contract", "versions"],
  });
  expect(await launches.explain({ ...question, product: "autocat" })).toMatchObject({
    reason: "product_unknown",
    rule: "products",
  });
  expect([await used("cad"), await used("suite")]).toEqual([2, 1]);
  expect(await ledger.recentDenials(["cad", "suite", "none"], 10)).toEqual([]);
});

test("explain judges sites by name, and networks by the site's first one", async () => {
  const { launches, ask, adopt } = await openLaunches(REGISTER);
  const question = { product: "viewer", user: "asmith", site: "Depot" };
  expect(await launches.explain(question)).toMatchObject({ decision: "granted" });
  await ask("viewer");
  expect(await launches.explain(question)).toMatchObject({
    reason: "site_full",
    rule: "pools.view.sites.depot",
    checked: [...LOOKED_AT, "seatFor", "reclaimed", "seats", "reservations", "sites"],
  });
  expect(await launches.explain({ ...question, site: "home" })).toMatchObject({ reason: "site_not_allowed" });
  await adopt(REGISTER.replace("showHolders: true", "deny: [network:10.20.0.0/16]"));
  expect(await launches.explain(question)).toMatchObject({ reason: "denied_by_rule", rule: "pools.view.deny[0]" });
});
