import type { GrantFlag } from "../domain/denials.ts";
import { decodeFlags, type LedgerEvent } from "../domain/events.ts";
import { OpenSeats } from "./open-seats.ts";
import type { CapacityStepRow, ChangeRow, DenialRow, GapRow, HoldingRow, ProgressRow, SessionRow } from "./tables.ts";

/** What a database knows of a pool when a daemon takes it up. */
export interface KnownPool {
  progress: ProgressRow | undefined;
  sessions: SessionRow[];
  holdings: HoldingRow[];
  /** Until when each open holding was used by those who left it already. */
  usedUntilMs: ReadonlyMap<number, number>;
  gaps: Pick<GapRow, "virtual_ms" | "lost_ms">[];
}

const OUTSIDE: readonly GrantFlag[] = ["observed", "excess", "break_glass"];
/** Of the time in which nobody could have heartbeaten, what a lease that expires now may have slept through. */
const GAPS_KEPT = 200;

/**
 * What the events of one pool, in their order, make of its rows. It knows who is in and which seats are open, so that an
 * end finds its session, and a launch that shares a seat finds the seat. Nothing here reads or writes; after each batch,
 * `take` gives the rows that are new or changed.
 */
export class PoolProjection {
  readonly pool: string;
  readonly epoch: string;
  #progress: ProgressRow | undefined;
  readonly #open: Map<string, SessionRow>;
  readonly #seats: OpenSeats;
  readonly #gaps: Pick<GapRow, "virtual_ms" | "lost_ms">[];
  #changed = new Set<SessionRow>();
  /** Holdings that were over when they were told. */
  #told: HoldingRow[] = [];
  #rows = emptyRows();
  /** The last event whose rows were taken. */
  #taken: number;

  constructor(pool: string, epoch: string, known: KnownPool) {
    this.pool = pool;
    this.epoch = epoch;
    this.#progress = known.progress;
    this.#open = new Map(known.sessions.map((session) => [session.lease_id, session]));
    this.#seats = new OpenSeats(known);
    this.#gaps = [...known.gaps];
    this.#taken = this.number;
  }

  /** The last event that is in the rows; 0: none. */
  get number(): number {
    return this.#progress?.number ?? 0;
  }

