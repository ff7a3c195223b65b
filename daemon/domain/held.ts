import type { EndReason } from "./denials.ts";
import type { RetentionRun } from "./retention.ts";

/** THE LIST of what is told of one thing in words; moments and seats beside it. */
export const HELD_WORDS = [
  ...(["product", "version", "pool", "site", "department", "user", "device", "outcome", "words"] as const),
] as const;

/**
 * One thing that is held of a person. Moments are epoch milliseconds; what is not known is not there. `outcome` is how it
 * ended, why it was refused, what kind it is; `words` are the person's own.
 */
export type HeldItem = { [Word in (typeof HELD_WORDS)[number]]?: string } & {
  fromMs?: number;
  /** Null: it is not over. */
  untilMs?: number | null;
  seats?: number;
};

/** One kind of what is held, in plain words, and what there is of it. */
export interface HeldOfKind {
  part: string;
  title: string;
  what: string;
  why: string;
  kept: string;
  from: string;
  /** It lies where this service cannot look: there is where to look. */
  elsewhere?: string;
  items: HeldItem[];
}

/** What is held of one person. */
export interface PersonTold {
  user: string;
  organisation: string;
  madeAtMs: number;
  /** Years under whose keys the person was looked for. */
  years: number[];
  parts: HeldOfKind[];
  never: string;
}

/** Of a kind of which there are no items. */
export const nothingHeld = ({ elsewhere }: { elsewhere?: string | undefined }): string =>
  elsewhere === undefined ? "Nothing is held." : `Not looked for here: ${elsewhere}.`;

const ENDED: Record<EndReason | "turned_away" | "kept_waiting", string> = {
  checked_in: "given back",
  program_exited: "the program ended",
  program_crashed: "the program crashed",
  expired: "nothing was heard of the computer any more",
  reclaimed_idle: "taken back, because nobody had used it for a while",
  reclaimed_by_admin: "taken back by an administrator",
  borrow_due: "the time was over for which the seat was borrowed",
  borrow_returned: "brought back from being borrowed",
  device_retired: "the computer was retired",
  ledger_reset: "the service had lost it",
  turned_away: "no seat came",
  kept_waiting: "a seat came later",
};

/** How something ended, for the person; what it is where it is none of these. */
export const endedInWords = (outcome: string): string => (ENDED as Record<string, string>)[outcome] ?? outcome;

/** For how long what is kept, and what was deleted lately. */
export interface KeptFor {
  kept: { what: string; where: string; period: string }[];
  /** Years of which there is a key. */
  keyYears: number[];
  /** The newest first. */
  runs: RetentionRun[];
  erased: number;
  /** Of these, those of which something is not over. */
  unfinished: number;
}
