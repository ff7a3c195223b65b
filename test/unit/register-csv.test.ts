import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { unguarded } from "../../daemon/domain/formulas.ts";
import { csvLine, csvRows, csvText } from "../../daemon/imports/csv-rows.ts";
import { readAmount, readCount, readDay, readMetric, readNotice, readYes } from "../../daemon/imports/csv-values.ts";
import { mergedWith } from "../../daemon/imports/options-merge.ts";
import { columnOf, REGISTER_COLUMNS } from "../../daemon/imports/register-columns.ts";
import { registerAsCsv } from "../../daemon/imports/register-csv.ts";
import { registerDraft } from "../../daemon/imports/register-draft.ts";
import { assetRows } from "../../daemon/imports/register-rows.ts";
import { readRegister } from "../../daemon/register/read.ts";

const ORGANISATION = "organisation: Exampleshire Council\n";

function imported(csv: string, register = ORGANISATION) {
  const before = readRegister(register, {});
  if ("mistakes" in before) throw new Error(JSON.stringify(before.mistakes));
  const read = assetRows(csvRows(csv).rows);
  const draft = registerDraft(read.rows, before.register, "to be named");
  const text = mergedWith(register, draft.entries);
  const after = readRegister(text, {});
  if ("mistakes" in after) throw new Error(JSON.stringify(after.mistakes));
  const notTaken = [...read.notTaken, ...draft.notTaken].map(({ line, why }) => `${line}: ${why}`);
  return { text, register: after.register, notTaken, unknown: read.unknown, draft };
}

test("rows with commas, semicolons or tabs, quotes and line breaks are read, with their lines", () => {
  expect(csvRows('a,"b ""c"", d"\r\n\r\n e ,"two\nlines"\n"",x').rows).toEqual([
    { line: 1, cells: ["a", 'b "c", d'] },
    { line: 3, cells: ["e", "two\nlines"] },
    { line: 5, cells: ["", "x"] },
  ]);
  expect(csvRows("a;b\n1,5;2").rows[1]!.cells).toEqual(["1,5", "2"]);
  expect(csvRows("a\tb\n1\t2").rows[1]!.cells).toEqual(["1", "2"]);
  expect(csvRows("sep=;\na;b").rows).toEqual([{ line: 2, cells: ["a", "b"] }]);
  for (const separator of ["|", "\t", ".", "^", "]"]) {
    const { rows } = csvRows(`sep=${separator}\na${separator}"b${separator}c"\n1${separator}2\n`);
    expect(rows, separator).toEqual([
      { line: 2, cells: ["a", `b${separator}c`] },
      { line: 3, cells: ["1", "2"] },
    ]);
  }
  expect(csvRows('a,b\n1,"open').mistake).toMatchObject({ line: 2 });
  expect(csvRows("").rows).toEqual([]);
});

test("whatever is written as a row is read as that row", () => {
  const cell = fc.string({ maxLength: 12 }).map((text) => text.replaceAll(/[\s\0]+/g, " ").trim());
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 5 }), (cells) => {
      const read = csvRows(`head,ing\n${csvLine(cells)}`).rows[1]?.cells ?? cells.map(() => "");
      expect(read.map(unguarded)).toEqual(cells.map(unguarded));
    }),
  );
});

test.each(["=1+1", " =1+1", "＝1+1", "|cmd", "@SUM(1)"])(
  "the text %j is no formula in a register's CSV, and is read as it was",
  (text) => {
    expect(csvLine([text])).toContain(`'${text}`);
    expect(unguarded(csvRows(`head,ing\n${csvLine([text])}`).rows[1]!.cells[0]!)).toBe(text);
  },
);

test("a file is read in the encoding in which a spreadsheet saved it", () => {
  expect(csvText(Buffer.from("\ufeffZoë"), "f")).toBe("Zoë");
  expect(csvText(Buffer.from("\ufeffZoë", "utf16le"), "f")).toBe("Zoë");
  expect(csvText(Buffer.from([0x5a, 0x6f, 0xeb, 0x20, 0xa3]), "f")).toBe("Zoë £");
  expect(() => csvText(Buffer.from("PK\u0003\u0004…"), "f.xlsx")).toThrow(/is a workbook, and no CSV/);
});

test("days are read as the United Kingdom writes them, the day first, and as ISO 8601", () => {
  const days = [
    "31/03/2027",
    "31-3-2027",
    "31.03.27",
    "2027-03-31",
    "2027-03-31T00:00:00",
    "31 March 2027",
    "31-Mar-27",
    "31st Mar 2027",
    "31/03/2027 00:00",
  ];
  for (const text of days) expect(readDay(text), text).toEqual({ value: "2027-03-31" });
  expect([readDay("01/04/98"), readDay("1 Apr 69")]).toEqual([{ value: "1998-04-01" }, { value: "2069-04-01" }]);
  for (const text of ["03/31/2027", "30/02/2027", "soon", "45382"]) expect(readDay(text), text).toHaveProperty("why");
});

