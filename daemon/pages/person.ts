import { wallTime } from "../domain/calendar.ts";
import { endedInWords, type HeldItem, type HeldOfKind } from "../domain/held.ts";
import type { Register } from "../domain/register.ts";
import { clockTime, moment } from "./formats.ts";
import { productInWords, reasonInWords, siteInWords } from "./words.ts";

interface Row {
  fromMs?: number | undefined;
  /** None: it has no length. */
  until?: string | undefined;
  cells: { text: string; label: string; breaks: boolean }[];
}

/** Words of a register and of people may be of any length, and are broken. */
type Column = [heading: string, of: (item: HeldItem, register: Register) => string, breaks?: "breaks"];

/** THE TABLE of what is told of one thing, in this order; a column of which nothing is known is left out. */
const COLUMNS: readonly Column[] = [
  ["Program", ({ product, version }, register) => words([product && productInWords(register, product), version], " ")],
  ["Pool", ({ pool }) => pool ?? ""],
  ["Seats", ({ seats }) => (seats === undefined || seats === 1 ? "" : String(seats))],
  ["Site", ({ site }, register) => (site ? siteInWords(register, site) : "")],
  ["Department", ({ department }) => department ?? "", "breaks"],
  ["User and computer", ({ user, device }) => words([user, device], ", "), "breaks"],
  [
    "What it is, or how it ended",
    ({ outcome }) => (outcome ? sentence(endedInWords(reasonInWords(outcome))) : ""),
    "breaks",
  ],
  ["Own words", ({ words }) => words ?? "", "breaks"],
];

/** What is held of one kind, as a table. */
export function personTable({ items }: Pick<HeldOfKind, "items">, register: Register) {
  const known = COLUMNS.filter(([, of]) => items.some((item) => of(item, register) !== ""));
  const rows = items.map(
    (item): Row => ({
      ...{ fromMs: item.fromMs, until: untilInWords(item, register.timezone) },
      cells: known.map(([label, of, breaks]) => ({ label, text: of(item, register) || "–", breaks: !!breaks })),
    }),
  );
  const isDated = items.some(({ fromMs }) => fromMs !== undefined);
  return { isDated, headings: known.map(([heading]) => heading), rows };
}

/** Of one day the day is said once. */
function untilInWords({ fromMs, untilMs }: HeldItem, timezone: string): string | undefined {
  if (fromMs === undefined || untilMs === undefined || untilMs === fromMs) return undefined;
  if (untilMs === null) return ", not over";
  const isSameDay = wallTime(fromMs, timezone).date === wallTime(untilMs, timezone).date;
  return ` until ${(isSameDay ? clockTime : moment)(untilMs, timezone)}`;
}

const words = (parts: readonly (string | undefined)[], between: string) => parts.filter(Boolean).join(between);
const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
