import { expect, onTestFinished, test } from "vitest";
import { lmstat } from "../../client-shim/lmstat.ts";
import { openFront } from "../support/front.ts";
import { readByColumns, readByExporter, readByPlugin } from "../support/lmstat-readers.ts";
import { startRedis } from "../support/redis.ts";
import { DAY, day, type Licensing, useRules } from "../support/rules.ts";
import { scriptedApi } from "../support/scripted-api.ts";
import { shim } from "../support/shim.ts";

const openRules = useRules();

/** What the command prints of a real daemon. */
async function printed({ front }: Licensing, ...pool: string[]): Promise<string> {
  const { exit, stdout, stderr } = await shim(["status", ...pool, "--format", "lmstat"], { SEATMETER_URL: front.url })
    .finished;
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  return stdout;
}
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

test("what is issued and in use comes out alike however it is read", async () => {
  const rules = await openRules({ pools: { cad: "seats: 5", "gis.pro-2": "seats: 1", idle: "showHolders: false" } });
  await (await rules.person("ann")).launch("cad");
  await (await rules.person("bob")).launch("gis.pro-2");
  const text = await printed(rules);

  const counts = [
    { name: "cad", issued: 5, used: 1 },
    { name: "gis.pro-2", issued: 1, used: 1 },
    { name: "idle", issued: 0, used: 0 },
  ];
  expect(readByExporter(text).map(({ name, issued, used }) => ({ name, issued, used }))).toEqual(counts);
  expect(readByPlugin(text)).toEqual({
    servers: ["127.0.0.1"],
    vendors: { seatmeter: true },
    features: counts,
    errors: [],
  });
  expect(readByColumns(text)).toMatchObject({ server: `${rules.front.port}@127.0.0.1`, free: [4, 0, 0] });
  expect(await printed(rules, "cad")).not.toContain("gis");
});

test("a user's line has its version, handle, start and seats, whatever the names are", async () => {
  const rules = await openRules({
    pools: { cad: "seats: 9, seatFor: [session]" },
    products: { cad: "pools: [cad]", suite: "pools: [{ pool: cad, seats: 3 }]" },
  });
  const ann = await rules.person("Anna Smith (CAD)", { device: "PC 7, büro" });
  const { leaseId } = await ann.launch("cad", { version: "2026.1 SP-2" });
  await (await rules.person("bob")).launch("suite");
  const [feature] = readByExporter(await printed(rules, "cad"));

  expect(feature?.users).toMatchObject([
    { user: "Anna_Smith_(CAD)", host: "PC_7_buro", version: "v2026.1_SP_2", seats: 1 },
    { user: "bob", host: "bob-pc", version: "v1.0", seats: 3 },
  ]);
  expect(feature?.users[0]?.handle).toBe(String(Number.parseInt(leaseId.slice(-7), 16)));
  expect(sum(feature?.users.map(({ seats }) => seats) ?? [])).toBe(feature?.used);
  // A handle tells a launch from the others for as long as it lasts.
  expect(readByExporter(await printed(rules, "cad"))[0]?.users.map(({ handle }) => handle)).toEqual(
    feature?.users.map(({ handle }) => handle),
  );
});

test("a script that cuts lines at spaces finds each thing in its place", async () => {
  const rules = await openRules({ pools: { cad: "seats: 2" } });
  await (await rules.person("a n n")).launch("cad");
  const sinceMs: number = (await rules.leases("cad"))[0].sinceMs;
  const [columns = []] = readByColumns(await printed(rules)).users;

  const at = new Date(sinceMs);
  const minutes = String(at.getMinutes()).padStart(2, "0");
  expect(columns.slice(0, 4)).toEqual(["a_n_n", "a_n_n-pc", "a_n_n-pc", "(v1.0)"]);
  expect(columns.slice(6)).toEqual([
    "start",
    at.toLocaleDateString("en-US", { weekday: "short" }),
    `${at.getMonth() + 1}/${at.getDate()}`,
    `${at.getHours()}:${minutes}`,
  ]);
});

test("launches that share a seat have a line each, and the seat is in use once", async () => {
  const rules = await openRules({ pools: { cad: "seats: 2" } });
  const ann = await rules.person("ann");
  for (let launches = 0; launches < 3; launches++) await ann.launch("cad");
  const [feature] = readByExporter(await printed(rules));

  expect(feature).toMatchObject({ used: 1, users: [{ user: "ann" }, { user: "ann" }, { user: "ann" }] });
});