  /** The next event in order; or one after events that are lost, which then is told of, too. */
  apply(event: LedgerEvent): void {
    const { number, atMs, virtualMs, level } = event;
    const lost = number - this.number - 1;
    if (lost > 0) this.#lost(event, lost);
    const key = { pool: this.pool, epoch: this.epoch, number };
    switch (event.kind) {
      case "granted":
        this.#granted(event);
        break;
      case "ended":
        this.#ended(event);
        break;
      case "journalled":
        this.#journalled(event);
        break;
      case "denied":
        this.#rows.denials.push(denialRow(event));
        break;
      case "capacity":
        this.#rows.capacity_steps.push({
          ...key,
          at_ms: atMs,
          seats: Number(event.word),
          reserved: event.details[0] ?? "",
        });
        break;
      case "gap":
        this.#gap({ ...key, kind: "clock", at_ms: atMs, virtual_ms: virtualMs, lost_ms: Number(event.word) });
        break;
      default:
        this.#otherwise(event);
    }
    this.#progress = { ...key, at_ms: atMs, virtual_ms: virtualMs, level };
  }

  /** The ledger lost this epoch: whoever was in comes back in the next one, or is gone. */
  close(atMs: number): void {
    for (const session of this.#open.values()) {
      this.#changed.add(Object.assign(session, { end_ms: Math.max(session.start_ms, atMs), why: "ledger_reset" }));
    }
    this.#open.clear();
    this.#seats.closeAll(atMs);
  }

  /** The rows that came or changed since they were last taken. */
  take(): PoolRows {
    const { moved, holdings } = this.#seats.take();
    for (const leaseId of moved) {
      const session = this.#open.get(leaseId);
      if (session) this.#changed.add(Object.assign(session, { holding: this.#seats.of(leaseId) ?? null }));
    }
    const taken = { newFrom: this.#taken, progress: this.#progress };
    const all = { sessions: [...this.#changed], holdings: [...holdings, ...this.#told] };
    const rows = { ...this.#rows, ...taken, ...all };
    this.#changed = new Set();
    this.#told = [];
    this.#rows = emptyRows();
    this.#taken = this.number;
    return rows;
  }

  #granted(event: LedgerEvent) {
    const before = this.#open.get(event.leaseId);
    // Its end is among what is lost.
    if (before) this.#close(before, event, event.atMs, "ledger_reset");
    const session = sessionRow(event);
    if (event.seatsMoved > 0) this.#seats.open(holdingRow(event), event.leaseId);
    else this.#seats.join(event, isOutside(event));
    session.holding = this.#seats.of(event.leaseId) ?? null;
    this.#open.set(event.leaseId, session);
    this.#changed.add(session);
  }

  #ended(event: LedgerEvent) {
    const endMs = this.#usedUntil(event);
    let session = this.#open.get(event.leaseId);
    if (!session) {
      // Its grant is among what is lost, or from before there was a history; its end tells all of it.
      // What an older ledger brought along into a new epoch was recorded until then.
      const start_ms = Math.max(event.sinceMs, beganMs(this.epoch));
      session = { ...sessionRow(event), start_ms };
      if (event.seatsMoved < 0) this.#seats.open({ ...holdingRow(event), start_ms }, event.leaseId);
      session.holding = this.#seats.of(event.leaseId) ?? null;
    }
    this.#close(session, event, endMs, event.word);
  }

  /** It was over when it was told: a session, and a holding for as long as it shared the seat of no other one. */
  #journalled(event: LedgerEvent) {
    const [endMs = 0, heldFromMs = 0] = event.details.map(Number);
    const holding = { ...holdingRow(event), outside: "ungoverned", start_ms: heldFromMs, end_ms: endMs };
    if (heldFromMs < endMs) this.#told.push(holding);
    this.#changed.add({
      ...sessionRow(event),
      ...{ flags: event.flags.join(","), reason: event.word, holding: heldFromMs < endMs ? event.number : null },
      ...{ end_ms: endMs, why: event.details[2] ?? "" },
    });
  }

  #close(session: SessionRow, event: LedgerEvent, endMs: number, why: string) {
    const end_ms = Math.max(session.start_ms, endMs);
    Object.assign(session, { end_ms, end_number: event.kind === "ended" ? event.number : null, why });
    this.#seats.leave(session.lease_id, event.kind !== "ended" || event.seatsMoved !== 0, end_ms);
    this.#open.delete(session.lease_id);
    this.#changed.add(session);
  }

  /**
   * When somebody was last heard of, by the wall's clock: the pool's own stood still in the gaps since then. Never before
   * the lease began, never after now.
   */
  #usedUntil({ atMs, virtualMs, silentMs, sinceMs, details }: LedgerEvent): number {
    // Its own computer told it afterwards.
    if (details[1] !== undefined) return Math.min(atMs, Math.max(sinceMs, Number(details[1])));
    if (silentMs === 0) return atMs;
    const heard = virtualMs - silentMs;
    const lost = this.#gaps.reduce((sum, gap) => (gap.virtual_ms > heard ? sum + gap.lost_ms : sum), 0);
    return Math.min(atMs, Math.max(sinceMs, atMs - silentMs - lost));
  }

  #otherwise(event: LedgerEvent) {
    this.#rows.changes.push(changeRow(event));
    const session = this.#open.get(event.leaseId);
    if (!session) return;
    if (event.kind === "seated") {
      const opened = !event.flags.includes("shared");
      this.#seats.leave(event.leaseId, event.seatsMoved - (opened ? event.seats : 0) !== 0, event.atMs);
      if (opened) this.#seats.open({ ...holdingRow(event), start_ms: event.atMs }, event.leaseId);
      else this.#seats.join(event, isOutside(event));
      const holding = this.#seats.of(event.leaseId) ?? null;
      Object.assign(session, { seated_ms: event.atMs, seats: event.seats, holding });
    } else if (event.kind === "borrowed") {
      Object.assign(session, { borrowed_until_ms: Number(event.word), flags: withFlag(session.flags, "borrowed") });
    } else if (event.kind === "recalled") {
      session.flags = withFlag(session.flags, "recalled");
    } else return;
    this.#changed.add(session);
  }

  #gap(row: Omit<GapRow, "lost_events">) {
    this.#rows.gaps.push({ ...row, lost_events: 0 });
    this.#gaps.push(row);
    if (this.#gaps.length > GAPS_KEPT) this.#gaps.shift();
  }

  #lost({ number, atMs, virtualMs }: LedgerEvent, lost: number) {
    const key = { pool: this.pool, epoch: this.epoch, number: number - 1 };
    this.#rows.gaps.push({
      ...{ ...key, kind: "events", at_ms: atMs, virtual_ms: virtualMs },
      ...{ lost_ms: 0, lost_events: lost },
    });
  }
}

