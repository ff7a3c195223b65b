import type { Account } from "./accounts.ts";

/** A command as somebody else's desktop would start it: root has a desktop of its own, which nobody sees. */
export function asPerson({ uid }: Account, command: readonly string[]): [string, ...string[]] {
  if (process.getuid?.() !== 0) return [command[0]!, ...command.slice(1)];
  return ["launchctl", "asuser", String(uid), "sudo", "-u", `#${uid}`, "--", ...command];
}
