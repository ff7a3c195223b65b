#!/usr/bin/env node
// Plain JavaScript, so that a Node too old to read TypeScript can hand over to the one among the packages.
import { mkdirSync } from "node:fs";
// Not its functions by name: an older Node lacks some, and could not even read this.
import module from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stateFolder } from "./state-folder.mjs";

const OLDEST = 24;
const args = process.argv.slice(2);

if (Number.parseInt(process.versions.node, 10) >= OLDEST) {
  keepCompiled(join(stateFolder(), "compiled"));
  const { main } = await import("./seatmeter.ts");
  process.exitCode = await main(args);
} else {
  const { runWithNewerNode } = await import("./newer-node.mjs");
  const exit = await runWithNewerNode(fileURLToPath(import.meta.url), args);
  if (exit === undefined) {
    console.error(
      `seatmeter needs Node ${OLDEST} or later, and this is ${process.version}. ` +
        "`npm ci --ignore-scripts` in its checkout fetches one, which is then used.",
    );
  }
  process.exitCode = exit ?? 78;
}

/**
 * Reading TypeScript anew would be most of what a launch takes. Kept in a folder of this person's, and not in the one for
 * all people of a computer: whoever writes there would run his code as theirs.
 *
 * @param {string} folder
 */
function keepCompiled(folder) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    module.enableCompileCache(folder);
  } catch {
    // Then it takes longer.
  }
}
