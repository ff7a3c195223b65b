import type { Terms } from "../../daemon/ledger/answers.ts";
import type { Kind } from "../../daemon/ledger/operations.ts";

/** Whom a launch is of, by pseudonym: under this year's key and under last year's. */
export interface Person {
  user: string;
  userBefore: string;
  device: string;
  deviceBefore: string;
}

/** A launch, as the pool and the model are told of it. */
export interface Launch {
  holder: string;
  /** The name that `status` shows while the lease lives. */
  name: string;
  key: string;
  seats: number;
  site: string;
  /** Counters beside the site's, with the limit by which each is judged. */
  counters: readonly { name: string; limit: string }[];
  person: Person;
  product: string;
  attempt: string;
  facts: string;
}

/** What is asked of the pool and of the model, in the same words; most kinds need a part of it. */
export interface Asked extends Launch {
  kind: Kind;
  leaseId: string;
  /** Of a checkin: why; empty where it says nothing. */
  why: string;
  /** Of an act. */
  order: string;
  terms: Terms;
  verdict: string;
  next: string;
  /** Of a journal's entry: until when it was in use, from when on in a seat of its own, and what its event tells. */
  used: { untilMs: number; heldMs: number; told: string };
}

/** Small, so that forgetting, sweeps that do not finish, queues longer than a look and too many people happen often. */
export const BOUNDS = {
  rememberMs: 900_000,
  rememberMost: 6,
  sweepMost: 3,
  queueMost: 3,
  offerMs: 30_000,
  coolOffMs: 120_000,
  foldMs: 900_000,
  attemptMs: 1_200_000,
  foldMost: 3,
  journalMs: 30 * 3_600_000,
  journalMost: 4,
};
export type Bounds = typeof BOUNDS;

/** The counters of a launch as its record writes them, with their limits. */
export const wanted = (counters: Launch["counters"]) =>
  counters.map(({ name, limit }) => (limit === name ? ` ${name}` : ` ${name}<${limit}`)).join("");

/** A journal's entry as the script reads it. */
export const journalRecordOf = ({ holder, why, used: { untilMs, heldMs, told } }: Asked) =>
  [holder, untilMs, heldMs, "unreachable", why || "program_exited", told].join("\t");

/** A launch as the script reads it. */
export const recordOf = ({ holder, key, seats, site, counters, name, facts }: Launch) =>
  [holder, key, seats, `site:${site}${wanted(counters)}`, name, holder, facts].join("\t");
