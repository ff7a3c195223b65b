import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { startOfDayMs, wallTime } from "../../daemon/domain/calendar.ts";
import { PeopleIndex } from "../../daemon/domain/people.ts";
import type { Group, Member, Register } from "../../daemon/domain/register.ts";

const LONDON = "Europe/London";
const people = (groups: Record<string, Group>) => new PeopleIndex({ timezone: LONDON, groups } as unknown as Register);
const at = (moment: string) => Date.parse(moment);
const NOON = at("2026-06-15T12:00:00Z");

test("a person has the groups that name them, in the register's order, and the first department that one knows", () => {
  const index = people({
    cad: { members: [{ user: "asmith" }] },
    planning: { department: "Planning", members: [{ user: "asmith" }, { user: "bjones", department: "Housing" }] },
    roads: { department: "Roads", members: [{ user: "asmith", department: "Bridges" }] },
  });
  expect(index.person("ASmith", NOON)).toEqual({ groups: ["cad", "planning", "roads"], department: "Planning" });
  expect(index.person("bjones", NOON)).toEqual({ groups: ["planning"], department: "Housing" });
  expect(index.person("nobody", NOON)).toEqual({ groups: [], department: "" });
});

test("a restructuring does not rewrite history: each moment has the department of its day", () => {
  const index = people({
    staff: {
      department: "Council",
      members: [
        { user: "asmith", department: "Planning", until: "2026-06-30" },
        { user: "asmith", department: "Housing", from: "2026-07-01" },
      ],
    },
  });
  const department = (moment: string) => index.person("asmith", at(moment)).department;

  expect(department("2020-01-01T00:00:00Z")).toBe("Planning");
  // Midnight of London is an hour before that of Greenwich.
  expect(department("2026-06-30T22:59:59.999Z")).toBe("Planning");
  expect(department("2026-06-30T23:00:00Z")).toBe("Housing");
});

test("somebody is in a group from the first day's midnight until after the last day, and in none between", () => {
  const index = people({
    cad: {
      members: [
        { user: "a", from: "2026-03-29", until: "2026-03-29" },
        { user: "a", from: "2026-12-01" },
      ],
    },
  });
  const groups = (moment: string) => index.person("a", at(moment)).groups;

  expect(groups("2026-03-28T23:59:59Z")).toEqual([]);
  expect(groups("2026-03-29T00:00:00Z")).toEqual(["cad"]);
  // The clocks go forward on that day, which has 23 hours.
  expect(groups("2026-03-29T22:59:59Z")).toEqual(["cad"]);
  expect(groups("2026-03-29T23:00:00Z")).toEqual([]);
  expect(groups("2026-12-01T00:00:00Z")).toEqual(["cad"]);
});

test("of rows of one person that overlap in a group, the later one says the department, if it says one", () => {
  const index = people({
    staff: {
      department: "Council",
      members: [
        { user: "a", department: "Planning" },
        { user: "a", department: "Housing", from: "2026-06-01", until: "2026-06-30" },
        { user: "a", from: "2026-06-10" },
      ],
    },
  });
  const person = (moment: string) => index.person("a", at(moment));

  expect(person("2026-05-01T00:00:00Z")).toEqual({ groups: ["staff"], department: "Planning" });
  expect(person("2026-06-15T00:00:00Z")).toEqual({ groups: ["staff"], department: "Housing" });
  expect(person("2026-07-15T00:00:00Z")).toEqual({ groups: ["staff"], department: "Planning" });
});

describe("contracts", () => {
  const contract = (...members: Omit<Member, "user">[]) => {
    const groups = members.map((member, i): [string, Group] => [`g${i}`, { members: [{ user: "a", ...member }] }]);
    return people(Object.fromEntries(groups)).person("a", NOON);
  };

  test("end with the last of the days that the current rows say, after its last hour", () => {
    expect(contract({ contractEnds: "2026-03-31" }, { contractEnds: "2026-12-31" })).toMatchObject({
      contractEnds: "2026-12-31",
      contract: { overAtMs: at("2027-01-01T00:00:00Z"), rule: "groups.g1.members" },
    });
  });

  test("do not end where a current row does not say when", () => {
    expect(contract({ contractEnds: "2026-03-31" }, {})).toEqual({ groups: ["g0", "g1"], department: "" });
    expect(contract({ contractEnds: "2026-03-31" }, { until: "2026-06-14" })).toMatchObject({
      contractEnds: "2026-03-31",
    });
  });

  test("are no matter of rows that are over or have not begun", () => {
    expect(contract({ contractEnds: "2026-03-31", until: "2026-06-14" })).toEqual({ groups: [], department: "" });
    expect(contract({ contractEnds: "2026-03-31", from: "2026-06-16" })).toEqual({ groups: [], department: "" });
  });
});

test("at whatever moment, the groups are those of the rows in which the day lies", () => {
  const day = fc.integer({ min: 0, max: 30 }).map((i) => `2026-10-${String(i + 1).padStart(2, "0")}`);
  const row = fc.record({
    group: fc.constantFrom("g", "h", "i"),
    from: fc.option(day, { nil: undefined }),
    until: fc.option(day, { nil: undefined }),
  });
  const moment = fc.integer({ min: at("2026-09-29T00:00:00Z"), max: at("2026-11-03T00:00:00Z") });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 5 }), moment, day, fc.boolean(), (rows, any, midnight, onMidnight) => {
      const ordered = rows.filter(({ from, until }) => !from || !until || from <= until);
      const groups: Record<string, Group> = { g: { members: [] }, h: { members: [] }, i: { members: [] } };
      for (const { group, from, until } of ordered)
        groups[group]!.members.push({ user: "a", ...(from && { from }), ...(until && { until }) });
      const atMs = onMidnight ? startOfDayMs(midnight, LONDON) : any;
      const today = wallTime(atMs, LONDON).date;
      const current = ordered.filter(({ from = "", until = "9" }) => from <= today && today <= until);

      expect(people(groups).person("a", atMs).groups).toEqual(
        ["g", "h", "i"].filter((name) => current.some(({ group }) => group === name)),
      );
    }),
  );
});