test("amounts, counts, periods, metrics, yes and no are read as people write them", () => {
  for (const text of ["£41,250.00", "41250", "GBP 41,250", "41,250.00 GBP", "£41,250 per annum"]) {
    expect(readAmount(text), text).toMatchObject({ value: { amount: 41_250 } });
  }
  expect(readAmount("€10")).toEqual({ value: { amount: 10, currency: "EUR" } });
  for (const text of ["1.250,00", "41,25", "£41k", "-5"]) expect(readAmount(text), text).toHaveProperty("why");
  expect(readCount("1,200 licences")).toEqual({ value: 1200 });
  for (const text of ["0", "many", "2.5", "2,5", "5, 10"]) expect(readCount(text), text).toHaveProperty("why");
  expect([readNotice("90 days"), readNotice("3 months"), readNotice("13 weeks"), readNotice("1 year")]).toEqual(
    ["90d", "3 months", "91d", "12 months"].map((value) => ({ value })),
  );
  expect(readNotice("90")).toHaveProperty("why");
  expect(readNotice("90", "days")).toEqual({ value: "90d" });
  expect([readYes("Yes"), readYes("SME"), readYes("n")]).toEqual([true, true, false].map((value) => ({ value })));
  expect(readMetric("Named user")).toEqual({ value: "named-user" });
  expect(readMetric("Floating")).toEqual({ value: "concurrent" });
});

test("every heading of the Transparency Code is recognised, and none means two things", () => {
  const code = {
    ...{ "Reference number": "reference", "Title of agreement": "title", "Supplier name and details": "supplier" },
    ...{ "Local authority department responsible": "department", "Start date": "starts", "End date": "ends" },
    "Description of the goods and/or services being provided": "description",
    ...{ "Sum to be paid over the length of the contract": "term", "Estimated annual spending or budget": "yearly" },
    ...{ "Value Added Tax that cannot be recovered": "irrecoverableVat", "Review date": "review" },
    ...{
      "Invitation to quote or tender": "process",
      "SME/VCSE": "smeOrVcse",
      "Company or charity number": "supplierNumber",
    },
  };
  for (const [heading, column] of Object.entries(code)) expect(columnOf(heading), heading).toBe(column);
  expect(columnOf("Annual cost (£)")).toBe("yearly");
  expect(columnOf("START_DATE")).toBe("starts");
  expect(columnOf("favourite colour")).toBeUndefined();
  for (const [name, { heading, aliases }] of Object.entries(REGISTER_COLUMNS)) {
    for (const text of [name, heading, ...aliases]) expect(columnOf(text), text).toBe(name);
  }
});

const HEADER = "Software,Seats,Reference,Start date,End date,Annual cost,Owner";

test("what is perpetual has no end, and another end that is none is not taken for it", () => {
  const { register, notTaken } = imported(
    `${HEADER}\nCAD,5,PO-1,01/04/98,Perpetual,,\nCAD,5,PO-2,01/04/2026,rolling,,\n`,
  );
  expect(register.pools.CAD!.entitlements).toMatchObject([{ reference: "PO-1", starts: "1998-04-01" }]);
  expect(register.pools.CAD!.entitlements[0]!.ends).toBeUndefined();
  expect(notTaken).toEqual([expect.stringContaining("3: not taken: rolling is no day")]);
});

test("each row becomes an entitlement of its product's pool; products of one name are one", () => {
  const { register, notTaken } = imported(
    `${HEADER}\nCAD,25,PO-1,01/04/2026,31/03/2027,"£41,250",cad@example.org\nCAD,5,PO-2,01/04/2026,,,\nZoë's GIS,3,PO-3,2026-04-01,,,\n`,
  );
  expect(notTaken).toEqual([]);
  expect(Object.keys(register.pools)).toEqual(["CAD", "Zoe-s-GIS"]);
  expect(register.products.CAD).toMatchObject({ name: "CAD", owner: "cad@example.org", pools: ["CAD"] });
  expect(register.products["Zoe-s-GIS"]).toMatchObject({ name: "Zoë's GIS", owner: "to be named" });
  expect(register.pools.CAD!.entitlements).toMatchObject([
    { reference: "PO-1", seats: 25, ends: "2027-03-31", cost: { amount: 41_250, currency: "GBP", per: "year" } },
    { reference: "PO-2", seats: 5, starts: "2026-04-01" },
  ]);
});

