import { type IsoDate, wallTime } from "../domain/calendar.ts";
import type { DenialReason } from "../domain/denials.ts";
import { NO_POOL } from "../domain/names.ts";
import { limitName } from "../domain/policy.ts";
import type { Register } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import { type DeniedLaunch, dayInWords, denialSentence } from "../domain/sentences.ts";
import type { Message } from "../protocol/messages.ts";
import type { Asked } from "./asked.ts";

/** A launch that was denied, as far as it matters to what is said about it. */
export interface Refused {
  /** Name in the register; none: unknown. */
  product: string | undefined;
  /** As it was asked for. */
  productAsked: string;
  reason: DenialReason;
  /** What of the last pool decided, as the ledger calls it; empty where the daemon did. */
  rule: string;
  /** The pools that were asked; the last one denied. */
  pools: readonly string[];
  site: string;
  seats: number;
  version?: string;
}

/** What only the ledger knows, where it may be told. */
export interface DeniedFacts {
  holders?: NonNullable<Message<"denied">["holders"]>;
  /** When the next borrowed seat is due. */
  borrowDueMs?: number;
}

const DAY_MS = 86_400_000;

/** A denial as it is said. `pools` are those that were asked; the last one denied. */
export function deniedMessage(
  { register, message, product, launch }: Asked,
  { reason, rule }: { reason: DenialReason; rule: string },
  pools: readonly string[],
  { holders, borrowDueMs }: DeniedFacts,
): Message<"denied"> {
  const { site, atMs, version } = launch;
  const seats = message.seats * weightOf(register, product, pools.at(-1) as string);
  const refused = { product, productAsked: message.product, reason, rule, pools, site, seats };
  const about = aboutDenial(register, version === undefined ? refused : { ...refused, version }, atMs);
  const pool = pools.at(-1) as string;
  const freeAtMs = reason === "entitlement_not_started" ? beginsAtMs(register, pool, atMs) : borrowDueMs;
  return {
    type: "denied",
    leaseId: message.leaseId,
    reason,
    message: denialSentence(reason, about),
    owner: about.owner,
    ...(product !== undefined && { pool }),
    ...(holders && { holders }),
    ...(freeAtMs !== undefined && { freeAtMs }),
  };
}

/** Seats of that pool which a launch of the product takes. */
export const weightOf = (register: Register, product: string | undefined, pool: string) =>
  (product !== undefined && register.products[product]?.weights[pool]) || 1;

/** What the register knows about a denial, for the sentence that tells it. */
export function aboutDenial(register: Register, refused: Refused, nowMs: number): DeniedLaunch {
  const { reason, pools, site, version } = refused;
  const product = refused.product === undefined ? undefined : register.products[refused.product];
  const versions = [product?.versions?.current, product?.versions?.previous].filter((known) => known !== undefined);
  const pool = pools.at(-1) ?? NO_POOL;
  const seats = seatsOf(register, refused, nowMs);
  const siteSeats = register.pools[pool]?.sites[site]?.seats;
  const day = reason === "entitlement_ended" ? lastDay(register, pool, nowMs) : firstDay(register, pool, nowMs);
  return {
    product: product?.name ?? refused.productAsked,
    owner: product?.owner ?? "",
    seatsAsked: refused.seats,
    most: mostAtOnce(register, refused, nowMs),
    site: register.sites[site]?.name ?? site,
    versions,
    assigned: register.pools[pool]?.holdMs !== undefined,
    ...(seats !== undefined && { seats }),
    ...(siteSeats !== undefined && { siteSeats }),
    ...limitOf(register, pool, refused.rule),
    ...(reason === "borrow_limit" && loanOf(register, pool, refused.rule)),
    ...(version !== undefined && { version }),
    ...(day !== undefined && { day: dayInWords(day) }),
  };
}

/** The limit that the ledger names, or the register's rule `pools.autocad.limits[0]`. */
function limitOf(register: Register, pool: string, rule: string): Pick<DeniedLaunch, "limit"> {
  const limits = register.pools[pool]?.limits ?? [];
  const index = /\.limits\[(\d+)\]$/.exec(rule)?.[1];
  const limit = index === undefined ? limits.find((known) => limitName(known) === rule) : limits[Number(index)];
  if (!limit) return {};
  return { limit: { seats: limit.seats, ...(limit.kind === "group" && { group: limit.name }) } };
}

/** Where it is no want of seats; the ledger names `borrow.seats` or `borrow.keepFree` where it is one. */
function loanOf(register: Register, pool: string, rule: string): Pick<DeniedLaunch, "loan"> {
  if (rule.startsWith("borrow.")) return {};
  const borrow = register.pools[pool]?.borrow;
  return { loan: borrow ? { mostDays: Math.round(borrow.maxMs / DAY_MS) } : {} };
}

/** When the pool has seats at the earliest; undefined where that is not known beforehand. */
function beginsAtMs(register: Register, pool: string, nowMs: number): number | undefined {
  return indexOf(register)
    .steps(pool)
    .find((step) => step.fromMs > nowMs && step.seats > 0)?.fromMs;
}

/** A launch takes its seats from one pool, there within the ceiling of its site, and no more than may be overdrawn. */
function mostAtOnce(register: Register, { pools, site }: Refused, nowMs: number): number {
  const most = pools.map((name) => {
    const pool = register.pools[name];
    const { seats } = indexOf(register).stepAt(name, nowMs);
    const bought = pool?.metric === "site" ? Number.POSITIVE_INFINITY : seats + (pool?.overdraft?.seats ?? 0);
    return seats === 0 ? 0 : Math.min(bought, pool?.sites[site]?.seats ?? Number.POSITIVE_INFINITY);
  });
  return Math.max(0, ...most);
}

/** All seats of the pools asked. A pool that a site may not fill may have denied for that: then it is not known. */
function seatsOf(register: Register, { pools, site }: Refused, nowMs: number): number | undefined {
  const limited = pools.slice(0, -1).some((pool) => register.pools[pool]?.sites[site] !== undefined);
  if (limited) return undefined;
  return pools.reduce((sum, pool) => sum + indexOf(register).stepAt(pool, nowMs).seats, 0);
}

function firstDay(register: Register, pool: string, nowMs: number): IsoDate | undefined {
  const begins = beginsAtMs(register, pool, nowMs);
  return begins === undefined ? undefined : wallTime(begins, register.timezone).date;
}

function lastDay(register: Register, pool: string, nowMs: number): IsoDate | undefined {
  const today = wallTime(nowMs, register.timezone).date;
  const ends = register.pools[pool]?.entitlements.flatMap(({ ends }) => (ends && ends < today ? [ends] : [])) ?? [];
  return ends.sort().at(-1);
}
