import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { accountOf } from "./accounts.ts";
import { SYSTEM_PATH } from "./answer.ts";
import { asPerson } from "./mac-person.ts";
import type { Telling } from "./tell-person.ts";

/** The texts are given to the script, and never become part of it. */
const DIALOG = [
  "on run argv",
  'display dialog (item 2 of argv) with title (item 1 of argv) buttons {"OK"} default button 1 with icon caution',
  "end run",
];
/** A script that fails, as where nobody is signed in, does so at once. */
const FAILS_WITHIN_MS = 2_000;

const showing = new Set<string>();

export const dialogCommand = (title: string, text: string) => [
  ...["osascript", ...DIALOG.flatMap((line) => ["-e", line])],
  ...["--", title, text],
];

export async function tellOnMac({ user, title, text }: Telling): Promise<boolean> {
  const account = await accountOf(user);
  if (!account) return false;
  const key = JSON.stringify([user, title, text]);
  if (showing.has(key)) return true;
  const [program, ...words] = asPerson(account, dialogCommand(title, text));
  const child = spawn(program, words, { env: { PATH: SYSTEM_PATH, HOME: account.home }, stdio: "ignore" });
  child.on("error", () => {});
  if (child.pid === undefined) return false;
  showing.add(key);
  const ended = once(child, "exit").then(([code]) => {
    showing.delete(key);
    return code === 0;
  });
  return Promise.race([ended, pause(FAILS_WITHIN_MS, true)]);
}
