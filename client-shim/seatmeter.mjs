#!/usr/bin/env node
// Plain JavaScript, so that a Node too old to read TypeScript can say so in one line instead of failing with a trace.
const OLDEST = 24;

if (Number.parseInt(process.versions.node, 10) < OLDEST) {
  console.error(
    `seatmeter needs Node ${OLDEST} or later, and this is ${process.version}. ` +
      "In its checkout, `npm ci` fetches one, which `npx seatmeter` then uses.",
  );
  process.exitCode = 78;
} else {
  const { main } = await import("./seatmeter.ts");
  process.exitCode = await main(process.argv.slice(2));
}
