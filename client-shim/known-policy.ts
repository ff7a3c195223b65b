import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Message } from "../daemon/protocol/messages.ts";

/**
 * What the register says of a product, as the daemon last told this person's shim. One file a product, so that two
 * launches at once cannot lose each other's.
 */
export class KnownPolicy {
  readonly #product: string;
  readonly #folder: string;
  readonly #file: string;

  constructor(stateFolder: string, product: string) {
    this.#product = product;
    this.#folder = join(stateFolder, "policy");
    // A product is what somebody typed: nothing of it may leave the folder.
    this.#file = join(this.#folder, `${encodeURIComponent(product).replaceAll(".", "%2E")}.json`);
  }

  /** `allow` where the daemon was never heard. */
  whenUnreachable(): "allow" | "refuse" {
    return this.#kept() === "refuse" ? "refuse" : "allow";
  }

  /** Written only if it changed. A folder that cannot be written costs us the memory, not the person the launch. */
  learn({ products }: Message<"policy">): void {
    const told = (products.find(({ product }) => product === this.#product) ?? products[0])?.whenUnreachable;
    if (told === undefined || told === this.#kept()) return;
    const draft = `${this.#file}.${process.pid}`;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(draft, JSON.stringify({ whenUnreachable: told }), { mode: 0o600 });
      renameSync(draft, this.#file);
    } catch {
      // Told again at the next launch.
    }
  }

  #kept(): unknown {
    try {
      return JSON.parse(readFileSync(this.#file, "utf8")).whenUnreachable;
    } catch {
      return undefined;
    }
  }
}
