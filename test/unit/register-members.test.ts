import { expect, test } from "vitest";
import { membersAsCsv, readMembers } from "../../daemon/register/members.ts";
import { readRegister } from "../../daemon/register/read.ts";
import { mistakesOf, ORGANISATION, registerOf } from "../support/registers.ts";

const REGISTER = `${ORGANISATION}groups:\n  staff: { membersFile: staff.csv, department: Council }\n`;
const members = (csv: string) => registerOf(REGISTER, { "staff.csv": csv }).register.groups.staff?.members;
const told = (csv: string) => mistakesOf(REGISTER, { "staff.csv": csv }).map(({ message }) => message);

test("a members file names people, without regard to case, and perhaps their department", () => {
  expect(members("user,department\nASmith,Planning\nbjones,\n")).toEqual([
    { user: "asmith", department: "Planning" },
    { user: "bjones" },
  ]);
  expect(members("user\nasmith\n")).toEqual([{ user: "asmith" }]);
  expect(members("department,user\nPlanning,asmith")).toEqual([{ user: "asmith", department: "Planning" }]);
});

test("it may come from a spreadsheet: quotes, commas, carriage returns, a byte order mark, blank lines", () => {
  const csv = '\ufeffuser,department\r\n\r\nasmith,"Planning, ""Housing"" and\nRoads"\r\n,\r\n bjones , Highways \r\n';

  expect(members(csv)).toEqual([
    { user: "asmith", department: 'Planning, "Housing" and Roads' },
    { user: "bjones", department: "Highways" },
  ]);
});

test("a department is one line without tabs, because the ledger's records are", () => {
  expect(members('user,department\nasmith,"Planning\t\r\nand\nHousing"\nbjones," \n "\n')).toEqual([
    { user: "asmith", department: "Planning and Housing" },
    { user: "bjones" },
  ]);
});

test("somebody who is named in the register and in the file is one member", () => {
  const text = `${ORGANISATION}groups:\n  staff: { members: [ASMITH], membersFile: staff.csv }\n`;
  const { register } = registerOf(text, { "staff.csv": "user,department\nasmith,Planning\n" });

  expect(register.groups.staff?.members).toEqual([{ user: "asmith", department: "Planning" }]);
});

test.each([
  ["", "staff.csv:1:1 the header is missing: write user,department"],
  ["name,department\n", 'staff.csv:1:1 "name" is no column here'],
  ["usr\n", 'staff.csv:1:1 "usr" is no column here; did you mean "user"?'],
  ["user,user\n", "staff.csv:1:1 the column user stands here twice"],
  ["user,department\n,Planning\n", "staff.csv:2:1 the user's name is missing"],
  ["user\nasmith,Planning\n", "staff.csv:2:1 has more cells than the header: text with commas needs quotes"],
  ["user\n\nas\u202emith\n", "staff.csv:3:1 the user's name is too long or holds invisible characters"],
  [
    "user,department\nasmith,Plan\u202ening\n",
    "staff.csv:2:1 the department is too long or holds invisible characters",
  ],
  [
    `user,department\nasmith,${"x".repeat(201)}\n`,
    "staff.csv:2:1 the department is too long or holds invisible characters",
  ],
  ['user\n"asmith\n', 'staff.csv:2:1 a quote is not closed, or stands inside a cell: write "" for one'],
])("a mistake in a members file is told with its line: %j", (csv, mistake) => {
  expect(told(csv)).toContain(mistake);
});

test("a row may say when the contract ends, and from when until when the person is in the group", () => {
  expect(
    members("user,until,from,contractEnds\nasmith,2026-06-30,2026-01-01,2026-12-31\nbjones,,2026-07-01,\n"),
  ).toEqual([
    { user: "asmith", contractEnds: "2026-12-31", from: "2026-01-01", until: "2026-06-30" },
    { user: "bjones", from: "2026-07-01" },
  ]);
});

test("who moved from one department to another has a row for each", () => {
  const csv = "user,department,from,until\nasmith,Planning,,2026-06-30\nasmith,Housing,2026-07-01,\n";
  expect(members(csv)).toEqual([
    { user: "asmith", department: "Planning", until: "2026-06-30" },
    { user: "asmith", department: "Housing", from: "2026-07-01" },
  ]);
});

test.each(["contractEnds", "from", "until"])("%s must be a day", (column) => {
  expect(told(`user,${column}\na,01/04/2026\n`)).toEqual([
    `staff.csv:2:1 ${column} is no day: one is written 2026-04-01; for none, leave the cell empty`,
  ]);
});

test("a row whose days are the wrong way round is told with its line", () => {
  expect(told("user,from,until\na,2026-04-01,2026-04-01\nb,2026-04-02,2026-04-01\n")).toEqual([
    "staff.csv:3:1 until is before from, 2026-04-02",
  ]);
});

test("what is written as such a file is read as the same people", () => {
  const people = [
    { user: "asmith", department: 'Planning, "Housing"', contractEnds: "2026-12-31" },
    { user: "o neill", from: "2026-01-01", until: "2026-02-01" },
    { user: "zoë" },
  ];
  expect(readMembers(membersAsCsv(people))).toEqual({ members: people, mistakes: [] });
});

test("a member of the register itself may be written with days, too", () => {
  const list = "[asmith, { user: BJones, department: Roads, contractEnds: 2026-12-31, from: 2026-01-01 }]";
  const { register } = registerOf(`${ORGANISATION}groups:\n  staff: { members: ${list} }\n`);

  expect(register.groups.staff?.members).toEqual([
    { user: "asmith" },
    { user: "bjones", department: "Roads", contractEnds: "2026-12-31", from: "2026-01-01" },
  ]);
});

test.each([
  ["{ user: a, from: 2026-02-30 }", "3:39 is no day: one is written 2026-04-01"],
  ["{ user: a, from: 2026-04-02, until: 2026-04-01 }", "3:58 is before it begins, 2026-04-02"],
  ["{ user: a, untill: 2026-04-01 }", '3:33 is no key here; did you mean "until"?'],
  ["{ department: a }", "3:22 is missing"],
  ["7", "3:22 must be a user's name, or { user, department, contractEnds, from, until }"],
])("of members, %s is a mistake", (member, mistake) => {
  const found = mistakesOf(`${ORGANISATION}groups:\n  staff: { members: [${member}] }\n`);
  expect(found.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual([mistake]);
});

test("a members file that cannot be read is told where the register names it", () => {
  const readFile = () => {
    throw new Error("no such file");
  };
  expect(readRegister(REGISTER, { readFile })).toEqual({
    mistakes: [
      { line: 3, column: 25, path: "groups.staff.membersFile", message: "staff.csv cannot be read: no such file" },
    ],
  });
  expect(mistakesOf(REGISTER)[0]?.message).toBe("staff.csv was not published with the register");
});

test("what was published with the register wins over what lies on disk", () => {
  const read = readRegister(REGISTER, {
    readFile: () => "user\nondisk\n",
    files: { "staff.csv": "user\npublished\n" },
  });

  expect(read).toMatchObject({
    register: { groups: { staff: { members: [{ user: "published" }] } } },
    files: { "staff.csv": "user\npublished\n" },
  });
});

test("a file named like a part of every object is an ordinary name", () => {
  const text = `${ORGANISATION}groups:\n  staff: { membersFile: __proto__ }\n`;

  expect(mistakesOf(text)[0]?.message).toBe("__proto__ was not published with the register");
  const { files } = readRegister(text, { readFile: () => "user\na\n" }) as { files: object };
  expect(Object.keys(files)).toEqual(["__proto__"]);
});
