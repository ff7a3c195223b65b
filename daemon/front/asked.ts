import { wallTime } from "../domain/calendar.ts";
import { type Eligibility, eligibility, type Launch } from "../domain/eligibility.ts";
import { SeatmeterError } from "../domain/errors.ts";
import { encodeFacts } from "../domain/events.ts";
import { JOURNAL_KEPT_MS } from "../domain/journal.ts";
import { folded, NO_POOL } from "../domain/names.ts";
import { limitName } from "../domain/policy.ts";
import { type Limit, type Pool, type Register, SEAT_PARTS, type SeatPart } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import type { CheckoutRequest, Terms } from "../ledger/answers.ts";
import type { Pseudonyms } from "../privacy/pseudonyms.ts";
import type { Checkout } from "../protocol/messages.ts";

/** Who speaks: the device that holds the leases, and what is known of it. */
export interface Asker {
  device: string;
  address: string;
  /** May ask for other devices. */
  gateway: boolean;
  authenticated: boolean;
}

/** One launch on its way through the pools. */
export interface Asked {
  register: Register;
  message: Checkout;
  /** Name in the register; none: unknown. */
  product: string | undefined;
  holder: string;
  /** The device that runs the program: a gateway's leases are of many. */
  device: string;
  /** The same, folded: its leases are limited. */
  countsFor: string;
  launch: Launch;
  /** Of the person. */
  department: string;
}

/** Errors: not_holder, where somebody asks for a device that is not his; message_invalid, for a loan that is over. */
export function read(register: Register, asker: Asker, message: Checkout, atMs: number): Asked {
  const index = indexOf(register);
  const holder = folded(asker.device);
  const device = message.device ?? asker.device;
  const countsFor = folded(device);
  if (asker.authenticated && !asker.gateway && countsFor !== holder) {
    const forbidden = `${asker.device} may not ask for ${device}: only a gateway asks for other devices`;
    throw new SeatmeterError("not_holder", forbidden, { field: "device" });
  }
  const { groups, department } = index.person(message.user, atMs);
  const launch: Launch = {
    user: message.user,
    device,
    site: index.siteOf(asker.address),
    address: asker.address,
    groups,
    atMs,
    attested: message.attested,
  };
  if (message.version !== undefined) launch.version = message.version;
  const { borrowUntilMs, alreadyRunning } = message;
  if (borrowUntilMs !== undefined && borrowUntilMs > atMs) launch.borrowUntilMs = borrowUntilMs;
  // What runs on after its loan is never denied.
  else if (borrowUntilMs !== undefined && !alreadyRunning) {
    throw new SeatmeterError("message_invalid", "borrowUntilMs: is over already", { field: "borrowUntilMs" });
  }
  const product = index.product(message.product);
  return { register, message, product, holder, device, countsFor, launch, department };
}

/**
 * Where a lease is asked for that does not live yet: one that lives is asked for there, even where its product has other
 * pools by now or is gone, so that it takes no second seat. Who borrows asks the first pool that lends.
 */
export function firstPool({ register, product, launch }: Asked): string {
  const pools = (product !== undefined && register.products[product]?.pools) || [];
  const lends = launch.borrowUntilMs === undefined ? undefined : pools.find((pool) => register.pools[pool]?.borrow);
  return lends ?? pools[0] ?? NO_POOL;
}

/** All pools that a launch asks, and whether the last one is the first again. */
export interface Way {
  pools: readonly string[];
  back: boolean;
}

/**
 * What the ledger is asked: names matched, the rules that need no counting decided, persons under pseudonym in what
 * outlives the lease.
 *
 * @param way asked so far; the last pool, or the first again, is asked now
 */
export function requestOf(asked: Asked, way: Way, pseudonyms: Pseudonyms): CheckoutRequest {
  const { register, message, product, holder, device, launch } = asked;
  const { pools } = way;
  const pool = poolAskedNow(way);
  const verdict = product === undefined ? "product_unknown" : judge(asked, pool).denied?.reason;
  const next = verdict ? undefined : nextPool(asked, way);
  const user = pseudonyms.of("user", message.user, launch.atMs);
  const computer = pseudonyms.of("device", device, launch.atMs);
  const facts = encodeFacts({
    product: product ?? message.product,
    site: launch.site,
    version: message.version ?? "",
    askedFirst: pools.length > 1 ? (pools[0] as string) : "",
    user: user.thisYear,
    userLastYear: user.lastYear,
    device: computer.thisYear,
    deviceLastYear: computer.lastYear,
    department: asked.department,
    attemptId: message.attemptId ?? "",
    attested: message.attested ? "yes" : "",
    breakGlassReason: message.breakGlassReason ?? "",
  });
  const seats = message.seats * ((product !== undefined && register.products[product]?.weights[pool]) || 1);
  const people = { user: user.thisYear, device: computer.thisYear };
  const request: CheckoutRequest = {
    leaseId: message.leaseId,
    holder,
    user: message.user,
    device,
    seatKey: seatKey(register.pools[pool]?.seatFor ?? [], message.user, device, seats),
    seats,
    site: launch.site,
    draws: drawsOf(register.pools[pool], launch, people),
    facts,
  };
  const terms = termsOf(asked, way, people.user);
  if (terms) request.terms = terms;
  if (verdict) request.verdict = verdict;
  if (next !== undefined) request.next = next;
  return request;
}

