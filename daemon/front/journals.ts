import { heldFrom, JOURNAL_KEPT_MS, type Use } from "../domain/journal.ts";
import { folded } from "../domain/names.ts";
import type { InForce } from "../domain/register.ts";
import type { CheckoutRequest } from "../ledger/answers.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Pseudonyms } from "../privacy/pseudonyms.ts";
import { Checkout, type Journal, type JournalEntry, type Message } from "../protocol/messages.ts";
import { type Asker, firstPool, read, requestOf } from "./asked.ts";

/** What became of a journal. */
export interface Taken {
  answer: Message<"journalled">;
  /** Entries that nobody will hear of again, and that were not written down: too old, or of somebody else's lease. */
  leftOut: number;
}

interface Told extends Use {
  entry: JournalEntry;
  pool: string;
  request: CheckoutRequest;
}

/**
 * What computers used while nobody could be asked, and tell afterwards. It was, so it is not judged: it goes into the
 * stream of the pool that would have been asked first, or of the one where its lease was. What cannot be told any more is
 * answered as if it had been, or its computer would say it for ever.
 */
export class Journals {
  readonly #ledger: Pick<Ledger, "journal">;
  readonly #inForce: () => InForce;
  readonly #pseudonyms: Pseudonyms;
  readonly #now: () => number;
  /** In which pool a lease lives, or ended a while ago. */
  readonly #poolOf: (leaseId: string) => Promise<string | undefined>;
  readonly #onUngoverned: () => void;

  constructor(parts: {
    ledger: Pick<Ledger, "journal">;
    inForce: () => InForce;
    pseudonyms: Pseudonyms;
    now: () => number;
    poolOf: (leaseId: string) => Promise<string | undefined>;
    onUngoverned: () => void;
  }) {
    this.#ledger = parts.ledger;
    this.#inForce = parts.inForce;
    this.#pseudonyms = parts.pseudonyms;
    this.#now = parts.now;
    this.#poolOf = parts.poolOf;
    this.#onUngoverned = parts.onUngoverned;
  }

  /** Errors: ledger_unavailable; then some of it may have been written down, which does no harm when it is told again. */
  async take(asker: Asker, { entries }: Journal): Promise<Taken> {
    const nowMs = this.#now();
    const recent = entries.filter(({ endedAtMs }) => endedAtMs > nowMs - JOURNAL_KEPT_MS);
    const told = await Promise.all(recent.map((entry) => this.#read(asker, entry, nowMs)));
    const from = new Map([...Map.groupBy(told, ({ pool }) => pool).values()].flatMap((uses) => [...heldFrom(uses)]));
    const answers = await Promise.all(told.map((one) => this.#tell(one, from.get(one) ?? one.fromMs)));
    for (const answer of answers) if (answer === "told") this.#onUngoverned();
    const notTheirs = answers.filter((answer) => answer === "not_holder").length;
    return {
      answer: { type: "journalled", ids: entries.map(({ id }) => id) },
      leftOut: entries.length - recent.length + notTheirs,
    };
  }

  async #read(asker: Asker, entry: JournalEntry, nowMs: number): Promise<Told> {
    const { id, product, user, version, seats, startedAtMs, endedAtMs } = entry;
    // A clock that was set between its beginning and its end, or since, must not make it last for years, or into tomorrow.
    const untilMs = Math.min(endedAtMs, nowMs);
    const fromMs = Math.min(untilMs, Math.max(startedAtMs, nowMs - JOURNAL_KEPT_MS));
    const message = Checkout.parse({ type: "checkout", leaseId: id, product, user, version, seats });
    // The names, groups and departments of that day.
    const asked = read(this.#inForce().register, asker, message, fromMs);
    const pool = (await this.#poolOf(id)) ?? firstPool(asked);
    const request = requestOf(asked, { pools: [pool], back: false }, this.#pseudonyms);
    return { entry, pool, request, seatKey: request.seatKey, fromMs, untilMs };
  }

  #tell({ entry, pool, request, fromMs, untilMs }: Told, heldFromMs: number) {
    const { holder, seats, site, facts } = request;
    const { id, reason, why = "program_exited" } = entry;
    return this.#ledger.journal(pool, {
      ...{ leaseId: id, holder: folded(holder), fromMs, untilMs, heldFromMs },
      ...{ reason, why, seats, site, facts },
    });
  }
}