test("seats that a group's reservation keeps are in use, on a line of the group", async () => {
  const rules = await openRules({
    pools: { cad: "seats: 6, reservations: [{ group: planning, seats: 3 }, { group: duty, seats: 1 }]" },
  });
  await (await rules.person("ann")).launch("cad");
  await (await rules.person("zoe")).launch("cad");
  const text = await printed(rules);

  expect(readByExporter(text)[0]).toMatchObject({ issued: 6, used: 5, reserved: { planning: 2, duty: 1 } });
  expect(readByColumns(text).free).toEqual([1]);
  expect(text).toMatch(
    /\n\t2 RESERVATIONs for GROUP planning \(127\.0\.0\.1\/\d+\)\n\t1 RESERVATION for GROUP duty \(/,
  );
  await (await rules.person("bob")).launch("cad");
  await (await rules.person("dora")).launch("cad");
  expect(readByExporter(await printed(rules))[0]).toMatchObject({ used: 5, reserved: { planning: 1 } });
});

test("seats that are assigned to who does not use them now are kept too", async () => {
  const rules = await openRules({ pools: { cad: "seats: 3, metric: named-user" } });
  const ann = await rules.person("ann");
  await ann.giveBack(await ann.launch("cad"));
  await (await rules.person("bob")).launch("cad");

  expect(readByExporter(await printed(rules))[0]).toMatchObject({
    ...{ issued: 3, used: 2, reserved: { assigned: 1 } },
    users: [{ user: "bob" }],
  });
});

test("who waits is queued, in the queue's order, and has nothing in use", async () => {
  const rules = await openRules({
    pools: { cad: "seats: 2, queue: { maxWait: 30m }" },
    products: { cad: "pools: [cad]", suite: "pools: [{ pool: cad, seats: 2 }]" },
  });
  await (await rules.person("ann")).launch("suite");
  await (await rules.person("bob")).launch("cad", { waitMs: 600_000 });
  await (await rules.person("carl")).launch("suite", { waitMs: 600_000 });

  expect(readByExporter(await printed(rules))[0]).toMatchObject({
    ...{ used: 2, users: [{ user: "ann", seats: 2 }] },
    queued: [
      { user: "bob", seats: 1 },
      { user: "carl", seats: 2 },
    ],
  });
});

test("who runs above what was bought has a user's line, and is not queued, though he takes the next free seat", async () => {
  const rules = await openRules({ pools: { cad: "seats: 1, queue: { maxWait: 30m }" } });
  await (await rules.person("ann")).launch("cad");
  await (await rules.person("bob")).launch("cad", { alreadyRunning: true });
  await (await rules.person("carl")).launch("cad", { waitMs: 600_000 });

  expect(readByExporter(await printed(rules))[0]).toMatchObject({
    ...{ issued: 1, used: 2, users: [{ user: "ann" }, { user: "bob" }] },
    queued: [{ user: "carl" }],
  });
});

test("a borrowed seat is in use, and lingers: what is left of all its seconds", async () => {
  const rules = await openRules({ pools: { cad: "seats: 2, borrow: { maxDays: 14 }" } });
  const borrowed = await (await rules.person("ann")).launch("cad", { borrowUntilMs: Date.now() + 2 * DAY });
  expect(borrowed).toMatchObject({ type: "granted" });
  const [feature] = readByExporter(await printed(rules));

  expect(feature).toMatchObject({ used: 1, users: [{ user: "ann", linger: expect.any(String) }] });
  const [left = 0, whole = 0] = feature?.users[0]?.linger?.split(" / ").map(Number) ?? [];
  expect(whole * 1000).toBeGreaterThan(1.9 * DAY);
  expect(whole * 1000).toBeLessThanOrEqual(2 * DAY + 1000);
  expect(left).toBeLessThanOrEqual(whole);
  expect(left * 1000).toBeGreaterThan(1.9 * DAY);
});

test("a seat that lingers after its checkin is free to others, so it is not in use", async () => {
  const rules = await openRules({ pools: { cad: "seats: 1, linger: 5m" } });
  const ann = await rules.person("ann");
  await ann.giveBack(await ann.launch("cad"));

  expect(await rules.counts("cad")).toMatchObject({ lingering: 1 });
  expect(readByExporter(await printed(rules))[0]).toMatchObject({ issued: 1, used: 0, users: [] });
});

test("more in use than was bought is told as it is", async () => {
  const rules = await openRules({ pools: { cad: "seats: 1, overdraft: { seats: 1 }" } });
  for (const user of ["ann", "bob"]) await (await rules.person(user)).launch("cad");
  const text = await printed(rules);

  expect(readByExporter(text)[0]).toMatchObject({ issued: 1, used: 2, users: [{ user: "ann" }, { user: "bob" }] });
  expect(text).toContain("(Total of 1 license issued;  Total of 2 licenses in use)");
});

test("seats that never run out are uncounted", async () => {
  const rules = await openRules({ pools: { cad: "seats: 1, metric: site, onlySites: [hall]" } });
  for (const user of ["ann", "bob"]) await (await rules.person(user)).launch("cad");
  const text = await printed(rules);

  expect(text).toContain("\nUsers of cad:  (Uncounted, node-locked)\n");
  expect(readByPlugin(text).features).toEqual([{ name: "cad", issued: null, used: null }]);
  expect(readByColumns(text).users.map(([user]) => user)).toEqual(["ann", "bob"]);
});

test("a feature expires with what ends first of what is in force", async () => {
  const entitlement = (reference: string, starts: string, ends?: string) =>
    `{ reference: ${reference}, seats: 1, starts: ${starts}${ends ? `, ends: ${ends}` : ""} }`;
  const bought = (...all: string[]) => `entitlements: [${all.join(", ")}]`;
  const rules = await openRules({
    pools: {
      ends: bought(entitlement("A", "2020-01-01", "2099-12-09"), entitlement("B", "2020-01-01", "2098-03-31")),
      ended: bought(entitlement("A", "2020-01-01", "2021-02-28"), entitlement("B", "2020-01-01", "2020-12-31")),
      later: bought(entitlement("A", "2020-01-01"), entitlement("B", day(5), "2098-03-31")),
      forGood: bought(entitlement("A", "2020-01-01")),
    },
  });

  expect(readByExporter(await printed(rules)).map(({ name, expiry }) => [name, expiry])).toEqual([
    ["ends", "31-mar-2098"],
    ["ended", "28-feb-2021"],
    ["later", "permanent(no"],
    ["forGood", "permanent(no"],
  ]);
});

test("a server that is no daemon's is down to whoever reads lmstat, and the exit code says it too", async () => {
  const { exit, stdout, stderr } = await shim(["status", "--format", "lmstat"]).finished;

  expect(exit).toBe(69);
  expect(stderr).toMatch(/No daemon could be asked/);
  expect(readByPlugin(stdout)).toMatchObject({ servers: [], vendors: {}, features: [] });
  expect(readByPlugin(stdout).errors).toEqual([expect.stringMatching(/^Error getting status: Cannot connect/)]);
  expect(readByColumns(stdout).server).toBe("1@127.0.0.1");
});

test("a daemon without its ledger is a server whose vendor daemon is down, and tells no counts", async () => {
  const redis = await startRedis();
  const front = await openFront({ redis });
  onTestFinished(() => front.close());
  await redis.stop();
  const { exit, stdout, stderr } = await shim(["status", "--format", "lmstat"], { SEATMETER_URL: front.url }).finished;

  expect(exit).toBe(69);
  expect(stderr).toMatch(/^seatmeter: the ledger cannot be reached; ask again/);
  expect(readByPlugin(stdout)).toMatchObject({
    ...{ servers: ["127.0.0.1"], vendors: { seatmeter: false }, features: [] },
    errors: [expect.stringContaining("vendor daemon is down")],
  });
});

test("of several daemons the one that answered is the server", async () => {
  await using api = await scriptedApi({ "GET /api/v1/pools": { body: { items: [] } } });
  const url = `ws://127.0.0.1:1,${api.url}`;
  const { exit, stdout } = await shim(["status", "--format", "lmstat"], { SEATMETER_URL: url }).finished;

  expect(exit).toBe(0);
  expect(readByColumns(stdout).server).toBe(`${api.port}@127.0.0.1`);
});

test("a pool that is not there is a mistake, and no server that is down", async () => {
  await using api = await scriptedApi({});
  const asked = shim(["status", "nis", "--format", "lmstat"], { SEATMETER_URL: api.url });

  expect(await asked.finished).toMatchObject({ exit: 64, stdout: "" });
});

test("the first line has the moment as lmstat writes it", () => {
  const text = lmstat([], { host: "seats.example", port: "7070" }, new Date(2026, 10, 25, 9, 5).getTime());

  expect(text).toMatch(/^Flexible License Manager status on Wed 11\/25\/2026 9:05\n/);
  expect(text).toMatch(/\nseats\.example: license server UP \(MASTER\) v\d[\d.]*\n/);
  expect(text).toMatch(/\n\s+seatmeter: UP v\d[\d.]*\n/);
});
