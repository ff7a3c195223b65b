import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { getCACertificates } from "node:tls";

/*
 * The files that notices name: each daemon's own, beside its register, and never published, because they are secrets.
 */

/** A password, or what calls are signed with. Errors: where the file cannot be read, or is empty. */
export function secretOf(file: string, folder: string): string {
  const secret = textOf(file, folder).replace(/\r?\n$/, "");
  if (secret === "") throw new Error(`${file} is empty`);
  return secret;
}

/** Who vouches for a server: those that the system and Node know, and the one of the file. Errors: as above. */
export function authoritiesOf(file: string | undefined, folder: string): string[] | undefined {
  if (file === undefined) return undefined;
  const text = textOf(file, folder);
  if (!text.includes("-----BEGIN CERTIFICATE-----")) throw new Error(`${file} holds no certificate`);
  return [...getCACertificates("default"), ...getCACertificates("system"), text];
}

function textOf(file: string, folder: string): string {
  try {
    return readFileSync(resolve(folder, file), "utf8");
  } catch (cause) {
    throw new Error(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
