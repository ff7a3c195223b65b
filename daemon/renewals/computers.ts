import type { Compliance, Retired } from "../compliance/compliance.ts";
import { complianceReport, judgedTitles } from "../compliance/report.ts";
import { goneDevices } from "../compliance/retired.ts";
import type { Software } from "../domain/inventory.ts";
import type { Register } from "../domain/register.ts";
import {
  type ComputerTold,
  computerRows,
  installedOn,
  installedTitles,
  installsOf,
  keepInventory,
  lastUses,
  refusedRetired,
} from "../history/computers.ts";
import type { History } from "../history/database.ts";
import type { ComputerRow, InstalledRow } from "../history/tables.ts";

export type { ComputerRow } from "../history/tables.ts";

/** A computer of which it is known what is installed on it. */
export interface ComputerListed {
  /** Empty where the key is gone under which it was sealed. */
  name: string;
  site: string;
  /** How many titles. */
  software: number;
  firstMs: number;
  toldMs: number;
  /** From which day on it is retired; null: it is not. */
  retired: string | null;
}

/** What computers told of what is installed on them, under pseudonyms. Errors of all: history_unavailable. */
export interface Computers {
  keepInventory(told: ComputerTold, software: readonly Software[]): Promise<void>;
  /** Those that told last are first. */
  computers(): Promise<ComputerRow[]>;
  /** What was bought, what is installed, what is used. @param retired computers that the register has retired */
  compliance(retired: readonly Retired[]): Promise<Compliance>;
  /** @param devices pseudonyms under every key there is */
  installedOn(devices: readonly string[]): Promise<InstalledRow[]>;
}

const YEAR_MS = 366 * 86_400_000;
/** It reads a year of launches, and people reload pages. */
const MADE_FOR_MS = 60_000;

export interface ComputersDeskParts {
  history: History;
  register: () => Register;
  now?: () => number;
}

export class ComputersDesk implements Computers {
  readonly #history: History;
  readonly #register: () => Register;
  readonly #now: () => number;
  #made: { register: Register; atMs: number; report: Promise<Compliance> } | undefined;

  constructor({ history, register, now = Date.now }: ComputersDeskParts) {
    this.#history = history;
    this.#register = register;
    this.#now = now;
  }

  async keepInventory(told: ComputerTold, software: readonly Software[]): Promise<void> {
    await keepInventory(this.#history.db, told, software);
    this.#made = undefined;
  }

  compliance(retired: readonly Retired[]): Promise<Compliance> {
    const register = this.#register();
    const nowMs = this.#now();
    const made = this.#made;
    if (made?.register === register && nowMs - made.atMs < MADE_FOR_MS) return made.report;
    const report = this.#make(register, retired, nowMs);
    this.#made = { register, atMs: nowMs, report };
    // What could not be read is tried again by the next who asks.
    report.catch(() => {
      if (this.#made?.report === report) this.#made = undefined;
    });
    return report;
  }

  async #make(register: Register, retired: readonly Retired[], nowMs: number): Promise<Compliance> {
    const { db } = this.#history;
    const told = (await this.computers()).map(({ device, device_last_year, told_ms }) => ({
      ...{ device, deviceLastYear: device_last_year, toldMs: told_ms },
    }));
    const refused = await refusedRetired(db);
    const gone = new Set(goneDevices({ register, nowMs, computers: told, retired, refused }));
    const judged = judgedTitles(register, await installedTitles(db, [...gone]));
    const ofProducts = judged.filter(({ match }) => match?.product !== undefined);
    const installs = await installsOf(db, [...new Set(ofProducts.map(({ name }) => name))]);
    return complianceReport({
      ...{ register, nowMs, judged, retired, refused },
      installs: installs
        .filter(({ device }) => !gone.has(device))
        .map(({ since_ms, ...install }) => ({ ...install, sinceMs: since_ms })),
      uses: await lastUses(db, nowMs - YEAR_MS, nowMs),
      computers: told.filter(({ device }) => !gone.has(device)),
    });
  }

  computers(): Promise<ComputerRow[]> {
    return computerRows(this.#history.db);
  }

  installedOn(devices: readonly string[]): Promise<InstalledRow[]> {
    return installedOn(this.#history.db, devices);
  }
}
