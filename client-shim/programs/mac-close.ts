import { accountOf } from "./accounts.ts";
import { answerOf } from "./answer.ts";
import { asPerson } from "./mac-person.ts";
import { processesIn } from "./mac-processes.ts";
import type { SeenProgram } from "./seen-program.ts";

/** What *Quit* in its menu does. It writes `false` of a process that is no application. */
const QUIT = `ObjC.import("AppKit");
function run([pid]) {
  const application = $.NSRunningApplication.runningApplicationWithProcessIdentifier(Number(pid));
  return !application.isNil() && application.terminate;
}`;

export async function askToCloseOnMac({ pid, user, startedAtMs }: SeenProgram): Promise<void> {
  const account = await accountOf(user);
  const columns = ["-p", String(pid), "-o", "pid=,ppid=,uid=,lstart=,comm="];
  const [now] = processesIn((await answerOf("ps", columns, { env: { LC_ALL: "C", TZ: "UTC" } })) ?? "");
  if (!account || now?.startedAtMs !== startedAtMs) return;
  const [program, ...words] = asPerson(account, ["osascript", "-l", "JavaScript", "-e", QUIT, "--", String(pid)]);
  if ((await answerOf(program, words))?.trim() === "true") return;
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // It has ended by itself.
  }
}
