import type { SerializedError } from "vitest";
import type { Reporter, TestModule } from "vitest/node";

/** Why a test was skipped, when it did not say so itself: `skip("promtool is not installed")` says so. */
const NO_REASON = "it says no reason";

/**
 * Ends the run with one line that people and programs can read: `N passed, N failed, N skipped`. Before it stands, by
 * name, what was skipped and why. Where nobody watches (CI=true), a skip is a failure: what was not tested there is
 * tested nowhere.
 */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = tests.filter((test) => test.result().state === "passed").length;
    const skipped = tests.filter((test) => test.result().state === "skipped");
    const failed = tests.filter((test) => test.result().state === "failed").length;
    // A file that does not load has no tests to fail, and what is thrown outside a test fails none.
    const failedElsewhere = modules.filter(
      (module) => module.state() === "failed" && module.errors().length > 0,
    ).length;

    for (const test of skipped) {
      const result = test.result();
      const reason = (result.state === "skipped" && result.note) || NO_REASON;
      console.log(`skipped: ${test.module.relativeModuleId} > ${test.fullName} (${reason})`);
    }
    if (skipped.length > 0 && process.env.CI === "true") {
      console.log("a test that is skipped fails the run, because CI=true");
      process.exitCode = 1;
    }
    const failures = failed + failedElsewhere + unhandledErrors.length;
    console.log(`${passed} passed, ${failures} failed, ${skipped.length} skipped`);
  }
}
