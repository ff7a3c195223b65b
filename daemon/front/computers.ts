import type { Compliance } from "../compliance/compliance.ts";
import type { Software } from "../domain/inventory.ts";
import { folded } from "../domain/names.ts";
import type { InForce } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import type { HeldItem } from "../privacy/held.ts";
import type { Pseudonyms } from "../privacy/pseudonyms.ts";
import type { ComputerListed, ComputerRow, Computers } from "../renewals/computers.ts";
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

  /** What was bought, what is installed and what is used. */
  async compliance(): Promise<Compliance> {
    const { inForce, pseudonyms, desk } = this.#parts;
    const retired = Object.entries(inForce().register.devices).flatMap(([device, { name, retired: from }]) =>
      from === undefined ? [] : [{ name, from, devices: pseudonyms.ofAllYears("device", device) }],
    );
    return await desk.compliance(retired);
  }

  /** Those that told last are first, by name. */
  async list(): Promise<ComputerListed[]> {
    const { register } = this.#parts.inForce();
    return (await this.#parts.desk.computers()).map((row) => {
      const name = this.#nameOf(row);
      const retired = register.devices[folded(name)]?.retired;
      return {
        ...{ name, site: row.site, software: row.items, firstMs: row.first_ms, toldMs: row.told_ms },
        retired: retired === true ? "for good" : (retired ?? null),
      };
    });
  }

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
