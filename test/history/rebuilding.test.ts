import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { erase } from "../../daemon/history/erasures.ts";
import { type Engine, onBothEngines, openTestHistory } from "../support/history.ts";
import { HOUR_MS, losable } from "../support/losable.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

const REGISTER = `
organisation: Exampleshire Council
sites:
  hall: { name: Hall, networks: [10.1.0.0/16] }
  depot: { name: Depot, networks: [10.2.0.0/16] }
groups:
  contractors: { members: [ann, ben] }
products:
  cad: { owner: cad@exampleshire.example, pools: [cad] }
  named: { owner: cad@exampleshire.example, pools: [named] }
pools:
  cad:
    borrow: { maxDays: 14 }
    sites: { depot: { seats: 1 } }
    limits: [{ group: contractors, seats: 1 }]
    entitlements: [{ reference: A, seats: 3, starts: 2020-01-01 }]
  named:
    metric: named-user
    holdDays: 30
    entitlements: [{ reference: B, seats: 3, starts: 2020-01-01 }]
`;

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());

const untilMs = Date.now() + 100 * HOUR_MS;
const RECOVERING = { code: "ledger_recovering" };

onBothEngines(({ newPlace }: Engine) => {
  const open = async () => losable(redis.socket, await openTestHistory(await newPlace()), REGISTER);

  test("a borrowed seat is there again under pseudonym, counted at its site and by the limits, and once by two daemons", async () => {
    const council = await open();
    const leaseId = randomUUID();
    const borrowed = { leaseId, borrowUntilMs: untilMs };
    expect(await council.launch("ann", "pc-1", borrowed, "10.2.0.1")).toMatchObject({ type: "granted" });
    await council.recorded("cad");
    const other = await council.daemon();
    await council.empty("cad");

    for (const one of [council, other]) await council.noticed("cad", one);
    await council.recorded("cad");
    await Promise.all([council.rebuilding.look(), other.rebuilding.look()]);
    const [user] = council.pseudonyms.ofAllYears("user", "ann").slice(-1);
    expect(await council.leases("cad")).toMatchObject([
      { leaseId, user, site: "depot", borrowedUntilMs: untilMs, flags: ["rebuilt", "borrowed"] },
    ]);
    expect(await council.level("cad")).toMatchObject({ used: 1, borrowed: 1 });
    await council.passTtl("cad");
    expect(await council.launch("ben", "pc-2")).toMatchObject({ type: "denied", reason: "group_limit" });
    expect(await council.launch("cy", "pc-3", {}, "10.2.0.2")).toMatchObject({ type: "denied", reason: "site_full" });
    expect(await council.launch("cy", "pc-3")).toMatchObject({ type: "granted" });
    // Whoever shared the seat does so still.
    expect(await council.launch("ann", "pc-1")).toMatchObject({ type: "granted", flags: ["shared"] });
    expect(await council.redis.zscore(council.key("cad", "dated"), leaseId)).toBe(String(untilMs));
    expect([council.log, other.log].flat()).toHaveLength(1);
  });

  test("its device gives it back by the old lease id and nobody else does, and in the history no moment counts twice", async () => {
    const council = await open();
    const leaseId = randomUUID();
    await council.launch("ann", "pc-1", { leaseId, borrowUntilMs: untilMs });
    await council.recorded("cad");
    await council.empty("cad");
    await council.noticed("cad");
    const { launches, ledger } = await council.daemon(20);
    await expect.poll(() => ledger.recovers, { interval: 5 }).toBe(true);
    await expect(council.giveBack("pc-1", leaseId, launches)).rejects.toMatchObject(RECOVERING);
    await council.rebuilt("cad");

    await expect(council.giveBack("pc-2", leaseId, launches)).rejects.toMatchObject({ code: "not_holder" });
    await expect(launches.heartbeat(council.askerOf("pc-2"), [leaseId])).rejects.toMatchObject({ code: "not_holder" });
    expect(await council.giveBack("PC-1", leaseId, launches)).toMatchObject({ type: "returned" });
    expect((await council.level("cad")).used).toBe(0);
    await council.recorded("cad");
    const rows = await council.history.db.selectFrom("sessions").selectAll().orderBy("epoch").execute();
    expect(rows.map(({ why, end_number }) => [why, end_number !== null])).toEqual([
      ["ledger_reset", false],
      ["checked_in", true],
    ]);
    expect(rows[1]!.start_ms).toBe(rows[0]!.end_ms);
    const holdings = await council.history.db.selectFrom("holdings").selectAll().orderBy("epoch").execute();
    expect(holdings[1]!.start_ms).toBe(holdings[0]!.end_ms);
  });

  test("its names are there again when the device renews it, and what was recalled stays so and is not renewed", async () => {
    const council = await open();
    const [mine, wanted] = [randomUUID(), randomUUID()];
    await council.launch("cy", "pc-1", { leaseId: mine, borrowUntilMs: untilMs });
    await council.launch("dee", "pc-2", { leaseId: wanted, borrowUntilMs: untilMs });
    await council.ledger.act("cad", wanted, { order: "recall" });
    await council.recorded("cad");
    await council.empty("cad");
    await council.rebuilt("cad");

    const renew = (user: string, device: string, leaseId: string) =>
      council.launch(user, device, { leaseId, borrowUntilMs: untilMs + HOUR_MS });
    await expect(renew("cy", "pc-3", mine)).rejects.toMatchObject({ code: "not_holder" });
    expect(await renew("cy", "pc-1", mine)).toMatchObject({ type: "granted", borrowedUntilMs: untilMs + HOUR_MS });
    expect(await renew("dee", "pc-2", wanted)).toMatchObject({ type: "denied", reason: "borrow_limit" });
    const leases = await council.leases("cad");
    expect(leases.find(({ leaseId }) => leaseId === mine)).toMatchObject({ user: "cy", device: "pc-1" });
    expect(leases.find(({ leaseId }) => leaseId === wanted)?.flags).toEqual(["rebuilt", "borrowed", "recalled"]);
    expect(await council.giveBack("pc-1", mine)).toMatchObject({ type: "returned" });
    expect((await council.level("cad")).used).toBe(1);
  });

  test("given back before it is rebuilt it stays so", async () => {
    const council = await open();
    const leaseId = randomUUID();
    await council.launch("ann", "pc-1", { leaseId, borrowUntilMs: untilMs });
    await council.recorded("cad");
    await council.empty("cad");
    await council.noticed("cad");
    // By the daemon that knows where it was.
    expect(await council.giveBack("pc-1", leaseId)).toMatchObject({ type: "returned" });
    await council.rebuilt("cad");
    expect(await council.leases("cad")).toEqual([]);
  });

  test("lost twice it is rebuilt twice, and not at all once it was given back or is due", async () => {
    const council = await open();
    const [kept, returned, over] = [randomUUID(), randomUUID(), randomUUID()];
    for (const leaseId of [kept, returned]) {
      await council.launch(leaseId, `pc-${leaseId}`, { leaseId, borrowUntilMs: untilMs });
    }
    await council.launch("eve", "pc-5", { leaseId: over, borrowUntilMs: untilMs });
    await council.recorded("cad");
    await council.empty("cad");
    await council.noticed("cad");
    await council.recorded("cad");
    // Its day came while nobody counted.
    const due = { borrowed_until_ms: Date.now() - 1 };
    await council.history.db.updateTable("sessions").set(due).where("lease_id", "=", over).execute();
    await council.builds();
    expect((await council.level("cad")).used).toBe(2);
    await council.giveBack(`pc-${returned}`, returned);
    await council.recorded("cad");
    await council.empty("cad");
    await council.rebuilt("cad");
    expect((await council.leases("cad")).map(({ leaseId }) => leaseId)).toEqual([kept]);
  });

  test("seats come back as assigned: those kept and those in use, with their last use, and each counts once", async () => {
    const council = await open();
    const holdMs = 30 * 24 * HOUR_MS;
    const named = (user: string, more: object = {}) =>
      council.launch(user, `pc-${user}`, { product: "named", ...more });
    const nameOf = (user: string) => council.pseudonyms.of("user", user, Date.now()).thisYear;
    const [ann, ben] = [randomUUID(), randomUUID()];
    await named("ann", { leaseId: ann });
    await council.giveBack("pc-ann", ann);
    await named("ben", { leaseId: ben });
    await council.recorded("named");
    const keptUntil = Number(await council.redis.zscore(council.key("named", "dated"), `hold:${nameOf("ann")}`));
    await council.empty("named");
    // One of those who are in says so before the history is read.
    await council.noticed("named");
    await named("ben", { leaseId: ben, alreadyRunning: true });
    await council.rebuilt("named");

    expect(await council.ledger.assigned("named")).toEqual([nameOf("ann")]);
    const again = Number(await council.redis.zscore(council.key("named", "dated"), `hold:${nameOf("ann")}`));
    expect(Math.abs(again - keptUntil)).toBeLessThan(5);
    expect(again).toBeLessThanOrEqual(Date.now() + holdMs);
    expect(await council.level("named")).toMatchObject({ used: 1, assignedIdle: 1 });

    await council.recorded("named");
    await council.empty("named");
    await council.rebuilt("named");
    expect((await council.ledger.assigned("named")).sort()).toEqual([nameOf("ann"), nameOf("ben")].sort());
    // What was in use is his who speaks later.
    await named("ben", { leaseId: ben, alreadyRunning: true });
    expect(await council.level("named")).toMatchObject({ used: 1, assignedIdle: 1 });
    await council.passTtl("named");
    expect(await named("cy")).toMatchObject({ type: "granted" });
    expect(await named("dee")).toMatchObject({ type: "denied", reason: "no_seats" });
    expect(await named("ann")).toMatchObject({ type: "granted" });
  });

  test("a ledger that came back older gives back what was returned or freed since, and assigns nothing twice", async () => {
    const council = await open();
    const [returned, kept] = [randomUUID(), randomUUID()];
    for (const leaseId of [returned, kept]) {
      await council.launch(leaseId, `pc-${leaseId}`, { leaseId, borrowUntilMs: untilMs });
    }
    const lease = randomUUID();
    await council.launch("ann", "pc-1", { product: "named", leaseId: lease });
    await council.giveBack("pc-1", lease);
    const restore = [await council.backup("cad"), await council.backup("named")];
    await council.giveBack(`pc-${returned}`, returned);
    const name = council.pseudonyms.of("user", "ann", Date.now()).thisYear;
    await council.ledger.act("named", name, { order: "reassign" });
    await council.recorded("cad");
    await council.recorded("named");
    for (const back of restore) await back();

    await council.rebuilt("cad", "named");
    expect((await council.leases("cad")).map(({ leaseId }) => leaseId)).toEqual([kept]);
    expect(await council.ledger.assigned("named")).toEqual([]);
    await council.recorded("cad");
    // Lost once more, with all that a daemon remembers of it.
    await council.empty("cad");
    await council.rebuilt("cad");
    expect((await council.leases("cad")).map(({ leaseId }) => leaseId)).toEqual([kept]);
  });

  test("whoever was erased stays so: no assigned seat comes back, and a borrowed one tells of nobody and is still given back", async () => {
    const council = await open();
    const [leaseId, used] = [randomUUID(), randomUUID()];
    await council.launch("ann", "pc-1", { leaseId, borrowUntilMs: untilMs });
    await council.launch("ann", "pc-1", { product: "named", leaseId: used });
    await council.giveBack("pc-1", used);
    for (const pool of ["cad", "named"]) await council.recorded(pool);
    const people = council.pseudonyms.ofAllYears("user", "ann");
    const devices = council.pseudonyms.ofAllYears("device", "pc-1");
    const nowMs = Date.now() + 1;
    const erasure = { id: randomUUID(), atMs: nowMs, people, devices };
    await erase(council.history, erasure, { reason: "asked for", author: "pat", nowMs });
    for (const pool of ["cad", "named"]) await council.empty(pool);
    await council.rebuilt("cad", "named");

    expect(await council.ledger.assigned("named")).toEqual([]);
    const [lease] = await council.leases("cad");
    expect(lease).toMatchObject({ leaseId, flags: ["rebuilt", "borrowed"] });
    expect([...people, ...devices]).not.toContain(lease!.user);
    expect([...people, ...devices]).not.toContain(lease!.device);
    expect(await council.giveBack("pc-1", leaseId)).toMatchObject({ type: "returned" });
    await council.recorded("cad");
    const rows = await council.history.db.selectFrom("sessions").select("person").where("epoch", ">", "1").execute();
    expect(rows.at(-1)!.person).not.toBe(people.at(-1));
  });
});
