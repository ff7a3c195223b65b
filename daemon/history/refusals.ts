import { DENIALS, type DenialReason } from "../domain/denials.ts";
import type { LedgerEvent } from "../domain/events.ts";
import { FOLD_MS } from "../domain/refusals.ts";
import type { RefusalRow } from "./tables.ts";

/** Who was granted lately, in case a denial of before is read later, from another pool. */
interface Granted {
  atMs: number;
  pool: string;
}

/**
 * Folds denials for want of seats into refusals: people, not tries. Granted within a quarter of an hour of the last
 * denial, a person was kept waiting; otherwise turned away, which needs no writing down. An `attemptId` joins denials that
 * lie further apart. A person is found under last year's pseudonym, too.
 */
export class Refusals {
  /** By product and person: the newest last. */
  readonly #open = new Map<string, RefusalRow[]>();
  readonly #byAttempt = new Map<string, RefusalRow>();
  readonly #granted = new Map<string, Granted>();
  #changed = new Set<RefusalRow>();
  #forgottenMs = 0;

  constructor(known: readonly RefusalRow[]) {
    for (const row of known) this.#keep(row);
  }

  /** Attempts of these events that may go on with a refusal of long ago, which is not at hand. */
  attemptsUnknown(events: readonly LedgerEvent[]): string[] {
    const attempts = events.flatMap(({ kind, word, facts }) =>
      kind === "denied" && DENIALS[word as DenialReason]?.seats && facts.attemptId ? [facts.attemptId] : [],
    );
    return [...new Set(attempts)].filter((attempt) => !this.#byAttempt.has(attempt));
  }

  know(rows: readonly RefusalRow[]): void {
    for (const row of rows) this.#keep(row);
  }

  apply(event: LedgerEvent): void {
    if (event.kind === "granted") this.#grant(event);
    else if (event.kind === "denied" && DENIALS[event.word as DenialReason]?.seats) this.#deny(event);
  }

  /** The rows that came or changed since they were last taken; what is long ago is forgotten. */
  take(atMs: number): RefusalRow[] {
    const taken = [...this.#changed];
    this.#changed = new Set();
    if (atMs - this.#forgottenMs > FOLD_MS) this.#forget(atMs);
    return taken;
  }

  #deny(event: LedgerEvent) {
    const { atMs, facts } = event;
    const sizing = Number(DENIALS[event.word as DenialReason].sizing);
    const found = this.#foldingInto(event);
    if (found) {
      found.first_ms = Math.min(found.first_ms, atMs);
      found.last_ms = Math.max(found.last_ms, atMs);
      found.denials += 1;
      found.sizing_denials += sizing;
      if (facts.attemptId) this.#byAttempt.set(facts.attemptId, found);
      this.#changed.add(found);
      return;
    }
    const granted = namesOf(event)
      .map((name) => this.#granted.get(name))
      .find((grant) => grant && grant.atMs >= atMs && grant.atMs <= atMs + FOLD_MS);
    const row: RefusalRow = {
      ...{ pool: event.pool, epoch: event.epoch, number: event.number, product: facts.product },
      ...{ person: facts.user, person_last_year: facts.userLastYear, department: facts.department },
      ...{ attempt_id: facts.attemptId, first_ms: atMs, last_ms: atMs, denials: 1, sizing_denials: sizing },
      ...{ granted_ms: granted?.atMs ?? null, granted_pool: granted?.pool ?? null },
    };
    this.#keep(row);
    this.#changed.add(row);
  }

  #foldingInto(event: LedgerEvent): RefusalRow | undefined {
    const { atMs, facts } = event;
    const attempt = facts.attemptId ? this.#byAttempt.get(facts.attemptId) : undefined;
    if (attempt && attempt.granted_ms === null) return attempt;
    return this.#ofPerson(event).find(
      ({ first_ms, last_ms, granted_ms }) =>
        atMs >= first_ms - FOLD_MS && atMs <= last_ms + FOLD_MS && (granted_ms === null || granted_ms > atMs),
    );
  }

  #grant(event: LedgerEvent) {
    const { atMs, facts, pool } = event;
    for (const name of namesOf(event).slice(0, 1)) this.#granted.set(name, { atMs, pool });
    const attempt = facts.attemptId ? this.#byAttempt.get(facts.attemptId) : undefined;
    const waiting = this.#ofPerson(event).filter(
      ({ last_ms, granted_ms }) => granted_ms === null && atMs >= last_ms && atMs <= last_ms + FOLD_MS,
    );
    if (attempt && attempt.granted_ms === null && !waiting.includes(attempt)) waiting.push(attempt);
    for (const row of waiting) this.#changed.add(Object.assign(row, { granted_ms: atMs, granted_pool: pool }));
  }

  #ofPerson(event: LedgerEvent): RefusalRow[] {
    return namesOf(event)
      .flatMap((name) => this.#open.get(name) ?? [])
      .toSorted((one, other) => other.last_ms - one.last_ms);
  }

  #keep(row: RefusalRow) {
    const name = `${row.product} ${row.person}`;
    this.#open.set(name, [...(this.#open.get(name) ?? []), row]);
    if (row.attempt_id) this.#byAttempt.set(row.attempt_id, row);
  }

  #forget(atMs: number) {
    this.#forgottenMs = atMs;
    const sinceMs = atMs - FOLD_MS;
    for (const [name, rows] of this.#open) {
      const left = rows.filter(({ last_ms }) => last_ms >= sinceMs);
      if (left.length === 0) this.#open.delete(name);
      else this.#open.set(name, left);
    }
    for (const [attempt, { last_ms }] of this.#byAttempt) if (last_ms < sinceMs) this.#byAttempt.delete(attempt);
    for (const [name, { atMs: grantedMs }] of this.#granted) if (grantedMs < sinceMs) this.#granted.delete(name);
  }
}

/** Under this year's pseudonym, and under last year's. */
const namesOf = ({ facts }: LedgerEvent) =>
  [facts.user, facts.userLastYear].filter(Boolean).map((person) => `${facts.product} ${person}`);
