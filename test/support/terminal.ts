import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { expect } from "vitest";
import { emptyStateFolder } from "./shim.ts";

const SCRIPT = "/usr/bin/script";
/** Whether there is a program here that makes terminals. */
export const hasTerminals = existsSync(SCRIPT);

export const quoted = (words: readonly string[]) => words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");

/** A command on a terminal of its own, with somebody at the keys. */
export function onTerminal(command: readonly string[], env: Record<string, string>) {
  const child = spawn(SCRIPT, ["-qfec", `exec ${quoted(command)}`, "/dev/null"], {
    env: { PATH: process.env.PATH, SHELL: "/bin/sh", SEATMETER_STATE: emptyStateFolder(), ...env },
  });
  let screen = "";
  child.stdout.setEncoding("utf8").on("data", (part) => {
    screen += part;
  });
  return {
    press: (keys: string) => child.stdin.write(keys),
    shows: (pattern: RegExp) => expect.poll(() => screen).toMatch(pattern),
    screen: () => screen,
    ended: new Promise<number | null>((resolve) => child.once("close", resolve)),
  };
}
