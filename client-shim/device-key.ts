import { generateKeyPairSync } from "node:crypto";
import { chmodSync, chownSync, existsSync, statSync } from "node:fs";
import { SignJWT } from "jose/jwt/sign";
import { PROOF_SECONDS, PROOF_TYPES, secondsOf } from "../daemon/domain/device-proof.ts";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { journalDigest, type SignedEntry } from "../daemon/domain/journal.ts";
import { KeptFile } from "./kept-file.ts";
import { isKey, type KeptKey, type Key, privateKey } from "./kept-key.ts";

/** So many keys before are remembered: the journal is kept for a week, and nobody changes a key every day. */
const EARLIER_KEYS = 8;

/** The key that was made on this computer, by which the daemons know it. */
export class DeviceKey {
  readonly #file: KeptFile;
  readonly #device: string;

  /** @param device as this computer calls itself now */
  constructor(path: string, device: string) {
    this.#file = new KeptFile(path);
    this.#device = device;
  }

  get path(): string {
    return this.#file.path;
  }

  /** What answers a daemon's challenge. Errors: settings_invalid where the key cannot be used. */
  async proofFor(challenge: string): Promise<string> {
    const { audience, key } = this.#enrolled();
    const atSeconds = secondsOf(challenge);
    return new SignJWT({ nonce: challenge })
      .setProtectedHeader({ alg: "EdDSA", typ: PROOF_TYPES.connection })
      .setSubject(this.#device)
      .setAudience(audience)
      .setIssuedAt(atSeconds)
      .setExpirationTime(atSeconds + PROOF_SECONDS)
      .sign(privateKey(key));
  }

  /** What is told of a journal with it. Errors: settings_invalid. */
  async journalSignature(entries: readonly SignedEntry[]): Promise<string> {
    const { audience, key } = this.#enrolled();
    return new SignJWT({ entries: journalDigest(entries) })
      .setProtectedHeader({ alg: "EdDSA", typ: PROOF_TYPES.journal })
      .setSubject(this.#device)
      .setAudience(audience)
      .sign(privateKey(key));
  }

  /** The public half of a key to be enrolled; one that an answer never came for is asked with again. */
  toEnrol(): string {
    const kept = this.#read();
    const begun = kept?.audience === undefined ? kept : kept.pending;
    if (begun?.device === this.#device) return begun.key.x;
    const fresh = { device: this.#device, key: newKey() };
    this.#write(kept?.audience === undefined ? fresh : { ...kept, pending: fresh });
    return fresh.key.x;
  }

  enrolled(audience: string): void {
    const { pending, next: _, ...kept } = this.#read()!;
    this.#write({ sinceMs: Date.now(), ...kept, ...(pending && { ...signedBefore(kept), ...pending }), audience });
  }

  /** What puts the next key in the place of the one that signs it. Errors: settings_invalid. */
  async rotation(): Promise<string> {
    const kept = this.#enrolled();
    const next = kept.next ?? newKey();
    this.#write({ ...kept, next });
    return new SignJWT({ next: next.x })
      .setProtectedHeader({ alg: "EdDSA", typ: PROOF_TYPES.rotation })
      .setSubject(this.#device)
      .setAudience(kept.audience)
      .sign(privateKey(kept.key));
  }

  rotated(): void {
    const { next, ...kept } = this.#enrolled();
    if (next) this.#write({ sinceMs: Date.now(), ...kept, ...signedBefore(kept), key: next });
  }

  #enrolled(): KeptKey & { audience: string } {
    const kept = this.#read();
    if (!kept?.audience) throw invalid(`${this.path} holds no key of this computer: \`seatmeter enrol\` makes one`);
    if (kept.device.toLowerCase() !== this.#device.toLowerCase()) {
      throw invalid(
        `this computer was enrolled as ${kept.device}, and is called ${this.#device} now: have it enrolled anew, ` +
          `with a token that \`seatmeter token ${this.#device} --role enrol\` makes`,
      );
    }
    return { ...kept, audience: kept.audience };
  }

  #read(): KeptKey | undefined {
    const kept = this.#file.read();
    // A key that is there and cannot be read is never written over by one that nobody knows.
    if (kept === undefined && existsSync(this.path)) throw invalid(`${this.path} cannot be read`);
    return isKey(kept) ? kept : undefined;
  }

  #write(kept: KeptKey): void {
    try {
      const before = statSync(this.path, { throwIfNoEntry: false });
      this.#file.write(kept);
      // Somebody may have let all who use this computer read it.
      if (!before) return;
      chmodSync(this.path, before.mode & 0o777);
      chownSync(this.path, before.uid, before.gid);
    } catch (cause) {
      throw invalid(`the key cannot be kept in ${this.path}: ${(cause as Error).message}`, cause);
    }
  }
}

function newKey(): Key {
  const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  return { d: d!, x: x! };
}

/** By what the journal is judged that was written before there was another key. */
const signedBefore = ({ key, earlier = [], sinceMs }: KeptKey) => ({
  earlier: [key.x, ...earlier].slice(0, EARLIER_KEYS),
  ...(sinceMs !== undefined && { sinceMs }),
});

const invalid = (message: string, cause?: unknown) => new SeatmeterError("settings_invalid", `${message}.`, { cause });
