import { expect, test } from "vitest";
import { textOf } from "../support/source.ts";

const PROMISES = ["S1", "S2", "S3", "L1", "L2", "L3", "L4", "D1", "D2", "D3", "A1", "A2", "P1"];
const GUARANTEES = textOf("GUARANTEES.md");

const rowsUnder = (heading: string) =>
  (GUARANTEES.split(`\n## ${heading}\n`)[1] ?? "")
    .split("\n## ")[0]!
    .split("\n")
    .filter((line) => /^\| [A-Z]\d /.test(line))
    .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "")));

test("each promise is told with how it is kept", () => {
  const rows = rowsUnder("The promises");
  expect(rows.map(([id]) => id)).toEqual(PROMISES);
  expect(rows.filter(([, promise, how]) => !promise || !how)).toEqual([]);
});

test("each promise has a test, and each test that is named is there under that name", () => {
  const rows = rowsUnder("The tests");
  expect([...new Set(rows.map(([id]) => id))]).toEqual(PROMISES);
  const missing = rows.filter(([, link = "", name]) => {
    const [, file = "", to] = /^\[(.+)\]\((.+)\)$/.exec(link) ?? [];
    return file !== to || !textOf(file).includes(`"${name}"`);
  });
  expect(missing).toEqual([]);
});

test("each command that tries a promise for longer has its place for what was seen", () => {
  const places = [...GUARANTEES.matchAll(/<!-- (\w+) -->\n[\s\S]+?\n<!-- \/\1 -->/g)].map(([, name]) => name);
  expect(places).toEqual(["faults", "losses", "fleet", "soak", "fuzz", "away", "day", "canaries"]);
});
