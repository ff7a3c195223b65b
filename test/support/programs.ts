import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Programs that tests use and no npm package brings; `setup.mjs` installs them where it may. */
const NAMES = {
  openssl: ["openssl"],
  prometheus: ["prometheus"],
  promtool: ["promtool"],
  chromium: ["chromium", "chromium-browser", "google-chrome"],
};

/**
 * The full path of a program, or undefined where it is not installed: then its tests are skipped, saying so.
 *
 * ```ts
 * test("…", async ({ skip }) => {
 *   const promtool = program("promtool") ?? skip("promtool is not installed");
 * ```
 */
export function program(name: keyof typeof NAMES): string | undefined {
  for (const directory of (process.env.PATH ?? "").split(delimiter)) {
    for (const file of NAMES[name]) {
      const path = join(directory, file);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not here: the next one may be.
      }
    }
  }
  return undefined;
}
