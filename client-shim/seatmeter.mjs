#!/usr/bin/env node
// Plain JavaScript, so that a Node too old to read TypeScript can hand over to the one among the packages.
import { fileURLToPath } from "node:url";

const OLDEST = 24;
const args = process.argv.slice(2);

if (Number.parseInt(process.versions.node, 10) >= OLDEST) {
  const { main } = await import("./seatmeter.ts");
  process.exitCode = await main(args);
} else {
  const { runWithNewerNode } = await import("./newer-node.mjs");
  const exit = await runWithNewerNode(fileURLToPath(import.meta.url), args);
  if (exit === undefined) {
    console.error(
      `seatmeter needs Node ${OLDEST} or later, and this is ${process.version}. ` +
        "`npm ci` in its checkout fetches one, which is then used.",
    );
  }
  process.exitCode = exit ?? 78;
}
