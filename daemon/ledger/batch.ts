import type { EndReason } from "../domain/denials.ts";
import { SeatmeterError } from "../domain/errors.ts";
import { type CallSettings, KINDS, type Kind, type LastEvent, NOTHING_KNOWN, OPERATIONS } from "./operations.ts";
import { asLedgerError } from "./troubles.ts";

/** One thing asked of a pool, with its columns in the order of the operations table. */
export interface Operation {
  kind: Kind;
  leaseId: string;
  /** The columns after the ids: holder or record. */
  column: string;
  /** The optional columns, empty where not filled. */
  optional: readonly string[];
  resolve(answer: string, call: CallResult): void;
  reject(error: unknown): void;
}

/** What a call says of the pool, beside its answers. */
export interface CallResult {
  /** The pool's moment of the call. */
  atMs: number;
  used: number;
  /** Seats that were offered in it to those who wait. */
  offers: number;
  /** Leases that ended in it and were not given back, by why: `expired`, `reclaimed_idle`, `borrow_due`, … */
  ended: ReadonlyMap<EndReason, number>;
  /** For so long it grants nothing fresh: the ledger lost something, and listens to what runs. */
  recoversMs: number;
  /** The epoch whose borrowed and assigned seats are to be rebuilt from the history. */
  lostIn?: string;
}

/** Sends one call; `returnsOnly` through the script that may still write when Redis has no memory left. */
export type Send = (args: string[], returnsOnly: boolean) => Promise<string[]>;

const MOST_OPERATIONS = 256;
const MOST_CALLS = 2;
/** The script's order. */
const TURN = Object.fromEntries(KINDS.map((kind, turn) => [kind, turn])) as Record<Kind, number>;

/**
 * Gathers what is asked of one pool while a call for it is under way, and sends it as one call when that is back. When
 * nothing is under way it is sent at once: no timer, so a launch at rest waits for nobody (most of what a script costs
 * is the call: core measurements in DECISIONS.md).
 *
 * A call names a lease once: the script reads the leases of a kind before it decides any of them, and decides returns
 * before checkouts. What else is asked of that lease stands behind it and goes with the calls after, in its order, and
 * holds up nobody but its own.
 */
export class PoolBatch {
  /** Seats in use after the last call; undefined before the first. */
  used: number | undefined;
  /** Whether time has to pass in it though it may hold nothing. */
  recovering = false;
  /** The epoch whose borrowed and assigned seats are to be rebuilt. */
  lostIn: string | undefined;
  #known = NOTHING_KNOWN;
  readonly #send: Send;
  readonly #settings: string[];
  readonly #onCall: (result: CallResult, operations: number, seconds: number) => void;
  /** Each of another lease, in order of arrival. */
  #waiting: Operation[] = [];
  /** What stands behind a lease that waits; a lease that waits alone has an empty list. */
  #behind = new Map<string, Operation[]>();
  #underWay = 0;
  #scheduled = false;

  constructor(
    send: Send,
    settings: CallSettings,
    onCall: (result: CallResult, operations: number, seconds: number) => void,
  ) {
    this.#send = send;
    this.#settings = Object.values(settings).map(String);
    this.#onCall = onCall;
  }

