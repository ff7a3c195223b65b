import { endedInWords, type HeldItem, type HeldOfKind } from "../domain/held.ts";
import type { Register } from "../domain/register.ts";
import { productInWords, reasonInWords, siteInWords } from "./words.ts";

interface Row {
  fromMs?: number | undefined;
  /** None: it has no length. Null: it is not over. */
  untilMs?: number | null | undefined;
  cells: string[];
}

type Column = [heading: string, of: (item: HeldItem, register: Register) => string];

/** THE TABLE of what is told of one thing, in this order; a column of which nothing is known is left out. */
const COLUMNS: readonly Column[] = [
  ["Program", ({ product, version }, register) => words([product && productInWords(register, product), version], " ")],
  ["Pool", ({ pool }) => pool ?? ""],
  ["Seats", ({ seats }) => (seats === undefined || seats === 1 ? "" : String(seats))],
  ["Site", ({ site }, register) => (site ? siteInWords(register, site) : "")],
  ["Department", ({ department }) => department ?? ""],
  ["User and computer", ({ user, device }) => words([user, device], ", ")],
  ["What it is, or how it ended", ({ outcome }) => (outcome ? sentence(endedInWords(reasonInWords(outcome))) : "")],
  ["Own words", ({ words }) => words ?? ""],
];

/** What is held of one kind, as a table. */
export function personTable({ items }: Pick<HeldOfKind, "items">, register: Register) {
  const all = items.map((item) => COLUMNS.map(([, of]) => of(item, register)));
  const shown = COLUMNS.map((_, i) => all.some((cells) => cells[i] !== ""));
  const rows = items.map(
    ({ fromMs, untilMs }, nth): Row => ({
      ...{ fromMs, untilMs: untilMs === fromMs ? undefined : untilMs },
      cells: all[nth]!.filter((_, i) => shown[i]),
    }),
  );
  const headings = COLUMNS.map(([heading]) => heading).filter((_, i) => shown[i]);
  return { isDated: items.some(({ fromMs }) => fromMs !== undefined), headings, rows };
}

const words = (parts: readonly (string | undefined)[], between: string) => parts.filter(Boolean).join(between);
const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
