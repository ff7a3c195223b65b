import { printable } from "../domain/names.ts";
import { didYouMean } from "../domain/nearest.ts";
import {
  CONVERTED,
  type ConvertedKeyword,
  KEYWORDS,
  NOT_CONVERTED,
  type Part,
  QUALIFIERS,
  WHO_TYPES,
  type WhoType,
} from "./options-keywords.ts";
import type { OptionsLine } from "./options-lines.ts";

/** A feature of the licence file, or, with a qualifier, a part of its licences. */
export interface Feature {
  /** As the line has it. */
  written: string;
  name: string;
  qualifier?: string;
}

/** One option, read by the table of keywords; it has what its keyword takes. */
export interface Statement {
  keyword: ConvertedKeyword;
  line: number;
  text: string;
  feature?: Feature;
  type?: WhoType;
  name?: string;
  members?: string[];
  /** Seats, seconds or hours. */
  amount?: number;
  /** Letters of DUP_GROUP, or ON and OFF. */
  letters?: string;
}

/** Nothing that was meant is longer. */
const LONGEST_SHOWN = 64;

type Values = Omit<Statement, "keyword" | "line" | "text">;
type Read = Values | { why: string };

/** @returns the statement, or why there is none in the line */
export function readStatement(option: OptionsLine): Statement | { why: string } {
  const [first = "", ...words] = option.words;
  const keyword = first.toUpperCase();
  if (Object.hasOwn(NOT_CONVERTED, keyword)) {
    return { why: `${keyword} ${NOT_CONVERTED[keyword as keyof typeof NOT_CONVERTED]}` };
  }
  if (!isConverted(keyword)) {
    const shown = first.slice(0, LONGEST_SHOWN);
    return { why: `"${shown}" is no keyword of an options file${didYouMean(shown, KEYWORDS)}` };
  }
  if (option.mistake) return { why: option.mistake };
  let statement: Statement = { keyword, line: option.line, text: option.text };
  for (const part of CONVERTED[keyword].takes) {
    const taken = part === "members" ? words.splice(0) : words.splice(0, 1);
    if (taken.length === 0 || taken[0] === "") return { why: `${MISSING[part]} missing` };
    const read = PARTS[part](taken);
    if ("why" in read) return read;
    statement = { ...statement, ...read };
  }
  if (words.length === 0) return statement;
  const named =
    statement.name === undefined ? "" : ": a name with spaces stands in quotes, and several names in a group";
  return { why: `"${words[0]!.slice(0, LONGEST_SHOWN)}" is one word too many${named}` };
}

export const isConverted = (keyword: string): keyword is ConvertedKeyword => Object.hasOwn(CONVERTED, keyword);

const MISSING: Record<Part, string> = {
  seats: "how many seats is",
  feature: "the feature is",
  type: `the type (${WHO_TYPES.join(", ")}) is`,
  name: "the name is",
  members: "its members are",
  seconds: "how many seconds is",
  hours: "how many hours is",
  duplicates: "the letters (U, H, D, V, or NONE, SITE) are",
  switch: "ON or OFF is",
};

const PARTS: Record<Part, (words: string[]) => Read> = {
  seats: ([word = ""]) => whole(word, "seats", 1_000_000),
  seconds: ([word = ""]) => whole(word, "seconds", 999_999_999),
  hours: ([word = ""]) => whole(word, "hours", 999_999_999),
  feature: ([word = ""]) => featureOf(word),
  type: ([word = ""]) => {
    const type = WHO_TYPES.find((known) => known === word.toUpperCase());
    return type ? { type } : { why: `"${word}" is no type${didYouMean(word, WHO_TYPES)}` };
  },
  name: ([name = ""]) => ({ name }),
  members: (members) => ({ members }),
  duplicates: ([word = ""]) => {
    const letters = word.toUpperCase();
    const known = /^(NONE|SITE|[UHDV]+)$/.test(letters);
    return known ? { letters } : { why: `"${word}" is none of NONE, SITE, and the letters U, H, D, V` };
  },
  switch: ([word = ""]) => {
    const letters = word.toUpperCase();
    return letters === "ON" || letters === "OFF" ? { letters } : { why: `"${word}" is neither ON nor OFF` };
  },
};

function whole(word: string, unit: string, most: number): Read {
  const amount = Number(word);
  if (!/^\d+$/.test(word)) return { why: `"${word}" stands where a number of ${unit} belongs` };
  return amount <= most ? { amount } : { why: `${word} ${unit} are more than ${most}, the most that is taken here` };
}

const Line = printable(200);

/** `f1`, `f1:VERSION=2.0`, and, since a name may hold a colon, `"f:1 VERSION=2.0"`. */
export function featureOf(written: string): { feature: Feature } | { why: string } {
  if (!Line.safeParse(written).success)
    return { why: "the feature's name holds unprintable characters or is too long" };
  const [, name, word = "", rest = ""] = /^(.+?)(?::|\s+)([A-Za-z_]+)(=.*)?$/s.exec(written) ?? [];
  const known = QUALIFIERS.includes(word.toUpperCase());
  if (name === undefined || (!known && rest === "")) return { feature: { written, name: written } };
  if (known) return { feature: { written, name, qualifier: `${word}${rest}` } };
  return { why: `"${word}" names no part of a feature's licences${didYouMean(word, QUALIFIERS)}` };
}
