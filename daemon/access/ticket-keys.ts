import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SignJWT } from "jose";
import { z } from "zod";
import { SeatmeterError } from "../domain/errors.ts";

/** What a ticket is good for. */
export interface Ticket {
  leaseId: string;
  product: string;
  pool: string;
  /** The only computer that it is good for, folded. */
  device: string;
  seats: number;
  untilMs: number;
}

const FILE = "ticket-keys.json";
/** Private keys, the newest first: that one signs; tickets of the others stay good while they stand here. */
const KeysFile = z.strictObject({
  keys: z
    .array(z.strictObject({ d: z.string(), x: z.string(), made: z.string() }))
    .min(1)
    .max(8),
});
type Key = z.infer<typeof KeysFile>["keys"][number];

/**
 * The keys by which tickets of borrowed seats are signed (Ed25519). All daemons of a ledger need the same file among
 * their data; the first start makes it.
 */
export class TicketKeys {
  readonly file: string;
  #signs: { key: KeyObject; publicKey: string };
  #publicKeys: string[];

  /** Errors: settings_invalid where the file cannot be read or made. */
  static open(dataDirectory: string): TicketKeys {
    const file = join(dataDirectory, FILE);
    return new TicketKeys(file, readKeys(file) ?? makeFile(file, []));
  }

  private constructor(file: string, keys: readonly Key[]) {
    this.file = file;
    this.#signs = signerOf(keys[0] as Key);
    this.#publicKeys = keys.map(({ x }) => x);
  }

  /** Read the file again: somebody may have put a newer key into it. Errors: settings_invalid; then nothing changes. */
  reload(): void {
    const keys = readKeys(this.file);
    if (!keys) throw invalid(this.file, "it is gone: put it back, or tickets made by now are good for nothing");
    this.#signs = signerOf(keys[0] as Key);
    this.#publicKeys = keys.map(({ x }) => x);
  }

  /** In base64url, the newest first. */
  get publicKeys(): readonly string[] {
    return this.#publicKeys;
  }

  /** @returns a JWT; what it says is `TicketClaims` (protocol/messages.ts) */
  sign({ untilMs, ...ticket }: Ticket): Promise<string> {
    return new SignJWT({ ...ticket })
      .setProtectedHeader({ alg: "EdDSA", kid: this.#signs.publicKey })
      .setIssuedAt()
      .setExpirationTime(Math.floor(untilMs / 1000))
      .sign(this.#signs.key);
  }
}

/** How many keys stay good beside the newest. */
const KEPT = 1;

/**
 * Put a new key in front of a data directory's file; the one before it stays good.
 *
 * @returns the public keys that are good now
 * Errors: settings_invalid
 */
export function renewTicketKey(dataDirectory: string): string[] {
  const file = join(dataDirectory, FILE);
  return makeFile(file, (readKeys(file) ?? []).slice(0, KEPT)).map(({ x }) => x);
}

/** @returns nothing where there is no file */
function readKeys(file: string): Key[] | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw invalid(file, (cause as Error).message, cause);
  }
  try {
    const { keys } = KeysFile.parse(JSON.parse(text));
    for (const key of keys) signerOf(key);
    return keys;
  } catch (cause) {
    throw invalid(file, "it holds no ticket keys: put the right one back", cause);
  }
}

function makeFile(file: string, older: readonly Key[]): Key[] {
  const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const keys = [{ d: d as string, x: x as string, made: new Date().toISOString() }, ...older];
  try {
    // Of daemons that start at once on one data directory the first one's key stays.
    writeFileSync(file, `${JSON.stringify({ keys }, null, 2)}\n`, { mode: 0o600, flag: older.length > 0 ? "w" : "wx" });
    return keys;
  } catch (cause) {
    const made = (cause as NodeJS.ErrnoException).code === "EEXIST" ? readKeys(file) : undefined;
    if (made) return made;
    throw invalid(file, (cause as Error).message, cause);
  }
}

function signerOf({ d, x }: Key) {
  const key = createPrivateKey({ key: { kty: "OKP", crv: "Ed25519", d, x }, format: "jwk" });
  if (createPublicKey(key).export({ format: "jwk" }).x !== x) throw new Error("the public part is of another key");
  return { key, publicKey: x };
}

const invalid = (file: string, why: string, cause?: unknown) =>
  new SeatmeterError("settings_invalid", `${file} cannot be used: ${why}`, { cause });
