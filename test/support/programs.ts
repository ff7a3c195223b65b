import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Programs that tests use and no npm package brings; `setup.mjs` installs them where it may. */
const NAMES = {
  openssl: ["openssl"],
  slapd: ["slapd"],
  initdb: ["initdb"],
  prometheus: ["prometheus"],
  promtool: ["promtool"],
  haproxy: ["haproxy"],
  chromium: ["chromium", "chromium-browser", "google-chrome"],
  xvfb: ["Xvfb"],
  xdotool: ["xdotool"],
  openbox: ["openbox"],
  zenity: ["zenity"],
  import: ["import"],
  gtkLaunch: ["gtk-launch"],
};

/**
 * The full path of a program, or undefined where it is not installed: then its tests are skipped, saying so.
 *
 * ```ts
 * test("…", async ({ skip }) => {
 *   const promtool = program("promtool") ?? skip("promtool is not installed");
 * ```
 */
export function program(name: keyof typeof NAMES): string | undefined {
  return onPath(NAMES[name])[0];
}

/** A Node of the system's that cannot run TypeScript, where there is one. */
export function olderNode(): string | undefined {
  const major = (node: string) => Number(spawnSync(node, ["-p", "parseInt(process.versions.node)"]).stdout);
  return onPath(["node"]).find((node) => !node.includes("node_modules") && major(node) < 24);
}

function onPath(files: readonly string[]): string[] {
  const candidates = (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((folder) => files.map((file) => join(folder, file)));
  return candidates.filter((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
