import type { Started } from "./ask-to-close.ts";
import { type End, endedBy, exited, neverRan } from "./program-end.mjs";

/** Bun's own way to start a program; its `node:child_process` alone would take longer to load than the launch may. */
declare const Bun: {
  spawn(
    command: readonly string[],
    options: {
      stdio: ["inherit", "inherit", "inherit"];
      onExit(program: Started, code: number | null, signal: NodeJS.Signals | null): void;
    },
  ): Started;
};

/** As program.mjs does it, in the single file. */
export function startProgram(command: string, args: readonly string[]): { child?: Started; ended: Promise<End> } {
  const { promise: ended, resolve } = Promise.withResolvers<End>();
  try {
    const child = Bun.spawn([command, ...args], {
      stdio: ["inherit", "inherit", "inherit"],
      onExit: (_program, code, signal) => resolve(signal ? endedBy(signal) : exited(code ?? 0)),
    });
    return { child, ended };
  } catch (error) {
    return { ended: Promise.resolve(neverRan(command, error as NodeJS.ErrnoException)) };
  }
}
