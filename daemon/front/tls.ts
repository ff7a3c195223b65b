import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createSecureContext, type SecureVersion } from "node:tls";
import { SeatmeterError } from "../domain/errors.ts";
import type { Register } from "../domain/register.ts";

export interface Tls {
  cert: Buffer;
  key: Buffer;
  minVersion: SecureVersion;
  /** Who signed the certificates of computers; then they are asked for theirs. */
  ca?: Buffer;
}

/** THE TABLE of the files, by the place at which the register names them. */
const CALLED = {
  "tls.certificateFile": "the certificate",
  "tls.keyFile": "the key",
  "access.shims.certificateAuthority": "the authority of the computers' certificates",
} as const;
type Place = keyof typeof CALLED;

/** The files of TLS that the register names, by their places; none without TLS. */
export function tlsFiles({ tls, access }: Pick<Register, "tls" | "access">): Map<Place, string> {
  const authority = access.shims?.certificateAuthority;
  return new Map<Place, string>(
    tls && [
      ["tls.certificateFile", tls.certificateFile],
      ["tls.keyFile", tls.keyFile],
      ...(authority === undefined ? [] : [["access.shims.certificateAuthority", authority] as const]),
    ],
  );
}

/**
 * Certificate and key that the register names, and the authority of computers' certificates.
 *
 * @param directory where the register lies
 * @throws settings_invalid: a file that cannot be read, or certificate and key do not belong together; `field` is where
 *   the register names it
 */
export function readTls(register: Pick<Register, "tls" | "access">, directory: string): Tls | undefined {
  const names = tlsFiles(register);
  if (names.size === 0) return undefined;
  const read = (place: Place) => {
    try {
      return readFileSync(resolve(directory, names.get(place)!));
    } catch (cause) {
      throw invalid(`${CALLED[place]} ${names.get(place)} cannot be read`, cause, place);
    }
  };
  const files: Tls = { cert: read("tls.certificateFile"), key: read("tls.keyFile"), minVersion: "TLSv1.2" };
  try {
    createSecureContext(files);
  } catch (cause) {
    const [certificate, key] = names.values();
    throw invalid(`${certificate} and ${key} are no certificate with its key`, cause, "tls");
  }
  const place = "access.shims.certificateAuthority";
  if (!names.has(place)) return files;
  const ca = read(place);
  try {
    new X509Certificate(ca);
  } catch (cause) {
    throw invalid(`${CALLED[place]} ${names.get(place)} is no certificate in PEM`, cause, place);
  }
  return { ...files, ca };
}

const invalid = (what: string, cause: unknown, field: string) =>
  new SeatmeterError("settings_invalid", `${what}: ${(cause as Error).message}`, { cause, field });
