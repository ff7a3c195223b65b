import { createCipheriv, createDecipheriv, hkdfSync, type KeyObject, randomBytes } from "node:crypto";

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/*
 * A name that has to be read again, so that no pseudonym can stand for it: sealed under a key that comes from the key of
 * pseudonyms, and so lies apart from the database, and is gone when that one goes. It is bound to what it stands beside.
 */
const keyOf = (key: KeyObject) => new Uint8Array(hkdfSync("sha256", key, "", "seatmeter names of computers", 32));

export function sealName(name: string, beside: string, key: KeyObject): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, keyOf(key), nonce).setAAD(Buffer.from(beside));
  const sealed = Buffer.concat([cipher.update(name, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString("base64url");
}

/** @returns nothing where it is not ours, or its key is another */
export function unsealName(text: string, beside: string, key: KeyObject): string | undefined {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  try {
    const decipher = createDecipheriv(CIPHER, keyOf(key), bytes.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(beside))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    const sealed = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
    return Buffer.concat([decipher.update(sealed), decipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}
