import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createSecureContext, type SecureVersion } from "node:tls";
import { SeatmeterError } from "../domain/errors.ts";
import type { Register } from "../domain/register.ts";

export interface Tls {
  cert: Buffer;
  key: Buffer;
  minVersion: SecureVersion;
}

/**
 * Certificate and key that the register names.
 *
 * @param directory where the register lies
 * @throws settings_invalid: a file that cannot be read, or the two do not belong together; `field` is where the register
 *   names it
 */
export function readTls({ tls }: Pick<Register, "tls">, directory: string): Tls | undefined {
  if (!tls) return undefined;
  const read = (key: "certificateFile" | "keyFile") => {
    try {
      return readFileSync(resolve(directory, tls[key]));
    } catch (cause) {
      throw invalid(`${CALLED[key]} ${tls[key]} cannot be read`, cause, `tls.${key}`);
    }
  };
  const files: Tls = { cert: read("certificateFile"), key: read("keyFile"), minVersion: "TLSv1.2" };
  try {
    createSecureContext(files);
  } catch (cause) {
    throw invalid(`${tls.certificateFile} and ${tls.keyFile} are no certificate with its key`, cause, "tls");
  }
  return files;
}

const CALLED = { certificateFile: "the certificate", keyFile: "the key" };

const invalid = (what: string, cause: unknown, field: string) =>
  new SeatmeterError("settings_invalid", `${what}: ${(cause as Error).message}`, { cause, field });
