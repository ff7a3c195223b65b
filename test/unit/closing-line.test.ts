import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PROJECT } from "../support/source.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "seatmeter-test-"));
  const reporter = JSON.stringify(join(PROJECT, "test/support/closing-line.ts"));
  writeFileSync(
    join(folder, "vitest.config.mjs"),
    `import { ClosingLine } from ${reporter};
     export default { test: { globals: true, reporters: ["default", new ClosingLine()] } };`,
  );
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Run some tests, given as text, as `npm test` would. */
function run(tests: string, environment: Record<string, string> = {}) {
  writeFileSync(join(folder, "some.test.js"), tests);
  const inherited = Object.entries(process.env).filter(([name]) => !/^(CI|VITEST.*|NODE_.*)$/.test(name));
  const ended = spawnSync(
    process.execPath,
    [join(PROJECT, "node_modules/vitest/vitest.mjs"), "run", "--root", folder],
    {
      env: { ...Object.fromEntries(inherited), NO_COLOR: "1", ...environment },
      encoding: "utf8",
    },
  );
  return { exit: ended.status, lines: ended.stdout.trimEnd().split("\n") };
}

test("the last line of a run counts what passed, failed and was skipped, and skips are told by name with their reason", () => {
  const { exit, lines } = run(`
    test("adds", () => {});
    test("is fast", ({ skip }) => skip("no promtool"));
  `);
  expect(exit).toBe(0);
  expect(lines.at(-1)).toBe("1 passed, 0 failed, 1 skipped");
  expect(lines).toContain("skipped: some.test.js > is fast (no promtool)");
});

test("with CI=true a skipped test fails the run", () => {
  const { exit, lines } = run(`test("adds", () => {}); test.skip("later", () => {});`, { CI: "true" });
  expect(exit).toBe(1);
  expect(lines.at(-1)).toBe("1 passed, 0 failed, 1 skipped");
});

test("a file that does not load counts as a failure", () => {
  const { exit, lines } = run(`throw new Error("broken");`);
  expect(exit).toBe(1);
  expect(lines.at(-1)).toBe("0 passed, 1 failed, 0 skipped");
});
