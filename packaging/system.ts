import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const FOLDERS = ["var/lib/dpkg/updates", "var/lib/dpkg/info", "etc"];
/** What dpkg and `useradd` want to find. */
const FILES = { "var/lib/dpkg/status": "", "etc/passwd": "root:x:0:0::/root:/bin/sh\n", "etc/group": "root:x:0:\n" };
/** What the package depends on is this machine's; its scripts are told the root, and run outside it. */
const FORCED = ["--force-script-chrootless", "--force-depends", "--force-architecture", "--force-not-root"];

/** A system in a folder, of which nothing but the packages is there that dpkg installs into it. */
export class System {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
    for (const folder of FOLDERS) mkdirSync(join(root, folder), { recursive: true });
    for (const [name, content] of Object.entries(FILES)) writeFileSync(join(root, name), content);
  }

  /** @returns what dpkg says. Errors: where it fails. */
  async dpkg(env: Record<string, string>, ...words: string[]): Promise<string> {
    const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
    const how = { env: { PATH, DEBIAN_FRONTEND: "noninteractive", ...env } };
    return (await promisify(execFile)("dpkg", [`--root=${this.root}`, ...FORCED, ...words], how)).stdout;
  }
}
