import { randomUUID } from "node:crypto";
import type { CanaryGround } from "./canary-ground.ts";
import { TestShim } from "./test-shim.ts";

const A_DAY_MS = 86_400_000;
const A_MINUTE_MS = 60_000;
/** What somebody does who gives a reason, and is told not to name anybody in it. */
const reason = "a test of names";
/** So many are on duty, and named in the register. */
const ON_DUTY = 40;

/** What whoever does not need to know who uses what may read, as JSON, as files and as pages. */
const READ = [
  ...["/metrics", "/api/v1/pools", "/api/v1/denials", "/api/v1/privacy", "/api/v1/audit?most=200"],
  ...["/api/v1/audit.csv", "/api/v1/audit/verify", "/api/v1/renewals", "/api/v1/renewals/cad"],
  ...["/api/v1/usage?pool=cad", "/api/v1/what-if/cad?seats=3", "/api/v1/renewals.csv", "/api/v1/renewals.ics"],
  ...["/api/v1/renewals.csv?view=foi", "/api/v1/renewals/duty.csv", "/api/v1/register.csv", "/denials"],
  ...["/privacy", "/audit", "/audit?act=incident", "/renewals", "/renewals/cad", "/renewals/cad/history"],
] as const;
/** And what shows names to whoever looks after seats: of these the addresses count. */
const PAGES = ["/", "/pools/gis", "/pools/cad", "/register", ...READ.filter((path) => !path.startsWith("/api"))];

const KEY = "entitlements: [{ reference";
/** Everything by which somebody may come to stand somewhere. */
export const canaryRegister = (canary: string, mailPort: number, webhook: string) => `
organisation: Exampleshire Council
workingHours: Mon-Sun 00:00-24:00
sites: { here: { networks: [127.0.0.0/8] } }
groups: { duty: { members: [${Array.from({ length: ON_DUTY }, (_, i) => onDuty(canary, i)).join(", ")}] } }
notices:
  mail:
    ${`{ host: 127.0.0.1, port: ${mailPort}, security: none, from: seats@exampleshire.example, to: [it@exampleshire.example], about: [overdraft, refusals, incident, audit] }`}
  webhooks: [{ url: "${webhook}", secretFile: secret.txt, about: [overdraft, refusals, incident, audit] }]
products:
  cad: { owner: it@exampleshire.example, pools: [cad, spare], versions: { current: "2026", required: false } }
  gis: { owner: it@exampleshire.example, pools: [gis] }
  named: { owner: it@exampleshire.example, pools: [named] }
  kiosk: { owner: it@exampleshire.example, pools: [kiosk] }
  seen: { owner: it@exampleshire.example, pools: [seen] }
  duty: { owner: it@exampleshire.example, pools: [duty] }
pools:
  cad:
    linger: 5m
    limits: [{ each: user, seats: 2 }, { each: device, seats: 2 }]
    borrow: { maxDays: 14 }
    ${KEY}: A, seats: 200, starts: 2020-01-01 }]
  spare: { seatFor: [user], ${KEY}: B, seats: 1, starts: 2020-01-01 }] }
  gis:
    queue: { maxWait: 1m }
    sharedBy: 2
    deny: ["device:nobody"]
    ${KEY}: C, seats: 1, starts: 2020-01-01 }]
  named: { metric: named-user, holdDays: 30, ${KEY}: D, seats: 5000, starts: 2020-01-01 }] }
  kiosk: { metric: device, ${KEY}: E, seats: 1, starts: 2020-01-01 }] }
  seen: { enforcement: observe, ${KEY}: F, seats: 1, starts: 2020-01-01 }] }
  duty: { breakGlass: { groups: [duty], perUserPerMonth: 20 }, ${KEY}: G, seats: 1, starts: 2020-01-01 }] }
`;

const onDuty = (canary: string, nth: number) => `${canary}duty${nth % ON_DUTY}`;

