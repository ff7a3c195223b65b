import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { request, useLedger } from "../support/ledger.ts";

const { openPool, openLedger, socket } = useLedger();

test("the last free seat is granted to exactly one of fifty concurrent checkouts", async () => {
  const pool = await openPool({ seats: 3 });
  await pool.checkout(request());
  await pool.checkout(request());

  const answers = await Promise.all(Array.from({ length: 50 }, () => pool.checkout(request())));

  expect(answers.filter((answer) => answer.outcome === "granted")).toHaveLength(1);
  expect(answers.filter((answer) => answer.outcome === "denied" && answer.reason === "no_seats")).toHaveLength(49);
  expect((await pool.level()).used).toBe(3);
});

test("a checkout sent twice with one lease id takes one seat", async () => {
  const pool = await openPool({ seats: 1 });
  const asked = request();

  expect(await pool.checkout(asked)).toMatchObject({ outcome: "granted", flags: [] });
  expect(await pool.checkout(asked)).toMatchObject({ outcome: "granted", flags: ["resumed"] });
  expect(await pool.checkout(request())).toMatchObject({ outcome: "denied", reason: "no_seats" });
});

test("twenty copies of one checkout in the same moment take one seat", async () => {
  const pool = await openPool({ seats: 5 });
  const asked = request();

  const answers = await Promise.all(Array.from({ length: 20 }, () => pool.checkout(asked)));

  expect(answers.every((answer) => answer.outcome === "granted")).toBe(true);
  expect((await pool.level()).used).toBe(1);
});

test("a checkout repeated after its checkin takes no seat", async () => {
  const pool = await openPool({ seats: 1 });
  const asked = request();
  await pool.checkout(asked);

  expect(await pool.checkin(asked)).toBe("returned");
  expect(await pool.checkout(asked)).toEqual({ outcome: "returned" });
  expect(await pool.checkin(asked)).toBe("gone");
  expect((await pool.level()).used).toBe(0);
});

test("nobody but its holder renews or returns a lease, or takes it up again", async () => {
  const pool = await openPool({ seats: 1 });
  const asked = request();
  await pool.checkout(asked);
  const forged = { ...asked, holder: "pc-of-somebody-else" };

  expect(await pool.checkin(forged)).toBe("not_holder");
  expect(await pool.renew(forged)).toBe("not_holder");
  expect(await pool.checkout(forged)).toEqual({ outcome: "not_holder" });
  expect(await pool.renew(asked)).toBe("alive");
});

test("a site's ceiling is taken in the same step as the total", async () => {
  const pool = await openPool({ seats: 10, limits: { "site:depot": 2, "site:civic-centre": 4 } });
  const at = (site: string, n: number) => Array.from({ length: n }, () => pool.checkout(request({ site })));

  const depot = await Promise.all(at("depot", 5));
  const hall = await Promise.all(at("hall", 3));

  expect(depot.filter((answer) => answer.outcome === "granted")).toHaveLength(2);
  expect(depot.filter((answer) => answer.outcome === "denied" && answer.reason === "site_full")).toHaveLength(3);
  expect(hall.every((answer) => answer.outcome === "granted")).toBe(true);
  expect((await pool.level()).sites).toEqual({ depot: 2, hall: 3 });
});

test("a lease that comes back from another site moves its count and takes no second seat, even where that site is full", async () => {
  const pool = await openPool({ seats: 2, limits: { "site:depot": 1 } });
  const asked = request({ site: "hall" });
  await pool.checkout(asked);
  await pool.checkout(request({ site: "depot" }));

  expect(await pool.checkout({ ...asked, site: "depot" })).toMatchObject({ outcome: "granted", site: "depot" });
  expect(await pool.level()).toMatchObject({ used: 2, sites: { depot: 2 } });

  await pool.checkin(asked);
  expect(await pool.level()).toMatchObject({ used: 1, sites: { depot: 1 } });
});

test("checkouts of one seat key share a seat, which is free when the last of them is back", async () => {
  const pool = await openPool({ seats: 1 });
  const first = request({ seatKey: "asmith" });
  const second = request({ seatKey: "asmith", site: "depot" });

  expect(await pool.checkout(first)).toMatchObject({ outcome: "granted", flags: [] });
  expect(await pool.checkout(second)).toMatchObject({ outcome: "granted", flags: ["shared"], site: "hall" });
  await pool.checkin(first);
  expect(await pool.level()).toMatchObject({ used: 1, sites: { hall: 1 } });
  expect(await pool.checkout(request())).toMatchObject({ outcome: "denied" });
  await pool.checkin(second);
  expect(await pool.level()).toMatchObject({ used: 0, sites: {} });
});

test("seats are granted all or none", async () => {
  const pool = await openPool({ seats: 5 });

  expect(await pool.checkout(request({ seats: 3 }))).toMatchObject({ outcome: "granted", seats: 3 });
  expect(await pool.checkout(request({ seats: 3 }))).toMatchObject({ outcome: "denied", reason: "no_seats" });
  expect(await pool.checkout(request({ seats: 2 }))).toMatchObject({ outcome: "granted", seats: 2 });
});

test("a denial for want of seats notes the next pool, and the lease is sent there from then on", async () => {
  const first = await openPool({ seats: 1 });
  const holding = request();
  await first.checkout(holding);
  const asked = request({ next: "second" });

  expect(await first.checkout(asked)).toEqual({ outcome: "passed", next: "second" });
  await first.checkin(holding);
  expect(await first.checkout({ ...asked, next: "" })).toEqual({ outcome: "passed", next: "second" });
  expect((await first.level()).used).toBe(0);
});

