import { execFile } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { inScratch } from "./scratch.ts";
import { epochSeconds, PROJECT, VERSION } from "./version.ts";

export interface Deb {
  name: string;
  architecture: "amd64" | "arm64";
  depends: string;
  /** The first line is the short one. */
  description: readonly string[];
  /** What an administrator may change, and dpkg keeps. */
  conffiles: readonly string[];
  /** The folder with the maintainer's scripts. */
  scripts: string;
  /** Where a file lies in the package; where it comes from; that it is run, not read. */
  files: readonly { to: string; from: string; executable?: boolean }[];
}

const SCRIPTS = ["postinst", "prerm", "postrm"] as const;
const LICENCE = join(PROJECT, "LICENSE");

export const debFile = ({ name, architecture }: Pick<Deb, "name" | "architecture">) =>
  `${name}_${VERSION}_${architecture}.deb`;

/**
 * Make a Debian package: the same bytes from the same sources, all of it root's.
 *
 * @returns its path
 * Errors: what dpkg-deb says.
 */
export async function buildDeb(deb: Deb, into: string): Promise<string> {
  return inScratch(join(tmpdir(), "seatmeter-deb-"), async (tree) => {
    const licence = { to: `/usr/share/doc/${deb.name}/copyright`, from: LICENCE };
    for (const { to, from, executable } of [...deb.files, licence] as Deb["files"])
      put(from, join(tree, to), executable);
    const control = join(tree, "DEBIAN");
    mkdirSync(control);
    for (const script of SCRIPTS) put(join(deb.scripts, script), join(control, script), true);
    if (deb.conffiles.length > 0) writeFileSync(join(control, "conffiles"), `${deb.conffiles.join("\n")}\n`);
    writeFileSync(join(control, "control"), controlOf(deb, tree));
    const seconds = epochSeconds();
    for (const path of ["", ...allIn(tree)]) {
      const one = join(tree, path);
      const found = statSync(one);
      // Rights are ours to say, whatever the umask is that we were started with.
      chmodSync(one, found.isDirectory() || found.mode & 0o100 ? 0o755 : 0o644);
      utimesSync(one, seconds, seconds);
    }
    const file = join(into, debFile(deb));
    const how = ["--root-owner-group", "-Zxz", "-z1", "--threads-max=2", "--build"];
    await promisify(execFile)("dpkg-deb", [...how, tree, file], {
      env: { ...process.env, SOURCE_DATE_EPOCH: String(seconds) },
    });
    return file;
  });
}

/** Hidden ones too. */
const allIn = (folder: string) => readdirSync(folder, { recursive: true, encoding: "utf8" });

/** What may be run is ours to say, whatever the checkout's files may. */
function put(from: string, to: string, executable = false): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, dereference: true });
  const paths = statSync(to).isDirectory() ? ["", ...allIn(to)] : [""];
  for (const path of paths) {
    const one = join(to, path);
    chmodSync(one, executable || statSync(one).isDirectory() ? 0o755 : 0o644);
  }
}

function controlOf(deb: Deb, tree: string): string {
  const bytes = allIn(tree).reduce((sum, path) => sum + statSync(join(tree, path)).size, 0);
  const [short, ...long] = deb.description;
  return `Package: ${deb.name}
Version: ${VERSION}
Architecture: ${deb.architecture}
Maintainer: seatmeter <seatmeter@localhost>
Installed-Size: ${Math.ceil(bytes / 1024)}
Depends: ${deb.depends}
Section: admin
Priority: optional
Description: ${short}
${long.map((line) => ` ${line}\n`).join("")}`;
}

/** Whether Debian's tool for it is here. */
export const canBuildDebs = () => existsSync("/usr/bin/dpkg-deb");
