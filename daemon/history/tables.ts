/**
 * THE TABLES of the history, as both engines have them. Moments are epoch milliseconds, what is not there is null, and
 * nobody is named: `person` and `device` are pseudonyms, under the key of the year of the moment and of the year before.
 *
 * Each event of a pool has one place, found by its pool, epoch and number: a grant is a session's `number`, what was journalled is a session's too, an end its
 * `end_number`, a denial, a capacity step, a gap of the clock are rows of their own, and all else is a row of `changes`.
 */
export interface Tables {
  history: HistoryRow;
  progress: ProgressRow;
  sessions: SessionRow;
  holdings: HoldingRow;
  denials: DenialRow;
  refusals: RefusalRow;
  capacity_steps: CapacityStepRow;
  gaps: GapRow;
  changes: ChangeRow;
  pool_days: PoolDayRow;
  people_counts: PeopleCountRow;
  replays: ReplayRow;
  rolled_pools: RolledPoolRow;
  stale_days: StaleRow;
  locks: LockRow;
  day_notes: DayNoteRow;
  decisions: DecisionRow;
  imports: ImportRow;
  audit: AuditRow;
  audit_head: AuditHeadRow;
  erasures: ErasureRow;
  retention_runs: RetentionRunRow;
  computers: ComputerRow;
  installed_software: InstalledRow;
}

/** What names an event for ever. */
interface EventKey {
  pool: string;
  epoch: string;
  number: number;
}

interface Launch {
  product: string;
  person: string;
  person_last_year: string;
  device: string;
  device_last_year: string;
  department: string;
  site: string;
}

/** One row: which history this is, and who writes it. */
export interface HistoryRow {
  /** The same for all daemons of one ledger; a copy keeps it. */
  id: string;
  made_ms: number;
  /** Counts transactions: who finds his own last one knows that nobody wrote in between. */
  turn: number;
  writer: string;
  /** What of it was read from another history that is not copied to its end. */
  copying_from: string | null;
  /** It was copied elsewhere, and goes on there. */
  moved_ms: number | null;
}

/** Until which event a pool's stream is recorded; everything up to it is there, or in a gap. */
export interface ProgressRow extends EventKey {
  at_ms: number;
  virtual_ms: number;
  /** Seats in use after it. */
  level: number;
}

/** A lease from its grant to its end. */
export interface SessionRow extends EventKey, Launch {
  lease_id: string;
  version: string;
  /** The pool asked first, where another one granted. */
  asked_first: string;
  attempt_id: string;
  attested: number;
  /** Seats of the seat that it opened or joined. */
  seats: number;
  /** With commas: what it was granted with, and what it became. */
  flags: string;
  /** What would have denied it, where it ran outside the count that decides. */
  reason: string;
  break_glass_reason: string;
  /** Which holding it opened or joined last: that one's number. */
  holding: number | null;
  start_ms: number;
  /** Seats in use afterwards. */
  level: number;
  /** When its use ended: an expired lease's with its last heartbeat. */
  end_ms: number | null;
  end_number: number | null;
  why: string | null;
  borrowed_until_ms: number | null;
  /** Outside the count until then, and inside since. */
  seated_ms: number | null;
}

/** A seat from its first checkout to its last return; how many seats it is, and of whom it was opened. */
export interface HoldingRow extends EventKey, Launch {
  seats: number;
  /** Why it is outside the count that decides: observed, excess, break_glass, ungoverned; empty where it is inside. */
  outside: string;
  overdrawn: number;
  start_ms: number;
  end_ms: number | null;
}

export interface DenialRow extends EventKey, Launch {
  lease_id: string;
  at_ms: number;
  reason: string;
  version: string;
  asked_first: string;
  attempt_id: string;
  seats: number;
  /** Seats in use when it was denied. */
  level: number;
}

/** Denials of one person and product for want of seats, folded. Its key is that of the denial which came first. */
export interface RefusalRow extends EventKey {
  product: string;
  person: string;
  person_last_year: string;
  department: string;
  attempt_id: string;
  first_ms: number;
  last_ms: number;
  denials: number;
  /** Of these, those that count when the number of seats is recommended. */
  sizing_denials: number;
  /** Kept waiting until then; null: turned away, once the last denial is a quarter of an hour ago. */
  granted_ms: number | null;
  granted_pool: string | null;
}

export interface CapacityStepRow extends EventKey {
  at_ms: number;
  seats: number;
  /** `group:seats` with commas. */
  reserved: string;
}

/**
 * A time in which nobody could have heartbeaten (`clock`), or events that are lost (`events`, up to this number). Where no
 * daemon ran at all it has no pool and no epoch, and its number is its first millisecond.
 */
export interface GapRow extends EventKey {
  kind: "clock" | "events";
  at_ms: number;
  virtual_ms: number;
  lost_ms: number;
  lost_events: number;
}

/** All else that happened: passed on, queued, offered, lapsed, moved, seated, borrowed, recalled, reclaiming, kept … */
export interface ChangeRow extends EventKey {
  kind: string;
  lease_id: string;
  at_ms: number;
  product: string;
  site: string;
  /** As the event's word says, but for whom it is about. */
  word: string;
  /** Pseudonym of whose seat lingers or is assigned. */
  who: string;
}

