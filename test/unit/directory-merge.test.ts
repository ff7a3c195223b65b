import fc from "fast-check";
import { expect, test } from "vitest";
import { mergedMembers } from "../../daemon/directory/merge.ts";
import { addDays } from "../../daemon/domain/calendar.ts";
import { membersAsCsv, readMembers } from "../../daemon/register/members.ts";

const TODAY = "2026-06-15";
const YESTERDAY = "2026-06-14";

test("who is found at the first reading has been there for as long as anybody knows", () => {
  expect(mergedMembers(undefined, [{ user: "b", department: "Roads" }, { user: "a" }], TODAY)).toEqual([
    { user: "a" },
    { user: "b", department: "Roads" },
  ]);
});

test("who comes is in the group from today on, and who goes until today", () => {
  expect(mergedMembers([{ user: "goes" }, { user: "stays" }], [{ user: "comes" }, { user: "stays" }], TODAY)).toEqual([
    { user: "comes", from: TODAY },
    { user: "goes", until: TODAY },
    { user: "stays" },
  ]);
});

test("who returns on the day of leaving never left, and who returns later has a row of each time", () => {
  expect(mergedMembers([{ user: "a", until: TODAY }], [{ user: "a" }], TODAY)).toEqual([{ user: "a" }]);
  expect(mergedMembers([{ user: "a", until: YESTERDAY }], [{ user: "a" }], TODAY)).toEqual([
    { user: "a", until: YESTERDAY },
    { user: "a", from: TODAY },
  ]);
});

test("another department begins today, and the days before keep theirs", () => {
  expect(mergedMembers([{ user: "a", department: "Planning" }], [{ user: "a", department: "Housing" }], TODAY)).toEqual(
    [
      { user: "a", department: "Planning", until: YESTERDAY },
      { user: "a", department: "Housing", from: TODAY },
    ],
  );
});

test("a department of somebody who came today is mended, and one that was not known is filled in", () => {
  expect(
    mergedMembers([{ user: "a", department: "Plannin", from: TODAY }], [{ user: "a", department: "Planning" }], TODAY),
  ).toEqual([{ user: "a", department: "Planning", from: TODAY }]);
  expect(mergedMembers([{ user: "a" }], [{ user: "a", department: "Planning" }], TODAY)).toEqual([
    { user: "a", department: "Planning" },
  ]);
});

test("the end of a contract is what the directory says now", () => {
  expect(
    mergedMembers([{ user: "a", contractEnds: "2026-12-31" }], [{ user: "a", contractEnds: "2027-12-31" }], TODAY),
  ).toEqual([{ user: "a", contractEnds: "2027-12-31" }]);
  expect(mergedMembers([{ user: "a", contractEnds: "2026-12-31" }], [{ user: "a" }], TODAY)).toEqual([{ user: "a" }]);
  expect(mergedMembers([{ user: "a", contractEnds: "2026-12-31" }], [], TODAY)).toEqual([
    { user: "a", contractEnds: "2026-12-31", until: TODAY },
  ]);
});

test("who left more than thirteen months ago is forgotten", () => {
  const before = [
    { user: "a", until: addDays(TODAY, -397) },
    { user: "b", until: addDays(TODAY, -396) },
  ];
  expect(mergedMembers(before, [], TODAY).map(({ user }) => user)).toEqual(["b"]);
});

const people = fc.uniqueArray(
  fc.record(
    { user: fc.constantFrom("a", "b", "c"), department: fc.constantFrom("Planning", "Housing") },
    { requiredKeys: ["user"] },
  ),
  { selector: ({ user }) => user },
);
/** What a directory says on some days, each later than the one before. */
const readings = fc.array(fc.record({ days: fc.integer({ min: 0, max: 40 }), people }), {
  minLength: 1,
  maxLength: 12,
});

test("whatever happens in a directory, asking twice changes nothing, the past stays, and today is as it says", () => {
  fc.assert(
    fc.property(readings, (days) => {
      let today = "2026-01-01";
      let list: string | undefined;
      for (const reading of days) {
        today = addDays(today, reading.days);
        const before = list === undefined ? undefined : readMembers(list).members;
        const merged = mergedMembers(before, reading.people, today);
        const text = membersAsCsv(merged);

        expect(readMembers(text)).toEqual({ members: merged, mistakes: [] });
        expect(mergedMembers(readMembers(text).members, reading.people, today)).toEqual(merged);
        const open = merged.filter(({ until }) => until === undefined);
        expect(open.map(({ user, department }) => [user, department]).sort()).toEqual(
          reading.people.map(({ user, department }) => [user, department]).sort(),
        );
        for (const day of [addDays(today, -1), addDays(today, -20)])
          expect(on(day, merged)).toEqual(on(day, before ?? merged));
        list = text;
      }
    }),
  );
});

/** Who was in the group on a day; a department that was not known then may have been filled in. */
function on(day: string, members: readonly { user: string; from?: string; until?: string }[]) {
  const there = members.filter(({ from = "", until = "9" }) => from <= day && day <= until);
  return [...new Set(there.map(({ user }) => user))].sort();
}
