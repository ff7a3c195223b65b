import type { Logger } from "pino";
import type { EndReason } from "./domain/denials.ts";
import type { Register } from "./domain/register.ts";
import { namesInRegister, rebuiltRequest } from "./front/rebuilt.ts";
import type { BorrowedSeat, LostPool } from "./history/queries/lost-seats.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Pseudonyms } from "./privacy/pseudonyms.ts";
import type { Recording } from "./recording.ts";
import type { RegisterInForce } from "./register-in-force.ts";

export interface RebuildingParts {
  ledger: Pick<Ledger, "lost" | "assigned" | "leases" | "checkout" | "act" | "claimNotice">;
  /** Joined. */
  recording: Pick<Recording, "past">;
  register: Pick<RegisterInForce, "current">;
  pseudonyms: Pick<Pseudonyms, "ofAllYears">;
  log: Pick<Logger, "info" | "warn">;
  now?: () => number;
  /** 0: only when `look` is called. */
  everyMs?: number;
}

const EVERY_MS = 1000;
/** Another daemon takes over from one that died at it. */
const CLAIMED_FOR_MS = 30_000;
const AT_ONCE = 500;

/**
 * Rebuilds from the history what a ledger lost and nobody says by himself: seats that are borrowed, whose computers are
 * away, and seats that are assigned. All of it may be done twice, and by two daemons at once: the ledger does it once.
 */
export class Rebuilding {
  readonly #parts: RebuildingParts;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #trouble = "";

  constructor(parts: RebuildingParts) {
    this.#parts = parts;
  }

  start(): void {
    const { everyMs = EVERY_MS } = this.#parts;
    if (everyMs > 0) this.#timer = setInterval(() => void this.look(), everyMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  /** Never at once with itself. Whatever goes wrong is tried again at the next look. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { ledger, log } = this.#parts;
    for (const { pool, epoch } of ledger.lost) {
      try {
        if (await ledger.claimNotice(`rebuild:${pool}:${epoch}`, CLAIMED_FOR_MS)) await this.#rebuild(pool, epoch);
        this.#trouble = "";
      } catch (error) {
        const { message } = error as Error;
        if (message !== this.#trouble) log.warn({ pool, err: error }, "what this pool lost is not rebuilt yet");
        this.#trouble = message;
      }
    }
  }

  async #rebuild(pool: string, epoch: string): Promise<void> {
    const { ledger, recording, register, log, now = Date.now } = this.#parts;
    const { register: inForce } = register.current;
    const { holdMs, metric } = inForce.pools[pool] ?? {};
    const hold =
      holdMs === undefined
        ? undefined
        : { ms: holdMs, by: metric === "device" ? ("device" as const) : ("person" as const) };
    const lost: LostPool = { pool, epoch, nowMs: now(), hold };
    const [{ db }, { lostSeats, endedSince, freedSince }] = await Promise.all([
      recording.past(),
      import("./history/queries/lost-seats.ts"),
    ]);
    const known = await lostSeats(db, lost);
    if (!known) return;
    const borrowed = await this.#borrow(lost, inForce, known.borrowed);
    const assigned = await this.#each(known.assigned, ({ name, usedMs }) =>
      ledger.act(pool, name, { order: "assign", epoch, usedMs }),
    );
    // A ledger that came back older has what was given back since.
    const over = await endedSince(db, lost, await this.#borrowedIn(pool));
    await this.#each([...over], ([leaseId, why]) =>
      ledger.act(pool, leaseId, { order: "over", epoch, why: why as EndReason }),
    );
    const freed = hold ? await freedSince(db, lost, await ledger.assigned(pool)) : [];
    await this.#each(freed, (name) => ledger.act(pool, name, { order: "reassign" }));
    const { outcome } = await ledger.act(pool, "rebuilt", { order: "rebuilt", epoch });
    if (outcome !== "rebuilt") return;
    const counts = { borrowed, assigned: assigned.filter((answer) => answer.outcome === "assigned").length };
    log.info({ pool, ...counts }, "what this pool lost of borrowed and assigned seats is rebuilt from the history");
  }

  /** @returns how many are there again by this */
  async #borrow({ pool, epoch }: LostPool, register: Register, seats: readonly BorrowedSeat[]): Promise<number> {
    if (seats.length === 0) return 0;
    const nameOf = namesInRegister(register, this.#parts.pseudonyms);
    // Until then the history has it in the epoch before; it is named after the microsecond in which it began.
    const sinceMs = Math.floor(Number(epoch) / 1000);
    const answers = await this.#each(seats, (seat) =>
      this.#parts.ledger.checkout(pool, rebuiltRequest({ register, pool, epoch, sinceMs }, launchOf(seat), nameOf)),
    );
    return answers.filter(({ outcome }) => outcome === "granted").length;
  }

  async #borrowedIn(pool: string): Promise<string[]> {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.#parts.ledger.leases(pool, cursor);
      for (const { leaseId, borrowedUntilMs } of page.items) if (borrowedUntilMs !== undefined) found.push(leaseId);
      cursor = page.next;
    } while (cursor !== undefined);
    return found;
  }

  /** In their order, and not all of a large pool at once: launches are answered meanwhile. */
  async #each<Item, Answer>(items: readonly Item[], ask: (item: Item) => Promise<Answer>): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (let from = 0; from < items.length; from += AT_ONCE) {
      answers.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(ask))));
    }
    return answers;
  }
}

const launchOf = (row: BorrowedSeat) => ({
  ...{ leaseId: row.lease_id, product: row.product, site: row.site, version: row.version, askedFirst: row.asked_first },
  ...{ attemptId: row.attempt_id, attested: row.attested === 1, department: row.department, seats: row.seats },
  ...{ person: row.person, personLastYear: row.person_last_year, device: row.device, holder: row.holder },
  ...{ deviceLastYear: row.device_last_year, recalled: row.flags.split(",").includes("recalled") },
  borrowedUntilMs: row.borrowed_until_ms,
});
