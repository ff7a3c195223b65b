import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";

/*
 * The clock of another process stands at a moment until there is a file, and then goes on as everybody's: what it does
 * before takes no time, however busy the machine is. Loaded into it before all else.
 */

const [AT, UNTIL] = ["SEATMETER_TEST_CLOCK_AT", "SEATMETER_TEST_CLOCK_UNTIL"];

/** For the environment of a process whose clock is to stand. */
export const clockStands = (atMs: number, untilThereIs: string) => ({
  [AT]: String(atMs),
  [UNTIL]: untilThereIs,
  NODE_OPTIONS: `--import=${pathToFileURL(import.meta.filename)}`,
});

const { [AT]: at, [UNTIL]: file } = process.env;
if (at !== undefined && file !== undefined) {
  const now = Date.now;
  Date.now = () => (existsSync(file) ? now() : Number(at));
}
