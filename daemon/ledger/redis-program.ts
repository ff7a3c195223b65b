import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { SeatmeterError } from "../domain/errors.ts";

/** The servers we can run, the one we would rather have first. */
const SERVERS = ["valkey-server", "redis-server"];

/** How each kind of system is given a Redis; `ID` and `ID_LIKE` of its os-release, or the platform. */
const INSTALL = {
  debian: "sudo apt-get install -y redis-server",
  ubuntu: "sudo apt-get install -y redis-server",
  fedora: "sudo dnf install -y valkey",
  rhel: "sudo dnf install -y valkey",
  alpine: "sudo apk add valkey",
  arch: "sudo pacman -S --noconfirm valkey",
  suse: "sudo zypper install -y valkey",
  darwin: "brew install redis",
} as const;

/** The words by which this system calls itself and those it is like: `ubuntu debian`. */
function systemNames(): string[] {
  if (process.platform !== "linux") return [process.platform];
  try {
    const release = readFileSync("/etc/os-release", "utf8");
    return [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap((line) => line[1]?.split(" ") ?? []);
  } catch {
    return [];
  }
}

/** The one line that gives this system a Redis; none where there is no such line (Windows). */
export function installLine(names: readonly string[] = systemNames()): string | undefined {
  const known = names.find((name): name is keyof typeof INSTALL => name in INSTALL);
  return known && INSTALL[known];
}

/**
 * The full path of a server program.
 *
 * @param path the directories to look in, as in the variable PATH
 * @throws SeatmeterError settings_invalid where there is none, with what to do about it
 */
export function findRedis(path = process.env.PATH ?? ""): string {
  for (const directory of path.split(delimiter)) {
    for (const server of SERVERS) {
      const program = join(directory, server);
      try {
        accessSync(program, constants.X_OK);
        return program;
      } catch {
        // Not here: the next directory may have it.
      }
    }
  }
  const line = installLine();
  throw new SeatmeterError(
    "settings_invalid",
    `no redis-server or valkey-server on the path: ${line ? `run \`${line}\`` : "install Redis 7 or Valkey"}, ` +
      "or set REDIS_URL to the address of one that runs",
  );
}
