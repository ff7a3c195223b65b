import { z } from "zod";
import { ACTS, type ActName } from "../domain/acts.ts";
import { isIsoDate } from "../domain/calendar.ts";

/* What is read of the audit over HTTP. Moments are epoch milliseconds. */

const Day = z.string().refine(isIsoDate, "is no day: one is written 2026-04-01").optional();
const MOST = 1000;
const USUAL = 100;

/** Days are those of the register's zone, both included. */
export const AuditFilter = z.strictObject({
  from: Day,
  to: Day,
  act: z.enum(Object.keys(ACTS) as [ActName, ...ActName[]]).optional(),
});

export const AuditQuery = AuditFilter.extend({
  most: z.coerce.number().int().min(1).max(MOST).default(USUAL),
  cursor: z
    .string()
    .regex(/^\d{1,16}$/, "is none that a list gave")
    .optional(),
});
export type AuditQuery = z.infer<typeof AuditQuery>;

export const AuditItem = z.object({
  /** Counts without gaps. */
  seq: z.int(),
  atMs: z.int(),
  /** Empty: nobody had to say who he is. */
  who: z.string(),
  role: z.string(),
  site: z.string(),
  act: z.string(),
  about: z.string(),
  /** Pseudonym of whom it is about; empty: nobody, or somebody who is erased. */
  subject: z.string(),
  subjectSalt: z.string(),
  subjectHash: z.string(),
  reason: z.string(),
  phase: z.string(),
  outcome: z.string(),
  /** The row that said the intent. */
  intent: z.int().nullable(),
  prevHash: z.string(),
  hash: z.string(),
});
export type AuditItem = z.infer<typeof AuditItem>;

const HEAD = /^(?:\d{1,16}:)?[0-9a-f]{64}$/;
export const VerifyQuery = z.strictObject({
  head: z.string().regex(HEAD, "is no head: one is printed as 184: and 64 letters and digits").optional(),
});

export const AuditVerdict = z.object({
  sound: z.boolean(),
  rows: z.int(),
  /** The first row that is kept; 0: there is none. */
  first: z.int(),
  /** `184:9f2c…` */
  head: z.string(),
  /** The first row that is not as it was. */
  broken: z.object({ seq: z.int(), why: z.string() }).optional(),
});
export type AuditVerdict = z.infer<typeof AuditVerdict>;
