import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";
import { demoRegister, startDaemon } from "../support/daemon.ts";
import { shim } from "../support/shim.ts";

const folder = mkdtempSync(join(tmpdir(), "seatmeter-"));
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (name: string, content: string | Buffer) => {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
};
const importing = (...args: string[]) => shim(["register", "import", ...args]).finished;

test("a spreadsheet's CSV becomes a register that the daemon's own check finds sound, and what is left over a list", async () => {
  const rows = [
    "Software;Seats;Reference;Start date;Annual cost",
    "CAD;25;PO-1;01/04/2026;£41,250.00",
    "GIS;many;PO-2;01/04/2026;",
  ];
  const file = fileOf("assets.csv", Buffer.from(`\ufeff${rows.join("\r\n")}`, "utf16le"));
  const { exit, stdout, stderr } = await importing(file, "--owner", "ict@example.org");
  expect(exit).toBe(0);
  expect(parse(stdout)).toMatchObject({
    products: { CAD: { owner: "ict@example.org" } },
    pools: { CAD: { entitlements: [{ seats: 25, cost: { amount: 41_250, currency: "GBP", per: "year" } }] } },
  });
  expect(stderr).toBe(
    `${file}:3: not taken: many is no number of seats\n2 rows read: 1 entitlement, 1 row not taken.\n`,
  );
  expect(await shim(["register", "check", fileOf("new.yaml", stdout)]).finished).toMatchObject({ exit: 0 });
});

test("a row that the register would not take is listed, and the others are taken", async () => {
  const file = fileOf(
    "long.csv",
    `Software,Seats,Reference,Start,Title\nCAD,1,PO-1,01/04/2026,${"x".repeat(300)}\nGIS,1,PO-2,01/04/2026,\n`,
  );
  const { exit, stdout, stderr } = await importing(file);
  expect(exit).toBe(0);
  expect(Object.keys(parse(stdout).pools)).toEqual(["GIS"]);
  expect(stderr).toMatch(/:2: not taken: title is longer than 200/);
});

test("--merge keeps the register's text, and what is exported as CSV is imported into it without change", async () => {
  const register = `# Ours.\n${demoRegister().trimStart()}`;
  const merging = fileOf("ours.yaml", register);
  const more = fileOf("more.csv", "Software,Seats,Reference,Start\nDemo,2,PO-9,2026-01-01\n");
  const merged = (await importing(more, "--merge", merging)).stdout;
  expect(merged.startsWith(register.trimEnd().replace(/\n.*$/, ""))).toBe(true);
  expect(parse(merged).pools.demo.entitlements).toHaveLength(2);

  await using daemon = await startDaemon({ register: merged });
  const exported = await shim(["register", "export", "--csv"], { SEATMETER_URL: daemon.url }).finished;
  expect(exported.exit).toBe(0);
  expect(exported.stdout.split("\r\n")[0]).toMatch(/^\ufeffProduct,Pool,/);
  const again = await importing(fileOf("exported.csv", exported.stdout), "--merge", fileOf("merged.yaml", merged));
  expect(again.stdout).toBe(merged);
  expect(again.stderr).toMatch(/^2 rows read: 0 entitlements, 2 there already, 0 rows not taken\.\n$/m);
});

test("a workbook, an open quote, an empty file and one without the columns are told: 64", async () => {
  const wrong = [
    ["book.xlsx", "PK\u0003\u0004", /is a workbook, and no CSV: save it as CSV UTF-8/],
    ["open.csv", 'Software,Seats\n"CAD,3\n', /open\.csv:2: a quote is not closed/],
    ["empty.csv", "", /is empty/],
    ["other.csv", "Name,Colour\nCAD,red\n", /there is no column for seats, reference, starts/],
  ] as const;
  for (const [name, text, why] of wrong) {
    const { exit, stdout, stderr } = await importing(fileOf(name, text));
    expect({ exit, stdout }, name).toEqual({ exit: 64, stdout: "" });
    expect(stderr).toMatch(why);
  }
});
