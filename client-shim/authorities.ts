import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import tls from "node:tls";
import { SeatmeterError } from "../daemon/domain/errors.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs;

/**
 * From here on, certificates are good that the operating system's own authorities vouch for, or those in the file, besides
 * the ones that Node brings: a council's own authority is known to its computers, and to nobody else.
 *
 * @param file one or more authorities, PEM
 * Errors: SeatmeterError settings_invalid where the file cannot be read, or holds none.
 */
export function trustAuthorities(file: string | undefined): void {
  const own = file === undefined ? [] : authoritiesIn(file);
  // Node 24.0 to 24.4 have no way to add one.
  if (tls.setDefaultCACertificates) {
    const known = [...tls.getCACertificates("default"), ...tls.getCACertificates("system")];
    tls.setDefaultCACertificates([...new Set([...known, ...own])]);
  } else if (file !== undefined) {
    throw invalid(
      `${file} needs Node 24.5 or later, and this is ${process.version}; NODE_EXTRA_CA_CERTS does the same`,
    );
  }
}

function authoritiesIn(file: string): string[] {
  try {
    const found = readFileSync(file, "utf8").match(CERTIFICATE) ?? [];
    if (found.length === 0) throw new Error(`${file} holds no certificate in PEM`);
    return found.map((text) => new X509Certificate(text).toString());
  } catch (cause) {
    throw invalid(`the authority's certificate cannot be read: ${(cause as Error).message}`, cause);
  }
}

const invalid = (message: string, cause?: unknown) => new SeatmeterError("settings_invalid", `${message}.`, { cause });
