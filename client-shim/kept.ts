import type { Message } from "../daemon/protocol/messages.ts";
import { Journal } from "./journal-files.ts";
import { JournalSeal } from "./journal-seal.ts";
import { KnownPolicy } from "./known-policy.ts";
import type { Listener } from "./route.ts";
import { SeenMoments } from "./seen-moments.ts";
import { stateFolder } from "./state-folder.mjs";
import { TicketKeys } from "./ticket-keys.ts";
import { Tickets } from "./tickets.ts";

/** What this computer keeps for a product between two launches, and learns whenever it speaks with a daemon. */
export class Kept implements Listener {
  readonly folder = stateFolder();
  readonly policy: KnownPolicy;
  readonly tickets = new Tickets(this.folder);
  readonly keys = new TicketKeys(this.folder);
  readonly journal = new Journal(this.folder);
  readonly moments = new SeenMoments(this.folder);
  readonly #typed: string;

  constructor(product: string) {
    this.#typed = product;
    this.policy = new KnownPolicy(this.folder, product);
  }

  /** As the register calls it, which people may call by another name. */
  get product(): string {
    return this.policy.registeredName() ?? this.#typed;
  }

  onPolicy(policy: Message<"policy">): void {
    this.policy.learn(policy);
  }

  onOwnKey(file: string): void {
    this.journal.sealWith(new JournalSeal(file));
  }

  onWelcome({ ticketKeys, nowMs }: Message<"welcome">): void {
    this.keys.learn(ticketKeys);
    if (typeof nowMs !== "number") return;
    this.moments.told(nowMs);
    // By the daemon's clock: this computer's may be ahead, and the ticket be good.
    const kept = this.tickets.kept(this.product);
    if (typeof kept === "object" && kept.untilMs !== undefined && kept.untilMs <= nowMs)
      this.tickets.forget(this.product);
  }
}
