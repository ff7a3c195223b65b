import { DENIALS, type DenialReason } from "./denials.ts";
import type { Refusals } from "./usage.ts";

/** A launch that was denied, or granted, as far as folding asks. Those for other reasons than want of seats are left out. */
export interface LaunchAnswer {
  atMs: number;
  /** Pseudonym. */
  person: string;
  product: string;
  pool: string;
  seats: number;
  department: string;
  /** Empty: none was told. */
  attemptId: string;
  /** Absent: granted. */
  denied?: DenialReason;
}

/** A person who wanted to launch something and found no seat, however often the launch was tried. */
export interface Refusal {
  person: string;
  product: string;
  /** Of the first denial, like the seats and the department. */
  pool: string;
  seats: number;
  department: string;
  firstMs: number;
  lastMs: number;
  /** When it was granted after all: the person was kept waiting. Absent: turned away. */
  grantedMs?: number;
  /** Another seat in the pool would have cured it. */
  forSizing: boolean;
}

/** Denials with no more than this between them are one refusal; who is granted within it was kept waiting. */
export const FOLD_MS = 15 * 60_000;

interface Open extends Refusal {
  attempts: Set<string>;
}

/**
 * Fold denials into refusals: of one person and product, with no more than 15 minutes from one to the next and no grant
 * between; one attempt's are together however far apart.
 *
 * @param answers in any order; those of 15 minutes after the time that is asked about belong to it, or who was kept
 *                waiting across its end is told as turned away
 * @returns in the order of the first denials
 * @see renewals.md, "a refusal"
 */
export function foldRefusals(answers: readonly LaunchAnswer[]): Refusal[] {
  const wanting = answers.filter(({ denied }) => denied === undefined || DENIALS[denied].seats);
  const launches = Map.groupBy(wanting, ({ person, product }) => `${person}\t${product}`);
  return [...launches.values()]
    .flatMap((one) => foldOne(one.toSorted(inTime)))
    .sort((one, other) => one.firstMs - other.firstMs);
}

/** A denial and a grant of one moment: the grant is the answer to trying again. */
const inTime = (one: LaunchAnswer, other: LaunchAnswer) =>
  one.atMs - other.atMs || Number(one.denied === undefined) - Number(other.denied === undefined);

function foldOne(answers: readonly LaunchAnswer[]): Refusal[] {
  const all: Open[] = [];
  let open: Open[] = [];
  for (const answer of answers) {
    const belongs = ({ lastMs, attempts }: Open) =>
      answer.atMs - lastMs <= FOLD_MS || (answer.attemptId !== "" && attempts.has(answer.attemptId));
    if (answer.denied === undefined) {
      for (const refusal of open) if (belongs(refusal)) refusal.grantedMs = answer.atMs;
      open = [];
      continue;
    }
    // What one attempt joins is one refusal, though others of the person may have begun between.
    const joined = open.findLast(({ attempts }) => attempts.has(answer.attemptId)) ?? open.findLast(belongs);
    const refusal = joined ?? begun(answer);
    if (!joined) {
      all.push(refusal);
      open.push(refusal);
    }
    refusal.lastMs = answer.atMs;
    refusal.forSizing ||= DENIALS[answer.denied].sizing;
    if (answer.attemptId !== "") refusal.attempts.add(answer.attemptId);
  }
  return all.map(({ attempts, ...refusal }) => refusal);
}

const begun = ({ atMs, person, product, pool, seats, department }: LaunchAnswer): Open => ({
  person,
  product,
  pool,
  seats,
  department,
  firstMs: atMs,
  lastMs: atMs,
  forSizing: false,
  attempts: new Set(),
});

/** How refusals came out, as it is kept of a pool and a day. */
export function countRefusals(refusals: readonly Refusal[]): Refusals {
  const outcomes = (of: readonly Refusal[]) => {
    const keptWaiting = of.filter(({ grantedMs }) => grantedMs !== undefined).length;
    return { keptWaiting, turnedAway: of.length - keptWaiting };
  };
  return {
    ...outcomes(refusals),
    forSizing: outcomes(refusals.filter(({ forSizing }) => forSizing)),
    delaysMs: refusals
      .flatMap(({ firstMs, grantedMs }) => (grantedMs === undefined ? [] : [grantedMs - firstMs]))
      .sort((one, other) => one - other),
  };
}
