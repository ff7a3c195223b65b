import type { Software } from "../daemon/domain/inventory.ts";
import { keepInventory } from "../daemon/history/computers.ts";
import { openHistory } from "../daemon/history/database.ts";
import type { HistoryPlace } from "../daemon/history/troubles.ts";
import type { Pseudonyms } from "../daemon/privacy/pseudonyms.ts";
import { PRODUCTS } from "./council.ts";
import { RETIRED_COMPUTER } from "./register.ts";
import type { Staff } from "./staff.ts";

const DAY_MS = 86_400_000;
/** When the agent came to the computers, and when they told last. */
const FIRST_DAYS = 200;

/** On every computer; what of it needs no licence the register says. */
const EVERYWHERE: readonly Software[] = [
  { name: "Papermill Office", publisher: "The Papermill Foundation", version: "24.2.5" },
  { name: "Papermill Office Language Pack", publisher: "The Papermill Foundation", version: "24.2.5" },
  { name: "Kestrel Browser", publisher: "Kestrel Community", version: "128.3" },
  { name: "Latchkey Encryption", publisher: "Council ICT", version: "4.1" },
];

/** Here and there, and nobody has said anything about it. */
const STRAY: readonly (Software & { share: number })[] = [
  { name: "Swiftshare", publisher: "Swiftshare GmbH", version: "11.0", share: 0.12 },
  { name: "Swiftshare Updater", publisher: "Swiftshare GmbH", version: "2.3", share: 0.12 },
  { name: "Screen Catcher Trial", publisher: "Catchworks", version: "7.1", share: 0.05 },
  { name: "Old Label Printer", publisher: "", version: "1.02", share: 0.03 },
];

/** Shares of computers on which a product is installed and nobody there uses it, in three departments that have it. */
const LEFT_OVER = 0.07;
/** Of Draftline, so many have not been brought up to date. */
const OLD_VERSION = 0.15;

/** What the computers of the made-up council tell: what their people use, what was left over, and what nobody knows of. */
export async function writeInventories(
  place: HistoryPlace,
  { people, usersOf }: Staff,
  random: () => number,
  { pseudonyms, nowMs }: { pseudonyms: Pseudonyms; nowMs: number },
): Promise<void> {
  const uses = new Map<string, Set<string>>();
  for (const [product, users] of usersOf)
    for (const { person } of users) uses.set(person.device, (uses.get(person.device) ?? new Set()).add(product));
  const history = await openHistory(place);
  try {
    const computers = [...people.map(({ device, department }) => ({ device, department })), RETIRED_COMPUTER];
    for (const { device, department } of computers) {
      const software = [...EVERYWHERE, ...STRAY.filter(({ share }) => random() < share)].map(plain);
      for (const [product, { name, publisher, departments, alsoOnImageOf = [] }] of Object.entries(PRODUCTS)) {
        const isLeft = departments.includes(department) ? random() < LEFT_OVER : alsoOnImageOf.includes(department);
        if (!uses.get(device)?.has(product) && !isLeft) continue;
        const version = product === "draftline" && random() < OLD_VERSION ? "2023.1" : "2026.2";
        software.push({ name, publisher: `${publisher} Ltd`, version });
      }
      for (const atMs of [nowMs - FIRST_DAYS * DAY_MS, nowMs - Math.floor(random() * 6 * DAY_MS)]) {
        const { thisYear, lastYear } = pseudonyms.of("device", device, atMs);
        const told = {
          ...{
            device: thisYear,
            deviceLastYear: lastYear,
            sealedName: pseudonyms.sealed(device, thisYear, atMs),
            atMs,
          },
          site: "civic-centre",
        };
        await keepInventory(history.db, told, software);
      }
    }
  } finally {
    await history.close();
  }
}

const plain = ({ name, publisher, version }: Software): Software => ({ name, publisher, version });
