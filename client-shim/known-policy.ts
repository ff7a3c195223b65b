import { join } from "node:path";
import type { Message } from "../daemon/protocol/messages.ts";
import { plain } from "./denial.ts";
import { fileNameFor, KeptFile } from "./kept-file.ts";

type Told = Message<"policy">["products"][number];
/** What we make use of, as the daemon last told it; nothing where it was never heard. */
export type Known = Partial<Pick<Told, (typeof KEPT)[number]>>;

const KEPT = ["product", "name", "whenUnreachable", "onDenied", "onReclaimed", "idle", "permittedUse"] as const;

export const worthKeeping = (told: Told): Known =>
  Object.fromEntries(KEPT.flatMap((name) => (told[name] === undefined ? [] : [[name, told[name]]])));

/** What the register says of a product, as a daemon last told. */
export class ProductPolicy {
  readonly #read: () => Known;

  constructor(read: () => Known) {
    this.#read = read;
  }

  registeredName(): string | undefined {
    const { product } = this.#read();
    return typeof product === "string" ? product : undefined;
  }

  /** As people call it; where no daemon has told, as they typed it. */
  calledName(typed: string): string {
    const { name } = this.#read();
    return plain(typeof name === "string" ? name : (this.registeredName() ?? typed));
  }

  /** `allow` where the daemon was never heard. */
  whenUnreachable(): "allow" | "refuse" {
    return this.#read().whenUnreachable === "refuse" ? "refuse" : "allow";
  }

  /** `tell` where the daemon was never heard: nothing is closed because a file is gone. */
  onDenied(): "tell" | "close" {
    return this.#read().onDenied === "close" ? "close" : "tell";
  }

  /** Likewise. */
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

  /** Whether it concerns the daemon how long nobody has worked with it. */
  asksForIdle(): boolean {
    return this.#read().idle !== undefined;
  }
}

/**
 * The same as this person's shim was told it. One file a product, so that two launches at once cannot lose each other's.
 */
export class KnownPolicy extends ProductPolicy {
  readonly #product: string;
  readonly #file: KeptFile;
  #known: Known | undefined;

  constructor(stateFolder: string, product: string) {
    super(() => this.#kept());
    this.#product = product;
    this.#file = new KeptFile(join(stateFolder, "policy", fileNameFor(product)));
  }

  /** Written only if it changed. A folder that cannot be written costs us the memory, not the person the launch. */
  learn({ products }: Message<"policy">): void {
    const told = products.find(({ product }) => product === this.#product) ?? products[0];
    if (told === undefined) return;
    const known = worthKeeping(told);
    this.#known = known;
    if (JSON.stringify(known) !== JSON.stringify(this.#file.read())) this.#file.tryWrite(known);
  }

  #kept(): Known {
    const kept = this.#known ?? this.#file.read();
    this.#known = typeof kept === "object" && kept !== null ? kept : {};
    return this.#known;
  }
}
