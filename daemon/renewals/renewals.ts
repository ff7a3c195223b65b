import type { IsoDate } from "../domain/calendar.ts";
import type { DenialReason } from "../domain/denials.ts";
import type { PeopleCount, SeatsFrom, Span } from "../domain/usage.ts";
import type { Deadline } from "../sizing/deadline.ts";
import type { RenewalReport } from "../sizing/renewal-report.ts";
import type { Need, Variant } from "../sizing/variants.ts";
import type { WhatIf } from "../sizing/what-if.ts";

/**
 * What is known of use and renewals, for pages and programs. Pools are named as in the register in force; whoever asks
 * has found the name by `indexOf(register).pool(name)` before.
 *
 * Errors of all: not_found (no such pool), history_unavailable
 */
export interface Renewals {
  /** From stored days; without dates the year that reports are about (see `usualYear`). */
  report(pool: string, asked?: Period): Promise<PoolReport>;
  /** Every pool of the register in force. */
  calendar(): Promise<RenewalCalendar>;
  /** What so many seats would have meant in the usual year. */
  whatIf(pool: string, seats: number): Promise<WhatIf & { pool: string; from: IsoDate; to: IsoDate }>;
  /** Without dates the last 30 days, today included. */
  usage(pool: string, asked?: Period & { step?: Step | undefined }): Promise<Usage>;
  /** Written down for ever; the newest counts. */
  decide(pool: string, decided: NewDecision): Promise<Decision>;
  /** What people know of a day: it stands beside the day's figures. */
  note(pool: string, noted: NewNote): Promise<DayNote>;
  /** Newest first, page by page. */
  denials(asked: DenialsOfPast): Promise<{ items: PastDenial[]; next?: string }>;
}

/** Which denials; what is absent is any. */
export interface DenialsOfPast extends Period {
  /** As the register has it now. */
  pool?: string | undefined;
  /** Pseudonyms of one person, and of one computer, under every key there is. */
  people?: readonly string[] | undefined;
  devices?: readonly string[] | undefined;
  site?: string | undefined;
  reason?: string | undefined;
  most: number;
  /** Where the page before has ended. */
  cursor?: string | undefined;
}

/** A denial as it was recorded; its pool as it was called then. */
export interface PastDenial {
  id: string;
  atMs: number;
  pool: string;
  product: string;
  reason: DenialReason;
  site: string;
  version: string;
  department: string;
  /** Pseudonyms. */
  user: string;
  device: string;
  seats: number;
}

/** Both included; what is absent is the usual. */
export interface Period {
  from?: IsoDate | undefined;
  to?: IsoDate | undefined;
}

export interface PoolReport {
  report: RenewalReport;
  /** Of the days reported, by date. */
  notes: DayNote[];
  /** The newest first. */
  decisions: Decision[];
  madeAtMs: number;
  /** Days are still being worked out: it is made from what there is. */
  behind: boolean;
}

export interface NewNote {
  date: IsoDate;
  note: string;
  /** Who wrote it, as their token says. */
  by: string;
}

export interface DayNote extends NewNote {
  atMs: number;
}

export const DECISION_KINDS = ["renew", "other", "not renew", "re-tender"] as const;
export type DecisionKind = (typeof DECISION_KINDS)[number];

export interface NewDecision {
  kind: DecisionKind;
  /** How many are to be renewed; not with `not renew`. */
  seats?: number | undefined;
  /** Who signs for it. */
  name: string;
  reason: string;
  /** Who wrote it down, as their token says. */
  by: string;
}

export interface Decision extends NewDecision {
  pool: string;
  atMs: number;
  /** The entitlement whose deadline was the next one, and its end; absent where nothing ended. */
  reference?: string;
  ends?: IsoDate;
}

/** All pools by when something has to be decided. */
export interface RenewalCalendar {
  today: IsoDate;
  /** Past their deadline, and nothing decided. */
  late: CalendarRow[];
  /** By the month of the deadline; where no notice period is known, of the end, and those at the top. */
  months: CalendarMonth[];
  /** Of pools in which nothing ends any more, or ever. */
  undated: CalendarRow[];
  next90Days: CalendarSums & { late: number };
  /** Days are still being worked out: it is made from what there is. */
  behind: boolean;
}

export interface CalendarMonth extends CalendarSums {
  /** `2026-12` */
  month: string;
  rows: CalendarRow[];
}

export interface CalendarSums {
  decisions: number;
  /** A year, where it is known; in the currency that most is in. */
  cost: number;
  couldSave: number;
  couldCost: number;
  currency: string;
}

export interface CalendarRow {
  pool: string;
  /** Names of the products that take their seats here. */
  products: string[];
  /** What has to be decided about; where nothing has, what was bought last. */
  reference: string | null;
  ends: IsoDate | null;
  supplier: string | null;
  department: string | null;
  officer: string | null;
  /** Absent where nothing ends. */
  deadline: Deadline | null;
  owned: number;
  peak: number;
  recommended: number;
  need: Need;
  confidence: "high" | "medium" | "low";
  /** Null where nothing is known of what it costs. */
  cost: number | null;
  currency: string | null;
  /** Below 0: more. */
  saving: number | null;
  status: CalendarStatus;
  variants: Variant[];
  /** The newest about this end. */
  decision: Decision | null;
}

export const CALENDAR_STATUSES = [
  "decided",
  "late",
  "notice unknown",
  "limit reached",
  "report ready",
  "too early",
  "unused",
  "ended",
] as const;
export type CalendarStatus = (typeof CALENDAR_STATUSES)[number];

export const STEPS = ["hour", "day", "week", "month"] as const;
export type Step = (typeof STEPS)[number];

export interface Usage {
  pool: string;
  from: IsoDate;
  to: IsoDate;
  step: Step;
  /** Seats owned, as they changed. */
  owned: SeatsFrom[];
  items: UseOfStep[];
}

/** What was used in a step. Peaks do not add. Null: not kept by the hour. */
export interface UseOfStep {
  /** Its first day, and of hours which one of it, from midnight on. */
  date: IsoDate;
  fromMs: number;
  untilMs: number;
  peak: number;
  /** Of steps of a day or more: the first moment of the peak; null where nothing was in use. */
  peakAtMs: number | null;
  seatHours: number | null;
  /** Mean of the working hours. */
  typicalWorkingHour: number | null;
  launches: number | null;
  shared: number | null;
  turnedAway: number | null;
  keptWaiting: number | null;
  hoursFull: number | null;
  hoursOver: number | null;
  observed: number | null;
  /** Launches that came from another pool, which had been asked first. */
  overflow: number | null;
  /** Different people, of days and calendar months; null where it was not counted. */
  people: PeopleCount["people"] | null;
  /** Times without a daemon. */
  gaps: Span[];
}