test("a row without what counting needs is listed with its line and why, and the others are taken", () => {
  const { register, notTaken, unknown } = imported(
    `${HEADER},Colour\nCAD,many,PO-1,01/04/2026\nCAD,5,,01/04/2026\n,5,PO-3,01/04/2026\nCAD,5,PO-4,04/31/2026\nCAD,5,PO-5,01/04/2026,tbc\nCAD,5,PO-6,01/04/2026,01/04/2025\nCAD,5,PO-7,01/04/2026,next year\n`,
  );
  expect(notTaken).toEqual([
    "2: not taken: many is no number of seats",
    "3: not taken: reference is missing",
    "4: not taken: product is missing",
    "5: not taken: 04/31/2026 is no day of the calendar; the day is read before the month",
    "7: not taken: it ends, 2025-04-01, before it starts, 2026-04-01",
    "8: not taken: next year is no day: one is written 31/03/2027 or 2027-03-31",
  ]);
  expect(register.pools.CAD!.entitlements.map(({ reference }) => reference)).toEqual(["PO-5"]);
  expect(unknown).toEqual(["Colour"]);
  expect(imported("Software,Seats\nCAD,5\n").notTaken).toEqual(["1: there is no column for reference, starts"]);
});

test("a cost that is neither of a year nor of the term is left out and told, unless the term is a year", () => {
  const { register, notTaken } = imported(
    "Software,Seats,Reference,Start,End,Cost,Per\nA,1,R1,01/04/2026,31/03/2027,100,\nA,1,R2,01/04/2026,31/03/2029,100,\nA,1,R3,01/04/2026,31/03/2029,100,annual\n",
  );
  expect(register.pools.A!.entitlements.map(({ cost }) => cost?.per)).toEqual(["term", undefined, "year"]);
  expect(notTaken).toEqual([expect.stringMatching(/^3: the cost is left out: nothing says whether 100 is for a year/)]);
});

test("what the register says stays, to the letter; what a row says otherwise is listed", () => {
  const register = `# Ours.
organisation: x
products:
  cad: { name: Computer Aided, owner: o, pools: [cad] } # a remark
pools:
  cad:
    # bought in spring
    entitlements:
      - { reference: PO-1, seats: 25, starts: 2026-04-01, notice: 90d }
`;
  const csv =
    "Software,Seats,Reference,Start,Notice\ncomputer aided,25,PO-1,01/04/2026,90 days\ncad,30,PO-1,01/04/2026,90 days\ncad,5,PO-2,01/10/2026,\n";
  const { text, notTaken, draft } = imported(csv, register);
  expect(notTaken).toEqual(["3: the register has PO-1 of cad already, and says otherwise: seats"]);
  expect(draft).toMatchObject({ added: 1, known: 2 });
  expect(text.startsWith(register.trimEnd())).toBe(true);
  expect(parse(text).pools.cad.entitlements.map(({ reference }: { reference: string }) => reference)).toEqual([
    "PO-1",
    "PO-2",
  ]);
  expect(imported(csv, text).text).toBe(text);
});

test("what is exported is imported as the same", () => {
  const register = `${ORGANISATION}products:
  cad: { name: CAD, publisher: P, owner: o, versions: { current: "2026", previous: "2025" }, executables: [a, b], flexnet: [F], pools: [cad] }
  view: { name: "=View", owner: o, pools: [named] }
pools:
  cad:
    entitlements:
      - { reference: PO-1, seats: 25, starts: 2026-04-01, ends: 2027-03-31, notice: 3 months, supplier: "A, B", cost: { amount: 41250.5, currency: GBP, per: year }, irrecoverableVat: 12, title: T, description: D, department: Planning, officer: O, review: 2026-10-01, process: "Tender", smeOrVcse: true, supplierNumber: "0123", autoRenews: false, vault: Safe, packSize: 5 }
      - { reference: PO-2, seats: 1, starts: 2020-01-01, cost: { amount: 10, currency: EUR, per: term } }
  named: { metric: named-user, entitlements: [{ reference: "-1", seats: 3, starts: 2026-01-01 }] }
`;
  const before = readRegister(register, {});
  if ("mistakes" in before) throw new Error(JSON.stringify(before.mistakes));
  const csv = registerAsCsv(parse(register)).replace(/^\ufeff/, "");
  expect(csv.split("\r\n")[0]).toMatch(/^Product,Pool,.*Reference number,Title of agreement,Department responsible,/);
  expect(csv).toContain(`'=View`);
  const { register: after, notTaken } = imported(csv);
  expect(notTaken).toEqual([]);
  expect(after.pools.cad).toEqual(before.register.pools.cad);
  expect(after.pools.named).toEqual(before.register.pools.named);
  expect(Object.values(after.products)).toEqual(Object.values(before.register.products));
});
