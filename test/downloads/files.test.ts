import { execFileSync } from "node:child_process";
import { strFromU8, unzipSync } from "fflate";
import { expect, test } from "vitest";
import { readCsv } from "../../client-shim/saved.ts";
import { guarded } from "../../daemon/domain/formulas.ts";
import { csvOf } from "../../daemon/downloads/csv.ts";
import { entitlementsXml } from "../../daemon/downloads/entitlements-xml.ts";
import { odsOf } from "../../daemon/downloads/ods.ts";
import { reportFigures, reportSheets } from "../../daemon/downloads/report-sheets.ts";
import type { Sheet } from "../../daemon/downloads/sheet.ts";
import { transparencySheet } from "../../daemon/downloads/transparency-sheet.ts";
import { usageXml } from "../../daemon/downloads/usage-xml.ts";
import { COUNCIL, councilReport } from "../support/council.ts";
import { registerOf } from "../support/registers.ts";

const { register } = registerOf(COUNCIL);
const SHEET: Sheet = {
  name: "A & B",
  columns: ["Name", "Seats", "Day", "Cost"],
  rows: [
    ['Maps, "big" & <small>', 3, { day: "2027-03-31" }, { money: 1200.5, currency: "GBP" }],
    ["two\nlines", -4, null, null],
    ["=1+1", 0, null, null],
  ],
};

/** Node has no reader of XML; Python has one. */
const readXml = (input: string | Uint8Array) =>
  execFileSync("python3", ["-c", "import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.stdin.buffer)"], {
    ...{ input, stdio: "pipe" },
  });

test("a CSV is read as UTF-8, with its cells quoted where they have to be", () => {
  expect(csvOf(SHEET)).toBe(
    "\uFEFFName,Seats,Day,Cost\r\n" +
      '"Maps, ""big"" & <small>",3,2027-03-31,1200.5\r\n' +
      '"two\nlines",-4,,\r\n' +
      "'=1+1,0,,\r\n",
  );
});

test.each(["=1+1", "+44", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "\u0000=1", "＝1", "|cmd"])(
  "the text %j is no formula to a spreadsheet",
  (text) => {
    expect(guarded(text)).toBe(`'${text}`);
  },
);

test.each(["C-24-117", "31 days", "a=b", "", "£5", "≥14"])("the text %j stays as it is", (text) => {
  expect(guarded(text)).toBe(text);
});

test("numbers below 0 are numbers, and no guarded texts", () => {
  expect(csvOf({ name: "", columns: ["A"], rows: [[-5]] })).toContain("\r\n-5\r\n");
});

test("what a daemon writes as CSV the command reads", () => {
  const lines = readCsv(new TextEncoder().encode(csvOf(SHEET)));
  expect(lines).toEqual([
    ["Name", "Seats", "Day", "Cost"],
    ['Maps, "big" & <small>', "3", "2027-03-31", "1200.5"],
    ["two\nlines", "-4", "", ""],
    ["'=1+1", "0", "", ""],
  ]);
});

test("a workbook is a zip that begins with its media type, uncompressed", () => {
  const bytes = odsOf([SHEET]);
  expect(strFromU8(bytes.subarray(0, 4), true)).toBe("PK\u0003\u0004");
  expect(strFromU8(bytes.subarray(30, 38 + 46), true)).toBe("mimetypeapplication/vnd.oasis.opendocument.spreadsheet");
  expect(Object.keys(unzipSync(bytes))).toEqual(["mimetype", "content.xml", "styles.xml", "META-INF/manifest.xml"]);
});

test("its cells have types: days, numbers and money are no texts, and a text is no formula", () => {
  const xml = strFromU8(unzipSync(odsOf([SHEET]))["content.xml"]!);
  expect(xml).toContain('table:name="A &amp; B"');
  expect(xml).toContain("<text:p>Maps, &quot;big&quot; &amp; &lt;small&gt;</text:p>");
  expect(xml).toContain('office:value-type="float" office:value="-4"');
  expect(xml).toContain('office:value-type="date" office:date-value="2027-03-31"');
  expect(xml).toContain('office:value-type="currency" office:currency="GBP" office:value="1200.5"');
  expect(xml).toContain("<text:p>two</text:p><text:p>lines</text:p>");
  expect(xml).toMatch(/office:value-type="string" ><text:p>=1\+1<\/text:p>/);
  expect(xml).not.toContain("table:formula");
});

test("letters that XML cannot write are left out of it, and the same tables are the same bytes", () => {
  const sheet: Sheet = { name: "x", columns: ["A"], rows: [["a\u0000b\u001Fc\uFFFEd"]] };
  expect(strFromU8(unzipSync(odsOf([sheet]))["content.xml"]!)).toContain("<text:p>abcd</text:p>");
  expect(odsOf([SHEET])).toEqual(odsOf([SHEET]));
});

