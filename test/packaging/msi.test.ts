import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test, vi } from "vitest";
import { buildMsi } from "../../packaging/msi.ts";

const folder = mkdtempSync(join(tmpdir(), "seatmeter-msi-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Stands for the single file, which takes long to pack, and is compared by `npm run package -- --twice`. */
const STAND_IN = "MZ: stands in";
const IN_2001 = "1000000000";

test("the installer for Windows is the same bytes when it is made again elsewhere, and bears the moment of its sources alone", async ({
  skip,
}) => {
  for (const tool of ["wixl", "msibuild", "msiinfo"]) if (spawnSync(tool).error) skip(`${tool} is not installed`);
  vi.stubEnv("SOURCE_DATE_EPOCH", IN_2001);
  onTestFinished(() => void vi.unstubAllEnvs());
  const made: string[] = [];
  for (const name of ["one", "other"]) {
    const into = join(folder, name);
    mkdirSync(into);
    const file = join(into, "seatmeter.exe");
    writeFileSync(file, STAND_IN);
    made.push(await buildMsi(file, into));
  }
  const [one, other] = made.map((msi) => readFileSync(msi));
  expect(one?.equals(other!)).toBe(true);
  const about = execFileSync("msiinfo", ["suminfo", made[0]!], { encoding: "utf8" });
  expect(about.match(/^(Created|Last saved): .* 2001$/gm)).toHaveLength(2);
});
