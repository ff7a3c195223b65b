import { madePrintable } from "./names.ts";

/** One thing that is installed on a computer; what its installer does not say is empty. */
export interface Software {
  name: string;
  publisher: string;
  version: string;
}

/** Characters of each; beyond that nobody tells two apart. */
export const SOFTWARE_TEXT = { name: 200, publisher: 200, version: 64 } as const;
/** Of one computer: a Debian desktop has some 3,000. */
export const SOFTWARE_ITEMS = 20_000;
/** Into how many messages they may be parted. */
export const INVENTORY_PARTS = 1_024;

/** An inventory as it is told: printable, nothing twice, in order, and not more than may be. */
export function tidied(found: Iterable<Software>): Software[] {
  const all = new Map<string, Software>();
  for (const one of found) {
    const software = {
      name: madePrintable(one.name, SOFTWARE_TEXT.name),
      publisher: madePrintable(one.publisher, SOFTWARE_TEXT.publisher),
      version: madePrintable(one.version, SOFTWARE_TEXT.version),
    };
    if (software.name !== "") all.set(keyOf(software), software);
  }
  return [...all.entries()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .slice(0, SOFTWARE_ITEMS)
    .map(([, software]) => software);
}

/** Two with the same are one; a line break, which none of them holds, sorts before every letter. */
export const keyOf = ({ name, publisher, version }: Software) => `${name}\n${publisher}\n${version}`;
