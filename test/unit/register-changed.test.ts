import { expect, test } from "vitest";
import { parse } from "yaml";
import { type Change, withChanges } from "../../daemon/register/changed.ts";

const TEXT = `# Kept by ICT.
pools:
  cad: # the big one
    linger: 5m # asked for by Planning
    entitlements:
      - { reference: PO-1, seats: 9, starts: 2020-01-01 } # until the tender
      - reference: PO-2
        seats: 3
        starts: 2021-01-01
groups:
  2026: { members: [asmith, bjones] }
  shared: &shared { members: [asmith] }
  same: *shared
`;
const changed = (...changes: Change[]) => withChanges(TEXT, changes);

test("changes of values, of lists and of whole parts leave all other text as people wrote it", () => {
  const text = changed(
    { op: "replace", path: "/pools/cad/linger", value: "10m" },
    { op: "replace", path: "/pools/cad/entitlements/1/seats", value: 5 },
    { op: "add", path: "/pools/cad/entitlements/-", value: { reference: "PO-3", seats: 1, starts: "2027-04-01" } },
    { op: "add", path: "/pools/gis", value: { entitlements: [] } },
    { op: "remove", path: "/groups/2026/members/0" },
  );

  expect(text).toContain("# Kept by ICT.");
  expect(text).toContain("linger: 10m # asked for by Planning");
  expect(text).toContain("# until the tender");
  expect(parse(text)).toMatchObject({
    pools: {
      cad: { linger: "10m", entitlements: [{ seats: 9 }, { reference: "PO-2", seats: 5 }, { reference: "PO-3" }] },
      gis: { entitlements: [] },
    },
    groups: { 2026: { members: ["bjones"] } },
  });
});

test("an item of a list is put where its number says, and what stood there moves on", () => {
  const text = changed({ op: "add", path: "/groups/2026/members/1", value: "cgreen" });
  expect(parse(text).groups["2026"].members).toEqual(["asmith", "cgreen", "bjones"]);
});

test("a name with a slash or a tilde in it is written as JSON Pointer writes it", () => {
  const text = changed({ op: "add", path: "/devices", value: {} }, { op: "add", path: "/devices/a~1b~0c", value: {} });
  expect(parse(text).devices).toEqual({ "a/b~c": {} });
});

test("what was true when somebody looked can be made a condition", () => {
  const condition: Change = { op: "test", path: "/pools/cad/entitlements/1/seats", value: 3 };
  expect(changed(condition)).toContain("seats: 3");
  expect(() => changed({ op: "replace", path: condition.path, value: 4 }, condition)).toThrow(
    "/pools/cad/entitlements/1/seats is something else by now",
  );
});

test.each<[Change, string]>([
  [{ op: "replace", path: "/pools/gis/linger", value: "5m" }, "there is nothing below /pools/gis"],
  [{ op: "remove", path: "/pools/cad/queue" }, "/pools/cad/queue is not there"],
  [{ op: "replace", path: "/pools/cad/entitlements/2/seats", value: 1 }, "there is nothing below"],
  [{ op: "add", path: "/pools/cad/entitlements/4", value: {} }, "- stands behind its last"],
  [{ op: "add", path: "/pools/cad/entitlements/01", value: {} }, "- stands behind its last"],
  [{ op: "remove", path: "/pools/cad/entitlements/-" }, "is not there"],
  [{ op: "add", path: "pools/cad", value: 1 }, "is no path: one is written /pools/cad/entitlements/0/seats"],
  [{ op: "remove", path: "" }, "/ is no path"],
  [{ op: "replace", path: "/pools/cad/linger/x", value: 1 }, "there is nothing below /pools/cad/linger"],
  [{ op: "add", path: "/groups/same/members/-", value: "x" }, "/groups/same repeats *shared"],
])("a change that finds nothing to change is refused by its path, and so are those beside it: %j", (change, why) => {
  expect(() => changed({ op: "replace", path: "/pools/cad/linger", value: "1m" }, change)).toThrow(why);
});
