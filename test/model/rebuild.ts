import assert from "node:assert/strict";
import { countDraws, nonZero } from "./invariants.ts";
import type { Told } from "./pool-model.ts";
import type { Snapshot } from "./real-pool.ts";

interface Aside {
  draws: string;
  seats: number;
  waits: boolean;
}

interface Known {
  draws: string;
  seats: number;
  borrowed: boolean;
}

/** Every count, from nothing but the events since the beginning of the pool. */
export class Rebuilt {
  readonly #counts: Record<string, number> = {};
  readonly #leases = new Map<string, Known>();
  readonly #aside = new Map<string, Aside>();
  readonly #tally: Record<string, number> = {};
  #used = 0;

  add([kind, id, movedText, word, record]: Told) {
    const moved = Number(movedText);
    const [, seatsText = "0", draws = "", ...facts] = record.split("\t");
    const seats = Number(seatsText);
    const flags = (facts[12] ?? "").split(",");
    const [what = "", ...details] = word.split(" ");
    this.#used += moved;
    const known = this.#leases.get(id);
    if (["granted", "denied", "passed", "queued", "lapsed", "abandoned"].includes(kind)) this.#stopWaiting(id);
    switch (kind) {
      case "queued":
        this.#count("waiting", 1);
        this.#aside.set(id, { draws: "", seats: 0, waits: true });
        break;
      case "offered":
        this.#stopWaiting(id);
        this.#aside.set(id, { draws, seats: draws === "" ? 0 : seats, waits: false });
        this.#draw(draws, seats);
        if (draws !== "") this.#count("offered", seats);
        break;
      case "granted":
        this.#draw(draws, moved);
        this.#borrow(id, { draws, seats, borrowed: false }, flags);
        break;
      case "moved":
        this.#draw(word, -seats);
        this.#draw(draws, seats);
        this.#leases.set(id, { ...known!, draws });
        break;
      case "borrowed":
        this.#borrow(id, known!, flags);
        break;
      case "seated": {
        const inside = flags.includes("shared") ? 0 : seats;
        this.#draw(known!.draws, moved - inside);
        this.#draw(draws, inside);
        if (known!.borrowed) this.#count("borrowed", seats - known!.seats);
        this.#leases.set(id, { ...known!, draws, seats });
        break;
      }
      case "ended":
        this.#draw(draws, moved);
        if (known!.borrowed) this.#count("borrowed", -seats);
        this.#leases.delete(id);
        break;
      case "kept":
        this.#count(what === "hold" ? "held" : "lingering", Number(details[0]));
        break;
      case "freed":
        this.#count(what === "hold" ? "held" : "lingering", -Number(details[0]));
    }
  }

  #count(name: string, by: number) {
    this.#tally[name] = (this.#tally[name] ?? 0) + by;
  }

  #draw(draws: string, seats: number) {
    countDraws(this.#counts, draws, seats);
    if (draws.startsWith("outside ")) this.#count("outside", seats);
  }

  #stopWaiting(id: string) {
    const aside = this.#aside.get(id);
    if (!aside) return;
    this.#aside.delete(id);
    if (aside.waits) this.#count("waiting", -1);
    this.#draw(aside.draws, -aside.seats);
    this.#count("offered", -aside.seats);
  }

  #borrow(id: string, lease: Known, flags: string[]) {
    const borrowed = flags.some((flag) => flag.startsWith("borrowed="));
    if (borrowed && !lease.borrowed) this.#count("borrowed", lease.seats);
    this.#leases.set(id, { ...lease, borrowed });
  }

  assertSame({ state, counts, tally }: Snapshot) {
    const { outside, offered, held, lingering, waiting, borrowed } = tally;
    const counted = { outside, offered, held, lingering, waiting, borrowed };
    assert.equal(this.#used, Number(state.used ?? 0), "the events add up to the seats in use");
    assert.deepEqual(nonZero(this.#counts), counts, "the events rebuild every counter");
    const known = Object.entries(counted).filter(([, n]) => n !== undefined);
    assert.deepEqual(
      nonZero(this.#tally),
      Object.fromEntries(known),
      "the events rebuild what waits, lingers, is held",
    );
  }
}
