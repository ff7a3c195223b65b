import { z } from "zod";
import { DENIAL_REASONS, GRANT_FLAGS } from "../domain/denials.ts";
import { DeviceName, LeaseId, PoolName, printable, UserName, wellFormed } from "../domain/names.ts";
import { METRICS } from "../domain/register.ts";
import { Checkin, Checkout, Heartbeat } from "../protocol/messages.ts";

/*
 * What is read and written over HTTP, as programs rely on it. Moments are epoch milliseconds.
 */

/** A page of a list; `next` is the cursor of the page after it. */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: z.string().optional() });

/** What could not be done. */
export const Failure = z.object({
  code: z.string(),
  message: z.string(),
  /** Whether asking again, the same, may help. */
  retry: z.boolean(),
  field: z.string().optional(),
  leaseId: z.string().optional(),
});

export const Health = z.object({ status: z.literal("alive") });

export const Readiness = z.object({
  ledger: z.enum(["up", "down"]),
  /** Whether what the ledger knows survives a restart of Redis. */
  durable: z.boolean(),
  history: z.enum(["up", "down", "off"]),
  /** Events that wait to be recorded. */
  backlog: z.int(),
  /** Revision in force; null for none. */
  register: z.int().nullable(),
  draining: z.boolean(),
});
export type Readiness = z.infer<typeof Readiness>;

export const PoolCounts = z.object({
  pool: z.string(),
  metric: z.enum(METRICS),
  used: z.int(),
  owned: z.int(),
  free: z.int(),
  /** The last day of what ends first of the seats in force, or of what has ended; none: they are there for good. */
  ends: z.string().optional(),
  reservedIdle: z.int(),
  /** The same by group, of groups that have any. */
  reservations: z.array(z.object({ group: z.string(), idle: z.int() })),
  lingering: z.int(),
  borrowed: z.int(),
  /** Assigned to somebody who does not use them now, and outside the count that decides: observed, excess. */
  assignedIdle: z.int(),
  outside: z.int(),
  waiting: z.int(),
  /** Sites with a ceiling, and sites where seats are in use. */
  sites: z.array(z.object({ site: z.string(), used: z.int(), ceiling: z.int().optional() })),
  dayPeak: z.int(),
  revision: z.int(),
});
export type PoolCounts = z.infer<typeof PoolCounts>;

export const Lease = z.object({
  leaseId: z.string(),
  product: z.string(),
  pool: z.string(),
  user: z.string(),
  device: z.string(),
  site: z.string(),
  /** Empty: it was not told. */
  version: z.string(),
  seats: z.int(),
  sinceMs: z.int(),
  flags: z.array(z.enum(GRANT_FLAGS)),
  /** Of a borrowed lease: when it ends. */
  borrowedUntilMs: z.int().optional(),
});

/** Who waits, in the order of the queue. */
export const Waiting = Lease.omit({ sinceMs: true, flags: true, borrowedUntilMs: true });

export const Denial = z.object({
  /** Pool, epoch and number: the same for ever. */
  id: z.string(),
  atMs: z.int(),
  pool: z.string(),
  product: z.string(),
  reason: z.enum(DENIAL_REASONS),
  site: z.string(),
  version: z.string(),
  department: z.string(),
  /** Pseudonyms; names go with the lease. */
  user: z.string(),
  device: z.string(),
  seats: z.int(),
});
export type Denial = z.infer<typeof Denial>;

export const RegisterInForce = z.object({
  revision: z.int(),
  text: z.string(),
  files: z.record(z.string(), z.string()),
  author: z.string(),
  atMs: z.int(),
  /** What was in force before, to show the difference; empty for the first. */
  previousText: z.string(),
});

/** As `register apply` sends it; YAML alone keeps the files of the register in force. */
export const NewRegister = z.strictObject({
  text: wellFormed(),
  files: z.record(z.string(), wellFormed()).default({}),
});

const Pointer = printable(512);
/** An operation of JSON Patch (RFC 6902); nothing is moved or copied in a register. */
const Change = z.discriminatedUnion("op", [
  z.strictObject({ op: z.enum(["add", "replace", "test"]), path: Pointer, value: z.json() }),
  z.strictObject({ op: z.literal("remove"), path: Pointer }),
]);

export const RegisterChanges = z.strictObject({
  reason: printable(200),
  /** The revision that they are meant for: where another is in force by then, nothing is changed. */
  revision: z.int().positive().optional(),
  changes: z.array(Change).min(1).max(1_000),
});

export const Applied = z.object({ revision: z.int() });

const Cursor = z.string().regex(/^\d{1,20}$/, "is no cursor that a list gave");
export const LeasesQuery = z.strictObject({ pool: printable(64), cursor: Cursor.optional() });
export const DevicesQuery = z.strictObject({ cursor: Cursor.optional() });
export const WaitingQuery = z.strictObject({ pool: printable(64) });
export const DenialsQuery = z.strictObject({
  pool: printable(64).optional(),
  most: z.coerce.number().int().min(1).max(100).default(100),
});
export const PoolPath = z.object({ pool: PoolName });
export const LeasePath = z.object({ leaseId: LeaseId });

/** Why an administrator does something: it is recorded. */
const Reason = printable(200);
export const Because = z.strictObject({ reason: Reason });
const GraceMs = z
  .int()
  .min(0)
  .max(24 * 3_600_000)
  .default(120_000);
/** It may be missing as a whole: what comes with a DELETE is lost on the way through some proxies and libraries. */
export const Reclaim = z
  .strictObject({ reason: Reason, graceMs: GraceMs })
  .default({ reason: "", graceMs: GraceMs.parse(undefined) });
export const Reassign = z
  .strictObject({ user: UserName.optional(), device: DeviceName.optional(), reason: Reason })
  .refine(({ user, device }) => (user === undefined) !== (device === undefined), { error: "names a user or a device" });
export const Retire = z.strictObject({ device: DeviceName, reason: Reason });

/** A computer gets a key of its own, changes it, and loses it. */
export const OfferEnrolment = z.strictObject({ device: DeviceName });
export const OfferedEnrolment = z.object({ device: z.string(), token: z.string(), untilMs: z.int() });
export const Enrol = z.strictObject({
  device: DeviceName,
  token: printable(128),
  publicKey: printable(64).describe("Ed25519, 32 bytes in base64url"),
});
export const EnrolledAs = z.object({ device: z.string(), audience: z.string() });
export const RotateKey = z.strictObject({ device: DeviceName, proof: printable(2048) });
export const RemoveDevice = z.strictObject({ device: DeviceName, reason: Reason });
/** A computer that has a key of its own, or had one. */
export const EnrolledDevice = z.object({
  device: z.string(),
  enrolledAtMs: z.int(),
  /** Whose token made the one that it was enrolled with. */
  by: z.string(),
  /** Thumbprint of the key (RFC 7638). */
  keyId: z.string(),
  /** The last day on which it came in; none: it never did. */
  lastSeen: z.string().optional(),
  /** When its key was taken away; none: it comes in. */
  revokedAtMs: z.int().optional(),
});
/** What was done, in a sentence. */
export const Done = z.object({ message: z.string() });

/** The messages of the wire, without what HTTP says otherwise. */
export const CheckoutBody = Checkout.partial({ type: true });
export const HeartbeatBody = Heartbeat.partial().optional();
export const CheckinQuery = Checkin.pick({ why: true });
/** The message itself, for those whose DELETE may have a body. */
export const CheckinBody = Checkin.partial().optional();