test("a denial decided before the ledger is recorded, but finds a live lease first", async () => {
  const pool = await openPool({ seats: 1 });
  const asked = request();
  await pool.checkout(asked);

  expect(await pool.checkout({ ...asked, verdict: "denied_by_rule" })).toMatchObject({ outcome: "granted" });
  const refused = request({ verdict: "denied_by_rule" });
  expect(await pool.checkout(refused)).toMatchObject({ outcome: "denied", reason: "denied_by_rule" });
  const denials = await pool.ledger.recentDenials([pool.pool], 10);
  expect(denials.map((event) => [event.leaseId, event.word])).toEqual([[refused.leaseId, "denied_by_rule"]]);
});

test("a lease is found in the pool that holds it, or remembers it; a note is no lease", async () => {
  const pool = await openPool({ seats: 1 });
  const asked = request();
  const passed = request({ next: "another" });
  await pool.checkout(asked);
  await pool.checkout(passed);
  const find = (leaseId: string) => pool.ledger.find(leaseId);

  const found = await Promise.all([asked.leaseId, passed.leaseId, randomUUID()].map(find));
  expect(found).toEqual([pool.pool, undefined, undefined]);
  await pool.checkin(asked);
  expect(await find(asked.leaseId)).toBe(pool.pool);
});

test("names lie in live leases only", async () => {
  const pool = await openPool({ seats: 1 });
  const redis = new Redis({ path: socket() });
  await redis.config("SET", "rdbcompression", "no");
  const keysThatNameSomebody = async () => {
    const keys = await redis.keys(`*{${pool.pool}}*`);
    const dumps = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
    return keys
      .filter((_, i) => dumps[i]?.toString("latin1").toLowerCase().includes("canary"))
      .map((key) => key.split(":")[2]);
  };
  const asked = request({ user: "Ada Canary", device: "PC-CANARY", holder: "pc-canary", seatKey: "ada canary" });

  await pool.checkout(asked);
  expect(await pool.ledger.leases(pool.pool)).toMatchObject({ items: [{ user: "Ada Canary", device: "PC-CANARY" }] });
  expect((await keysThatNameSomebody()).sort()).toEqual(["leases", "seats"]);

  await pool.checkout(request({ user: "Bo Canary", device: "PC-CANARY-2", holder: "pc-canary-2" }));
  await pool.checkin(asked);
  expect(await keysThatNameSomebody()).toEqual([]);
  redis.disconnect();
});

test("a launch that is asked for a thousand times over holds up nobody else", async () => {
  const pool = await openPool({ seats: 5 });
  const [copied, other] = [request(), request()];
  const done: string[] = [];

  const copies = Array.from({ length: 1000 }, () => pool.checkout(copied).then(() => done.push("copy")));
  await pool.checkout(other).then(() => done.push("other"));
  const before = done.indexOf("other");
  await Promise.all(copies);

  expect(before).toBeLessThan(5);
  expect((await pool.level()).used).toBe(2);
});

test("what is asked of one lease in one moment is done in its order", async () => {
  const pool = await openPool({ seats: 1 });
  const asked = request();

  const answers = await Promise.all([pool.checkout(asked), pool.checkin(asked), pool.checkout(asked)]);

  expect(answers).toMatchObject([{ outcome: "granted" }, "returned", { outcome: "returned" }]);
  expect((await pool.level()).used).toBe(0);
});

test("a denial stays among the newest ones however many launches are granted after it", async () => {
  const pool = await openPool({ seats: 1 });
  const newest = async () => (await pool.ledger.recentDenials([pool.pool], 10)).map((event) => event.leaseId);
  const [refused, refusedLater] = [request({ verdict: "denied_by_rule" }), request({ verdict: "version_retired" })];
  await pool.checkout(refused);
  for (let launch = 0; launch < 400; launch++) {
    const asked = request();
    await pool.checkout(asked);
    await pool.checkin(asked);
  }

  expect(await newest()).toEqual([refused.leaseId]);
  await pool.checkout(refusedLater);
  expect(await newest()).toEqual([refusedLater.leaseId, refused.leaseId]);
  const elsewhere = await openLedger();
  expect((await elsewhere.recentDenials([pool.pool], 1)).map((event) => event.leaseId)).toEqual([refusedLater.leaseId]);
});

test("the newest denials of two pools have no gap where one of them denied more than is kept", async () => {
  const [busy, quiet] = [await openPool({ seats: 1 }), await openPool({ seats: 1 })];
  await quiet.checkout(request({ verdict: "denied_by_rule" }));
  await Promise.all(Array.from({ length: 130 }, () => busy.checkout(request({ verdict: "denied_by_rule" }))));

  const newest = await busy.ledger.recentDenials([busy.pool, quiet.pool], 500);
  expect(newest).toHaveLength(100);
  expect(newest.every((event) => event.pool === busy.pool)).toBe(true);
});

test("daemons whose pseudonym keys differ find out", async () => {
  const ledger = await openLedger({ prefix: `${randomUUID()}:` });

  expect(await ledger.agreedPseudonyms(2026, "one")).toBe("one");
  expect(await ledger.agreedPseudonyms(2026, "other")).toBe("one");
  expect(await ledger.agreedPseudonyms(2027, "other")).toBe("other");
});
