import { expect, test } from "vitest";
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

test.each(["contractEnds", "from", "until"])("the column %s belongs to a later version", (column) => {
  expect(told(`user,department,${column}\n`)).toEqual([
    `staff.csv:1:1 the column ${column} is known, but this version of seatmeter does not support it yet: leave it out`,
  ]);
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
