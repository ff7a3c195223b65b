import type { Register } from "../domain/register.ts";
import { erasuresFromMs, type RetentionRun } from "../domain/retention.ts";
import type { History } from "../history/database.ts";
import { agreeErasures, type Erased, type Erasure, erase, ownDevices } from "../history/erasures.ts";
import { type PersonInHistory, personInHistory } from "../history/person.ts";
import { retentionRuns } from "../history/retention.ts";

/** Runs that are told of. */
const RUNS_TOLD = 10;

/** What is written down of one person, under pseudonyms. Errors of all: history_unavailable. */
export interface Personal {
  /**
   * @param people pseudonyms under every key there is
   * @param user   folded, for what somebody did under his own name
   */
  person(people: readonly string[], user: string): Promise<PersonInHistory>;
  /** Of the computers in somebody's launches, those that nobody else used. */
  ownDevices(people: readonly string[]): Promise<string[]>;
  erase(erasure: Erasure, act: { reason: string; author: string }): Promise<Erased>;
  /** Tell the list that lies apart, and hear all that are known; those that were lost with a restore are done again. */
  agree(listed: readonly Erasure[]): Promise<{ all: Erasure[]; fromMs: number; replayed: number }>;
  /** What was deleted lately, the newest first, and how many people were erased. */
  retention(): Promise<{ runs: RetentionRun[]; erased: number; unfinished: number }>;
}

export interface PersonalParts {
  history: History;
  register: () => Register;
  now?: () => number;
}

export class PersonalDesk implements Personal {
  readonly #history: History;
  readonly #register: () => Register;
  readonly #now: () => number;

  constructor({ history, register, now = Date.now }: PersonalParts) {
    this.#history = history;
    this.#register = register;
    this.#now = now;
  }

  person(people: readonly string[], user: string): Promise<PersonInHistory> {
    return personInHistory(this.#history.db, people, user);
  }

  ownDevices(people: readonly string[]): Promise<string[]> {
    return ownDevices(this.#history.db, people);
  }

  erase(erasure: Erasure, act: { reason: string; author: string }): Promise<Erased> {
    return erase(this.#history, erasure, { ...act, nowMs: this.#now() });
  }

  async agree(listed: readonly Erasure[]): Promise<{ all: Erasure[]; fromMs: number; replayed: number }> {
    const { privacy, timezone } = this.#register();
    const nowMs = this.#now();
    const fromMs = erasuresFromMs(privacy, nowMs, timezone);
    return { ...(await agreeErasures(this.#history, listed, { fromMs, nowMs })), fromMs };
  }

  async retention(): Promise<{ runs: RetentionRun[]; erased: number; unfinished: number }> {
    const { db } = this.#history;
    const erasures = await db.selectFrom("erasures").select("done_ms").execute();
    return {
      runs: await retentionRuns(db, RUNS_TOLD),
      erased: erasures.length,
      unfinished: erasures.filter(({ done_ms }) => done_ms === null).length,
    };
  }
}
