import type { RenewAnswer } from "./answers.ts";
import type { Operation } from "./batch.ts";
import { decodeStanding } from "./order-text.ts";

interface Renewal {
  leaseId: string;
  holder: string;
  promise: Promise<RenewAnswer>;
  resolve(answer: RenewAnswer): void;
  reject(error: unknown): void;
}

/** Heartbeats of all pools, gathered until somebody takes them to send them together. */
export class Renewals {
  /** By pool, then by lease and holder: said twice, a heartbeat is sent once. */
  #waiting = new Map<string, Map<string, Renewal>>();

  gather(pool: string, leaseId: string, holder: string): Promise<RenewAnswer> {
    let ofPool = this.#waiting.get(pool);
    if (!ofPool) {
      ofPool = new Map();
      this.#waiting.set(pool, ofPool);
    }
    const key = `${leaseId} ${holder}`;
    const found = ofPool.get(key);
    if (found) return found.promise;
    const renewal = { leaseId, holder, ...Promise.withResolvers<RenewAnswer>() };
    ofPool.set(key, renewal);
    return renewal.promise;
  }

  *take(): Generator<[pool: string, Operation[]]> {
    const waiting = this.#waiting;
    this.#waiting = new Map();
    for (const [pool, ofPool] of waiting) {
      yield [pool, [...ofPool.values()].map(operationOf)];
    }
  }
}

const operationOf = ({ leaseId, holder, resolve, reject }: Renewal): Operation => ({
  kind: "renew",
  leaseId,
  column: holder,
  optional: [],
  resolve: (answer) => resolve(decodeStanding(answer)),
  reject,
});
