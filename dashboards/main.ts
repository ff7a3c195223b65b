import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rulesYaml } from "./rules.ts";

const USAGE = `npm run dashboards [-- --check]

Writes the files that are generated from the metrics table. With --check it writes nothing, and fails where one is old.`;

/** THE GENERATED FILES, and what makes each. */
const FILES: readonly { path: string; make: () => string }[] = [{ path: "prometheus/rules.yaml", make: rulesYaml }];

const words = process.argv.slice(2);
if (words.some((word) => word !== "--check")) {
  console.log(USAGE);
  process.exit(words.includes("--help") ? 0 : 64);
}
for (const { path, make } of FILES) {
  const file = join(import.meta.dirname, path);
  if (!words.includes("--check")) writeFileSync(file, make());
  else if (readFileSync(file, "utf8") !== make()) {
    console.error(`dashboards/${path} is old: npm run dashboards`);
    process.exitCode = 1;
  }
}
