import { join } from "node:path";
import type { Message } from "../../daemon/protocol/messages.ts";
import { KeptFile } from "../kept-file.ts";
import { type Known, ProductPolicy, worthKeeping } from "../known-policy.ts";
import type { Parties } from "../launched.ts";
import type { Listener } from "../route.ts";
import { SeenMoments } from "../seen-moments.ts";
import { TicketKeys } from "../ticket-keys.ts";
import { type BorrowedSeat, Tickets } from "../tickets.ts";
import { DeviceJournal } from "./device-journal.ts";

/** What is kept of one product. */
type KeptProduct = Known & { executables: readonly string[]; aliases: readonly string[] };

/** What the agent keeps of all products, and of all programs of the computer, between its starts. */
export class KeptOfDevice implements Listener {
  readonly folder: string;
  readonly journal: DeviceJournal;
  readonly #tickets: Tickets;
  readonly #keys: TicketKeys;
  readonly #moments: SeenMoments;
  readonly #file: KeptFile;
  #products: ReadonlyMap<string, KeptProduct>;
  #executables: ReadonlyMap<string, string> = new Map();

  constructor(folder: string, tell: (sentence: string) => void) {
    this.folder = folder;
    this.journal = new DeviceJournal(folder, tell);
    this.#tickets = new Tickets(folder);
    this.#keys = new TicketKeys(folder);
    this.#moments = new SeenMoments(folder);
    this.#file = new KeptFile(join(folder, "policy-of-all.json"));
    this.#products = byName(asProducts(this.#file.read()));
    this.#index();
  }

  get size(): number {
    return this.#products.size;
  }

  /** Which programs to look out for. */
  readonly executables = (): ReadonlySet<string> => new Set(this.#executables.keys());

  /** Whose program it is. */
  productOf(executable: string): string | undefined {
    return this.#executables.get(executable) ?? this.#executables.get(executable.toLowerCase());
  }

  /** @param ticket of a seat that its person has borrowed, where it is not kept here */
  for(typed: string, ticket?: string): Parties["kept"] {
    const policy = new ProductPolicy(() => this.#named(typed) ?? {});
    const product = policy.registeredName() ?? typed;
    const tickets = ticket === undefined ? this.#tickets : new TicketInHand(this.folder, ticket);
    return { product, policy, tickets, keys: this.#keys, moments: this.#moments, journal: this.journal };
  }

  onPolicy({ products, all }: Message<"policy">): void {
    const told = products.map(({ executables = [], aliases = [], ...one }) => ({
      ...{ ...worthKeeping({ ...one, executables }), executables, aliases },
    }));
    // What is told of one product leaves the others as they are.
    const known = all ? byName(told) : new Map([...this.#products, ...byName(told)]);
    if (JSON.stringify([...known.values()]) === JSON.stringify([...this.#products.values()])) return;
    this.#products = known;
    this.#index();
    this.#file.tryWrite([...known.values()]);
  }

  onWelcome({ ticketKeys, nowMs }: Message<"welcome">): void {
    this.#keys.learn(ticketKeys);
    if (typeof nowMs !== "number") return;
    this.#moments.told(nowMs);
    for (const product of this.#products.keys()) {
      const kept = this.#tickets.kept(product);
      if (typeof kept === "object" && kept.untilMs !== undefined && kept.untilMs <= nowMs)
        this.#tickets.forget(product);
    }
  }

  #named(typed: string): KeptProduct | undefined {
    const name = folded(typed);
    const found = this.#products.get(name);
    return found ?? this.#products.values().find(({ aliases }) => aliases.some((alias) => folded(alias) === name));
  }

  #index(): void {
    const products = [...this.#products.values()];
    // As the system's own names are: only Windows makes no difference between ACAD.EXE and acad.exe.
    const asNamed = (name: string) => (process.platform === "win32" ? name.toLowerCase() : name);
    this.#executables = new Map(
      products.flatMap(({ product = "", executables }) => executables.map((name) => [asNamed(name), product] as const)),
    );
  }
}

/** A ticket that a person has brought along: it is for their launch, and nothing is kept of it. */
class TicketInHand extends Tickets {
  readonly #ticket: string;

  constructor(folder: string, ticket: string) {
    super(folder);
    this.#ticket = ticket;
  }

  override kept(): BorrowedSeat {
    return { leaseId: "", ticket: this.#ticket };
  }
}

const folded = (name: string) => name.normalize("NFC").toLowerCase();

const byName = (products: readonly KeptProduct[]): ReadonlyMap<string, KeptProduct> =>
  new Map(products.map((one) => [folded(one.product ?? ""), one]));

/** What is damaged is told anew by the next daemon. */
function asProducts(kept: unknown): KeptProduct[] {
  if (!Array.isArray(kept)) return [];
  const isList = (it: unknown) => Array.isArray(it) && it.every((one) => typeof one === "string");
  return kept.filter((one) => typeof one?.product === "string" && isList(one.executables) && isList(one.aliases));
}
