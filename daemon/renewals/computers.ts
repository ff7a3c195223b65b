import type { Software } from "../domain/inventory.ts";
import { type ComputerTold, computerRows, installedOn, keepInventory } from "../history/computers.ts";
import type { History } from "../history/database.ts";
import type { ComputerRow, InstalledRow } from "../history/tables.ts";

export type { ComputerRow } from "../history/tables.ts";

/** What computers told of what is installed on them, under pseudonyms. Errors of all: history_unavailable. */
export interface Computers {
  keepInventory(told: ComputerTold, software: readonly Software[]): Promise<void>;
  /** Those that told last are first. */
  computers(): Promise<ComputerRow[]>;
  /** @param devices pseudonyms under every key there is */
  installedOn(devices: readonly string[]): Promise<InstalledRow[]>;
}

export class ComputersDesk implements Computers {
  readonly #history: History;

  constructor({ history }: { history: History }) {
    this.#history = history;
  }

  keepInventory(told: ComputerTold, software: readonly Software[]): Promise<void> {
    return keepInventory(this.#history.db, told, software);
  }

  computers(): Promise<ComputerRow[]> {
    return computerRows(this.#history.db);
  }

  installedOn(devices: readonly string[]): Promise<InstalledRow[]> {
    return installedOn(this.#history.db, devices);
  }
}
