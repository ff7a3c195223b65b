import { z } from "zod";
import { HELD_WORDS } from "../domain/held.ts";
import { printable, UserName } from "../domain/names.ts";
import { HELD, type HeldPart } from "../privacy/held.ts";

/*
 * What is asked and answered about persons. Moments are epoch milliseconds.
 */

export const Person = z.strictObject({ user: UserName });
export const PersonToErase = Person.extend({ reason: printable(200).default("asked for by the person") });

const Item = z.object({
  fromMs: z.int().optional(),
  untilMs: z.int().nullable().optional(),
  ...Object.fromEntries(HELD_WORDS.map((name) => [name, z.string().optional()])),
  seats: z.int().optional(),
});

/** Everything that is held of a person, with why, how long and from where. */
export const PersonTold = z.object({
  user: z.string(),
  organisation: z.string(),
  madeAtMs: z.int(),
  years: z.array(z.int()),
  parts: z.array(
    z.object({
      part: z.enum(Object.keys(HELD) as [HeldPart, ...HeldPart[]]),
      title: z.string(),
      what: z.string(),
      why: z.string(),
      kept: z.string(),
      from: z.string(),
      /** Where to look for it, where this service cannot. */
      elsewhere: z.string().optional(),
      items: z.array(Item),
    }),
  ),
  never: z.string(),
});

export const Erased = z.object({ message: z.string(), rows: z.int(), open: z.int(), traces: z.int() });

export const Kept = z.object({
  kept: z.array(z.object({ what: z.string(), where: z.string(), period: z.string() })),
  /** Years of which there is a key, so that a person is found in them. */
  keyYears: z.array(z.int()),
  /** What was deleted because it was old, night by night, the newest first. */
  runs: z.array(
    z.object({
      atMs: z.int(),
      tookMs: z.int(),
      oldestMs: z.int().nullable(),
      deleted: z.record(z.string(), z.int()),
      waiting: z.array(z.string()),
    }),
  ),
  erased: z.int(),
  /** Of these, those of which something is not over. */
  unfinished: z.int(),
});
