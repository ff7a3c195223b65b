import type { FastifyBaseLogger } from "fastify";
import { AttemptsByAddress } from "../access/attempts.ts";
import { type Enrolment, whyOf } from "../access/enrolment.ts";
import { wallTime } from "../domain/calendar.ts";
import { SeatmeterError } from "../domain/errors.ts";
import type { ReportIncident } from "../domain/incidents.ts";
import { journalDigest } from "../domain/journal.ts";
import { folded } from "../domain/names.ts";
import type { InForce } from "../domain/register.ts";
import type { Pseudonyms } from "../privacy/pseudonyms.ts";
import type { Hello, Journal } from "../protocol/messages.ts";
import { forged, unsignedJournal } from "./incidents.ts";

/** How often it is looked whether an enrolment has ended, for when nobody could tell. */
const LOOK_EVERY_MS = 5000;

/** So many connected computers are noted as seen each time, so that a day's beginning is no burden to the ledger. */
const SEEN_AT_ONCE = 200;

/** A connection that came in by a key of the computer's own. */
interface CameIn {
  device: string;
  /** Which enrolment of the computer's it was. */
  enrolment: string | undefined;
}

/** Somebody at the door. */
interface Shows {
  device: string;
  address: string;
  /** A token, a proof or a signature; undefined: nothing. */
  shown: string | undefined;
}

/** What is known of enrolments that end. */
export interface Endings {
  /** Which enrolment of each it is now; undefined: none. */
  enrolments(devices: readonly string[]): Promise<(string | undefined)[]>;
  /** Grows with each that ends. */
  changes(): Promise<number>;
  onChange(listener: () => void): void;
}

export interface EnrolledParts {
  enrolment: Enrolment;
  endings: Endings;
  inForce: () => InForce;
  /** Of a computer the log has no more. */
  pseudonyms: Pick<Pseudonyms, "of">;
  log: FastifyBaseLogger;
  report: ReportIncident;
}

/** Computers with keys of their own: who they are at the door, and that they leave when their enrolment ends. */
export class Enrolled {
  readonly #enrolment: Enrolment;
  readonly #endings: Endings;
  readonly #inForce: () => InForce;
  readonly #pseudonyms: Pick<Pseudonyms, "of">;
  readonly #log: FastifyBaseLogger;
  readonly #report: ReportIncident;
  /** Failures that were told in the last minute, by address, so that nobody fills the log. */
  readonly #told = new AttemptsByAddress();
  /** The changes that were looked at. */
  #seen = 0;
  /** Computers that are noted as seen today. */
  #seenToday = { day: "", devices: new Set<string>() };
  /** Looks begun so far. */
  #looks = 0;
  #poll: NodeJS.Timeout | undefined;

  constructor(parts: EnrolledParts) {
    this.#enrolment = parts.enrolment;
    this.#endings = parts.endings;
    this.#inForce = parts.inForce;
    this.#pseudonyms = parts.pseudonyms;
    this.#log = parts.log;
    this.#report = parts.report;
  }

  /** @param leave called with each set of connections whose enrolment has ended */
  watch<Connection extends CameIn>(connections: Iterable<Connection>, leave: (ended: Connection[]) => void): void {
    const look = () => {
      void this.#look(connections, leave);
      this.#noteConnected(connections);
    };
    this.#endings.onChange(look);
    this.#poll = setInterval(look, LOOK_EVERY_MS).unref();
  }

  /** What a computer that connects has to sign. */
  challenge(): string {
    return this.#enrolment.challenge();
  }

  stop(): void {
    clearInterval(this.#poll);
  }

  /** @returns which enrolment it is. Errors: unauthenticated, ledger_unavailable. */
  async prove({ device, proof }: Hello, challenge: string, address: string): Promise<string> {
    return this.#heeded({ device, address, shown: proof }, async () => {
      for (;;) {
        const looks = this.#looks;
        const enrolment = await this.#enrolment.prove(device, challenge, proof);
        // A look that began meanwhile did not see this connection.
        if (looks !== this.#looks) continue;
        this.#note(device, enrolment);
        return enrolment;
      }
    });
  }

