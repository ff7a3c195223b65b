import { existsSync } from "node:fs";
import { ERRORS, type ErrorCode, SeatmeterError } from "../daemon/domain/errors.ts";
import type { Message } from "../daemon/protocol/messages.ts";
import { Connection, type Introduction, type Purpose, type Wire } from "./connection.ts";
import { type Daemons, deviceName, readCertificate } from "./settings.ts";
import { VERSION } from "./version.ts";

/** What is to be kept of what any of the daemons tells. */
export interface Listener {
  onWelcome(welcome: Message<"welcome">): void;
  onPolicy(policy: Message<"policy">): void;
  /** Where this computer's own key lies, or would. */
  onOwnKey?(file: string): void;
}

/** A way to a daemon as those know it who speak to one. */
export interface Way {
  attempt(withinMs: number, purpose?: Purpose): Promise<Wire>;
  reach(withinMs: number, purpose?: Purpose): Promise<Wire>;
}

/** The way to a daemon: whichever of those in the settings answers. */
export class Route {
  readonly #addresses: readonly URL[];
  readonly #introduction: Introduction;
  readonly #listener: Listener;
  #next = 0;

  /**
   * @param agent whether it is an agent's
   * Errors: SeatmeterError settings_invalid where this computer's certificate cannot be read.
   */
  constructor({ addresses, token, deviceKeyFile, certificate }: Daemons, listener: Listener, { agent = false } = {}) {
    this.#addresses = addresses;
    this.#listener = listener;
    const device = deviceName();
    if (deviceKeyFile) listener.onOwnKey?.(deviceKeyFile);
    this.#introduction = {
      ...{ device, shim: `seatmeter/${VERSION}`, ...(agent && { agent }) },
      ...(certificate && readCertificate(certificate)),
      // A computer that has a key of its own needs no token; one may be set for a person who administers.
      ...(deviceKeyFile && existsSync(deviceKeyFile) ? byKey(deviceKeyFile, device) : token && { token }),
    };
  }

  /**
   * Try the next address.
   *
   * Errors: as Connection.open.
   */
  async attempt(withinMs: number, purpose?: Purpose): Promise<Connection> {
    const address = this.#addresses[this.#next++ % this.#addresses.length]!;
    const onPolicy: Listener["onPolicy"] = (policy) => this.#listener.onPolicy(policy);
    const connection = await Connection.open(address, this.#introduction, withinMs, purpose, onPolicy);
    this.#listener.onWelcome(connection.welcome);
    return connection;
  }

  /**
   * Try each address once, none at the cost of those after it.
   *
   * @param withinMs for all of them together
   * Errors: SeatmeterError unreachable, with the address and why; anything that is not cured by another address.
   */
  async reach(withinMs: number, purpose?: Purpose): Promise<Connection> {
    const endMs = performance.now() + withinMs;
    const whys: string[] = [];
    for (let left = this.#addresses.length; left > 0; left--) {
      const { host } = this.#addresses[this.#next % this.#addresses.length]!;
      try {
        return await this.attempt(Math.max(1, (endMs - performance.now()) / left), purpose);
      } catch (error) {
        // Who has given up asks nobody else.
        if (!(error instanceof SeatmeterError) || !isAway(error.code) || purpose?.signal?.aborted) throw error;
        whys.push(`${host}: ${error.message}`);
      }
    }
    throw new SeatmeterError("unreachable", whys.join("; "));
  }
}

/** What signs is loaded only where a daemon asks for it; the key is read each time, for it may have been changed. */
function byKey(file: string, device: string): Pick<Introduction, "prove" | "signJournal"> {
  const key = async () => new (await import("./device-key.ts")).DeviceKey(file, device);
  return {
    prove: async (challenge) => (await key()).proofFor(challenge),
    signJournal: async (entries) => (await key()).journalSignature(entries),
  };
}

/** Nobody could decide, as opposed to: it was decided against us. Then the product's `whenUnreachable` applies. */
export const isAway = (code: ErrorCode) => ERRORS[code].status === 503;
