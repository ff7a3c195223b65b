import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { SeatmeterError } from "../domain/errors.ts";

/** The servers we can run, the one we would rather have first. */
const SERVERS = ["valkey-server", "redis-server"];

/** The line that gives a system a Redis, by its package manager. `setup.mjs` says the same ones. */
const INSTALL = {
  "apt-get": "sudo apt-get install -y redis-server",
  dnf: "sudo dnf install -y valkey",
  apk: "sudo apk add valkey",
  pacman: "sudo pacman -S --noconfirm valkey",
  zypper: "sudo zypper install -y valkey",
  brew: "brew install redis",
};

function findProgram(names: readonly string[], path: string): string | undefined {
  for (const directory of path.split(delimiter)) {
    for (const name of names) {
      const program = join(directory, name);
      try {
        accessSync(program, constants.X_OK);
        return program;
      } catch {
        // Not here: the next one may be.
      }
    }
  }
  return undefined;
}

/**
 * The full path of a server program.
 *
 * @param path the directories to look in, as in the variable PATH
 * @throws SeatmeterError settings_invalid where there is none, with what to do about it
 */
export function findRedis(path = process.env.PATH ?? ""): string {
  const program = findProgram(SERVERS, path);
  if (program) return program;
  const line = Object.entries(INSTALL).find(([manager]) => findProgram([manager], path))?.[1];
  throw new SeatmeterError(
    "settings_invalid",
    `no redis-server or valkey-server on the path: ${line ? `run \`${line}\`` : "install Redis 7 or Valkey"}, ` +
      "or set REDIS_URL to the address of one that runs",
  );
}
