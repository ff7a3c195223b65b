import { type Eligibility, eligibility, type Launch } from "../domain/eligibility.ts";
import { SeatmeterError } from "../domain/errors.ts";
import { encodeFacts } from "../domain/events.ts";
import { folded } from "../domain/names.ts";
import { type Register, SEAT_PARTS, type SeatPart } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import type { CheckoutRequest } from "../ledger/answers.ts";
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

/** Errors: not_holder, where somebody asks for a device that is not his. */
export function read(register: Register, asker: Asker, message: Checkout, atMs: number): Asked {
  const index = indexOf(register);
  const holder = folded(asker.device);
  const device = message.device ?? asker.device;
  const countsFor = folded(device);
  if (asker.authenticated && !asker.gateway && countsFor !== holder) {
    const forbidden = `${asker.device} may not ask for ${device}: only a gateway asks for other devices`;
    throw new SeatmeterError("not_holder", forbidden, { field: "device" });
  }
  const { groups, department } = index.person(message.user);
  const launch: Launch = {
    user: message.user,
    device,
    site: index.siteOf(asker.address),
    address: asker.address,
    groups,
    atMs,
  };
  if (message.version !== undefined) launch.version = message.version;
  const product = index.product(message.product);
  return { register, message, product, holder, device, countsFor, launch, department };
}

/**
 * What the ledger is asked: names matched, the rules that need no counting decided, persons under pseudonym in what
 * outlives the lease.
 *
 * @param pools those asked so far; the last one is asked now
 */
export function requestOf(asked: Asked, pools: readonly string[], pseudonyms: Pseudonyms): CheckoutRequest {
  const { register, message, product, holder, device, launch } = asked;
  const pool = pools.at(-1) as string;
  const verdict = product === undefined ? "product_unknown" : judge(asked, pool).denied?.reason;
  const next = verdict ? undefined : nextPool(asked, pools);
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
  });
  const request: CheckoutRequest = {
    leaseId: message.leaseId,
    holder,
    user: message.user,
    device,
    seatKey: seatKey(register.pools[pool]?.seatFor ?? [], message.user, device, message.seats),
    seats: message.seats,
    site: launch.site,
    facts,
  };
  if (verdict) request.verdict = verdict;
  if (next !== undefined) request.next = next;
  return request;
}

/** The next of the product's pools where nothing but a want of seats could speak against the launch. */
function nextPool(asked: Asked, pools: readonly string[]): string | undefined {
  const all = asked.product === undefined ? [] : (asked.register.products[asked.product]?.pools ?? []);
  const later = all.slice(all.indexOf(pools.at(-1) as string) + 1);
  return later.find((pool) => !pools.includes(pool) && !judge(asked, pool).denied);
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
