import { Attempts } from "../access/attempts.ts";
import { DENIALS, type DenialReason } from "../domain/denials.ts";
import { type Incident, REFUSED_AGAIN, type ReportIncident } from "../domain/incidents.ts";
import type { Register } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import type { Pseudonyms } from "../privacy/pseudonyms.ts";
import type { Asked } from "./asked.ts";

/*
 * Incidents that are seen at the doors. Whoever is told learns the site; the address stands in the log alone, and whose it
 * is nowhere.
 */

const fromAddress =
  (kind: Incident["kind"]) =>
  (address: string, register: Register): Incident => ({
    ...{ kind, matter: address, site: indexOf(register).siteOf(address) },
    ...{ facts: {}, logged: { address } },
  });

/** A token that is nobody's. */
export const forged = fromAddress("token_forged");
/** A header that only a proxy sends. */
export const spoofed = fromAddress("location_spoofed");

/** What a computer told is not signed by its key. @param computer its pseudonym */
export const unsignedJournal = (computer: string, address: string, register: Register): Incident => ({
  ...spoofed(address, register),
  ...{ kind: "journal_forged", matter: computer, facts: { computer } },
});

/** Counts by computer how often it was refused what it may not; by pseudonym, since that outlives the launch. */
export class RefusedComputers {
  readonly #refusals = new Attempts(REFUSED_AGAIN);
  readonly #report: ReportIncident;
  readonly #pseudonyms: Pick<Pseudonyms, "of">;

  constructor(report: ReportIncident, pseudonyms: Pick<Pseudonyms, "of">) {
    this.#report = report;
    this.#pseudonyms = pseudonyms;
  }

  denied = ({ device, launch }: Pick<Asked, "device" | "launch">, pool: string, reason: DenialReason): void => {
    // Want of seats is nobody's doing.
    if (DENIALS[reason].seats) return;
    const { thisYear: computer } = this.#pseudonyms.of("device", device, launch.atMs);
    this.#refusals.failed(computer, launch.atMs);
    if (this.#refusals.mayTry(computer, launch.atMs)) return;
    const facts = { computer, reason };
    this.#report({ kind: "device_refused", matter: computer, site: launch.site, pool, facts });
  };
}
