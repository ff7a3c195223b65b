import type { DenialReason, EndReason } from "../domain/denials.ts";
import type { Facts } from "../domain/events.ts";
import type { PastDenial, PastEnd, PastLaunch, PastWho } from "../domain/past.ts";
import { PastPool } from "../domain/past-pool.ts";
import type { SeatPart } from "../domain/register.ts";
import type { Span } from "../domain/usage.ts";
import { SILENT_MS } from "./queries/conditions.ts";
import { type DenialRow, IMPORT_EPOCH, type SessionRow } from "./tables.ts";

/** What is known of a pool's past: everything in it, by what is the same however often it is told. */
export class KnownPast {
  readonly launches = new Map<string, PastLaunch>();
  readonly denials = new Map<string, PastDenial>();
  /** Whose end was told by this log without its beginning. */
  readonly #ended = new Set<string>();

  constructor(sessions: readonly SessionRow[], denials: readonly DenialRow[]) {
    for (const row of sessions) {
      const why = (row.why ?? "ledger_reset") as EndReason;
      this.launches.set(row.lease_id, {
        ...whoOf(row),
        fromMs: row.start_ms,
        untilMs: row.end_ms ?? row.start_ms,
        why,
      });
    }
    for (const row of denials) {
      this.denials.set(row.lease_id, { ...whoOf(row), atMs: row.at_ms, reason: row.reason as DenialReason });
    }
  }

  /** @returns whether it tells anything new: that it was, or how it ended */
  learn(launch: PastLaunch): "new" | "more" | "nothing" {
    const known = this.launches.get(launch.leaseId);
    // Who was told to be there still when a log ended is told more of by a longer one.
    const tellsMore = known?.why === "ledger_reset" && (launch.untilMs > known.untilMs || launch.why !== known.why);
    if (known && !tellsMore) return "nothing";
    this.launches.set(launch.leaseId, known ? { ...known, untilMs: launch.untilMs, why: launch.why } : launch);
    return known ? "more" : "new";
  }

  learnDenial(denial: PastDenial): boolean {
    if (this.denials.has(denial.leaseId)) return false;
    this.denials.set(denial.leaseId, denial);
    return true;
  }

  /**
   * An end without its beginning is one that another log has told already, else that of the launch which was there when
   * the log before ended.
   */
  learnEnd(end: PastEnd): boolean {
    const theirs = [...this.launches.values()].filter((launch) => isSame(launch, end));
    const told = theirs.find(
      ({ leaseId, untilMs, why }) => why === "checked_in" && untilMs === end.atMs && !this.#ended.has(leaseId),
    );
    const open = theirs
      .filter(({ why, untilMs }) => why === "ledger_reset" && untilMs <= end.atMs)
      .sort((one, other) => one.fromMs - other.fromMs)[0];
    const ended = told ?? open;
    if (!ended) return false;
    this.#ended.add(ended.leaseId);
    if (told) return false;
    this.launches.set(ended.leaseId, { ...ended, untilMs: end.atMs, why: "checked_in" });
    return true;
  }
}

const isSame = (launch: PastLaunch, end: PastEnd) =>
  launch.product === end.product &&
  [end.person, end.personLastYear].includes(launch.person) &&
  [end.device, end.deviceLastYear].includes(launch.device);

const whoOf = (row: SessionRow | DenialRow): PastWho => ({
  ...{ leaseId: row.lease_id, pool: row.pool, product: row.product, person: row.person },
  ...{ personLastYear: row.person_last_year, device: row.device, deviceLastYear: row.device_last_year },
  ...{ department: row.department, seats: row.seats },
});

/** All of a pool's past as events, in the order of time; at one moment ends come before starts. */
export function pastEvents(
  pool: string,
  past: KnownPast,
  spans: readonly Span[],
  seatFor: readonly SeatPart[],
): PastPool {
  const steps: { atMs: number; rank: number; act: (events: PastPool) => void }[] = [];
  for (const launch of past.launches.values()) {
    const { leaseId, fromMs, untilMs, why, seats } = launch;
    const grant = { seatKeys: seatKeysOf(launch, seatFor), seats, facts: factsOf(launch) };
    steps.push({ atMs: fromMs, rank: 2, act: (events) => events.granted(fromMs, leaseId, grant) });
    const rank = untilMs === fromMs ? 3 : 1;
    steps.push({ atMs: untilMs, rank, act: (events) => events.ended(untilMs, leaseId, why) });
  }
  for (const denial of past.denials.values()) {
    const { atMs, leaseId, reason, seats } = denial;
    const refused = { reason, seats, facts: factsOf(denial) };
    steps.push({ atMs, rank: 2, act: (events) => events.denied(atMs, leaseId, refused) });
  }
  for (const { fromMs, untilMs } of holesIn(spans)) {
    steps.push({ atMs: untilMs, rank: 0, act: (events) => events.gap(untilMs, untilMs - fromMs) });
  }
  const events = new PastPool(pool, IMPORT_EPOCH);
  for (const { act } of steps.sort((one, other) => one.atMs - other.atMs || one.rank - other.rank)) act(events);
  return events;
}

/** Times between two logs that no log tells of. */
function holesIn(spans: readonly Span[]): Span[] {
  const holes: Span[] = [];
  let toldMs = Number.POSITIVE_INFINITY;
  for (const { fromMs, untilMs } of spans.toSorted((one, other) => one.fromMs - other.fromMs)) {
    if (fromMs - toldMs > SILENT_MS) holes.push({ fromMs: toldMs, untilMs: fromMs });
    toldMs = Number.isFinite(toldMs) ? Math.max(toldMs, untilMs) : untilMs;
  }
  return holes;
}

/** Under this year's names and under last year's, or whoever works on into the new year would take a second seat. */
function seatKeysOf(who: PastWho, seatFor: readonly SeatPart[]): string[] {
  if (seatFor.includes("session")) return [];
  const keyOf = (person: string, device: string) =>
    [seatFor.includes("user") && person, seatFor.includes("device") && device, who.seats].join(" ");
  return [...new Set([keyOf(who.person, who.device), keyOf(who.personLastYear, who.deviceLastYear)])];
}

const factsOf = (who: PastWho): Facts => ({
  ...{ product: who.product, site: "", version: "", askedFirst: "", user: who.person },
  ...{ userLastYear: who.personLastYear, device: who.device, deviceLastYear: who.deviceLastYear },
  ...{ department: who.department, attemptId: "", attested: "", breakGlassReason: "" },
});
