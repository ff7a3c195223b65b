import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Logger } from "pino";
import type { RetentionRun } from "./domain/retention.ts";
import { KnownComputers } from "./front/computers.ts";
import type { DenialsWanted, Past } from "./front/http-renewals.ts";
import { PersonRecords } from "./front/person-records.ts";
import { newest, recentDenials } from "./history/queries/recent-denials.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Pseudonyms } from "./privacy/pseudonyms.ts";
import type { Recording } from "./recording.ts";
import type { RegisterInForce } from "./register-in-force.ts";
import { RenewalsInThread } from "./renewals/in-thread.ts";

export interface PastParts {
  /** Joined. */
  recording: Recording;
  ledger: Ledger;
  register: Pick<RegisterInForce, "current" | "onChange">;
  pseudonyms: Pseudonyms;
  log: Logger;
}

/** What the doors tell of the past, from the history that this daemon keeps. */
export class PastOfDaemon implements Past {
  readonly renewals: RenewalsInThread;
  readonly ledger: ReturnType<typeof withPast>;
  readonly #pseudonyms: Pseudonyms;
  readonly persons: PersonRecords;
  readonly computers: KnownComputers;

  constructor({ recording, ledger, register, pseudonyms, log }: PastParts) {
    const me = `${hostname()}-${process.pid}-${randomUUID()}`;
    this.#pseudonyms = pseudonyms;
    this.ledger = withPast(ledger, recording);
    this.renewals = new RenewalsInThread({ ...recording.joined, me, register: register.current.register }, log);
    register.onChange(() => this.renewals.obey(register.current.register));
    const inForce = () => register.current;
    this.computers = new KnownComputers({ inForce, pseudonyms, desk: this.renewals });
    this.persons = new PersonRecords({
      ...{ ledger, inForce, pseudonyms, personal: this.renewals, computers: this.computers },
    });
    this.renewals.onStatus(({ retention }) => {
      void this.#agree(log);
      if (retention) forgetKeys(pseudonyms, retention, log);
    });
  }

  /** Who was erased stays so, also where the history came back from a backup of before. */
  async #agree(log: Logger): Promise<void> {
    const { erasures } = this.#pseudonyms;
    try {
      const { all, fromMs, replayed } = await this.renewals.agree(erasures.read());
      erasures.keep(all, fromMs);
      if (replayed > 0) log.warn({ erasures: replayed }, "the history had forgotten erasures; they are done again");
    } catch (error) {
      log.warn({ err: error }, "the list of erasures and the history could not be compared; tried again in a minute");
    }
  }

  get rollups() {
    return this.renewals.status;
  }

  /** Errors: history_unavailable */
  searchDenials = ({ user, device, ...wanted }: DenialsWanted): ReturnType<Past["searchDenials"]> =>
    this.renewals.denials({
      ...wanted,
      ...(user !== undefined && { people: this.#pseudonyms.ofAllYears("user", user) }),
      ...(device !== undefined && { devices: this.#pseudonyms.ofAllYears("device", device) }),
    });

  close(): Promise<void> {
    return this.renewals.close();
  }
}

/** With the last launch under it a key goes: nobody is found in that year any more. */
export function forgetKeys(
  pseudonyms: Pick<Pseudonyms, "forgetBefore">,
  { oldestMs, atMs }: Pick<RetentionRun, "oldestMs" | "atMs">,
  log: Pick<Logger, "info" | "warn">,
): void {
  try {
    const years = pseudonyms.forgetBefore(new Date(oldestMs ?? atMs).getUTCFullYear());
    if (years.length > 0) log.info({ years }, "keys of pseudonyms are deleted: no launch is under them any more");
  } catch (error) {
    // Their file cannot be read or written just now. Seats are counted by the keys that are known.
    log.warn({ err: error }, "keys of pseudonyms that are not needed could not be deleted; tried again in a minute");
  }
}

/** Denials leave the stream when they are recorded: then the history tells of them. */
function withPast(ledger: Ledger, recording: Recording) {
  return {
    levels: ledger.levels.bind(ledger),
    leases: ledger.leases.bind(ledger),
    waiting: ledger.waiting.bind(ledger),
    publication: ledger.publication.bind(ledger),
    health: ledger.health.bind(ledger),
    async recentDenials(pools: readonly string[], most: number) {
      const [fresh, past] = await Promise.all([
        ledger.recentDenials(pools, most),
        // While it is away, what Redis still holds is shown.
        recording
          .past()
          .then(({ db }) => recentDenials(db, pools, most))
          .catch(() => []),
      ]);
      return newest([...fresh, ...past], most);
    },
  };
}
