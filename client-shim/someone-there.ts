import { fstatSync, statSync } from "node:fs";

/** Whether somebody sits there who can be asked. */
export const someoneThere = () => isTerminal(0) && isTerminal(2);

interface Below {
  binding(name: "tty_wrap"): { isTTY(descriptor: number): boolean };
}

/** What knows terminals is loaded only for what may be one: a desktop's launcher gives a pipe, or /dev/null. */
export function isTerminal(descriptor: number): boolean {
  // In the single file what is below `node:tty`, which itself takes longer to load than all the rest.
  if (process.versions.bun) return (process as unknown as Below).binding("tty_wrap").isTTY(descriptor);
  try {
    const about = fstatSync(descriptor);
    if (process.platform !== "win32" && (!about.isCharacterDevice() || about.rdev === statSync("/dev/null").rdev))
      return false;
  } catch {
    return false;
  }
  return process.getBuiltinModule("node:tty").isatty(descriptor);
}
