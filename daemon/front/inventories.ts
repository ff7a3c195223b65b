import { Attempts } from "../access/attempts.ts";
import { SeatmeterError } from "../domain/errors.ts";
import { SOFTWARE_ITEMS, type Software } from "../domain/inventory.ts";
import { folded } from "../domain/names.ts";
import type { Inventory, Message } from "../protocol/messages.ts";
import type { Asker } from "./asked.ts";

/** So often in an hour may a computer begin to tell: once a week, or when something is installed, is usual. */
const BEGUN = { most: 12, windowMs: 3_600_000 };
/** A computer that has begun and does not go on is forgotten. */
const GATHERED_FOR_MS = 300_000;
/** Of all computers together that are telling just now, in memory. */
const MOST_GATHERED = 500_000;

/** Where what a computer told is written down. Errors: history_unavailable */
export type KeepInventory = (asker: Asker, software: readonly Software[]) => Promise<void>;

interface Gathering {
  of: number;
  parts: Software[][];
  items: number;
  sinceMs: number;
  /** Once all parts are here. */
  kept?: Promise<void>;
}

/** Parts of inventories, gathered until all of a computer's are here; a part said again is answered again. */
export class Inventories {
  readonly #keep: KeepInventory;
  readonly #now: () => number;
  readonly #begun = new Attempts(BEGUN);
  /** By the computer's folded name. */
  readonly #gathered = new Map<string, Gathering>();

  constructor({ keep, now = Date.now }: { keep: KeepInventory; now?: () => number }) {
    this.#keep = keep;
    this.#now = now;
  }

  /** Errors: message_invalid, too_many_attempts, history_unavailable */
  async take(asker: Asker, { part, of, software }: Inventory): Promise<Message<"inventoried">> {
    const device = folded(asker.device);
    const known = this.#gathered.get(device);
    const isRecent = known !== undefined && known.sinceMs > this.#now() - GATHERED_FOR_MS;
    const gathering = isRecent && isAgain(known, part, of, software) ? known : this.#add(device, part, of, software);
    if (part === of) {
      gathering.kept ??= this.#keep(asker, gathering.parts.flat());
      try {
        await gathering.kept;
        // What is written down need not be held; that it was is remembered, for who asks again.
        gathering.parts.fill([], 0, -1);
        gathering.items = software.length;
      } catch (error) {
        this.#forget(device, gathering);
        throw error;
      }
    }
    return { type: "inventoried", part };
  }

  #add(device: string, part: number, of: number, software: Software[]): Gathering {
    if (part > of) throw wrongPart(`there is no part ${part} of ${of}`);
    const gathering = part === 1 ? this.#begin(device, of) : this.#gathered.get(device);
    if (!gathering || gathering.of !== of || gathering.parts.length !== part - 1) {
      throw wrongPart(`part ${part} of ${of} does not follow on what came before: begin with part 1`);
    }
    gathering.items += software.length;
    gathering.sinceMs = this.#now();
    if (gathering.items > SOFTWARE_ITEMS) {
      this.#forget(device, gathering);
      throw new SeatmeterError("message_invalid", `software: a computer tells of ${SOFTWARE_ITEMS} at most`, {
        field: "software",
      });
    }
    gathering.parts.push(software);
    return gathering;
  }

  #begin(device: string, of: number): Gathering {
    const nowMs = this.#now();
    if (!this.#begun.mayTry(device, nowMs)) {
      const why = `this computer told what is installed on it ${BEGUN.most} times in an hour; that is enough for now`;
      throw new SeatmeterError("too_many_attempts", why);
    }
    this.#begun.failed(device, nowMs);
    this.#gathered.delete(device);
    let held = 0;
    for (const [other, gathering] of this.#gathered) {
      if (gathering.sinceMs <= nowMs - GATHERED_FOR_MS) this.#gathered.delete(other);
      else held += gathering.items;
    }
    if (held > MOST_GATHERED) {
      throw new SeatmeterError("too_many_attempts", "too many computers tell what is installed on them just now");
    }
    const gathering: Gathering = { of, parts: [], items: 0, sinceMs: nowMs };
    this.#gathered.set(device, gathering);
    return gathering;
  }

  #forget(device: string, gathering: Gathering) {
    if (this.#gathered.get(device) === gathering) this.#gathered.delete(device);
  }
}

/** The last part that came, word for word. */
const isAgain = (known: Gathering, part: number, of: number, software: readonly Software[]) =>
  known.of === of && known.parts.length === part && JSON.stringify(known.parts[part - 1]) === JSON.stringify(software);

const wrongPart = (why: string) => new SeatmeterError("message_invalid", why, { field: "part" });

export const noInventories = () =>
  new SeatmeterError(
    "history_off",
    "no history is kept here, so nobody asks what is installed: SEATMETER_HISTORY is off",
  );