/** All that somebody of that name may do at a computer of that name, and a few things that go wrong. */
export async function useSeats(at: CanaryGround, user: string, device: string, nth: number): Promise<void> {
  const asDevice = { "seatmeter-device": device };
  const checkout = async (product: string, more: object = {}, leaseId: string = randomUUID()) => {
    await at.ask("POST", "/api/v1/checkouts", { leaseId, user, product, ...more }, asDevice);
    return leaseId;
  };
  const checkin = (leaseId: string, as = asDevice) => at.ask("DELETE", `/api/v1/checkouts/${leaseId}`, undefined, as);
  const heartbeat = (leaseId: string, body: object = {}) =>
    at.ask("PUT", `/api/v1/checkouts/${leaseId}`, body, asDevice);

  const cad = await checkout("cad", { version: "2026", attemptId: randomUUID() });
  const further = [
    () => checkout("cad", { version: "2019" }),
    () => checkout("no-such-product"),
    () => checkout("gis", { waitMs: 60_000 }),
    () => checkout("kiosk"),
    () => checkout("seen", { alreadyRunning: true }),
  ];
  await further[nth % further.length]!();
  await further[(nth + 1) % further.length]!();
  const named = await checkout("named");
  switch (nth % 5) {
    case 0:
      await checkout("cad", { borrowUntilMs: Date.now() + A_DAY_MS });
      break;
    case 1:
      await at.ask("DELETE", `/api/v1/leases/${cad}`, { reason, graceMs: 0 });
      await heartbeat(cad);
      break;
    case 2:
      await checkin(cad, { "seatmeter-device": `${device}-other` });
      await heartbeat(cad, { nonsense: user });
      break;
    case 3:
      await tellWhatRan(at, user, device);
      break;
    default:
      await at.ask("POST", "/api/v1/checkouts", { leaseId: "none", user: `${user}\u0007`, product: "cad" }, asDevice);
      await at.ask("POST", "/api/v1/checkouts", { leaseId: randomUUID(), user, product: { user } }, asDevice);
  }
  await checkin(cad);
  await checkin(named);
  if (nth % 7 === 0) {
    const duty = { user: onDuty(at.canary, nth), breakGlassReason: "a bridge has to be closed tonight" };
    await checkin(await checkout("duty", duty));
    await checkout("duty", duty);
  }
  if (nth % 4 === 0) await at.ask("POST", "/api/v1/explain", { product: "cad", user, device });
  if (nth % 4 === 1) await at.ask("POST", "/api/v1/denials/search", { user });
  if (nth % 4 === 2) await at.ask("POST", "/api/v1/denials/search", { device, most: 5 });
  if (nth % 6 === 0) await at.ask("POST", "/api/v1/pools/named/reassign", { user, reason });
  if (nth % 6 === 1) await at.ask("POST", "/api/v1/pools/kiosk/reassign", { device, reason });
  if (nth % 125 === 0) {
    await at.ask("POST", "/api/v1/privacy/export", { user });
    await at.page("/privacy/person", { user });
    await at.page("/denials/search", { user });
  }
  if (nth === 125) await readAll(at);
  // Refused again and again, and from a place that it lies about: incidents.
  if (nth % 200 === 0) for (let i = 0; i < 25; i++) await checkout("no-such-product");
  if (nth % 200 === 1) await at.ask("GET", "/healthz", undefined, { "x-forwarded-for": user });
  if (nth % 200 === 2) await at.ask("GET", "/api/v1/pools", undefined, { authorization: `Bearer ${user}` });
  if (nth % 250 === 0) await at.ask("POST", "/api/v1/privacy/erase", { user, reason });
  if (nth % 500 === 0) await at.ask("POST", "/api/v1/devices/retire", { device, reason });
  if (nth % 100 === 3) {
    const decision = { kind: "not renew", name: "A council officer", reason };
    await at.ask("POST", "/api/v1/renewals/cad/decision", decision);
  }
}

/** What ran while nobody could be asked: just now, too long ago, of a product that nobody has, and what is no journal. */
async function tellWhatRan(at: CanaryGround, user: string, device: string): Promise<void> {
  const endedAtMs = Date.now() - A_MINUTE_MS;
  const entry = (change: object = {}) => ({
    ...{ id: randomUUID(), product: "cad", user, reason: "unreachable" },
    ...{ startedAtMs: endedAtMs - A_MINUTE_MS, endedAtMs, ...change },
  });
  const old = endedAtMs - 30 * A_DAY_MS;
  const shim = await TestShim.connect(at.daemon.httpUrl);
  await shim.greet(device);
  const entries = [entry(), entry({ startedAtMs: old - 1, endedAtMs: old }), entry({ product: "none-of-ours" })];
  shim.say({ type: "journal", entries });
  await shim.next("journalled");
  shim.say({ type: "journal", entries: [entry({ user: { user } })] });
  await shim.hear();
  await shim.close();
  const other = await TestShim.connect(at.daemon.httpUrl);
  other.say({ type: "hello", device, user, protocol: "nonsense" });
  await other.closed;
}

/** Everything that may be read, once. */
export async function readAll(at: CanaryGround): Promise<void> {
  for (const path of READ) await at.read(path);
  for (const path of PAGES) await at.page(path);
}
