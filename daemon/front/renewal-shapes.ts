import { z } from "zod";
import { isIsoDate } from "../domain/calendar.ts";
import { DENIAL_REASONS } from "../domain/denials.ts";
import { DeviceName, printable, UserName } from "../domain/names.ts";
import { CALENDAR_STATUSES, DECISION_KINDS, STEPS } from "../renewals/renewals.ts";

/*
 * What is read and written about use and renewals. Moments are epoch milliseconds, days are the register's, amounts are a
 * year's and without VAT. Null: not known.
 */

const Day = z.string().refine(isIsoDate, { error: "is no day, such as 2026-04-01" });
const pool = printable(64);
/** Moment, epoch, number and pool of a denial. */
const CURSOR = /^\d{1,16}_\d{1,20}_\d{1,16}_[\w.-]{1,64}$/;

export const PeriodQuery = z.strictObject({ from: Day.optional(), to: Day.optional() });
export const UsageQuery = PeriodQuery.extend({ pool, step: z.enum(STEPS).optional() });
export const WhatIfQuery = z.strictObject({ seats: z.coerce.number().int().min(0).max(1_000_000) });

export const DenialsSearch = z.strictObject({
  user: UserName.optional(),
  device: DeviceName.optional(),
  pool: pool.optional(),
  site: printable(64).optional(),
  reason: z.enum(DENIAL_REASONS).optional(),
  from: Day.optional(),
  to: Day.optional(),
  most: z.int().min(1).max(100).default(100),
  cursor: z.string().regex(CURSOR, "is no cursor that a list gave").optional(),
});

const Span = z.object({ fromMs: z.int(), untilMs: z.int() });
const SeatsFrom = z.object({ fromMs: z.int(), seats: z.int() });
const count = z.int().nullable();
const amount = z.number().nullable();

export const Usage = z.object({
  pool: z.string(),
  from: z.string(),
  to: z.string(),
  step: z.enum(STEPS),
  owned: z.array(SeatsFrom),
  items: z.array(
    z.object({
      date: z.string(),
      ...Span.shape,
      peak: z.int(),
      peakAtMs: count,
      seatHours: amount,
      typicalWorkingHour: amount,
      launches: count,
      shared: count,
      turnedAway: count,
      keptWaiting: count,
      hoursFull: amount,
      hoursOver: amount,
      observed: count,
      overflow: count,
      people: count,
      gaps: z.array(Span),
    }),
  ),
});

/** Days are still being worked out: ask again in a minute. */
const Behind = z.boolean();

const WhatIf = z.object({
  seats: z.int(),
  /** At most so many launches, if nobody tries again. */
  foundNoneFree: z.int(),
  daysShort: z.int(),
  hoursFull: z.number(),
  /** An estimate. */
  peopleRefused: count,
  cost: amount,
  saving: amount,
});
export const WhatIfAnswer = WhatIf.extend({ pool: z.string(), from: z.string(), to: z.string() });

const Deadline = z.object({
  reference: z.string(),
  ends: z.string(),
  notice: z.union([z.object({ days: z.int() }), z.object({ months: z.int() })]).optional(),
  noticeBy: z.string().optional(),
  movedFrom: z.string().optional(),
  daysLeft: z.int().optional(),
  autoRenews: z.boolean(),
});

export const NewDecision = z
  .strictObject({
    kind: z.enum(DECISION_KINDS),
    seats: z.int().min(0).max(1_000_000).optional(),
    name: printable(128),
    reason: printable(1000),
  })
  .refine(({ kind, seats }) => (seats !== undefined) === (kind === "renew" || kind === "other"), {
    error: "says how many seats to renew or another number, and with `not renew` and `re-tender` none",
  });
export const Decision = z.object({
  pool: z.string(),
  kind: z.enum(DECISION_KINDS),
  seats: z.int().optional(),
  name: z.string(),
  reason: z.string(),
  by: z.string(),
  atMs: z.int(),
  reference: z.string().optional(),
  ends: z.string().optional(),
});

export const NewNote = z.strictObject({ date: Day, note: printable(500) });
export const Note = z.object({ date: z.string(), note: z.string(), by: z.string(), atMs: z.int() });

export const Renewal = z.object({
  pool: z.string(),
  from: z.string(),
  to: z.string(),
  owned: z.int(),
  peak: z.int(),
  peakAtMs: count,
  launches: z.int(),
  turnedAway: z.int(),
  keptWaiting: z.int(),
  people: count,
  recommended: z.int(),
  range: z.tuple([z.int(), z.int()]),
  confidence: z.object({ level: z.enum(["high", "medium", "low"]), why: z.string() }),
  options: z.array(WhatIf),
  coverage: z.number(),
  checksum: z.string(),
  /** In words, or why none can be made. */
  recommendation: z.string(),
  deadline: Deadline.nullable(),
  notes: z.array(Note),
  decisions: z.array(Decision),
  behind: Behind,
});

const Sums = z.object({
  decisions: z.int(),
  cost: z.number(),
  couldSave: z.number(),
  couldCost: z.number(),
  currency: z.string(),
});

export const Calendar = z.object({
  today: z.string(),
  /** Late ones first, then by deadline; those in which nothing ends are last. */
  items: z.array(
    z.object({
      pool: z.string(),
      products: z.array(z.string()),
      reference: z.string().nullable(),
      ends: z.string().nullable(),
      supplier: z.string().nullable(),
      department: z.string().nullable(),
      officer: z.string().nullable(),
      deadline: Deadline.nullable(),
      owned: z.int(),
      peak: z.int(),
      recommended: z.int(),
      need: z.enum(["measured", "estimated", "at least"]),
      confidence: z.enum(["high", "medium", "low"]),
      cost: amount,
      currency: z.string().nullable(),
      saving: amount,
      status: z.enum(CALENDAR_STATUSES),
      decision: Decision.nullable(),
    }),
  ),
  months: z.array(Sums.extend({ month: z.string() })),
  next90Days: Sums.extend({ late: z.int() }),
  behind: Behind,
});
