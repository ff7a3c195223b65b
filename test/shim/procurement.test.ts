import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import { afterAll, beforeAll, expect, test } from "vitest";
import { COUNCIL, councilRenewals } from "../support/council.ts";
import { type Front, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { shim } from "../support/shim.ts";

let redis: TestRedis;
let front: Front;
let folder: string;

beforeAll(async () => {
  redis = await startRedis();
  front = await openFront({ redis, text: COUNCIL, renewals: councilRenewals });
  folder = mkdtempSync(join(tmpdir(), "seatmeter-files-"));
});
afterAll(async () => {
  await front?.close();
  await redis?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const seatmeter = (...args: string[]) => shim(args, { SEATMETER_URL: front.url.replace("http", "ws") }).finished;
const saved = (name: string) => readFileSync(join(folder, name));

test("a report is a page of its own, a workbook or figures, as the file's ending says", async () => {
  for (const ending of ["html", "ods", "csv", "json"]) {
    const path = join(folder, `report.${ending}`);
    expect(await seatmeter("report", "revenues", "-o", path), ending).toMatchObject({ exit: 0, stdout: "" });
  }
  const html = saved("report.html").toString();
  expect(html).toContain("Decision needed by Friday 2 July 2027");
  expect(html.match(/<style>/g)).toHaveLength(3);
  expect(html).not.toMatch(/<link|<script/);
  expect(strFromU8(unzipSync(saved("report.ods"))["content.xml"]!)).toContain("C-24-117");
  expect(saved("report.csv").toString()).toContain("Report,,Seats recommended,83\r\n");
  expect(JSON.parse(saved("report.json").toString())).toMatchObject({ pool: "revenues", recommended: 83 });
});

test("a report is read on a terminal, of any days", async () => {
  const { stdout } = await seatmeter(
    "report",
    "revenues",
    "--format",
    "text",
    "--from",
    "2026-05-01",
    "--to",
    "2026-07-31",
  );
  expect(stdout).toMatch(/^days {6}2026-05-01 to 2026-07-31, 100% of working hours metered$/m);
  expect(stdout).toMatch(/^SEATS +COST\/YEAR/m);
});

test("the calendar is a table, late ones first, or appointments", async () => {
  const { stdout } = await seatmeter("calendar", "--format", "text", "--department", "Planning");
  expect(stdout.split("\n").map((line) => line.slice(0, 10))).toEqual([
    ...["NOTICE BY ", "2027-03-25", "2027-04-15", "2027-06-30", ""],
  ]);
  await seatmeter("calendar", "--all", "-o", join(folder, "renewals.ics"));
  expect(
    saved("renewals.ics")
      .toString()
      .match(/BEGIN:VEVENT/g),
  ).toHaveLength(9);
});

test("to a program it is CSV, whose cells are no formulas", async () => {
  expect((await seatmeter("calendar")).stdout).toContain(",'=HYPERLINK(1),");
  const { stdout } = await seatmeter("foi", "--without-prices", "--without-dates");
  expect(stdout).toContain("Product,Supplier,Contract,Seats owned,Highest use,People who used it\r\n");
  expect(stdout).toContain("Statistics,,C-26-020,8,10,fewer than 5\r\n");
});

test.each([
  [["report"], 64, "POOL is missing"],
  [["report", "nothing"], 64, "the register has no pool nothing"],
  [["report", "pdf", "--from", "yesterday"], 64, "from: is no day"],
  [["report", "pdf", "--from", "2027-01-01", "--to", "2026-01-01", "--format", "csv"], 64, "to: lies before from"],
  [["calendar", "--format", "xls"], 64, "there is no format xls"],
  [["calendar", "-o", "calendar.pdf"], 64, "there is no format pdf. There is text, "],
  [["foi", "-o", "/nowhere/at/all.csv"], 64, "cannot be written"],
])("seatmeter %j ends with %i and says: %s", async (args, exit, words) => {
  const ended = await seatmeter(...args);
  expect(ended.exit).toBe(exit);
  expect(ended.stderr).toContain(words);
});

test("files have a name and a type, and pools found by no name are not found", async () => {
  const answer = await fetch(`${front.url}/api/v1/renewals/revenues.ods?from=2026-05-01&to=2026-07-31`);
  expect(answer.headers.get("content-type")).toBe("application/vnd.oasis.opendocument.spreadsheet");
  expect(answer.headers.get("content-disposition")).toBe('attachment; filename="revenues-2026-05-01-2026-07-31.ods"');
  expect((await fetch(`${front.url}/api/v1/renewals/__proto__.csv`)).status).toBe(404);
  expect((await fetch(`${front.url}/api/v1/register.csv`)).headers.get("content-type")).toContain("text/csv");
  expect(await (await fetch(`${front.url}/api/v1/renewals/cad.ics`)).text()).toContain("UID:cad-C-22-031@seatmeter");
});
