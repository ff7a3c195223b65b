import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Directory } from "../domain/register.ts";

/*
 * The files that a directory's part of the register names: each daemon's own, beside its register, and never published,
 * because they are secrets.
 */

/** Errors: where the file cannot be read, or is empty. */
export function passwordOf({ passwordFile }: Directory, folder: string): string | undefined {
  if (passwordFile === undefined) return undefined;
  const password = textOf(passwordFile, folder).replace(/\r?\n$/, "");
  // To a directory no password is no mistake: it takes the asker for nobody in particular, and shows what nobody may see.
  if (password === "") throw new Error(`${passwordFile} is empty`);
  return password;
}

/** Certificates of who vouches for the directory, besides those that the system knows. Errors: as above. */
export function authorityOf({ certificateAuthorityFile }: Directory, folder: string): string[] {
  if (certificateAuthorityFile === undefined) return [];
  const text = textOf(certificateAuthorityFile, folder);
  if (!text.includes("-----BEGIN CERTIFICATE-----"))
    throw new Error(`${certificateAuthorityFile} holds no certificate`);
  return [text];
}

function textOf(file: string, folder: string): string {
  try {
    return readFileSync(resolve(folder, file), "utf8");
  } catch (cause) {
    throw new Error(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
