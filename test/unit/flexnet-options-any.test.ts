import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { CONVERTED, KEYWORDS, QUALIFIERS, WHO_TYPES } from "../../daemon/imports/options-keywords.ts";
import { optionsLines } from "../../daemon/imports/options-lines.ts";
import { readRegister } from "../../daemon/register/read.ts";
import { imported, knownOf, SMALL_OPTIONS } from "../support/options.ts";
import { textOf } from "../support/source.ts";

/** Written in every way that YAML knows, and with rules that stand in the way. */
const REGISTERS = [
  textOf("seatmeter.example.yaml"),
  `organisation: x
groups: { g: { members: [a, b] }, "g-2": { members: [c] } } # people
products: { F: { owner: o, flexnet: [F, "G:VERSION=2"], pools: [p, { pool: q, seats: 2 }] } }
pools:
  "p": # the first
    allow: ["user:a"] # mine
    deny:
    - group:g
      # nobody else
    limits: [ # of people
      { user: a, seats: 1 }, ]
    idle: { after: 15m, then: warn }

    entitlements: [{ reference: R, seats: 3, starts: 2020-01-01 }]
  # the second
  q: {}
  r: {}
  none-2: { metric: named-user, reservations: [{ group: g, seats: 2 }] }
# the end`,
  `organisation: x\r
products:\r
  F: {owner: o, flexnet: [F], pools: [p]}\r
pools:\r
  p: &rules\r
    allow: &who [user:a]\r
  q: *rules\r
  r: { deny: *who }\r
`,
  '{ "organisation": "x", "pools": { "G": { "borrow": { "maxDays": 7 } } } }\n',
  "organisation: |-\n  x\npools: {}\n",
  "organisation: x # no line ends here",
].map(knownOf);

const name = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      "a",
      "A",
      "b",
      "asmith",
      "g",
      "G",
      "h",
      "F",
      "none",
      "constructor",
      "ALL_USERS",
      "ALL_GROUPS",
      "10.1.2.*",
      "10.1.2.3",
      "1.2.3.4-9",
      "::1",
      "pc-*",
    ),
  },
  {
    weight: 1,
    arbitrary: fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => `"${text.replaceAll(/["\r\n]/g, "")}"`),
  },
);
const amount = fc.oneof(fc.nat(5), fc.nat(2_000_000), fc.constantFrom("", "-1", "x", "900", "86400")).map(String);
const PARTS = {
  seats: amount,
  seconds: amount,
  hours: amount,
  feature: fc.oneof(
    name,
    fc
      .tuple(fc.constantFrom("F", "G"), fc.constantFrom(...QUALIFIERS), fc.constantFrom("=2", ""))
      .map(([one, word, rest]) => `${one}:${word}${rest}`),
  ),
  type: fc.constantFrom(...WHO_TYPES, "host", "PEOPLE"),
  name,
  members: fc.array(name, { maxLength: 4 }).map((names) => names.join(" ")),
  duplicates: fc.constantFrom("U", "H", "UH", "UHD", "V", "NONE", "SITE", "?"),
  switch: fc.constantFrom("ON", "OFF", "?"),
};
const wellMade = fc
  .constantFrom(...(Object.keys(CONVERTED) as (keyof typeof CONVERTED)[]))
  .chain((keyword) =>
    fc.tuple(...CONVERTED[keyword].takes.map((part) => PARTS[part])).map((words) => [keyword, ...words].join(" ")),
  );
const line = fc.oneof(
  { weight: 8, arbitrary: wellMade },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...KEYWORDS, "#", "\\"), fc.string()).map((words) => words.join(" ")),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }).map((text) => text.replaceAll("\n", "")) },
);
const file = fc.array(fc.oneof(line, fc.constantFrom(...SMALL_OPTIONS)), { maxLength: 14 });

const sound = (text: string) => readRegister(text, {});

test("whatever stands in an options file, each line is converted or listed, and what comes out is a sound register", () => {
  fc.assert(
    fc.property(file, fc.constantFrom(undefined, ...REGISTERS), (lines, known) => {
      const { converted, notConverted, merged, fragment, values, options } = imported(lines, known ? { known } : {});
      expect(sound(merged), merged).not.toHaveProperty("mistakes");
      expect(parse(fragment) ?? { groups: {}, products: {}, pools: {} }).toEqual(withoutEmpty(fragment, values));
      const numbers = optionsLines(lines).map((one) => one.line);
      const told = new Set([...converted, ...notConverted.map((one) => one.line)]);
      expect(options).toBe(numbers.length);
      expect([...told].sort((one, other) => one - other)).toEqual(numbers);
    }),
    { numRuns: 400 },
  );
});

test("what a register says stays in it, to the letter where nothing is added", () => {
  fc.assert(
    fc.property(file, fc.constantFrom(...REGISTERS), (lines, known) => {
      const { merged } = imported(lines, { known });
      const [before, after] = [parse(known.text), parse(merged)];
      for (const section of ["groups", "products"]) expect(after[section] ?? {}).toMatchObject(before[section] ?? {});
      for (const [pool, rules] of Object.entries(
        (before.pools ?? {}) as Record<string, Record<string, unknown> | null>,
      )) {
        for (const [key, value] of Object.entries(rules ?? {})) {
          const now = after.pools[pool][key];
          expect(Array.isArray(value) ? now.slice(0, value.length) : now).toEqual(value);
        }
      }
      for (const comment of known.text.matchAll(/# [\w ]+/g)) expect(merged).toContain(comment[0].trim());
    }),
    { numRuns: 200 },
  );
});

test("the same file again adds nothing", () => {
  fc.assert(
    fc.property(file, fc.constantFrom(...REGISTERS), (lines, known) => {
      const { merged } = imported(lines, { known });
      const again = imported(lines, { known: knownOf(merged) });
      expect(again.merged).toBe(merged);
    }),
    { numRuns: 200 },
  );
});

/** A section without entries is left out of what is printed. */
const withoutEmpty = (fragment: string, values: Record<string, object>) =>
  fragment.includes("There is nothing in it")
    ? values
    : Object.fromEntries(Object.entries(values).filter(([, section]) => Object.keys(section).length > 0));
