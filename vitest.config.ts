import { defineConfig } from "vitest/config";
import { ClosingLine } from "./test/support/closing-line.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/faults/**"],
    setupFiles: ["test/support/same-cases.ts"],
    pool: "forks",
    maxWorkers: 2,
    // What is waited for comes soon, and on a machine with much other work later; a test that fails may take its time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000, interval: 20 } },
    reporters: ["default", new ClosingLine()],
  },
});