export interface PoolRows {
  /** What bears a higher number than this is new; the rest was there, and has changed. */
  newFrom: number;
  progress: ProgressRow | undefined;
  sessions: SessionRow[];
  holdings: HoldingRow[];
  denials: DenialRow[];
  capacity_steps: CapacityStepRow[];
  gaps: GapRow[];
  changes: ChangeRow[];
}

const emptyRows = () => ({
  denials: [] as DenialRow[],
  capacity_steps: [] as CapacityStepRow[],
  gaps: [] as GapRow[],
  changes: [] as ChangeRow[],
});

/** An epoch is named after the moment in which it began, in microseconds. */
export const beganMs = (epoch: string) => Math.floor(Number(epoch) / 1000);

const isOutside = ({ draws }: LedgerEvent) => draws.startsWith("outside");
const withFlag = (flags: string, flag: GrantFlag) =>
  flags.split(",").includes(flag) ? flags : [...(flags ? [flags] : []), flag].join(",");

const keyOf = ({ pool, epoch, number }: LedgerEvent) => ({ pool, epoch, number });

const launchOf = ({ facts }: LedgerEvent) => ({
  product: facts.product,
  person: facts.user,
  person_last_year: facts.userLastYear,
  device: facts.device,
  device_last_year: facts.deviceLastYear,
  department: facts.department,
  site: facts.site,
});

function sessionRow(event: LedgerEvent): SessionRow {
  const { facts, word } = event;
  // What a grant is flagged with stands in its word; of an end that is all we know, in its facts.
  const { flags, borrowedUntilMs } = event.kind === "granted" ? decodeFlags(word) : { flags: event.flags };
  return {
    ...{ ...keyOf(event), ...launchOf(event), lease_id: event.leaseId },
    ...{ version: facts.version, asked_first: facts.askedFirst, attempt_id: facts.attemptId },
    ...{ attested: Number(facts.attested === "yes"), seats: event.seats, flags: flags.join(",") },
    reason: event.kind === "granted" ? (event.details[0] ?? "") : "",
    ...{ break_glass_reason: facts.breakGlassReason, holding: null, start_ms: event.sinceMs, level: event.level },
    ...{ end_ms: null, end_number: null, why: null, borrowed_until_ms: borrowedUntilMs ?? null, seated_ms: null },
  };
}

function holdingRow(event: LedgerEvent): HoldingRow {
  return {
    ...{ ...keyOf(event), ...launchOf(event), seats: event.seats },
    outside: isOutside(event) ? (OUTSIDE.find((flag) => event.flags.includes(flag)) ?? "excess") : "",
    overdrawn: Number(event.flags.includes("overdraft")),
    ...{ start_ms: event.sinceMs, end_ms: null },
  };
}

function denialRow(event: LedgerEvent): DenialRow {
  const { facts } = event;
  return {
    ...{ ...keyOf(event), ...launchOf(event), lease_id: event.leaseId, at_ms: event.atMs, reason: event.word },
    ...{ version: facts.version, asked_first: facts.askedFirst, attempt_id: facts.attemptId },
    ...{ seats: event.seats, level: event.level },
  };
}

function changeRow(event: LedgerEvent): ChangeRow {
  const { kind, word, details, facts } = event;
  const row = { ...keyOf(event), kind, lease_id: event.leaseId, at_ms: event.atMs };
  const about = { product: facts.product, site: facts.site };
  // `linger 1 whose over`: whose stands apart, so that it can be found and erased.
  if (kind === "kept" || kind === "freed") {
    const [seats = "", who = "", ...why] = details;
    return { ...row, ...about, word: [word, seats, ...why].join(" "), who };
  }
  // Of the counters before, the site; others name a pseudonym.
  const told = kind === "moved" ? [word, ...details].filter((name) => name.startsWith("site:")) : [word, ...details];
  return { ...row, ...about, word: told.join(" "), who: "" };
}
