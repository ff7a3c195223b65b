import { setMaxListeners } from "node:events";
import { FleetCounts } from "../client-shim/fleet-counts.ts";
import { type Fleet, SimulatedShim } from "../client-shim/simulated-shim.ts";
import { PRODUCTS } from "./council.ts";
import type { Person, Staff } from "./staff.ts";

const MINUTE_MS = 60_000;
/** Quicker than real people, so that somebody who looks for a minute sees something happen. */
const HOLD_MS = 4 * MINUTE_MS;
const THINK_MS = 1.2 * MINUTE_MS;
/** Within so long all of them have begun. */
const START_WITHIN_MS = 20_000;
const FAREWELL_MS = 5_000;

/**
 * People who launch, work and end while somebody looks at the pages, each a shim with a WebSocket of its own; some are
 * refused, because nothing is free or because they may not.
 */
export class LivePeople {
  readonly counts = new FleetCounts();
  readonly #over = new AbortController();
  readonly #ended = new AbortController();
  readonly #runs: Promise<void>[] = [];

  /** @param url of the daemon: `ws://127.0.0.1:7070` */
  constructor(url: URL, { usersOf, people }: Staff, seededFor: (i: number) => () => number) {
    for (const { signal } of [this.#over, this.#ended]) setMaxListeners(0, signal);
    let i = 0;
    for (const [product, { live }] of Object.entries(PRODUCTS)) {
      const fleet: Fleet = {
        ...{ addresses: [url], product, thinkMs: THINK_MS, holdMs: HOLD_MS, counts: this.counts },
        ...{ record: async () => {}, answered: () => {}, over: this.#over.signal, ended: this.#ended.signal },
      };
      const users = (usersOf.get(product) ?? []).filter(({ person }) => person.contractEnds === undefined);
      for (const { person } of users.slice(0, live)) this.#begin(fleet, person, seededFor(i++));
    }
    const gone = people.find(({ contractEnds }) => contractEnds !== undefined);
    const fleet: Fleet = {
      ...{ addresses: [url], product: "draftline", thinkMs: HOLD_MS, holdMs: HOLD_MS, counts: this.counts },
      ...{ record: async () => {}, answered: () => {}, over: this.#over.signal, ended: this.#ended.signal },
    };
    if (gone) this.#begin(fleet, gone, seededFor(i));
  }

  /** What is held is given back; nothing of it goes on. */
  async stop(): Promise<void> {
    this.#over.abort();
    const late = setTimeout(() => this.#ended.abort(), FAREWELL_MS);
    await Promise.allSettled(this.#runs);
    clearTimeout(late);
    this.#ended.abort();
  }

  #begin(fleet: Fleet, { user, device, depot, homeShare }: Person, random: () => number) {
    // All of 127.0.0.0/8 is this computer on Linux and Windows; elsewhere everybody is at one site.
    const host = 2 + Math.floor(random() * 250);
    const network = random() < homeShare ? 3 : depot ? 2 : 1;
    const localAddress = process.platform === "darwin" ? {} : { localAddress: `127.0.${network}.${host}` };
    const introduction = { device, shim: "seatmeter-demo/1", ...localAddress };
    const shim = new SimulatedShim(fleet, { user, introduction }, random);
    // Who may not launch at all has been refused, which is what he is there for.
    this.#runs.push(shim.run(START_WITHIN_MS).catch(() => {}));
  }
}