test("a spreadsheet keeps every blank of a text, which a reader would drop", () => {
  const sheet = { name: "A", columns: ["A"], rows: [["PO  12   b\tc"], [" d e "]] };
  const xml = strFromU8(unzipSync(odsOf([sheet]))["content.xml"]!);
  expect(xml).toContain("<text:p>PO <text:s/>12 <text:s/><text:s/>b<text:tab/>c</text:p>");
  expect(xml).toContain("<text:p><text:s/>d e<text:s/></text:p>");
});

test("every part of a workbook is well-formed XML", () => {
  const files = unzipSync(odsOf(reportSheets(councilReport(register, "revenues"))));
  for (const [name, bytes] of Object.entries(files).filter(([name]) => name.endsWith(".xml"))) {
    expect(() => readXml(bytes), name).not.toThrow();
  }
});

test("a report is a workbook of its parts, and one table with a figure a line", () => {
  const report = councilReport(register, "revenues");
  const sheets = reportSheets(report);
  expect(sheets.map(({ name, rows }) => [name, rows.length])).toEqual([
    ["Report", 31],
    ["Numbers of seats", report.options.length],
    ["Months", 12],
    ["Hours by seats", report.hoursBySeats.length],
    ["Busiest days", 5],
    ["Departments", 4],
  ]);
  for (const { columns, rows } of sheets) for (const row of rows) expect(row).toHaveLength(columns.length);
  const { rows } = reportFigures(report);
  expect(rows).toContainEqual(["Report", "", "Seats recommended", report.recommended]);
  expect(rows).toContainEqual(["Months", "2026-04", "Highest use", 83]);
});

test("where it is too early to recommend a number, no file has one", () => {
  const { rows } = reportFigures(councilReport(register, "new"));
  for (const fact of ["Seats recommended", "Recommendation is", "Likely range, from", "Likely range, to"]) {
    expect(rows).toContainEqual(["Report", "", fact, null]);
  }
  expect(rows).toContainEqual(["Report", "", "Seats owned", 40]);
});

test("departments of few people are told of together", () => {
  const departments = reportSheets(councilReport(register, "revenues")).at(-1)!;
  expect(departments.rows.map(([name]) => name)).toEqual(["Revenues", "Children", "Customer", "others"]);
});

test("the contracts have every field of the Transparency Code, and a title where none is written", () => {
  const { columns, rows } = transparencySheet(register);
  expect(columns).toHaveLength(15);
  expect(rows).toHaveLength(12);
  expect(rows[0]!.slice(0, 7)).toEqual([
    ...["C-24-117", "Revenues and benefits", "Revenues", null, "Example Software Ltd", null, 127_650],
  ]);
});

test("of fewer than five people only that is said in a report's files, and of departments nothing that nobody counted", () => {
  const report = councilReport(register, "revenues");
  const cellOf = (people: number | null) =>
    reportSheets({ ...report, people })[0]!.rows.find(([fact]) => fact === "People who used it")![1];
  expect([null, 0, 1, 4, 5, 120].map(cellOf)).toEqual([null, 0, "fewer than 5", "fewer than 5", 5, 120]);

  const shown = (people: number | undefined) => {
    const departments = ["Planning", "Legal"].map((department, i) => ({
      ...{ department, seatHours: 10, launches: 5, share: 0.5, busyShare: 0.5, people: i === 0 ? 9 : people },
    }));
    return reportFigures({ ...report, departments }).rows.flatMap(([part, item]) =>
      part === "Departments" ? [item] : [],
    );
  };
  expect(new Set(shown(9))).toEqual(new Set(["Planning", "Legal"]));
  expect(new Set(shown(2))).toEqual(new Set(["others"]));
  expect(shown(undefined)).toEqual([]);
});

test("entitlements go out as XML in the words of asset management, each with the same name every time", () => {
  const xml = entitlementsXml({ register, revision: 7 }, 0);
  expect(() => readXml(xml)).not.toThrow();
  const bought = Object.values(register.pools).flatMap(({ entitlements }) => entitlements);
  expect(bought.length).toBeGreaterThan(0);
  const names = [...xml.matchAll(/<Ent entId="([0-9a-f-]{36})"/g)].map(([, name]) => name);
  expect(new Set(names).size).toBe(bought.length);
  expect(entitlementsXml({ register, revision: 8 }, 1).match(/<Ent entId="[^"]*"/g)).toEqual(
    xml.match(/<Ent entId="[^"]*"/g),
  );
  for (const { reference, starts } of bought) {
    expect(xml).toContain(`reference="${reference}"`);
    expect(xml).toContain(`<Right startDate="${starts}"`);
  }
});

test("use goes out as XML with what the report says, and with no person where they are few", () => {
  const report = { ...councilReport(register, "revenues"), people: 3 };
  const xml = usageXml(register, report, 0);
  expect(() => readXml(xml)).not.toThrow();
  expect(xml).toContain(`<Period start="${report.from}" end="${report.to}"`);
  expect(xml).toContain(`statistic="maximum" unit="seats" value="${report.peak}"`);
  expect(xml).toMatch(/unit="people" value="fewer than 5"/);
  expect(xml.match(/period="/g)).toHaveLength(report.months.length);
});
