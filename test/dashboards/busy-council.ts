import { randomUUID } from "node:crypto";
import { simulate } from "../../client-shim/fleet.ts";
import type { TestDaemon } from "../support/daemon.ts";
import { Wire } from "../support/wire.ts";

/*
 * A council in which, within seconds, all happens that a panel has to show: full pools, people refused, who waits, seats
 * taken along, lingering, reserved and above what was bought, contracts that end, sites that may not.
 */

const [HOUR_S, DAY_S] = [3600, 86_400];
const inDays = (days: number) => new Date(Date.now() + days * DAY_S * 1000).toISOString().slice(0, 10);

/** In each pool something else happens, so that little is 0 or missing. */
const POOLS = {
  cad: `seats: 4, starts: 2020-01-01, ends: ${inDays(100)}, notice: 30d }], queue: { maxWait: 1h }, sites: { here: { seats: 4 } }`,
  gis: `seats: 3, starts: 2020-01-01, ends: ${inDays(20)} }], borrow: { maxDays: 14 }, linger: 1h`,
  plan: "seats: 2, starts: 2020-01-01 }], overdraft: { seats: 2 }",
  kept: "seats: 3, starts: 2020-01-01 }], reservations: [{ group: planning, seats: 2 }]",
  gone: "seats: 2, starts: 2020-01-01, ends: 2021-12-31 }], enforcement: observe",
  away: "seats: 2, starts: 2020-01-01 }], onlySites: [depot]",
  full: "seats: 2, starts: 2020-01-01 }], sites: { here: { seats: 1 } }",
};
export const REGISTER = `
organisation: Exampleshire Council
sites: { here: { name: Here, networks: [127.0.0.0/8] }, depot: { name: Depot, networks: [10.9.0.0/16] } }
groups: { planning: { members: [pplanner] } }
products:
${Object.keys(POOLS)
  .map((pool) => `  ${pool}: { owner: it.desk@exampleshire.example, pools: [${pool}] }`)
  .join("\n")}
pools:
${Object.entries(POOLS)
  .map(
    ([pool, rest]) =>
      `  ${pool}: { seatFor: [session], lease: { ttl: 1h, heartbeatEvery: 1s }, entitlements: [{ reference: PO-1, ${rest} }`,
  )
  .join("\n")}
`;

/** The alerts that all this rings. */
export const RINGING = [
  "EntitlementEnded of gone",
  "EntitlementExpiring of gis",
  "NoticeDateUnknown of gis",
  "NoticeDeadline of cad",
  "RefusalBudgetMonth of cad",
  "SeatsExhausted of cad",
  "Ungoverned",
];

/** Days of one pool that are over, as they were recorded: so much grew in each hour. */
const PAST_DAYS = 3;
const PAST: Readonly<Record<string, number>> = {
  "seatmeter:people_refused:increase1h": 2,
  "seatmeter:launches:increase1h": 20,
  "seatmeter:full_seconds:increase1h": 600,
  "seatmeter:seat_seconds:increase1h": 7200,
  "seatmeter:over_entitlement_seconds:increase1h": 60,
  "seatmeter:seats_in_use_day_peak": 3,
  "seatmeter:seats_entitled": 4,
};
export function pastLines(): string[] {
  const last = Math.floor(Date.now() / 1000 / HOUR_S) * HOUR_S;
  const hours = Array.from({ length: PAST_DAYS * 24 }, (_, i) => last - (PAST_DAYS * 24 - i) * HOUR_S);
  return Object.entries(PAST).flatMap(([name, value]) => hours.map((atS) => `${name}{pool="cad"} ${value} ${atS}`));
}

/** Through both daemons, a fleet, and some who stay. @returns their connections */
export async function peopleComeAndGo(first: TestDaemon, second: TestDaemon): Promise<Wire[]> {
  // Most hold a seat long enough to beat; who stays does not, and would else be the only one who is not heard of.
  const plan = { product: "cad", shims: 8, seconds: 5, thinkMs: 200, holdMs: 1500, spread: 0 };
  await Promise.all(
    [first, second].map(({ url }, i) =>
      simulate({ ...plan, seed: i + 1 }, { addresses: [new URL(url)] }, 4, undefined),
    ),
  );
  const [here, there] = await Promise.all([Wire.open(first.url), Wire.open(second.url)]);
  const launch = (wire: Wire, product: string, more: Parameters<Wire["checkout"]>[1] = {}) =>
    wire.checkout(randomUUID(), { product, ...more });
  for (let i = 0; i < 4; i++) await launch(i % 2 ? here : there, "cad", { user: `user-${i}` });
  for (let i = 0; i < 6; i++) await launch(i % 2 ? here : there, "cad", { user: `refused-${i}` });
  await launch(there, "cad", { user: "waits", waitMs: 3_600_000 });
  await launch(here, "gis", { borrowUntilMs: Date.now() + DAY_S * 1000 });
  const lingers = randomUUID();
  await here.checkout(lingers, { product: "gis", user: "bjones" });
  await here.checkin(lingers);
  for (let i = 0; i < 3; i++) await launch(i % 2 ? here : there, "plan", { user: `user-${i}` });
  await launch(here, "kept");
  await launch(there, "gone", { alreadyRunning: true });
  await launch(there, "away");
  for (const user of ["asmith", "bjones"]) await launch(there, "full", { user });
  return [here, there];
}
