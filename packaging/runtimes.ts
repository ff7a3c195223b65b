import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { PROJECT } from "./version.ts";

const CACHE = join(PROJECT, "node_modules/.cache/runtimes");
const run = promisify(execFile);

interface Locked {
  version: string;
  integrity: string;
}

/**
 * The folder of a package of another platform, which `npm ci` leaves out. Its version and its checksum are those of the
 * lock file, as of every package that is installed.
 *
 * Errors: where it cannot be had, or is not what the lock file says.
 */
export async function packageOfPlatform(name: string): Promise<string> {
  const installed = join(PROJECT, "node_modules", name);
  if (existsSync(join(installed, "package.json"))) return installed;
  const { version, integrity } = locked(name);
  const unpacked = join(CACHE, `${name.replace("/", "-")}-${version}`);
  if (existsSync(unpacked)) return unpacked;
  const draft = `${unpacked}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  try {
    const quiet = ["--ignore-scripts", "--loglevel=error"];
    await run("npm", ["pack", `${name}@${version}`, "--pack-destination", draft, ...quiet], { cwd: draft });
    const [archive = ""] = readdirSync(draft);
    const found = `sha512-${createHash("sha512")
      .update(readFileSync(join(draft, archive)))
      .digest("base64")}`;
    if (found !== integrity) throw new Error(`${name}@${version} is not what package-lock.json says: ${found}`);
    await run("tar", ["-xzf", archive, "--strip-components=1"], { cwd: draft });
    rmSync(join(draft, archive));
    renameSync(draft, unpacked);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return unpacked;
}

function locked(name: string): Locked {
  const { packages } = JSON.parse(readFileSync(join(PROJECT, "package-lock.json"), "utf8"));
  return packages[`node_modules/${name}`];
}
