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
  /** `encodeFacts`: what the events say of it. */
  facts: string;
  /** A denial decided already; it still finds a live lease first, and it is the script that records it. */
  verdict?: DenialReason;
  /** The pool to ask if this one denies for want of seats. */
  next?: string;
}

export type CheckoutAnswer =
  | { outcome: "granted"; flags: GrantFlag[]; seats: number; site: string; sinceMs: number }
  | { outcome: "denied"; reason: DenialReason }
  /** Denied here for want of seats, and noted: from now on this lease asks there. */
  | { outcome: "passed"; next: string }
  /** This id was checked in already: it takes no second seat. */
  | { outcome: "returned" }
  | { outcome: "not_holder" };

export type CheckinAnswer = "returned" | "gone" | "not_holder";
export type RenewAnswer = "alive" | "gone" | "not_holder";
export type CheckinWhy = Extract<EndReason, "checked_in" | "program_exited" | "program_crashed" | "reclaimed_by_admin">;

/** Who has seats of a pool now: what `status` and the API show. */
export interface LiveLease {
  leaseId: string;
  pool: string;
  product: string;
  user: string;
  device: string;
  site: string;
  seats: number;
  sinceMs: number;
  flags: GrantFlag[];
}

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
