import { run } from "../client-shim/run.ts";
import { main } from "../client-shim/seatmeter.ts";

/** What the single file runs; the launch is in its first part, and other commands in parts that are read when they are asked for. */
void main(process.argv.slice(2)).then((exit) => {
  process.exitCode = exit;
});

export { run };