  /** The last event of the pool, as somebody knows it: from now on the ledger must not be behind it. */
  know(event: LastEvent): void {
    const [one, other] = [Number(event.epoch), Number(this.#known.epoch)];
    if (one > other || (one === other && event.number > this.#known.number)) this.#known = event;
  }

  add(operation: Operation): void {
    const behind = this.#behind.get(operation.leaseId);
    if (behind) behind.push(operation);
    else this.#wait(operation, []);
    this.#schedule();
  }

  /** Let time pass in the pool; a call that waits or is under way does so already. */
  async pulse(): Promise<void> {
    if (this.#waiting.length === 0 && this.#underWay === 0) await this.#call([]);
  }

  #wait(operation: Operation, behind: Operation[]) {
    this.#waiting.push(operation);
    this.#behind.set(operation.leaseId, behind);
  }

  #take(): Operation[] {
    // In a rush what gives back goes before what keeps, and what is new waits: nobody's seat expires in a queue of ours.
    if (this.#waiting.length > MOST_OPERATIONS) this.#waiting.sort((one, other) => TURN[one.kind] - TURN[other.kind]);
    const taken = this.#waiting.splice(0, MOST_OPERATIONS);
    const allBehind = this.#behind;
    // A new map costs less than taking everything out of the old one.
    if (this.#waiting.length === 0) this.#behind = new Map();
    for (const { leaseId } of taken) {
      const behind = allBehind.get(leaseId)!;
      if (allBehind === this.#behind) allBehind.delete(leaseId);
      const next = behind.shift();
      if (next) this.#wait(next, behind);
    }
    return taken;
  }

  /** What arrives in one tick of the event loop goes together. */
  #schedule() {
    if (this.#scheduled || this.#underWay >= MOST_CALLS) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      while (this.#waiting.length > 0 && this.#underWay < MOST_CALLS) void this.#call(this.#take());
    });
  }

  async #call(operations: Operation[]): Promise<void> {
    this.#underWay += 1;
    try {
      await this.#ask(operations, false);
    } finally {
      this.#underWay -= 1;
      if (this.#waiting.length > 0) this.#schedule();
    }
  }

  async #ask(operations: Operation[], returnsOnly: boolean): Promise<void> {
    let answers: string[];
    let result: CallResult;
    const began = performance.now();
    try {
      const args = encodeCall(this.#settings, this.#known, operations);
      const [, atMs, counts = "", text, last = ""] = await this.#send(args, returnsOnly);
      const [epoch = "", number, recoversMs, lost] = last.split(" ");
      this.know({ epoch, number: Number(number) });
      result = readCounts(Number(atMs), counts, Number(recoversMs));
      if (lost === "1") result.lostIn = epoch;
      answers = text ? text.split("\n") : [];
    } catch (cause) {
      const outOfMemory = cause instanceof Error && cause.message.startsWith("OOM") && !returnsOnly;
      const returns = outOfMemory ? operations.filter(({ kind }) => kind === "checkin" || kind === "renew") : [];
      const refused = operations.filter((operation) => !returns.includes(operation));
      for (const operation of refused) operation.reject(asLedgerError(cause));
      if (outOfMemory) await this.#ask(returns, true);
      return;
    }
    this.used = result.used;
    this.recovering = result.recoversMs > 0;
    this.lostIn = result.lostIn;
    this.#onCall(result, operations.length, (performance.now() - began) / 1000);
    this.#deliver(operations, answers, result);
  }

  /** Every operation has one answer, in the order of the kinds; of renewals only those that are not simply alive. */
  #deliver(operations: readonly Operation[], answers: readonly string[], result: CallResult) {
    const renewals = operations.filter((operation) => operation.kind === "renew").length;
    const told = (answers.length - (operations.length - renewals)) / 2;
    let at = 0;
    for (const kind of KINDS) {
      const ofKind = operations.filter((operation) => operation.kind === kind);
      if (kind === "renew") {
        const others = new Map<string, string>();
        for (let i = 0; i < told; i++, at += 2) others.set(answers[at + 1]!, answers[at]!);
        for (const operation of ofKind) operation.resolve(others.get(operation.leaseId) ?? "alive", result);
      } else {
        for (const operation of ofKind) {
          const answer = answers[at++]!;
          // More leases had expired than one call may end: a denial would be premature.
          if (answer === "again") this.add(operation);
          else if (answer === "recovering") operation.reject(recovering(result));
          else operation.resolve(answer, result);
        }
      }
    }
  }
}

/** Of the policy that the pool decided by. */
export const revisionIn = ([, , , , last = ""]: readonly string[]) => Number(last.split(" ")[4]);

/** `used offers why=n why=n …` */
function readCounts(atMs: number, text: string, recoversMs: number): CallResult {
  const [used, offers, ...ended] = text.split(" ");
  const pairs = ended.filter(Boolean).map((pair) => pair.split("=") as [EndReason, string]);
  return {
    atMs,
    used: Number(used),
    offers: Number(offers),
    ended: new Map(pairs.map(([why, leases]) => [why, Number(leases)])),
    recoversMs,
  };
}

const recovering = ({ recoversMs }: CallResult) =>
  new SeatmeterError(
    "ledger_recovering",
    "the ledger lost a part of what it knew, and listens to what runs before it grants anything; " +
      `ask again in ${Math.ceil(recoversMs / 1000)} s`,
  );

/**
 * A call's arguments: settings, what is known of its last event, how many of each kind, the optional columns that are
 * there, the columns.
 */
export function encodeCall(
  settings: readonly string[],
  { epoch, number }: LastEvent,
  operations: readonly Operation[],
): string[] {
  const byKind = KINDS.map((kind) => operations.filter((operation) => operation.kind === kind));
  const named: string[] = [];
  const columns: string[] = [];
  KINDS.forEach((kind, k) => {
    const rows = byKind[k]!;
    for (const row of rows) columns.push(row.leaseId);
    for (const row of rows) columns.push(row.column);
    OPERATIONS[kind].optional.forEach((column, i) => {
      if (rows.every((row) => row.optional[i] === "")) return;
      named.push(kind + column);
      for (const row of rows) columns.push(row.optional[i]!);
    });
  });
  return [
    ...settings,
    epoch,
    String(number),
    ...byKind.map((rows) => String(rows.length)),
    named.join(" "),
    ...columns,
  ];
}
