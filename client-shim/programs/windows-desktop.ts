import { userInfo } from "node:os";
import { join } from "node:path";
import { answerOf } from "./answer.ts";
import type { SeenProgram } from "./seen-program.ts";
import type { Telling } from "./tell-person.ts";
import { windows } from "./windows-child.ts";

/** A box of Windows' own, which a service may show to a session, too. It interprets nothing. */
export async function tellOnWindows({ user, title, text, pid }: Telling): Promise<boolean> {
  const asked = { ask: "tell", user, title, text, ...(pid !== undefined && { pid }) };
  const told = await windows.ask(asked).catch(() => undefined);
  return (told?.answer as { shown?: boolean } | undefined)?.shown === true;
}

/** Windows tells it of the session that asks: a service, in a session of its own, learns nothing of its people. */
export async function idleOnWindows(user: string): Promise<number | undefined> {
  if (user.toLowerCase() !== userInfo().username.toLowerCase()) return undefined;
  const asked = await windows.ask({ ask: "idle" }).catch(() => undefined);
  return (asked?.answer as { idleMs?: number } | undefined)?.idleMs;
}

/** Without `/F`, so that its windows are asked; from a service they are out of reach, and the program goes on. */
export async function askToCloseOnWindows({ pid }: SeenProgram): Promise<void> {
  await answerOf(join(process.env.SystemRoot ?? "C:\\Windows", "System32\\taskkill.exe"), ["/PID", String(pid)]);
}
