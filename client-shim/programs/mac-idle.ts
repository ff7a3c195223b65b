import { accountOf } from "./accounts.ts";
import { answerOf } from "./answer.ts";

/** Known of whoever sits at the screen; of others who are signed in, as after a change of users, it is not. */
export async function idleOnMac(user: string): Promise<number | undefined> {
  const account = await accountOf(user);
  const sits = (await answerOf("stat", ["-f", "%u", "/dev/console"]))?.trim();
  if (account === undefined || sits !== String(account.uid)) return undefined;
  return hidIdleMs(await answerOf("ioreg", ["-c", "IOHIDSystem", "-d", "4"]));
}

/** `"HIDIdleTime" = 4321000000`, in nanoseconds. */
export function hidIdleMs(answer = ""): number | undefined {
  const [, nanoseconds] = /"HIDIdleTime" = (\d+)/.exec(answer) ?? [];
  return nanoseconds === undefined ? undefined : Math.floor(Number(nanoseconds) / 1_000_000);
}
