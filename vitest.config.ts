import { defineConfig } from "vitest/config";
import { ClosingLine } from "./test/support/closing-line.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/faults/**"],
    setupFiles: ["test/support/same-cases.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // What is waited for comes soon, on a busy machine too; a test that fails may take its time.
    expect: { poll: { timeout: 10_000, interval: 20 } },
    reporters: ["default", new ClosingLine()],
  },
});
