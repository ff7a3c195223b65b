import type { DenialReason, EndReason, GrantFlag } from "../domain/denials.ts";

/** One checkout as the ledger sees it: names already matched, rules that need no counting already decided. */
export interface CheckoutRequest {
  leaseId: string;
  /** The device whose connection holds the lease, folded; only it may renew or return. */
  holder: string;
  /** Shown by `status` while the lease lives, and nowhere else. */
  user: string;
  device: string;
  /** Checkouts with the same key share a seat; empty: none does. */
  seatKey: string;
  seats: number;
  site: string;
  /** Counters that its seats draw on beside the site's, with the limit that applies: `user:3f2a<each:user`. */
  draws?: string;
  /** What is out of the ordinary about it. */
  terms?: Terms;
  /** `encodeFacts`: what the events say of it. */
  facts: string;
  /** A denial decided already; it still finds a live lease first, and it is the script that records it. */
  verdict?: DenialReason;
  /** The pool to ask if this one denies for want of seats. */
  next?: string;
}

/** What a launch says of itself that most launches do not; it follows it through the pools. */
export interface Terms {
  /** Its program runs already: it is never denied. */
  running?: true;
  /** Since then, and nobody has heard of it. */
  sinceMs?: number;
  /** It is asked here a second time, because all pools after this one denied. */
  back?: true;
  /** So long it would wait for a seat. */
  waitMs?: number;
  /** The seat is taken along until then. */
  borrowUntilMs?: number;
  /** Groups whose reserved seats it may take. */
  from?: readonly string[];
  /** A duty officer's pseudonym and month: may launch without a free seat, so often a month. */
  glass?: string;
  /** It is none: its seat was borrowed, and is rebuilt in this epoch, which lost it. */
  rebuiltIn?: string;
  /** And wanted back. */
  recalled?: true;
}

export type CheckoutAnswer =
  | {
      outcome: "granted";
      flags: GrantFlag[];
      seats: number;
      site: string;
      sinceMs: number;
      borrowedUntilMs?: number;
    }
  /** `rule`: what of the pool decided, `each:user` or `reservations`; empty where the daemon did. */
  | { outcome: "denied"; reason: DenialReason; rule: string }
  | { outcome: "queued"; position: number }
  /** Denied here for want of seats, and noted: from now on this lease asks there. */
  | { outcome: "passed"; next: string }
  /** This id was checked in already: it takes no second seat. */
  | { outcome: "returned" }
  | { outcome: "not_holder" };

/** What a computer tells afterwards: the use of a program that nobody heard of, and that has ended. */
export interface JournalRequest {
  leaseId: string;
  holder: string;
  fromMs: number;
  untilMs: number;
  /** From when on it needed a seat of its own; `untilMs`: it shared one all the time. */
  heldFromMs: number;
  /** The code of the error for which nobody could decide. */
  reason: string;
  why: CheckinWhy;
  seats: number;
  site: string;
  /** `encodeFacts`. */
  facts: string;
}

/** `ended`: its lease was in force still, and ended; `known`: it was told before, or given back. */
export type JournalAnswer = "told" | "ended" | "known" | "not_holder";
export type CheckinAnswer = "returned" | "gone" | "not_holder";
/** How it stands with somebody who waits. */
export type Standing = { outcome: "queued"; position: number } | { outcome: "offered"; withinMs: number };
/** A lease's end was asked for. */
export interface Reclaiming {
  outcome: "reclaiming";
  why: ReclaimWhy;
  graceMs: number;
  postponable: boolean;
}
export type ReclaimWhy = Extract<EndReason, "reclaimed_idle" | "reclaimed_by_admin" | "device_retired">;
export type RenewAnswer = { outcome: "alive" | "gone" | "not_holder" } | Standing | Reclaiming;
export type CheckinWhy = Extract<EndReason, "checked_in" | "program_exited" | "program_crashed" | "borrow_returned">;

/** Something done to a lease by others than its launch (lua/call/62-act.lua). */
export type Order =
  | { order: "reclaim"; why: ReclaimWhy; graceMs: number; postponable: boolean }
  | { order: "postpone"; holder: string }
  | { order: "spare"; why: ReclaimWhy }
  | { order: "recall" | "reassign" | "forget" | "look" }
  /** What an epoch lost: an assigned seat, used last then; a borrowed one that had ended; and that this is all. */
  | { order: "assign"; epoch: string; usedMs: number }
  | { order: "over"; epoch: string; why: EndReason }
  | { order: "rebuilt"; epoch: string };
export type OrderAnswer =
  | Reclaiming
  | Standing
  | { outcome: "borrowed" | "spared" | "recalled" | "freed" | "forgotten" | "lapsed" | "held" | "not_holder" | "gone" }
  | { outcome: "assigned" | "over" | "rebuilt" };

/** What the pool would say to a launch now. */
export type ExplainAnswer =
  | { outcome: "granted"; flag: string }
  | { outcome: "denied"; reason: DenialReason; rule: string };

/** Who has seats of a pool now: what `status` and the API show. */
export interface LiveLease {
  leaseId: string;
  pool: string;
  product: string;
  user: string;
  device: string;
  site: string;
  /** Empty: it was not told. */
  version: string;
  seats: number;
  sinceMs: number;
  flags: GrantFlag[];
  borrowedUntilMs?: number;
}

/** A launch that waits for a seat, as it asked. */
export type WaitingLaunch = Pick<
  LiveLease,
  "leaseId" | "pool" | "product" | "user" | "device" | "site" | "version" | "seats"
>;

/** A register as it is published, to be read again by everybody who adopts it. */
export interface Publication {
  revision: number;
  /** The file's text, and the files it names whose content is policy (`contractors.csv`). */
  text: string;
  files: Record<string, string>;
  author: string;
  atMs: number;
  /** The text that was in force before; empty for the first. */
  previousText: string;
}
