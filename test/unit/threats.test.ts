import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PROJECT, textOf } from "../support/source.ts";

/** What the officers were promised to see attacked. */
const PROMISED = [
  "stolen and reused enrolment token",
  "`alg: none`",
  "HS256 with the public key",
  "wrong audience",
  "replayed proof, with its nonce",
  "foreign lease",
  "forged headers",
  "foreign Origin",
  "1,000 leases of one computer",
  "formula in a cell of CSV",
  "script in a product's name",
  "control characters in a log",
  "role that reaches past itself",
  "edited row",
];

const SECURITY = textOf("SECURITY.md");

/** Cells of the rows of the table under a heading. */
const rowsUnder = (heading: string) =>
  (SECURITY.split(`\n## ${heading}\n`)[1] ?? "")
    .split("\n## ")[0]!
    .split("\n")
    .filter((line) => /^\| \d+ /.test(line))
    .map((line) => line.replace(/^\| | \|$/g, "").split(" | "));

const threats = rowsUnder("What it defends against");
const attacks = rowsUnder("Which test attacks it").map(([number, attack = "", link = "", name = ""]) => {
  const [, file = "", to] = /^\[(.+)\]\((.+)\)$/.exec(link) ?? [];
  return { number, attack, file, to, name };
});

test("each threat has its number, and says who, what, and what stops them", () => {
  expect(threats.map(([number]) => Number(number))).toEqual(threats.map((_, i) => i + 1));
  expect(threats.length).toBeGreaterThan(20);
  expect(threats.filter((cells) => cells.length !== 4 || cells.includes(""))).toEqual([]);
});

test("each threat has a test that attacks it, and no test is of none", () => {
  expect([...new Set(attacks.map(({ number }) => number))]).toEqual(threats.map(([number]) => number));
});

test("each test that is said to attack is there under that name", () => {
  const missing = attacks.filter(
    ({ file, to, name }) =>
      file !== to || name === "" || !existsSync(join(PROJECT, file)) || !namesIn(textOf(file)).has(name),
  );
  expect(missing).toEqual([]);
});

test("each attack that was promised is among them", () => {
  expect(PROMISED.filter((promised) => !attacks.some(({ attack }) => attack.includes(promised)))).toEqual([]);
});

/** Of tests and of what they are grouped in; one that is skipped, or waits to be written, is none. */
function namesIn(text: string): Set<string> {
  const calls = /\b(?:test|describe)(?:\.(?:each|skipIf)(?:<[\s\S]*?>)?\([\s\S]*?\))?\(\s*"((?:[^"\\]|\\.)*)"/g;
  return new Set([...text.matchAll(calls)].map(([, name = ""]) => name));
}
