import { KeptFile } from "./kept-file.ts";
import { isKey, type KeptKey, privateKey, publicKey } from "./kept-key.ts";

/** Loaded only where there is a key. */
const crypto = () => process.getBuiltinModule("node:crypto");

/** Before what is signed, so that it can be shown in the place of nothing else. */
const PURPOSE = "seatmeter journal entry 1\n";

/**
 * Signs what is written into the journal with this computer's own key, so that nobody without that key changes it until it
 * is told. The file is read each time: a computer may be enrolled, and its key changed, while a program runs.
 */
export class JournalSeal {
  readonly #file: KeptFile;

  /** @param path of the key, which need not be there */
  constructor(path: string) {
    this.#file = new KeptFile(path);
  }

  /** @returns nothing where this computer has no key of its own */
  of(text: string): string | undefined {
    const kept = this.#kept();
    return (
      kept &&
      crypto()
        .sign(null, Buffer.from(PURPOSE + text), privateKey(kept.key))
        .toString("base64url")
    );
  }

  /**
   * What tells whether something is as this computer wrote it down, by its key or one before. What was written down before
   * it had one bears no seal, and is believed; anything is where there is no key to judge by.
   */
  judge(): (text: string, seal: unknown, writtenAtMs: number) => boolean {
    const kept = this.#kept();
    if (kept?.audience === undefined) return () => true;
    const { key, earlier = [], sinceMs = Number.POSITIVE_INFINITY } = kept;
    const keys = [key.x, ...earlier].map(publicKey);
    return (text, seal, writtenAtMs) => {
      if (seal === undefined) return writtenAtMs <= sinceMs;
      const signature = Buffer.from(String(seal), "base64url");
      return keys.some((one) => crypto().verify(null, Buffer.from(PURPOSE + text), one, signature));
    };
  }

  #kept(): KeptKey | undefined {
    const kept = this.#file.read();
    return isKey(kept) ? kept : undefined;
  }
}
