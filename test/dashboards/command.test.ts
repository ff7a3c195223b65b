import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GENERATED } from "../../dashboards/generated.ts";
import { PROJECT, textOf } from "../support/source.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "seatmeter-dashboards-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** `npm run dashboards`, without npm. */
function dashboards(...words: string[]) {
  return spawnSync(process.execPath, ["dashboards/main.ts", ...words], { cwd: PROJECT, encoding: "utf8" });
}

test("every generated file that is committed is as its table says", () => {
  for (const { path, make } of GENERATED) expect(textOf(`dashboards/${path}`) === make({}), path).toBe(true);
});

test("files are written once, and then current", () => {
  expect(dashboards("--to", folder).stdout.trim().split("\n")).toHaveLength(GENERATED.length);
  expect(dashboards("--to", folder).stdout).toBe("All files are current.\n");
  expect(dashboards("--to", folder, "--check")).toMatchObject({ status: 0, stdout: "", stderr: "" });
});

test("a check names the file that is stale, says what to do, exits 1 and writes nothing", () => {
  dashboards("--to", folder);
  const [first] = GENERATED;
  const file = join(folder, first?.path ?? "");
  appendFileSync(file, "\n");
  const changed = readFileSync(file, "utf8");

  const { status, stderr } = dashboards("--to", folder, "--check");
  expect(status).toBe(1);
  expect(stderr.trim().split("\n")).toEqual([expect.stringMatching(`${first?.path}.*npm run dashboards`)]);
  expect(readFileSync(file, "utf8")).toBe(changed);
  const told = JSON.parse(dashboards("--to", folder, "--check", "--json").stdout) as { current: boolean }[];
  expect(told.map(({ current }) => current)).toEqual(GENERATED.map((one) => one !== first));
});

test("a check of a folder where nothing was written names every file", () => {
  const { status, stderr } = dashboards("--to", folder, "--check");
  expect(status).toBe(1);
  expect(stderr.trim().split("\n")).toHaveLength(GENERATED.length);
});

test("boards of one's own lead to one's own pages, and the committed ones are left alone", () => {
  const address = "https://seats.exampleshire.example";
  expect(dashboards("--seatmeter", `${address}/`, "--to", folder).status).toBe(0);
  const boards = GENERATED.filter(({ path }) => path.startsWith("grafana/"));
  for (const { path } of boards) {
    const { templating } = JSON.parse(readFileSync(join(folder, path), "utf8"));
    const { query } = templating.list.find(({ name }: { name: string }) => name === "seatmeter");
    expect(query, path).toBe(address);
  }
  expect(dashboards("--check").status).toBe(0);
});

test.each([
  [["--seatmeter", "https://seats.exampleshire.example"], "--seatmeter wants --to"],
  [["--seatmeter", "javascript:alert(1)", "--to", "x"], "is no address"],
  [["--chekc"], "--chekc"],
])("%j is refused, with what would be right", (words, why) => {
  const { status, stderr } = dashboards(...words);
  expect(status).toBe(64);
  expect(stderr).toContain(why);
  expect(stderr).toContain("npm run dashboards [-- --check]");
});

test("it explains itself", () => {
  expect(dashboards("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("--check") });
});
