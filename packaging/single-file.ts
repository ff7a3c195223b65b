import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ours, PLATFORMS, type PlatformName } from "./platforms.ts";
import { packageOfPlatform } from "./runtimes.ts";
import { PROJECT } from "./version.ts";

/**
 * How the file is made. Compiled beforehand, in parts that are read when they are asked for: a launch then starts in half
 * the time. It reads no settings from the folder that it is started in, which may be anybody's.
 */
const HOW = [
  ...["--compile", "--minify", "--bytecode", "--format=esm", "--splitting", "--min-chunk-size=16384"],
  ...["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"],
];

/** The shim with its runtime in one file, which needs nothing else. Errors: what the compiler says. */
export async function buildSingleFile(platform: PlatformName, file: string): Promise<void> {
  const compiler = await executableOf(ours() ?? "linux-x64");
  const { target } = PLATFORMS[platform];
  const runtime = await executableOf(platform);
  const from = ["--target", target, "--compile-executable-path", runtime];
  const built = promisify(execFile)(compiler, ["build", ...HOW, ...from, "packaging/entry.ts", "--outfile", file], {
    cwd: PROJECT,
    env: { ...process.env, NODE_ENV: "production" },
  });
  await built;
}

async function executableOf(platform: PlatformName): Promise<string> {
  const folder = await packageOfPlatform(PLATFORMS[platform].runtime);
  const found = ["bun", "bun.exe"].map((name) => join(folder, "bin", name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${folder} has no runtime in bin/`);
  return found;
}
