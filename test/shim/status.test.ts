import { expect, test } from "vitest";
import { scriptedApi } from "../support/scripted-api.ts";
import { shim } from "../support/shim.ts";

const CAD = { pool: "cad", used: 4, owned: 5, free: 1, dayPeak: 5, sites: [] };
const BUSY = { ...CAD, waiting: 2, offered: 0, reservedIdle: 3, assignedIdle: 0, lingering: 1, borrowed: 1 };
const IDLE = { ...CAD, pool: "gis", used: 0, free: 5, waiting: 0, reservedIdle: 0, lingering: 0, borrowed: 0 };
const lease = (change = {}) => ({
  ...{ leaseId: "1", product: "cad", pool: "cad", user: "asmith", device: "PC-1", site: "depot", seats: 1 },
  ...{ sinceMs: Date.now(), flags: [], ...change },
});
const UNTIL_MS = new Date(2031, 2, 31, 17, 0).getTime();

const apiOf = (pools: (typeof CAD)[], leases: ReturnType<typeof lease>[] = []) =>
  scriptedApi({
    "GET /api/v1/pools": { body: { items: pools } },
    ...Object.fromEntries(pools.map((pool) => [`GET /api/v1/pools/${pool.pool}`, { body: pool }])),
    ...Object.fromEntries(
      pools.map(({ pool }) => [
        `GET /api/v1/leases?pool=${pool}`,
        { body: { items: leases.filter((one) => one.pool === pool) } },
      ]),
    ),
  });

test("status shows what waits, is kept and is borrowed, of the pools where there is any", async () => {
  await using api = await apiOf([BUSY, IDLE]);
  const { stdout } = await shim(["status"], { SEATMETER_URL: api.url }).finished;

  expect(stdout).toMatch(/^POOL .*BY SITE +BESIDES\n/);
  expect(stdout).toMatch(/\ncad .* 2 waiting, 3 reserved, 1 lin/);
  expect(stdout.split("\n")[2]).toMatch(/^gis +0 +5 +5 +5$/);
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
});

test("where nothing is out of the ordinary, there is no column for it", async () => {
  await using api = await apiOf([IDLE, { ...IDLE, pool: "cad" }], [lease({ flags: ["shared", "resumed"] })]);
  const env = { SEATMETER_URL: api.url };

  expect((await shim(["status"], env).finished).stdout).toMatch(/^POOL .*BY SITE\n/);
  expect((await shim(["status", "cad"], env).finished).stdout).toMatch(/SINCE\nasmith .*\d\d:\d\d\n$/);
});

test.each([
  [{ flags: ["excess"] }, "excess"],
  [{ flags: ["overdraft"] }, "overdraft"],
  [{ flags: ["break_glass"] }, "break-glass"],
  [{ flags: ["borrowed"], borrowedUntilMs: UNTIL_MS, device: "P" }, "borrowed until 17:00 on 31/03/2031"],
  [{ flags: ["borrowed", "recalled"] }, "borrowed, at risk"],
  [{ flags: ["resumed", "from a newer daemon", "excess"] }, "excess"],
])("a lease with %j is noted as %s", async (change, note) => {
  await using api = await apiOf([CAD], [lease({ user: "a", site: "d", product: "c", ...change })]);
  const { stdout } = await shim(["status", "cad"], { SEATMETER_URL: api.url }).finished;

  expect(stdout).toMatch(/SINCE +NOTE\n/);
  expect(stdout.trimEnd()).toMatch(new RegExp(`\\d\\d:\\d\\d  ${note}$`));
});

test("explain says the rule by its place in the register, and in words what was looked at", async () => {
  const body = {
    ...{ decision: "denied", reason: "site_full", message: "The depot's 5 seats are in use." },
    ...{ rule: "pools.cad.sites.depot", checked: ["versions", "deny", "allow", "seats", "sites", "horoscope"] },
  };
  await using api = await scriptedApi({ "POST /api/v1/explain": { body } });

  expect(await shim(["explain", "cad", "--user", "asmith"], { SEATMETER_URL: api.url }).finished).toMatchObject({
    exit: 75,
    stdout:
      "decision  denied: site_full\n" +
      "why       The depot's 5 seats are in use.\n" +
      "rule      pools.cad.sites.depot, in the register\n" +
      "checked   the version · who may not · who may · free seats · the site's ceiling · horoscope\n",
  });
});
