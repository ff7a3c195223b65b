import { type HeldItem, nothingHeld, type PersonTold } from "../domain/held.ts";
import type { Sheet } from "../downloads/sheet.ts";

const momentCell = (atMs: number | null | undefined) => (atMs == null ? null : new Date(atMs).toISOString());

/** What is held of a person as one table: a line for each thing, and one that says so where there is none of a kind. */
export function personSheet({ parts }: PersonTold): Sheet {
  return {
    name: "Person",
    columns: [
      ...["What", "From (UTC)", "Until (UTC)", "Product", "Pool", "Site", "Department", "User", "Computer"],
      ...["Version", "Seats", "How it ended, or which", "Your words", "Why", "How long", "From where"],
    ],
    rows: parts.flatMap(({ title, why, kept, from, items, elsewhere }) =>
      (items.length === 0 ? [{ outcome: nothingHeld({ elsewhere }) } satisfies HeldItem] : items).map((item) => {
        const { product, pool, site, department, user, device, version, seats, outcome, words, fromMs, untilMs } = item;
        return [
          ...[title, momentCell(fromMs), momentCell(untilMs), product ?? null, pool ?? null, site ?? null],
          ...[department ?? null, user ?? null, device ?? null, version || null, seats ?? null, outcome || null],
          ...[words || null, why, kept, from],
        ];
      }),
    ),
  };
}
