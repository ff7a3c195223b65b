import { statSync } from "node:fs";
import type { Account } from "./accounts.ts";
import { type AnswerOptions, answerOf } from "./answer.ts";
import { type DesktopNames, placesOf } from "./linux-desktops.ts";
import { isGone, openDisplay } from "./x11.ts";
import { idleOn } from "./x11-windows.ts";

/** Over all places that somebody uses here, the least. */
export async function idleOnLinux(user: string): Promise<number | undefined> {
  const places = await placesOf(user);
  if (!places) return undefined;
  const desktops = places.desktops.filter((one) => one.WAYLAND_DISPLAY !== undefined || !isGone(one));
  const idle = await Promise.all([
    ...desktops.map((desktop) => desktopIdleMs(desktop, places.account)),
    ...places.terminals.map(terminalIdleMs),
  ]);
  return idle.length > 0 && idle.every((one) => one !== undefined) ? Math.min(...idle) : undefined;
}

async function desktopIdleMs(desktop: DesktopNames, account: Account): Promise<number | undefined> {
  // The X server that a Wayland desktop runs beside it hears only what is typed into programs of X.
  if (desktop.WAYLAND_DISPLAY === undefined) {
    using display = await openDisplay(desktop, account);
    return display && (await idleOn(display));
  }
  const [uid, gid] = [account.uid, account.gid];
  const asPerson: AnswerOptions = { ...(process.getuid?.() === 0 && { uid, gid }), env: desktop };
  const mutter = ["--dest", "org.gnome.Mutter.IdleMonitor", "--object-path", "/org/gnome/Mutter/IdleMonitor/Core"];
  const method = ["--method", "org.gnome.Mutter.IdleMonitor.GetIdletime"];
  return (
    mutterIdleMs(await answerOf("gdbus", ["call", "--session", ...mutter, ...method], asPerson)) ??
    logindIdleMs(
      await answerOf("loginctl", ["show-user", "-p", "IdleHint", "-p", "IdleSinceHint", "--", String(uid)]),
      Date.now(),
    )
  );
}

/** `(uint64 4321,)` */
export function mutterIdleMs(answer = ""): number | undefined {
  const [, ms] = /^\(uint64 (\d+),\)\s*$/.exec(answer) ?? [];
  return ms === undefined ? undefined : Number(ms);
}

/**
 * `IdleHint=yes` and since when, in microseconds; a desktop says so when its screen saver comes on. Until then nobody is
 * idle, which is all that is known. One that never says so says no since the beginning of time.
 */
export function logindIdleMs(answer = "", nowMs: number): number | undefined {
  const since = Number(/^IdleSinceHint=(\d+)$/m.exec(answer)?.[1] ?? 0) / 1_000;
  if (since === 0) return undefined;
  return /^IdleHint=yes$/m.test(answer) ? Math.max(0, Math.round(nowMs - since)) : 0;
}

/** When somebody last typed there is when it was last read from. */
function terminalIdleMs(terminal: string): number | undefined {
  try {
    return Math.max(0, Date.now() - Math.round(statSync(terminal).atimeMs));
  } catch {
    return undefined;
  }
}
