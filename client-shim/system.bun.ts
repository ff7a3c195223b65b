/** Bun's own ways; its `node:fs` takes a millisecond to load, and its `node:tty` nine. */
declare const Bun: { file(path: string): { lastModified: number } };
/** The quickest way that it has to load its own. */
declare const require: (name: "node:fs") => typeof import("node:fs");

/** What `lastModified` is of no file; a runtime that says something else only has the launch look for itself. */
const NEVER = 2 ** 52 - 1;

/** As system.mjs has them, in the single file: what reads and writes files is loaded for those only who have some. */
export const files = () => require("node:fs");

export const isThere = (path: string) => Bun.file(path).lastModified !== NEVER;

/** By what is below the runtime's `node:tty`. */
export function isTerminal(descriptor: number): boolean {
  const { isTTY } = (
    process as unknown as { binding(name: "tty_wrap"): { isTTY(descriptor: number): boolean } }
  ).binding("tty_wrap");
  return isTTY(descriptor);
}
