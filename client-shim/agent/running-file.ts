import { join } from "node:path";
import type { Checkout } from "../keep-alive.ts";
import { KeptFile } from "../kept-file.ts";

/** A program that has a lease. */
export interface Running {
  checkout: Pick<Checkout, "leaseId" | "product" | "user" | "version" | "seats" | "attested">;
  pid: number;
  /** When it was started: a number of a process is another's after it. */
  startedAtMs: number;
  /** Whether a command has started it, which then comes back to the next agent by itself. */
  byCommand?: boolean;
  /** It was started with a seat that this computer has taken along. */
  borrowed?: boolean;
}

/** A process is the same whose start two looks see so near to each other: clocks are set, and starts are counted in ticks. */
const SAME_START_MS = 2_000;

/** What runs, written down so that an agent that is started anew takes it over with the same leases. */
export class RunningFile {
  readonly #file: KeptFile;
  readonly #running: Map<string, Running>;

  constructor(folder: string) {
    this.#file = new KeptFile(join(folder, "running.json"));
    const kept = this.#file.read();
    this.#running = new Map(
      (Array.isArray(kept) ? kept.filter(isRunning) : []).map((one) => [one.checkout.leaseId, one]),
    );
  }

  /** What ran when this was written last. */
  all(): Running[] {
    return [...this.#running.values()];
  }

  /** The lease of a program that was seen before. */
  of({ pid, startedAtMs }: Pick<Running, "pid" | "startedAtMs">): Running | undefined {
    return this.#running
      .values()
      .find((one) => one.pid === pid && Math.abs(one.startedAtMs - startedAtMs) <= SAME_START_MS);
  }

  /**
   * A disk that is full costs the memory of it: after a restart its program is metered with another lease.
   *
   * @returns when it was started, which an agent before may know better
   */
  add(running: Running): number {
    const { leaseId } = running.checkout;
    // Who comes back to another agent was started when it was.
    const startedAtMs = this.#running.get(leaseId)?.startedAtMs ?? running.startedAtMs;
    this.#running.set(leaseId, { ...running, startedAtMs });
    this.#file.tryWrite(this.all());
    return startedAtMs;
  }

  remove(leaseId: string): void {
    if (this.#running.delete(leaseId)) this.#file.tryWrite(this.all());
  }
}

function isRunning(kept: unknown): kept is Running {
  const { checkout, pid, startedAtMs } = (kept ?? {}) as Partial<Running>;
  const texts = [checkout?.leaseId, checkout?.product, checkout?.user];
  return texts.every((it) => typeof it === "string") && Number.isSafeInteger(pid) && typeof startedAtMs === "number";
}
