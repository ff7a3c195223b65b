import { createHash } from "node:crypto";
import type { Act, ActName, Head } from "../domain/acts.ts";
import type { AuditRow } from "../history/tables.ts";

/** Of the first row there ever was: no row comes before it. */
export const BEGINNING: Head = { seq: 0, hash: "0".repeat(64) };

export const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** What a row says, beside where it stands. */
export interface Entry extends Act {
  /** Before the act, or after it. */
  phase: "intent" | "outcome";
  /** `done`, or the error's code; empty before the act. */
  outcome: string;
  /** The row that said the intent. */
  intent: number | null;
}

/**
 * The row that comes after another. Whoever changes one afterwards has to write all that follow anew, and then the head is
 * another than the one that was printed.
 *
 * @param salt random; with the subject it goes when a person is erased, and the row still says that it is as it was
 */
export function rowAfter(head: Head, { intent, subject, ...entry }: Entry, atMs: number, salt: string): AuditRow {
  const row = {
    ...{ seq: head.seq + 1, at_ms: atMs, ...entry, intent },
    ...{ subject, subject_salt: subject && salt, subject_hash: subjectHash(subject, salt) },
    prev_hash: head.hash,
  };
  return { ...row, hash: hashOf(row) };
}

/** Of a row without somebody it is about there is nothing to hash. */
const subjectHash = (subject: string, salt: string) => (subject === "" ? "" : sha256(`${salt} ${subject}`));

/** THE CANONICAL TEXT of a row: what it says in this order, as JSON, hashed. The subject stands in it as a hash. */
const hashOf = (row: Omit<AuditRow, "hash">) =>
  sha256(
    JSON.stringify([
      ...["seatmeter audit 1", row.seq, row.at_ms, row.who, row.role, row.site, row.act, row.about, row.subject_hash],
      ...[row.reason, row.phase, row.outcome, row.intent, row.prev_hash],
    ]),
  );

export interface Broken {
  /** The first row that is not as it was. */
  seq: number;
  why: string;
}

const CUT: ActName = "cut_audit";
const CUT_TEXT = /^rows up to (\d+), whose hash is ([0-9a-f]{64})$/;
/** What the row says that stands for all that were cut off at the front. */
export const cutText = ({ seq, hash }: Head) => `rows up to ${seq}, whose hash is ${hash}`;

/** Walks along a chain, row by row from its front. */
export class ChainWalk {
  /** Where the rows that are there begin: after this one. */
  #before: Head | undefined;
  #last: Head | undefined;
  #broken: Broken | undefined;
  #rows = 0;
  /** What the rows say was cut off, each with the last of it. */
  readonly #cuts: Head[] = [];
  readonly #wanted: Partial<Head> | undefined;
  #foundWanted = false;

  /** @param wanted a head that was printed before, and must be among the rows */
  constructor(wanted?: Partial<Head>) {
    this.#wanted = wanted;
  }

  get last(): Head {
    return this.#last ?? BEGINNING;
  }

  get rows(): number {
    return this.#rows;
  }

  next(row: AuditRow): void {
    const { seq, prev_hash, hash } = row;
    this.#before ??= { seq: seq - 1, hash: prev_hash };
    const before = this.#last ?? this.#before;
    if (seq !== before.seq + 1) this.#breaks(before.seq + 1, "it is missing");
    else if (hash !== hashOf(row)) this.#breaks(seq, "it was changed after it was written");
    else if (prev_hash !== before.hash)
      this.#breaks(seq, `it does not follow row ${before.seq}: one of them is not as it was`);
    else if (row.subject !== "" && subjectHash(row.subject, row.subject_salt) !== row.subject_hash)
      this.#breaks(seq, "whom it is about was changed after it was written");
    const cut = row.act === CUT ? CUT_TEXT.exec(row.about) : null;
    if (cut) this.#cuts.push({ seq: Number(cut[1]), hash: cut[2] as string });
    this.#foundWanted ||= this.#isWanted({ seq, hash });
    this.#last = { seq, hash };
    this.#rows += 1;
  }

  /** @param head what was written down beside the rows when the last one was */
  end(head: Head): Broken | undefined {
    const { last } = this;
    const before = this.#before ?? BEGINNING;
    if (before.seq > 0 ? !this.#cuts.some((cut) => same(cut, before)) : !same(before, BEGINNING))
      this.#breaks(before.seq, "it is missing, and no row says that rows up to it were cut off");
    if (head.seq > last.seq) this.#breaks(last.seq + 1, `it is missing, though there were ${head.seq} rows`);
    else if (!same(head, last)) this.#breaks(last.seq, "it is not the one that was written down as the last");
    if (this.#wanted && !this.#foundWanted && !this.#isWanted(before)) this.#misses(this.#wanted);
    return this.#broken;
  }

  #misses({ seq }: Partial<Head>) {
    const { last } = this;
    if (seq === undefined) this.#breaks(last.seq, "no row up to it has the hash that was the head");
    else if (seq > last.seq) this.#breaks(last.seq + 1, `it is missing, though row ${seq} was the last one once`);
    else if (seq > (this.#before?.seq ?? 0)) this.#breaks(seq, "it is not the one that was the last then");
    else this.#breaks(seq, "it was cut off since, so whether it was the last then cannot be told: name a later head");
  }

  #isWanted(head: Head): boolean {
    const { seq, hash } = this.#wanted ?? {};
    return hash !== undefined && head.hash === hash && (seq === undefined || head.seq === seq);
  }

  /** The first that is found, whichever row it is about: what follows from it is no second break. */
  #breaks(seq: number, why: string): void {
    this.#broken ??= { seq, why };
  }
}

const same = (one: Head, other: Head) => one.seq === other.seq && one.hash === other.hash;
