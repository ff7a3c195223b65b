import fc from "fast-check";
import { expect, test } from "vitest";
import { Matcher } from "../../daemon/compliance/matching.ts";
import { patternOf } from "../../daemon/compliance/patterns.ts";
import { outsideWindow } from "../../daemon/compliance/versions.ts";
import { folded } from "../../daemon/domain/names.ts";
import { ORGANISATION, registerOf } from "../support/registers.ts";

const software = (name: string, publisher = "", version = "") => ({ name, publisher, version });
const matcherOf = (text: string) => new Matcher(registerOf(`${ORGANISATION}${text}pools: { p: {} }\n`).register);
const AUTOCAD = "products: { autocad: { name: AutoCAD, publisher: Autodesk, owner: a, pools: [p]";

test.each([
  ["autocad", "AutoCAD", true],
  ["AutoCAD*", "autocad 2026 – English", true],
  ["*cad*2026", "AutoCAD LT 2026", true],
  ["*cad*2026", "AutoCAD LT 2026.1", false],
  ["a?b", "aXb", true],
  ["a?b", "ab", false],
  ["", "a", false],
  ["*", "", true],
  ["a.b", "aXb", false],
])("%s means %s: %s", (pattern, text, fits) => {
  expect(patternOf(pattern)(folded(text))).toBe(fits);
});

test("a pattern means what the same regular expression would, whatever is in it", () => {
  const letters = (extra: string) => fc.string({ unit: fc.constantFrom(..."ab.", ...extra), maxLength: 12 });
  fc.assert(
    fc.property(letters("*?"), letters(""), (pattern, text) => {
      const expression = pattern.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
      expect(patternOf(pattern)(text)).toBe(new RegExp(`^${expression}$`, "s").test(text));
    }),
    { numRuns: 2_000 },
  );
});

test("a pattern of many stars is answered at once, and not by trying all that they could stand for", () => {
  expect(patternOf(`${"*a".repeat(90)}b`)("a".repeat(200))).toBe(false);
});

test("without rules of its own a product is what bears its name, alone or with words behind it, by its publisher", () => {
  const matcher = matcherOf(`${AUTOCAD} } }\n`);
  expect(matcher.match(software("AutoCAD 2026", "Autodesk, Inc."))).toEqual({
    product: "autocad",
    rule: "products.autocad.name",
    says: 'name is "AutoCAD *", publisher is "Autodesk*"',
  });
  expect(matcher.match(software("autocad", "autodesk"))?.product).toBe("autocad");
  expect(matcher.match(software("AutoCADviewer", "Autodesk"))).toBeUndefined();
  expect(matcher.match(software("AutoCAD tips", "Somebody"))).toBeUndefined();
});

test("rules that are written stand in place of the usual ones", () => {
  const matcher = matcherOf(`${AUTOCAD}, installed: [{ name: "acad*", version: "25.*" }] } }\n`);
  expect(matcher.match(software("AutoCAD", "Autodesk", "25.1"))).toBeUndefined();
  expect(matcher.match(software("acad-full", "anybody", "25.1"))).toMatchObject({
    rule: "products.autocad.installed[0]",
    says: 'name is "acad*", version is "25.*"',
  });
  expect(matcher.match(software("acad-full", "anybody", "24.0"))).toBeUndefined();
});

test("the rule that says most decides; between two that say as much, a product before what is free", () => {
  const matcher = matcherOf(`products:
  office: { owner: a, pools: [p], installed: [{ name: "Office*" }] }
  visio: { owner: a, pools: [p], installed: [{ name: "Office Visio*" }, { name: "Office*", publisher: "Visio Ltd" }] }
freeSoftware:
  - { publisher: "Debian*" }
  - { name: "Office Viewer*" }
  - { name: "Office*" }
`);
  expect(matcher.match(software("Office 2024"))?.product).toBe("office");
  expect(matcher.match(software("Office Visio 2024"))?.product).toBe("visio");
  expect(matcher.match(software("Office 2024", "Visio Ltd"))?.rule).toBe("products.visio.installed[1]");
  expect(matcher.match(software("Office Viewer"))).toEqual({
    rule: "freeSoftware[1]",
    says: 'name is "Office Viewer*"',
  });
  // A name says more than a publisher, however long that is.
  expect(matcher.match(software("Office", "Debian Maintainers of Office and all that"))?.product).toBe("office");
  expect(matcher.match(software("vim", "Debian"))?.rule).toBe("freeSoftware[0]");
  expect(matcher.match(software("vim", "Somebody"))).toBeUndefined();
});

const WINDOW = {
  ...{ current: "2026", previous: "15", required: false },
  exceptions: [
    { version: "2019", until: "2026-03-31", reason: "plotter" },
    { version: "1.6", until: "2026-01-31", reason: "migration" },
  ],
};

test.each([
  ["2026.1.2", "AutoCAD", undefined, "the current one"],
  ["15.18-0+deb12u1", "postgresql-15", undefined, "the one before, with a package's revision behind it"],
  ["25.1.60.0", "AutoCAD 2026", undefined, "the current one, by the year in its name"],
  ["14.2", "AutoCAD", "", "none that the register knows"],
  ["2019.4", "AutoCAD", undefined, "an exception on its last day"],
  ["1.6-2.1", "AutoCAD", "2026-01-31", "an exception that is over"],
  ["", "AutoCAD", undefined, "not known"],
])("of a window, the version %s of %s is told of as %j: it is %s", (version, name, told, _because) => {
  expect(outsideWindow(WINDOW, { name, publisher: "", version }, "2026-03-31")).toBe(told);
});
