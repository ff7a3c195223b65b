// @ts-check
// Plain JavaScript: it is asked for before TypeScript can be read.
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where we keep what is worth knowing at the next launch: this person's own.
 *
 * @param {Record<string, string | undefined>} [environment]
 */
export function stateFolder(environment = process.env) {
  if (environment.SEATMETER_STATE) return environment.SEATMETER_STATE;
  if (process.platform === "win32") {
    return join(environment.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "seatmeter");
  }
  return join(environment.XDG_STATE_HOME || join(homedir(), ".local", "state"), "seatmeter");
}
