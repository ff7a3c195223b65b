import { resolve } from "node:path";
import { Server } from "node:tls";
import type { FastifyBaseLogger } from "fastify";
import { fingerprintOf } from "../access/token-file.ts";
import type { InForce } from "../domain/register.ts";
import { readTls, type Tls, tlsFiles } from "./tls.ts";

/** How long a change of the files may go unseen, in milliseconds. */
const LOOK_EVERY_MS = 2000;

/**
 * The certificates that a listener shows and trusts, read again when their files change: most are good for 90 days, and no
 * restart is due for that. Connections that are there stay. Files that do not go together change nothing, as while the
 * certificate is new and the key is not there yet.
 */
export class Certificates {
  /** As of the last reading; none where the register says nothing of TLS. */
  readonly tls: Tls | undefined;
  readonly #inForce: () => InForce;
  readonly #directory: string;
  readonly #log: FastifyBaseLogger;
  readonly #seeing: NodeJS.Timeout;
  #listener: unknown;
  #seen: string;

  /** Errors: settings_invalid. */
  constructor(parts: { inForce: () => InForce; directory: string; log: FastifyBaseLogger }) {
    this.#inForce = parts.inForce;
    this.#directory = parts.directory;
    this.#log = parts.log;
    this.#seen = this.#fingerprint();
    this.tls = readTls(this.#inForce().register, this.#directory);
    this.#seeing = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  /** As the register in force names them. */
  get files(): string[] {
    return [...tlsFiles(this.#inForce().register).values()];
  }

  /** From here on a listener shows what the files hold. */
  renewFor(listener: unknown): void {
    this.#listener = listener;
  }

  /** Errors: settings_invalid; then all stays as it was. */
  reload(): void {
    this.#seen = this.#fingerprint();
    const renewed = readTls(this.#inForce().register, this.#directory);
    if (
      (renewed === undefined) !== (this.tls === undefined) ||
      (renewed?.ca === undefined) !== (this.tls?.ca === undefined)
    )
      this.#log.warn("whether there is TLS, and whether computers show certificates, changes with the next start");
    if (!renewed || !(this.#listener instanceof Server)) return;
    this.#listener.setSecureContext(renewed);
    this.#log.info("certificates read");
  }

  /** Has any of the files changed? */
  look(): void {
    if (this.#fingerprint() === this.#seen) return;
    try {
      this.reload();
    } catch (error) {
      this.#log.warn({ err: error }, "the certificates in force stay as they were");
    }
  }

  stop(): void {
    clearInterval(this.#seeing);
  }

  #fingerprint(): string {
    return this.files
      .map((name) => resolve(this.#directory, name))
      .map((file) => `${file} ${fingerprintOf(file)}`)
      .join("\n");
  }
}
