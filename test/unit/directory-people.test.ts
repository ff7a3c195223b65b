import { expect, test } from "vitest";
import { lastDayOf } from "../../daemon/directory/contract-end.ts";
import { type Entry, peopleOf } from "../../daemon/directory/people.ts";
import type { Directory } from "../../daemon/domain/register.ts";

const filetime = (moment: string) => String((BigInt(Date.parse(moment)) + 11_644_473_600_000n) * 10_000n);

test.each([
  ["", "never"],
  ["0", "never"],
  ["9223372036854775807", "never"],
  ["2027-03-31", "2027-03-31"],
  ["20270331", "2027-03-31"],
  // A moment belongs to the day on which it lies in the register's zone.
  ["20270331170000Z", "2027-03-31"],
  ["20270331233000Z", "2027-04-01"],
  ["20270331233000.5+0100", "2027-03-31"],
  ["202703311700Z", "2027-03-31"],
  ["2027033117-05", "2027-03-31"],
  ["20270331235959", "2027-04-01"],
  // Active Directory's is the midnight after the last day.
  [filetime("2027-03-31T23:00:00Z"), "2027-03-31"],
  [filetime("2027-01-01T00:00:00Z"), "2026-12-31"],
  ["soon", undefined],
  ["2027-02-30", undefined],
  ["31/03/2027", undefined],
  ["20271331170000Z", undefined],
  ["1", undefined],
  ["99999999999999999999", undefined],
])("a contract's end %j is after %s", (text, day) => {
  expect(lastDayOf(text, "Europe/London")).toBe(day);
});

const DIRECTORY: Directory = {
  ...{ url: "ldap://localhost", base: "dc=x", filter: "(uid=*)", refreshMs: 1, startTls: false },
  departmentAttribute: "department",
};
const people = (entries: Record<string, string>[], change: Partial<Directory> = {}) =>
  peopleOf(
    entries.map((entry): Entry => new Map(Object.entries(entry))),
    { ...DIRECTORY, ...change },
    "Europe/London",
  );

test("names are folded, and somebody with two entries is one person", () => {
  expect(people([{ uid: "ASmith" }, { samaccountname: "asmith", department: "Planning" }])).toEqual({
    people: [{ user: "asmith", department: "Planning" }],
    unread: 0,
  });
});

test("an entry whose name nobody could sign in with is left out, and counted", () => {
  expect(people([{ uid: "" }, { uid: "a\u202eb" }, { uid: "x".repeat(129) }, { cn: "no uid" }])).toEqual({
    people: [],
    unread: 4,
  });
});

test("a department that no record could hold is left out, and one over several lines is made one", () => {
  const { people: found } = people([
    { uid: "a", department: "x".repeat(201) },
    { uid: "b", department: " Housing\r\n and\tRoads " },
  ]);
  expect(found).toEqual([{ user: "a" }, { user: "b", department: "Housing and Roads" }]);
});

test("somebody whose contract ends on no day is a member without an end, and counted", () => {
  expect(people([{ uid: "a", ends: "soon" }], { contractEndsAttribute: "ends" })).toEqual({
    people: [{ user: "a" }],
    unread: 1,
  });
});
