import { expect, test } from "vitest";
import { mistakesAsText } from "../../daemon/register/read.ts";
import { mistakesOf, ORGANISATION, told } from "../support/registers.ts";

test("every mistake is told at once, in the order of the file, with its path", () => {
  const mistakes = mistakesOf(`organisation: Exampleshire Council
timezone: Europe/Londn
products:
  autocad:
    ownr: planning
    versions: { current: 2026 }
    whenUnreachable: alow
    pools: [autocda]
pools:
  autocad:
    allow: [group:planing]
    entitlements:
      - { reference: PO-1, seats: many, starts: 2026-02-30, notice: soon }
groups:
  planning: { members: [asmith] }
`);

  expect(mistakesAsText("seatmeter.yaml", mistakes).split("\n")).toEqual([
    'seatmeter.yaml:2:11 timezone is no time zone of the IANA list, such as Europe/London; did you mean "Europe/London"?',
    "seatmeter.yaml:4:3 products.autocad.owner is missing",
    'seatmeter.yaml:5:5 products.autocad.ownr is no key here; did you mean "owner"?',
    "seatmeter.yaml:6:26 products.autocad.versions.current is a number, and text is wanted: put it in quotes",
    'seatmeter.yaml:7:22 products.autocad.whenUnreachable must be allow or refuse; did you mean "allow"?',
    'seatmeter.yaml:8:13 products.autocad.pools[0] there is no pool autocda; did you mean "autocad"?',
    'seatmeter.yaml:11:13 pools.autocad.allow[0] there is no group planing; did you mean "planning"?',
    "seatmeter.yaml:13:35 pools.autocad.entitlements[0].seats must be a number, and is text",
    "seatmeter.yaml:13:49 pools.autocad.entitlements[0].starts is no day: one is written 2026-04-01",
    "seatmeter.yaml:13:69 pools.autocad.entitlements[0].notice is no notice period: one is written 90d or 3 months",
  ]);
});

test("a key that is near none is answered with those that are known there", () => {
  expect(told(`${ORGANISATION}sites:\n  depot: { networks: [10.0.0.0/8], postcode: AB1 }\n`)).toEqual([
    "3:36 is no key here; known are name, networks",
  ]);
});

test("a key that stands in the wrong place is not known there", () => {
  expect(told(`${ORGANISATION}linger: 5m\n`)[0]).toMatch(/^2:1 is no key here; known are organisation/);
});

test.each([
  ["", "1:1 the file is empty: begin with a copy of seatmeter.example.yaml"],
  ["# nothing\n", "1:1 the file is empty: begin with a copy of seatmeter.example.yaml"],
  ["- a\n", "1:1 must be a mapping, key: value, and is a list"],
  ["just text", "1:1 must be a mapping, key: value, and is text"],
  ["a: 1\n---\nb: 2\n", "2:1 a second document begins here: the register is a single one"],
  ["sites:\n\tdepot: {}\n", "2:1 a tab indents this line: use spaces"],
  ["sites: [1, 2\npools: {}\n", "2:1 flow sequence in block collection must be sufficiently indented and end with a ]"],
  ["__proto__: { admin: true }\n", "1:1 __proto__ is no key"],
  ["? [a, b]\n: 1\n", "1:3 a key is plain text"],
  ["sites: *nowhere\n", "1:8 nothing above is marked &nowhere"],
  ["timezone: !zone Europe/London\n", "1:11 unresolved tag: !zone"],
])("YAML that is not to be trusted is told where it stands: %j", (text, mistake) => {
  expect(told(text)).toEqual([mistake]);
});

test("a key that stands twice is told beside the other mistakes", () => {
  expect(told(`${ORGANISATION}pools: {}\npools: {}\nrevision: 0\n`)).toEqual([
    "3:1 this key stands here twice: leave one of them out",
    "4:11 must be at least 1",
  ]);
});

test("names that every object has are no names", () => {
  expect(told(`${ORGANISATION}pools: { constructor: {}, toString: {} }\n`)).toEqual([
    "2:10 is no name",
    "2:27 is no name",
  ]);
});

test("half a character is in no name", () => {
  expect(told('organisation: "Stoke \\ud83d"\n')).toEqual(["1:15 holds half a character"]);
});

test("a section that was left empty says what to do with it", () => {
  expect(told(`${ORGANISATION}sites:\n`)).toEqual([
    "2:1 is empty: write a mapping of names here, or leave the key out",
  ]);
});

test("an anchor may be repeated, and a mistake in it is told where it is written", () => {
  const text = (owner: string) =>
    `${ORGANISATION}products:\n  a: &a { owner: ${owner}, pools: [p] }\n  b: *a\npools: { p: {} }\n`;

  expect(told(text("me"))).toEqual([]);
  expect(told(text("7"))).toEqual(Array(2).fill("3:18 is a number, and text is wanted: put it in quotes"));
});

test("aliases do not multiply, go round in circles, or come in thousands", () => {
  const bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n";
  expect(told(bomb)).toEqual(["2:7 &b marks a part that itself repeats another: write one of them out"]);
  expect(told("a: &a { b: *a }\n")).toEqual(["1:7 &a marks a part that itself repeats another: write one of them out"]);
  expect(told(`a: &a x\nb: [${"*a, ".repeat(101)}]\n`)).toEqual([expect.stringContaining("more than 100 aliases")]);
});

test("a file that is too large or nested too deeply is refused as a whole", () => {
  expect(told(`# ${"x".repeat(1024 * 1024)}\n`)).toEqual(["1:1 the file is larger than 1024 KiB"]);
  expect(told("[".repeat(100_000))).toEqual(["1:1 the file is nested too deeply"]);
});

test("of a thousand mistakes the first two hundred are told, and how many more there are", () => {
  const sites = Array.from({ length: 1000 }, (_, i) => `  s${i}: { name: Site }`).join("\n");
  const mistakes = mistakesOf(`${ORGANISATION}sites:\n${sites}\n`);

  expect(mistakes).toHaveLength(201);
  expect(mistakes.at(-1)).toEqual({ line: 203, column: 3, path: "", message: "and 800 more from here on" });
});
