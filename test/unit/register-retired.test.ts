import { expect, test } from "vitest";
import { isRetired } from "../../daemon/domain/eligibility.ts";
import { withRetired } from "../../daemon/register/retired.ts";
import { ORGANISATION, registerOf } from "../support/registers.ts";

const retired = (text: string, device = "PC-12") =>
  withRetired(text, device, "2026-11-25", "sold: bid 7 # not a comment");

test("a computer that is retired is in the register from then on, and comments and order stay as people wrote them", () => {
  const text = `# Ours.\n${ORGANISATION}groups: {} # none yet\n`;
  const { register } = registerOf(retired(text));

  expect(retired(text)).toContain("# Ours.");
  expect(retired(text)).toContain("groups: {} # none yet");
  expect(register.devices["pc-12"]).toEqual({
    name: "PC-12",
    retired: "2026-11-25",
    note: "sold: bid 7 # not a comment",
  });
  expect(isRetired(register, "pc-12", Date.parse("2026-11-25T00:00:00Z"))).toBe(true);
  expect(isRetired(register, "PC-12", Date.parse("2026-11-24T23:59:59Z"))).toBe(false);
});

test("one that stands there already, in whatever letters, is told of once", () => {
  const text = `${ORGANISATION}devices:\n  pc-12: { note: lent } # from the depot\n  pc-13: { retired: true }\n`;
  const { register } = registerOf(retired(text));

  expect(Object.keys(register.devices)).toEqual(["pc-12", "pc-13"]);
  expect(register.devices["pc-12"]).toMatchObject({ retired: "2026-11-25" });
  expect(register.devices["pc-13"]).toMatchObject({ retired: true });
});

test.each(["12", "true", "a: b", "- x", "&a", "Ürümqi-PC", "PC #1"])(
  "a computer's name is kept as it is: %s",
  (name) => {
    const { register } = registerOf(retired(ORGANISATION, name));

    expect(Object.values(register.devices)).toMatchObject([{ name }]);
  },
);

test("only the lines that say so change, however people wrote the others", () => {
  const before = `# Ours.
organisation:   "Exampleshire Council"   # by charter
sites: {here: {networks: [10.0.0.0/8,  "::1/128"]}}


devices:
    PC-1: {retired: 2026-01-01,note: 'lost'}
    # The depot's.
    PC-2: { note: lent }
groups: {}
`;
  const after = retired(before);
  const added = after.split("\n").filter((line) => !before.includes(line));
  expect(added.map((line) => line.trim())).toEqual([
    "PC-12:",
    "retired: 2026-11-25",
    'note: "sold: bid 7 # not a comment"',
  ]);
  expect(before.split("\n").filter((line) => !after.includes(line))).toEqual([]);
  expect(Object.keys(registerOf(after).register.devices)).toEqual(["pc-1", "pc-2", "pc-12"]);
});

test.each([
  ["a list that goes over several lines", `${ORGANISATION}sites: { here: {\n  networks: [10.0.0.0/8] } }\n`],
  ["lines as Windows ends them", `${ORGANISATION}groups: {}\n`.replaceAll("\n", "\r\n")],
  ["a text over several lines", `organisation: >-\n  Example\n  shire\n\n\ngroups: {}\n`],
])("a register means the same but for that: %s", (_, text) => {
  const { devices, ...others } = registerOf(retired(text)).register;
  const { devices: before, ...same } = registerOf(text).register;
  expect(others).toEqual(same);
  expect([Object.keys(before), Object.keys(devices)]).toEqual([[], ["pc-12"]]);
});
