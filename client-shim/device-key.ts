import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { chmodSync, chownSync, existsSync, statSync } from "node:fs";
import { SignJWT } from "jose/jwt/sign";
import { PROOF_SECONDS, PROOF_TYPES, secondsOf } from "../daemon/domain/device-proof.ts";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { KeptFile } from "./kept-file.ts";

/** A key of Ed25519: the private half, and the public one, 32 bytes each in base64url. */
interface Key {
  d: string;
  x: string;
}

/** What is kept in the file, which only whoever launches programs may read. */
interface KeptKey {
  device: string;
  key: Key;
  /** What we call the daemons in what we sign; none: it never came to the end of the enrolment. */
  audience?: string;
  /** The key that shall follow; it may be in force already, where the answer was lost. */
  next?: Key;
}

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

  /** The public half of a key to be enrolled; one that an answer never came for is asked with again. */
  toEnrol(): string {
    const kept = this.#read();
    if (kept && kept.audience === undefined && kept.device === this.#device) return kept.key.x;
    const key = newKey();
    this.#write({ device: this.#device, key });
    return key.x;
  }

  enrolled(audience: string): void {
    this.#write({ ...this.#read()!, audience });
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
    if (next) this.#write({ ...kept, key: next });
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
    return isKept(kept) ? kept : undefined;
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

const privateKey = ({ d, x }: Key) => createPrivateKey({ key: { kty: "OKP", crv: "Ed25519", d, x }, format: "jwk" });

function isKept(kept: unknown): kept is KeptKey {
  const { device, key } = (kept ?? {}) as Partial<KeptKey>;
  return typeof device === "string" && typeof key?.d === "string" && typeof key.x === "string";
}

const invalid = (message: string, cause?: unknown) => new SeatmeterError("settings_invalid", `${message}.`, { cause });