/** What is kept of a pool and a local day (domain/usage.ts), under the name that the pool has now. */
export interface PoolDayRow {
  pool: string;
  date: string;
  start_ms: number;
  /** Of a day that is not over: until when it was worked out. */
  end_ms: number;
  /** All else of a PoolDay, as one JSON text: a year of a pool is read in one go, and nobody asks for parts of days. */
  day: string;
  /**
   * The same as it would have been without the limit, where that differs; worked out nightly. Of a pool that assigns its
   * seats: as they were assigned; worked out with the day.
   */
  demand: string | null;
}

/** How many people a pool had from one day to another, both included; numbers only. */
export interface PeopleCountRow {
  pool: string;
  from_date: string;
  until_date: string;
  /** day, month, quarter, year, window: as a report asked; 90 days: up to yesterday, one row a pool. */
  period: string;
  people: number;
  seat_keys: number;
  /** JSON. */
  by_department: string;
}

/** How the launches of some days would have fared with so many seats. Gone when one of the days changes. */
export interface ReplayRow {
  pool: string;
  from_date: string;
  until_date: string;
  seats: number;
  launches: number;
  turned_away: number;
  kept_waiting: number;
  waited_ms: number;
}

/** How far the days of a pool are worked out, and what from. */
export interface RolledPoolRow {
  pool: string;
  /** What of the register they depend on, and the names it had: JSON. */
  basis: string;
  /** The steps of its capacity: JSON. */
  capacity: string;
  /** The first moment of which anything is known. */
  first_ms: number;
  until_ms: number;
  /** Another number whenever a day was written. */
  version: number;
  /** Another number whenever a day was written that is over. */
  past_version: number;
  /** Sessions that ended before are erased: days that began before stay as they are. */
  kept_from_ms: number;
  /** The first day whose people are to be counted again. */
  people_from: string | null;
  /** The day on which the nightly work was done last; empty: never. */
  nightly: string;
}

/** From this moment on something was written down since the days were worked out. The pool "": of all pools. */
export interface StaleRow {
  pool: string;
  from_ms: number;
  /** Counts: who has worked out the days knows whether anything came meanwhile. */
  marks: number;
}

/** Work that one daemon at a time does. */
export interface LockRow {
  name: string;
  holder: string;
  until_ms: number;
  last_success_ms: number;
}

export interface DayNoteRow {
  pool: string;
  date: string;
  at_ms: number;
  note: string;
  author: string;
}

export interface DecisionRow {
  pool: string;
  at_ms: number;
  kind: string;
  seats: number | null;
  name: string;
  reason: string;
  author: string;
  /** About which entitlement, and its end; empty where nothing ended. */
  reference: string;
  ends: string;
}

/** Below that of every ledger, which is named after the microsecond in which it began. */
export const IMPORT_EPOCH = "0";

/** What was read into a pool from another program's log, whose events have the epoch `0`, before that of any ledger. */
export interface ImportRow extends EventKey {
  /** Of what was read: the same lines are the same import. */
  id: string;
  /** By which program the log was written. */
  source: string;
  /** What it tells of. */
  from_ms: number;
  until_ms: number;
  /** When it was read, and when the pool's imported past was last made anew: days computed before are to be again. */
  at_ms: number;
  changed_ms: number;
  /** What was new in it. */
  launches: number;
  denials: number;
}

/** Something that was done or found out, or is about to be done; each row holds the hash of the one before. */
export interface AuditRow {
  /** Counts without gaps, over all daemons. */
  seq: number;
  /** Never before the row before. */
  at_ms: number;
  who: string;
  role: string;
  /** A site of the register, never an address. */
  site: string;
  act: string;
  about: string;
  /** Pseudonym of whom it is about; emptied, with the salt, where that person is erased. The hash stays. */
  subject: string;
  subject_salt: string;
  subject_hash: string;
  reason: string;
  phase: string;
  /** `done`, or the code of what went wrong; empty before the act. */
  outcome: string;
  /** The row that said the intent. */
  intent: number | null;
  prev_hash: string;
  hash: string;
}

/** One row: the end of the chain. Whoever adds a row changes it first, so that one at a time does. */
export interface AuditHeadRow {
  name: string;
  seq: number;
  hash: string;
  at_ms: number;
}

/** Somebody who was erased: what began until then has other names by now, or gets them as soon as it is over. */
export interface ErasureRow {
  id: string;
  at_ms: number;
  /** Pseudonyms under every key that there was, as JSON; of the devices, those that nobody else used. */
  people: string;
  devices: string;
  /** By pseudonym, what stands in its place; forgotten when nothing is left to be replaced. */
  replacements: string | null;
  done_ms: number | null;
  /** So many were replaced. */
  rows: number;
  reason: string;
  author: string;
}

/** What one night deleted, because it had been kept for as long as it may be. */
export interface RetentionRunRow {
  at_ms: number;
  took_ms: number;
  /** The first moment of which anything of a person is there still; null: there is nothing. */
  oldest_ms: number | null;
  /** Rows by table, JSON. */
  deleted: string;
  /** Pools whose days could not be worked out, so that their launches are there still: JSON. */
  waiting: string;
}

/** A computer that told what is installed on it. */
export interface ComputerRow {
  device: string;
  device_last_year: string;
  /** Its name, which only who has the keys of pseudonyms can read: no row here says it beside its pseudonym. */
  sealed_name: string;
  site: string;
  /** When it told for the first time, and when last. */
  first_ms: number;
  told_ms: number;
  items: number;
}

/** As the computer told it last; what is not there any more has no row. */
export interface InstalledRow {
  device: string;
  name: string;
  publisher: string;
  version: string;
  /** When it was told of for the first time. */
  since_ms: number;
}
