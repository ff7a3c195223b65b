import type { Software } from "../domain/inventory.ts";
import type { InForce } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import type { HeldItem } from "../privacy/held.ts";
import type { Pseudonyms } from "../privacy/pseudonyms.ts";
import type { ComputerRow, Computers } from "../renewals/computers.ts";
import type { Asker } from "./asked.ts";

export interface ComputerParts {
  inForce: () => InForce;
  pseudonyms: Pseudonyms;
  desk: Computers;
  now?: () => number;
}

/**
 * Computers that tell what is installed on them. Their names are in clear here alone: the history has them under
 * pseudonym, and sealed. Errors of all: history_unavailable
 */
export class KnownComputers {
  readonly #parts: ComputerParts;

  constructor(parts: ComputerParts) {
    this.#parts = parts;
  }

  keep = async ({ device, address }: Pick<Asker, "device" | "address">, software: readonly Software[]) => {
    const { pseudonyms, desk, inForce, now = Date.now } = this.#parts;
    const atMs = now();
    const { thisYear, lastYear } = pseudonyms.of("device", device, atMs);
    const told = {
      ...{ device: thisYear, deviceLastYear: lastYear, sealedName: pseudonyms.sealed(device, thisYear, atMs) },
      ...{ site: indexOf(inForce().register).siteOf(address), atMs },
    };
    await desk.keepInventory(told, software);
  };

  /** What is held of computers, for the one person who uses them. */
  async heldOn(devices: readonly string[]): Promise<HeldItem[]> {
    const { desk } = this.#parts;
    if (devices.length === 0) return [];
    const [rows, installed] = [await desk.computers(), await desk.installedOn(devices)];
    const names = new Map(rows.map((row) => [row.device, this.#nameOf(row)]));
    return installed.map(({ device, name, publisher, version, since_ms }) => ({
      ...{
        fromMs: since_ms,
        untilMs: null,
        device: names.get(device) ?? "",
        product: name,
        version,
        outcome: publisher,
      },
    }));
  }

  /** Empty where its key is gone. */
  #nameOf({ sealed_name, device }: Pick<ComputerRow, "sealed_name" | "device">): string {
    return this.#parts.pseudonyms.unsealed(sealed_name, device) ?? "";
  }
}
