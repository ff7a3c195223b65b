import type { Operation, Pause } from "../../client-shim/history-checker.ts";

/** What chance decides of one call. */
export interface Call {
  slot: number;
  kind: "heartbeat" | "checkin";
  /** Since the call before was sent, to the decision, and to the answer, in milliseconds. */
  gapMs: number;
  outMs: number;
  backMs: number;
  /** No answer comes: decided or not. */
  lost: "no" | "answer" | "question";
}

type Result = Operation["res"];

/** A pool that keeps its promises, asked by shims of which each waits for its answer: writes the history of it. */
export class SimulatedLedger {
  readonly operations: Operation[] = [];
  readonly #seats: number;
  readonly #ttlMs: number;
  readonly #pause: Pause | undefined;
  readonly #due = new Map<string, number>();
  readonly #returned = new Set<string>();
  readonly #slots = new Map<number, { lease: string; holds: boolean; freeAtMs: number; unsure?: Operation["op"] }>();
  #decisions: { atMs: number; decide: () => void }[] = [];
  nowMs = 0;
  #leases = 0;

  constructor(seats: number, ttlMs: number, pause?: Pause) {
    this.#seats = seats;
    this.#ttlMs = ttlMs;
    this.#pause = pause;
  }

  call({ slot, kind, gapMs, outMs, backMs, lost }: Call) {
    let shim = this.#slots.get(slot);
    if (!shim) {
      shim = { lease: this.newLease(), holds: false, freeAtMs: 0 };
      this.#slots.set(slot, shim);
    }
    const t0 = Math.max(this.nowMs + gapMs, shim.freeAtMs);
    this.settle(t0);
    this.nowMs = t0;
    const op = shim.unsure ?? (shim.holds ? kind : "checkout");
    const atMs = this.#notPaused(t0 + outMs);
    const t1 = atMs + backMs;
    const { lease } = shim;
    shim.freeAtMs = t1;
    const operation: Operation = { line: this.operations.length + 2, op, lease, t0, t1, res: "unknown" };
    this.operations.push(operation);
    const current = shim;
    const decide = () => {
      const res = lost === "question" ? "unknown" : this.decide(op, lease, atMs);
      if (lost !== "no") {
        current.unsure = op === "heartbeat" ? "checkout" : op;
        return;
      }
      operation.res = res;
      delete current.unsure;
      current.holds = op !== "checkin" && res === "ok";
      if (!current.holds) current.lease = this.newLease();
    };
    this.#decisions.push({ atMs, decide });
  }

  /** Let everything be decided that is due by then. */
  settle(untilMs = Number.POSITIVE_INFINITY) {
    this.#decisions.sort((one, other) => one.atMs - other.atMs);
    while (this.#decisions[0] && this.#decisions[0].atMs <= untilMs) this.#decisions.shift()!.decide();
  }

  decide(op: Operation["op"], lease: string, atMs: number): Result {
    this.sweep(atMs);
    const due = this.#virtual(atMs) + this.#ttlMs;
    if (op === "checkin") {
      const held = this.#due.delete(lease);
      if (held) this.#returned.add(lease);
      return held || this.#returned.has(lease) ? "ok" : "lost";
    }
    if (op === "checkout" && this.#returned.has(lease)) return "lost";
    if (!this.#due.has(lease)) {
      if (op === "heartbeat") return "lost";
      if (this.#due.size >= this.#seats) return "full";
    }
    this.#due.set(lease, due);
    return "ok";
  }

  sweep(atMs: number) {
    for (const [lease, due] of this.#due) if (due <= this.#virtual(atMs)) this.#due.delete(lease);
  }

  get used() {
    return this.#due.size;
  }

  newLease() {
    this.#leases += 1;
    return `lease-${this.#leases}`;
  }

  /** A pause of the service: nothing is decided in it, and no lease grows older. */
  #virtual(atMs: number): number {
    if (!this.#pause || atMs <= this.#pause.t0) return atMs;
    return atMs - (Math.min(atMs, this.#pause.t1) - this.#pause.t0);
  }

  #notPaused(atMs: number): number {
    return this.#pause && atMs > this.#pause.t0 && atMs < this.#pause.t1 ? this.#pause.t1 : atMs;
  }
}
