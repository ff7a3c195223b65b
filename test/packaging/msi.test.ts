import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test, vi } from "vitest";
import { buildMsi, DATA_FOLDER_RIGHTS } from "../../packaging/msi.ts";

const folder = mkdtempSync(join(tmpdir(), "seatmeter-msi-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Stands for the single file, which takes long to pack, and is compared by `npm run package -- --twice`. */
const STAND_IN = "MZ: stands in";
const IN_2001 = "1000000000";

const skipWithoutTools = (skip: (why: string) => void) => {
  for (const tool of ["wixl", "msibuild", "msiinfo"]) if (spawnSync(tool).error) skip(`${tool} is not installed`);
};

async function made(name: string): Promise<string> {
  const into = join(folder, name);
  mkdirSync(into);
  const file = join(into, "seatmeter.exe");
  writeFileSync(file, STAND_IN);
  return buildMsi(file, into);
}

const about = (msi: string) => execFileSync("msiinfo", ["suminfo", msi], { encoding: "utf8" });

test("the installer for Windows is the same bytes when it is made again elsewhere, and bears the moment of its sources alone", async ({
  skip,
}) => {
  skipWithoutTools(skip);
  vi.stubEnv("SOURCE_DATE_EPOCH", IN_2001);
  onTestFinished(() => void vi.unstubAllEnvs());
  const one = await made("one");
  const other = await made("other");
  expect(readFileSync(one).equals(readFileSync(other))).toBe(true);
  expect(about(one).match(/^(Created|Last saved): .* 2001$/gm)).toHaveLength(2);
});

/** Of the bits of a right: to write, add, delete, change rights and owner, and the generic ones that hold those. */
const WRITES = 0x500d0156;
/** A right that SDDL names by letters is taken for one to write. */
const mayWrite = (right = "") => !(Number(right) > 0) || (Number(right) & WRITES) !== 0;

test("people who use a Windows computer may read in the folder of its settings, and only the system and administrators write", async ({
  skip,
}) => {
  skipWithoutTools(skip);
  const msi = await made("rights");
  const rows = (table: string) =>
    execFileSync("msiinfo", ["export", msi, table], { encoding: "utf8" })
      .split(/\r?\n/)
      .slice(3)
      .filter(Boolean)
      .map((row) => row.split("\t"));
  expect(rows("Directory")).toContainEqual(["DataFolder", "CommonAppDataFolder", "seatmeter"]);
  expect(rows("CreateFolder")).toEqual([["DataFolder", "Data"]]);
  const locks = rows("MsiLockPermissionsEx");
  expect(locks).toEqual([["Data", "DataFolder", "CreateFolder", DATA_FOLDER_RIGHTS, ""]]);
  // Windows refuses a package that has both, and one older than the table overlooks it.
  expect(execFileSync("msiinfo", ["tables", msi], { encoding: "utf8" })).not.toMatch(/^LockPermissions$/m);
  expect(about(msi)).toMatch(/^Version: 500 /m);

  const rights = locks[0]![3]!;
  // The system's own, and nothing of it inherited from %ProgramData%.
  expect(rights).toMatch(/^O:SYG:SYD:P/);
  const allowed = [...rights.matchAll(/\(A;OICI;(\w+);;;(\w\w)\)/g)].map(([, right, who]) => [who, right]);
  expect(allowed.map(([who]) => who)).toEqual(["SY", "BA", "BU"]);
  expect(rights.match(/\(/g)).toHaveLength(allowed.length);
  expect(allowed.filter(([, right]) => mayWrite(right)).map(([who]) => who)).toEqual(["SY", "BA"]);
  expect(readFileSync(join(import.meta.dirname, "../../docs/packages.md"), "utf8")).toContain(`\`${rights}\``);
});
