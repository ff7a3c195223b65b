import { join } from "node:path";
import type { Message } from "../daemon/protocol/messages.ts";
import { fileNameFor, KeptFile } from "./kept-file.ts";

type Told = Message<"policy">["products"][number];
/** What we make use of, as the daemon last told it; nothing where it was never heard. */
type Known = Partial<Pick<Told, (typeof KEPT)[number]>>;

const KEPT = ["product", "whenUnreachable", "onDenied", "onReclaimed", "idle", "permittedUse"] as const;

/**
 * What the register says of a product, as the daemon last told this person's shim. One file a product, so that two
 * launches at once cannot lose each other's.
 */
export class KnownPolicy {
  readonly #product: string;
  readonly #file: KeptFile;
  #known: Known | undefined;

  constructor(stateFolder: string, product: string) {
    this.#product = product;
    this.#file = new KeptFile(join(stateFolder, "policy", fileNameFor(product)));
  }

  registeredName(): string | undefined {
    const { product } = this.#read();
    return typeof product === "string" ? product : undefined;
  }

  /** `allow` where the daemon was never heard. */
  whenUnreachable(): "allow" | "refuse" {
    return this.#read().whenUnreachable === "refuse" ? "refuse" : "allow";
  }

  /** `tell` where the daemon was never heard: nothing is closed because a file is gone. */
  onReclaimed(): "tell" | "close" {
    return this.#read().onReclaimed === "close" ? "close" : "tell";
  }

  /** What the product may be used for, and whether the person has to say yes to it. */
  permittedUse(): { text: string; attest: boolean } | undefined {
    const { permittedUse } = this.#read();
    return typeof permittedUse?.text === "string"
      ? { text: permittedUse.text, attest: permittedUse.attest === true }
      : undefined;
  }

  /** Written only if it changed. A folder that cannot be written costs us the memory, not the person the launch. */
  learn({ products }: Message<"policy">): void {
    const told = products.find(({ product }) => product === this.#product) ?? products[0];
    if (told === undefined) return;
    const known = Object.fromEntries(KEPT.flatMap((name) => (told[name] === undefined ? [] : [[name, told[name]]])));
    this.#known = known;
    if (JSON.stringify(known) !== JSON.stringify(this.#file.read())) this.#file.tryWrite(known);
  }

  #read(): Known {
    const kept = this.#known ?? this.#file.read();
    this.#known = typeof kept === "object" && kept !== null ? kept : {};
    return this.#known;
  }
}
