import type { TicketKeys } from "../access/ticket-keys.ts";
import { DENIALS, type DenialReason } from "../domain/denials.ts";
import { indexOf } from "../domain/register-index.ts";
import type { CheckoutAnswer } from "../ledger/answers.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Message } from "../protocol/messages.ts";
import type { Asked } from "./asked.ts";
import { type DeniedFacts, deniedMessage } from "./denied.ts";
import { HolderLists } from "./holder-lists.ts";

/** What the ledger may answer in the end. */
export type Answered = Exclude<CheckoutAnswer, { outcome: "passed" | "not_holder" }>;
export type Granted = Extract<CheckoutAnswer, { outcome: "granted" }>;
export type Told = Message<"granted"> | Message<"denied"> | Message<"queued"> | Message<"returned">;

/** How the ledger's answers are told to those who asked: with tickets for what is borrowed, and who has the seats. */
export class Tellings {
  readonly #ledger: Pick<Ledger, "nextBorrowDue">;
  readonly #tickets: TicketKeys;
  readonly #holders: HolderLists;

  constructor(ledger: Pick<Ledger, "leases" | "nextBorrowDue">, tickets: TicketKeys) {
    this.#ledger = ledger;
    this.#tickets = tickets;
    this.#holders = new HolderLists(ledger);
  }

  /** @param pools those that were asked; the last one answered */
  async of(asked: Asked, answer: Answered, pools: readonly string[]): Promise<Told> {
    const { leaseId } = asked.message;
    const pool = pools.at(-1) as string;
    switch (answer.outcome) {
      case "returned":
        return { type: "returned", leaseId };
      case "queued":
        return { type: "queued", leaseId, pool, position: answer.position };
      case "denied":
        return deniedMessage(asked, answer, pools, await this.#deniedFacts(asked, answer.reason, pool));
      case "granted":
        return answer.borrowedUntilMs === undefined
          ? grantedMessage(asked, answer, pool)
          : this.#borrowedMessage(asked, answer, answer.borrowedUntilMs, pool);
    }
  }

  async #borrowedMessage(asked: Asked, answer: Granted, borrowedUntilMs: number, pool: string): Promise<Told> {
    const granted = grantedMessage(asked, answer, pool);
    const product = asked.product ?? asked.message.product;
    const { leaseId, seats } = granted;
    const good = { leaseId, product, pool, device: asked.countsFor, seats, untilMs: borrowedUntilMs };
    return { ...granted, borrowedUntilMs, ticket: await this.#tickets.sign(good) };
  }

  /** It is denied already, whether or not the ledger can tell who has the seats and when one is due. */
  async #deniedFacts({ register }: Asked, reason: DenialReason, pool: string): Promise<DeniedFacts> {
    if (!DENIALS[reason].seats) return {};
    const known = register.pools[pool];
    const holders = known?.showHolders ? await this.#holders.of(pool).catch(() => undefined) : undefined;
    const dueMs = known?.borrow ? await this.#ledger.nextBorrowDue(pool).catch(() => undefined) : undefined;
    return { ...(holders && { holders }), ...(dueMs !== undefined && { borrowDueMs: dueMs }) };
  }
}

export function grantedMessage(asked: Asked, { site, seats, flags }: Granted, pool: string): Message<"granted"> {
  const { ttlMs, heartbeatEveryMs } = indexOf(asked.register).leaseOf(pool);
  return { type: "granted", leaseId: asked.message.leaseId, pool, site, seats, ttlMs, heartbeatEveryMs, flags };
}
