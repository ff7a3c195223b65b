import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Channel } from "./channel.ts";
import type { Matter } from "./matters.ts";

/** What all daemons together remember; Redis's. Errors: ledger_unavailable. */
export interface Memory {
  /** Take something on for so long, unless somebody has taken it on, or done it. */
  claim(id: string, forMs: number): Promise<boolean>;
  /** It is done, or not to be tried again, for so long. */
  hold(id: string, forMs: number): Promise<void>;
}

export interface NoticesParts {
  /** What is to be told, and how, as things are. Errors: where that is not known just now. */
  look: () => Promise<{ matters: readonly Matter[]; channels: readonly Channel[] }>;
  memory: Memory;
  log: Pick<Logger, "info" | "warn">;
  everyMs?: number;
}

const LOOK_EVERY_MS = 60_000;
/** After a look in vain. */
const LOOK_AGAIN_MS = 5_000;
/** Longer than a notice can take, so that nobody tells what somebody is telling. */
const CLAIM_MS = 120_000;
/** Longer than the longest reminder is due. */
const TOLD_MS = 200 * 86_400_000;
const FIRST_RETRY_MS = 60_000;
const LAST_RETRY_MS = 3_600_000;
/** Of each daemon; after that it is let be, for a day. */
const MOST_TRIES = 10;
const GIVEN_UP_MS = 86_400_000;
/** A notice under way is waited for so long; another daemon tells what is left. */
const STOP_MS = 1000;

/**
 * Tells owners, once, of what concerns them. Every daemon looks, and whoever claims a matter first tells it. A notice that
 * could not be sent is claimed for a while longer, and then tried again by any of them. Nothing waits for a notice.
 */
export class Notices {
  readonly #parts: NoticesParts;
  readonly #tries = new Map<string, number>();
  /** Told, though the memory could not be told so yet. */
  readonly #unremembered = new Set<string>();
  readonly #silent = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #again: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #isStopped = false;
  /** It is not known what to tell: said once. */
  #isBlind = false;

  constructor(parts: NoticesParts) {
    this.#parts = parts;
  }

  start(): void {
    const { everyMs = LOOK_EVERY_MS } = this.#parts;
    this.#timer = setInterval(() => void this.look(), everyMs).unref();
    void this.look();
  }

  /** Tell what is due. One round at a time. */
  look(): Promise<void> {
    this.#looking ??= this.#round()
      .catch((error: Error) => {
        const why = error.message;
        if (!this.#isStopped && !this.#isBlind)
          this.#parts.log.warn({ why }, "notices wait: what there is to tell cannot be known just now");
        this.#isBlind = true;
        if (!this.#isStopped) this.#again = setTimeout(() => void this.look(), LOOK_AGAIN_MS).unref();
      })
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    clearTimeout(this.#again);
    await Promise.race([this.#looking, delay(STOP_MS, undefined, { ref: false })]);
  }

  async #round(): Promise<void> {
    for (const id of this.#unremembered) {
      await this.#parts.memory.hold(id, TOLD_MS);
      this.#unremembered.delete(id);
    }
    const { matters, channels } = await this.#parts.look();
    this.#isBlind = false;
    for (const channel of channels) {
      for (const matter of matters) {
        if (!channel.tells(matter)) continue;
        // Where one could not be told the next would not be either: its turn is in the next round.
        if (this.#isStopped || !(await this.#tell(matter, channel))) break;
      }
    }
  }

  /** @returns false where it was tried in vain */
  async #tell(matter: Matter, channel: Channel): Promise<boolean> {
    const { memory, log } = this.#parts;
    const id = createHash("sha256").update(`${channel.name}\n${matter.key}`).digest("hex").slice(0, 32);
    if (this.#unremembered.has(id) || !(await memory.claim(id, CLAIM_MS))) return true;
    const { about, pool } = matter;
    let remark: string | undefined;
    try {
      remark = await channel.send(matter, id);
    } catch (error) {
      await memory.hold(id, this.#failed(id, channel, error as Error));
      return false;
    }
    this.#unremembered.add(id);
    this.#tries.delete(id);
    if (this.#silent.delete(channel.name)) log.info(`notices by ${channel.shownAs} are sent again`);
    log.info({ about, pool, by: channel.shownAs, ...(remark !== undefined && { remark }) }, "notice sent");
    await memory.hold(id, TOLD_MS);
    this.#unremembered.delete(id);
    return true;
  }

  /** @returns for how long nobody is to try it again */
  #failed(id: string, { name, shownAs }: Channel, { message }: Error): number {
    const { log } = this.#parts;
    const tries = (this.#tries.get(id) ?? 0) + 1;
    if (!this.#silent.has(name))
      log.warn({ why: message }, `notices by ${shownAs} cannot be sent; they are tried again`);
    this.#silent.add(name);
    this.#tries.set(id, tries);
    if (tries < MOST_TRIES) return Math.min(FIRST_RETRY_MS * 2 ** (tries - 1), LAST_RETRY_MS);
    log.warn({ why: message, tries }, `a notice by ${shownAs} could not be sent; it is let be for a day`);
    this.#tries.delete(id);
    return GIVEN_UP_MS;
  }
}