  list = (cursor?: string) => this.#enrolment.list(cursor);

  /** Errors: as of Enrolment.exchange. */
  async exchange(device: string, token: string, publicKey: string, address: string): Promise<{ audience: string }> {
    const answer = await this.#heeded({ device, address, shown: token }, () =>
      this.#enrolment.exchange(device, token, publicKey),
    );
    this.#log.info({ computer: this.#pseudonymOf(device), address }, "a computer is enrolled");
    return answer;
  }

  /** Errors: as of Enrolment.rotate. */
  async rotate(device: string, proof: string, address: string): Promise<void> {
    await this.#heeded({ device, address, shown: proof }, () => this.#enrolment.rotate(device, proof));
    this.#log.info({ computer: this.#pseudonymOf(device), address }, "a computer has changed its key");
  }

  /** That the computer itself tells this. Errors: signature_invalid, unauthenticated, ledger_unavailable. */
  async proveJournal(device: string, address: string, { entries, signature }: Journal): Promise<void> {
    await this.#heeded({ device, address, shown: signature }, () =>
      this.#enrolment.proveJournal(device, journalDigest(entries), signature),
    );
  }

  /**
   * Somebody who is not whom he says he is stands in the log; and is an incident, where he showed something that is not good,
   * or told something that is not signed.
   */
  async #heeded<Answer>({ device, address, shown }: Shows, work: () => Promise<Answer>): Promise<Answer> {
    try {
      return await work();
    } catch (error) {
      const { code } = error instanceof SeatmeterError ? error : { code: undefined };
      if (code === "unauthenticated" || code === "signature_invalid") {
        const computer = this.#pseudonymOf(device);
        this.#tell(computer, address, whyOf(error as SeatmeterError));
        const { register } = this.#inForce();
        if (code === "signature_invalid") this.#report(unsignedJournal(computer, address, register));
        else if (shown !== undefined) this.#report(forged(address, register));
      }
      throw error;
    }
  }

  #tell(computer: string, address: string, why: string): void {
    const nowMs = Date.now();
    if (!this.#told.mayTry(address, nowMs)) return;
    this.#told.failed(address, nowMs);
    this.#log.warn({ computer, address, why }, "a computer was refused");
  }

  #pseudonymOf(device: string): string {
    return this.#pseudonyms.of("device", device, Date.now()).thisYear;
  }

  /** Whoever stays connected is seen on each day. */
  #noteConnected(connections: Iterable<CameIn>): void {
    let left = SEEN_AT_ONCE;
    for (const { device, enrolment } of connections) {
      if (enrolment !== undefined && this.#note(device, enrolment) && --left === 0) return;
    }
  }

  /** @returns whether it was news */
  #note(device: string, enrolment: string): boolean {
    const day = wallTime(Date.now(), this.#inForce().register.timezone).date;
    if (day !== this.#seenToday.day) this.#seenToday = { day, devices: new Set() };
    const key = `${enrolment} ${folded(device)}`;
    if (this.#seenToday.devices.has(key)) return false;
    this.#seenToday.devices.add(key);
    const { devices } = this.#seenToday;
    // For a list that people look at, so nobody waits for it, and the next look makes up for it.
    this.#enrolment.seen(device, enrolment, day).catch((error) => {
      devices.delete(key);
      this.#log.debug({ err: error }, "it could not be noted that a computer was seen");
    });
    return true;
  }

  async #look<Connection extends CameIn>(connections: Iterable<Connection>, leave: (ended: Connection[]) => void) {
    try {
      const changes = await this.#endings.changes();
      if (changes === this.#seen) return;
      this.#looks += 1;
      const enrolled = [...connections].filter(({ enrolment }) => enrolment !== undefined);
      const now = await this.#endings.enrolments(enrolled.map(({ device }) => device));
      leave(enrolled.filter(({ enrolment }, i) => enrolment !== now[i]));
      this.#seen = changes;
    } catch (error) {
      // The ledger is away, which is told elsewhere; the next look makes up for it.
      this.#log.debug({ err: error }, "it could not be seen whether enrolments have ended");
    }
  }
}
