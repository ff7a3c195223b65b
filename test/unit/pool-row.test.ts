import { expect, test } from "vitest";
import type { PoolLevel } from "../../daemon/domain/level.ts";
import { poolRow, poolRows } from "../../daemon/pages/pool-row.ts";
import { readRegister } from "../../daemon/register/read.ts";
import { levelOf } from "../support/levels.ts";

const AT_MS = Date.parse("2026-11-20T12:00:00Z");

const read = readRegister(
  `
organisation: Exampleshire Council
sites:
  hall: { name: Civic Centre, networks: [10.10.0.0/16] }
  depot: { name: Depot, networks: [10.20.0.0/16] }
  home: { name: Home (VPN), networks: [10.99.0.0/16] }
products:
  autocad: { name: AutoCAD, owner: cad@exampleshire.example, pools: [autocad, collection] }
  revit: { name: Revit, owner: cad@exampleshire.example, pools: [collection] }
pools:
  autocad:
    sites: { depot: { seats: 2 }, home: { seats: 0 } }
    entitlements: [{ reference: PO-1, seats: 10, starts: 2026-04-01 }]
  collection: { entitlements: [{ reference: PO-2, seats: 5, starts: 2026-04-01 }] }
  past: { entitlements: [{ reference: PO-3, seats: 5, starts: 2025-04-01, ends: 2026-03-31 }] }
  coming: { entitlements: [{ reference: PO-4, seats: 5, starts: 2027-04-01 }] }
  bare: { entitlements: [] }
`,
  {},
);
if ("mistakes" in read) throw new Error(JSON.stringify(read.mistakes));
const { register } = read;

const rowOf = (change: Partial<PoolLevel>) => poolRow(register, levelOf({ pool: "autocad", ...change }), AT_MS);

test.each([
  [{ used: 8 }, "free", "2 free", 2],
  [{ used: 10 }, "full", "Full", 0],
  [{ used: 13 }, "over", "Over entitlement by 3", 0],
  [{ pool: "past", capacity: 0 }, "nothing", "Nothing in force: ended", 0],
  [{ pool: "past", capacity: 0, used: 2 }, "nothing", "Nothing in force: ended, 2 seats still in use", 0],
  [{ pool: "coming", capacity: 0 }, "nothing", "Nothing in force: not begun", 0],
  [{ pool: "bare", capacity: 0 }, "nothing", "Nothing in force: no seats are owned", 0],
] as const)("%o is %s: %s", (change, state, words, free) => {
  expect(rowOf(change)).toMatchObject({ state, words, free });
});

test("a bar is as long as what is owned, or what is used where that is more", () => {
  expect(rowOf({ used: 5 }).bar).toEqual({ owned: 100, used: 50, over: 0 });
  expect(rowOf({ used: 20 }).bar).toEqual({ owned: 50, used: 50, over: 50 });
  expect(rowOf({ pool: "bare", capacity: 0 }).bar).toEqual({ owned: 0, used: 0, over: 0 });
});

test("sites are those with a ceiling and those in use, in the register's order, full or barred", () => {
  expect(rowOf({ used: 3, sites: { elsewhere: 1, depot: 2 } }).sites).toEqual([
    { name: "Depot", used: 2, ceiling: 2, full: true },
    { name: "Home (VPN)", used: 0, ceiling: 0, full: false },
    { name: "Elsewhere", used: 1, full: false },
  ]);
});

test("a pool goes by its products, and says its own name where that is another", () => {
  expect(rowOf({})).toMatchObject({ title: "AutoCAD" });
  expect(rowOf({})).not.toHaveProperty("caption");
  expect(rowOf({ pool: "collection" })).toMatchObject({ title: "AutoCAD, Revit", caption: "collection" });
  expect(rowOf({ pool: "bare" })).toMatchObject({ title: "bare" });
});

test("rows are in the order of what people read first, and stay there while figures move", () => {
  const titles = (used: number) =>
    poolRows(
      register,
      [levelOf({ pool: "past" }), levelOf({ pool: "autocad", used }), levelOf({ pool: "bare" })],
      AT_MS,
    ).map((row) => row.title);
  expect(titles(0)).toEqual(["AutoCAD", "bare", "past"]);
  expect(titles(10)).toEqual(["AutoCAD", "bare", "past"]);
});
