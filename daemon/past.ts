import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Logger } from "pino";
import { addDays, startOfDayMs } from "./domain/calendar.ts";
import type { DenialReason } from "./domain/denials.ts";
import type { Denial } from "./front/api-shapes.ts";
import type { DenialsWanted, Past } from "./front/http-renewals.ts";
import { namesOf } from "./history/pool-names.ts";
import { denialsAsked } from "./history/queries/denials.ts";
import { newest, recentDenials } from "./history/queries/recent-denials.ts";
import type { DenialRow } from "./history/tables.ts";
import { asHistoryError } from "./history/troubles.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Pseudonyms } from "./privacy/pseudonyms.ts";
import type { Recording } from "./recording.ts";
import type { RegisterInForce } from "./register-in-force.ts";
import { RenewalsInThread } from "./renewals/in-thread.ts";

export interface PastParts {
  recording: Pick<Recording, "history">;
  ledger: Ledger;
  register: Pick<RegisterInForce, "current" | "onChange">;
  pseudonyms: Pseudonyms;
  log: Logger;
}

/** What the doors tell of the past, from the history that this daemon keeps. */
export class PastOfDaemon implements Past {
  readonly renewals: RenewalsInThread;
  readonly ledger: ReturnType<typeof withPast>;
  readonly #parts: PastParts;

  constructor(parts: PastParts) {
    const { recording, ledger, register, log } = parts;
    const { place, id } = recording.history;
    const me = `${hostname()}-${process.pid}-${randomUUID()}`;
    this.#parts = parts;
    this.ledger = withPast(ledger, recording);
    this.renewals = new RenewalsInThread({ place, id, me, register: register.current.register }, log);
    register.onChange(() => this.renewals.obey(register.current.register));
  }

  get rollups() {
    return this.renewals.status;
  }

  /** Errors: history_unavailable */
  searchDenials = async (wanted: DenialsWanted): ReturnType<Past["searchDenials"]> => {
    const { recording, register, pseudonyms } = this.#parts;
    const inForce = register.current.register;
    const { user, device, pool, site, reason, from, to, most, cursor } = wanted;
    try {
      const { items, next } = await denialsAsked(recording.history.db, {
        ...(user !== undefined && { people: pseudonyms.ofAllYears("user", user) }),
        ...(device !== undefined && { devices: pseudonyms.ofAllYears("device", device) }),
        ...(pool !== undefined && { pools: await namesOf(recording.history.db, inForce, pool) }),
        ...(from !== undefined && { fromMs: startOfDayMs(from, inForce.timezone) }),
        ...(to !== undefined && { untilMs: startOfDayMs(addDays(to, 1), inForce.timezone) }),
        ...{ site, reason, most, cursor },
      });
      return { items: items.map(denialOf), ...(next !== undefined && { next }) };
    } catch (error) {
      throw asHistoryError(error, recording.history.place);
    }
  };

  close(): Promise<void> {
    return this.renewals.close();
  }
}

/** Denials leave the stream when they are recorded: then the history tells of them. */
function withPast(ledger: Ledger, { history }: PastParts["recording"]) {
  return {
    levels: ledger.levels.bind(ledger),
    leases: ledger.leases.bind(ledger),
    publication: ledger.publication.bind(ledger),
    health: ledger.health.bind(ledger),
    async recentDenials(pools: readonly string[], most: number) {
      const [fresh, past] = await Promise.all([
        ledger.recentDenials(pools, most),
        recentDenials(history.db, pools, most).catch(() => []),
      ]);
      return newest([...fresh, ...past], most);
    },
  };
}

function denialOf(row: DenialRow): Denial {
  const { pool, epoch, number, product, site, version, department, seats } = row;
  return {
    ...{ id: `${pool}:${epoch}:${number}`, atMs: row.at_ms, pool, product, reason: row.reason as DenialReason },
    ...{ site, version, department, user: row.person, device: row.device, seats },
  };
}
