import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { dataFolder } from "./daemon.ts";

/** A small disk of the test's own. */
export interface SmallDisk {
  path: string;
  /** Until the system says that there is no room. */
  fill(): void;
  makeRoom(): void;
}

/**
 * It is gone with the test, whoever has something open there.
 *
 * @returns nothing where this computer lets nobody but root make one:
 *
 *   const disk = smallDisk() ?? skip("only root may make a disk that is full");
 */
export function smallDisk(kibibytes: number): SmallDisk | undefined {
  const folder = dataFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const { path } = folder;
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kibibytes}k,mode=700`, "tmpfs", path], { stdio: "pipe" });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync("umount", ["--lazy", path]));
  const filler = join(path, "filler");
  return {
    path,
    fill() {
      try {
        for (;;) writeFileSync(filler, "x".repeat(1024), { flag: "a" });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    },
    makeRoom: () => rmSync(filler),
  };
}
