import { randomUUID } from "node:crypto";
import type { Audit } from "../audit/audit.ts";
import { folded } from "../domain/names.ts";
import type { InForce } from "../domain/register.ts";
import { periodInWords, RETENTION } from "../domain/retention.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { TRACES } from "../ledger/traces.ts";
import { HELD, type HeldItem, type HeldPart, inRegister, NEVER_HELD } from "../privacy/held.ts";
import type { Pseudonyms } from "../privacy/pseudonyms.ts";
import type { Personal } from "../renewals/personal.ts";
import type { Act } from "./administration.ts";
import type { KnownComputers } from "./computers.ts";

/** What is held of one person, with what it is, in plain words. */
export interface PersonExport {
  user: string;
  organisation: string;
  madeAtMs: number;
  /** Years under whose keys the person was looked for. */
  years: number[];
  parts: { part: HeldPart; title: string; what: string; why: string; kept: string; from: string; items: HeldItem[] }[];
  never: string;
}

export interface PersonErased {
  message: string;
  rows: number;
  /** Launches that are not over: names in what is kept of them go the night after they are. */
  open: number;
  /** Seats kept, pauses and counts in the ledger. */
  traces: number;
}

export interface KeptFor {
  kept: { what: string; where: string; period: string }[];
  keyYears: number[];
  runs: Awaited<ReturnType<Personal["retention"]>>["runs"];
  erased: number;
  unfinished: number;
}

export interface PersonParts {
  ledger: Pick<Ledger, "leases" | "waiting" | "knownPools" | "traces" | "act">;
  inForce: () => InForce;
  pseudonyms: Pseudonyms;
  personal: Personal;
  computers: Pick<KnownComputers, "heldOn">;
  /** Whoever is erased is named by no row of it any more. */
  audit: Pick<Audit, "forget">;
  now?: () => number;
}

/**
 * What is held of one person, told to that person or erased. Nothing here writes a name down, into the log least of all.
 * Errors of all: ledger_unavailable, history_unavailable
 */
export class PersonRecords {
  readonly #parts: PersonParts;

  constructor(parts: PersonParts) {
    this.#parts = parts;
  }

  /** Under every key still held, in the ledger, the history and the register. */
  async export(user: string): Promise<PersonExport> {
    const { pseudonyms, personal, inForce } = this.#parts;
    const { register } = inForce();
    const people = pseudonyms.ofAllYears("user", user);
    const [past, now] = [await personal.person(people), await this.#now(user)];
    const traces = await this.#traces(people);
    const found: Record<HeldPart, HeldItem[]> = {
      ...now,
      ...{ launches: past.launches, denials: past.denials, refusals: past.refusals, assignments: past.assignments },
      computers: await this.#parts.computers.heldOn(await personal.ownDevices(people)),
      traces: traces.map(({ pool, kind }) => ({ pool, outcome: TRACES[kind] })),
      register: inRegister(register, folded(user)),
    };
    return {
      ...{ user, organisation: register.organisation, madeAtMs: this.#nowMs(), years: pseudonyms.years },
      parts: (Object.keys(HELD) as HeldPart[]).map((part) => {
        const { kept, ...words } = HELD[part];
        return { part, ...words, kept: kept(register), items: found[part] };
      }),
      never: NEVER_HELD,
    };
  }

  /**
   * Other names, by chance, in place of the person's, in all that began until now. The list comes first: what breaks off
   * is gone on with from there.
   */
  async erase(act: Act, user: string): Promise<PersonErased> {
    const { pseudonyms, personal, ledger, audit } = this.#parts;
    const people = pseudonyms.ofAllYears("user", user);
    const devices = await personal.ownDevices(people);
    const traces = await this.#traces([...people, ...devices]);
    for (const { pool, name } of traces) await ledger.act(pool, name, { order: "forget" });
    // What was freed just now is told of a moment later.
    const erasure = { id: randomUUID(), atMs: this.#nowMs() + 1, people, devices };
    pseudonyms.erasures.add(erasure);
    const { rows, open } = await personal.erase(erasure, { reason: act.reason, author: act.by });
    await audit.forget([...people, ...devices]);
    const running = (await this.#now(user)).leases.length;
    return { message: erasedInWords(rows, traces.length, running), rows, open, traces: traces.length };
  }

  /** For how long what is kept, and what was deleted lately. */
  async kept(): Promise<KeptFor> {
    const { privacy } = this.#parts.inForce().register;
    const { runs, erased, unfinished } = await this.#parts.personal.retention();
    const kept = Object.values(RETENTION).map((one) => {
      const period = "key" in one ? privacy[one.key] : one.period;
      return { what: one.what, where: one.where, period: periodInWords(period) };
    });
    return { kept, keyYears: this.#parts.pseudonyms.years, runs, erased, unfinished };
  }

  async #now(user: string): Promise<{ leases: HeldItem[]; waiting: HeldItem[] }> {
    const { ledger } = this.#parts;
    const isOurs = (one: { user: string }) => folded(one.user) === folded(user);
    const found: { leases: HeldItem[]; waiting: HeldItem[] } = { leases: [], waiting: [] };
    for (const pool of await ledger.knownPools()) {
      let cursor: string | undefined;
      do {
        const page = await ledger.leases(pool, cursor);
        for (const { leaseId: _, sinceMs, flags, borrowedUntilMs, ...lease } of page.items.filter(isOurs)) {
          const untilMs = borrowedUntilMs ?? null;
          found.leases.push({ ...lease, fromMs: sinceMs, untilMs, outcome: flags.join(", ") });
        }
        cursor = page.next;
      } while (cursor !== undefined);
      for (const { leaseId: _, ...waits } of (await ledger.waiting(pool)).filter(isOurs)) found.waiting.push(waits);
    }
    return found;
  }

  #traces(names: readonly string[]) {
    return names.length === 0 ? Promise.resolve([]) : this.#parts.ledger.traces(names);
  }

  #nowMs() {
    return (this.#parts.now ?? Date.now)();
  }
}

function erasedInWords(rows: number, traces: number, running: number): string {
  if (rows + traces + running === 0) return "Nothing is held of a person of that name that could be erased.";
  const later =
    running === 0
      ? ""
      : ` ${running === 1 ? "One program of theirs runs" : `${running} programs of theirs run`} now: names in it go with it, and what is kept of it is erased by the morning after.`;
  return (
    `Erased: ${rows} entries of the history lead to nobody any more, and sums are as they were.${later} ` +
    "The register, and a directory that it reads, are not changed: take the name out there too."
  );
}