export const poolAskedNow = ({ pools, back }: Way) => (back ? pools[0] : pools.at(-1)) as string;

/**
 * The next of the product's pools where nothing but a want of seats could speak against the launch. When all have denied,
 * the first is asked again by those whom it may still help: to wait, to break the glass, or to run on above the count.
 */
function nextPool(asked: Asked, { pools, back }: Way): string | undefined {
  if (back) return undefined;
  const all = asked.product === undefined ? [] : (asked.register.products[asked.product]?.pools ?? []);
  const later = all.slice(all.indexOf(pools.at(-1) as string) + 1);
  const next = later.find((pool) => !pools.includes(pool) && !judge(asked, pool).denied);
  return next ?? (pools.length > 1 && mayComeBack(asked, pools[0] as string) ? pools[0] : undefined);
}

function mayComeBack({ register, message, launch }: Asked, first: string): boolean {
  const pool = register.pools[first];
  const mayWait = message.waitMs > 0 && pool?.queue !== undefined;
  return mayWait || message.alreadyRunning || (message.breakGlassReason !== undefined && mayBreakGlass(pool, launch));
}

const mayBreakGlass = (pool: Pool | undefined, { groups }: Launch) =>
  pool?.breakGlass?.groups.some((group) => groups.includes(group)) ?? false;

/** Counters of what the pool limits, each with the limit that applies: the one by name before the one of each. */
export function drawsOf(pool: Pool | undefined, launch: Launch, pseudonym: Record<"user" | "device", string>): string {
  if (!pool?.limits.length) return "";
  const has = (kind: Limit["kind"], name: string) =>
    pool.limits.some((limit) => limit.kind === kind && limit.name === name);
  const drawn: string[] = launch.groups.filter((group) => has("group", group)).map((group) => `group:${group}`);
  for (const kind of ["user", "device"] as const) {
    const name = folded(launch[kind]);
    if (has(kind, name)) drawn.push(`${kind}:${pseudonym[kind]}<${limitName({ kind, name })}`);
    else if (has("each", kind)) drawn.push(`${kind}:${pseudonym[kind]}<each:${kind}`);
  }
  return drawn.join(" ");
}

/** What most launches have nothing of. */
function termsOf({ register, message, launch }: Asked, way: Way, user: string): Terms | undefined {
  const pool = register.pools[poolAskedNow(way)];
  const { alreadyRunning, runningSinceMs, waitMs, breakGlassReason } = message;
  const { borrowUntilMs } = launch;
  const asksForMore = alreadyRunning || waitMs > 0 || borrowUntilMs !== undefined || breakGlassReason !== undefined;
  if (!asksForMore && !way.back && !pool?.reservations.length) return undefined;
  const from = pool?.reservations.map(({ group }) => group).filter((group) => launch.groups.includes(group)) ?? [];
  const glass = breakGlassReason !== undefined && mayBreakGlass(pool, launch);
  return {
    ...(from.length > 0 && { from: [...new Set(from)] }),
    ...(alreadyRunning && { running: true }),
    ...(alreadyRunning && runningSinceMs && { sinceMs: Math.max(runningSinceMs, launch.atMs - JOURNAL_KEPT_MS) }),
    ...(way.back && { back: true }),
    ...(waitMs > 0 && pool?.queue && { waitMs }),
    ...(borrowUntilMs !== undefined && { borrowUntilMs }),
    ...(glass && { glass: `${user}:${wallTime(launch.atMs, register.timezone).date.slice(0, 7)}` }),
  };
}

function judge({ register, product, launch }: Asked, pool: string): Eligibility {
  return product === undefined ? { checked: [] } : eligibility(register, product, pool, launch);
}

/**
 * Empty: shared with nobody. The order in the register does not matter; and who asks for more seats than somebody else
 * has shares nothing with them, or they would run on fewer seats than they take.
 */
function seatKey(seatFor: readonly SeatPart[], user: string, device: string, seats: number): string {
  if (seatFor.length === 0 || seatFor.includes("session")) return "";
  const parts: Partial<Record<SeatPart, string>> = { user: folded(user), device: folded(device) };
  const agreed = SEAT_PARTS.filter((part) => seatFor.includes(part)).map((part) => parts[part]);
  return [...agreed, ...(seats > 1 ? [String(seats)] : [])].join("\u001f");
}
