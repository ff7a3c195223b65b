import { readFileSync, statSync } from "node:fs";
import { type Account, accountOf } from "./accounts.ts";
import { processIds, readStat } from "./linux-processes.ts";

/** What a program is told of the desktop that it runs on; nothing else of its environment is passed on. */
const OF_DESKTOPS = [
  ...["DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"],
  ...["LANG", "XDG_CURRENT_DESKTOP"],
] as const;
const MOST_BYTES = 1_000_000;
/** Numbers that the kernel gives to the terminals of windows and of connections from elsewhere. */
const FIRST_PTY = 136;
const LAST_PTY = 143;

export type DesktopNames = Partial<Record<(typeof OF_DESKTOPS)[number], string>>;

/** Where somebody sits. */
export interface Places {
  account: Account;
  /** Each once: that of the process that was asked about first. */
  desktops: DesktopNames[];
  /** `/dev/pts/3` */
  terminals: string[];
}

/**
 * Where somebody's programs say that they run. Only root may look into others' programs.
 *
 * @param first the program that it is about
 */
export async function placesOf(user: string, first?: number): Promise<Places | undefined> {
  const account = await accountOf(user);
  if (!account) return undefined;
  const desktops = new Map<string, DesktopNames>();
  const terminals = new Set<string>();
  for (const pid of new Set([...(first === undefined ? [] : [first]), ...processIds()])) {
    try {
      // The files of a program that was started with rights of others are root's, and its environment is not its user's.
      if (statSync(`/proc/${pid}`).uid !== account.uid) continue;
      const terminal = terminalOf(readFileSync(`/proc/${pid}/stat`, "utf8"));
      if (terminal !== undefined) terminals.add(terminal);
      const names = desktopIn(readFileSync(`/proc/${pid}/environ`));
      const place = names.WAYLAND_DISPLAY ?? names.DISPLAY;
      if (place !== undefined && !desktops.has(place)) desktops.set(place, names);
    } catch {
      // It has ended, or is not ours to look into.
    }
  }
  return { account, desktops: [...desktops.values()], terminals: [...terminals] };
}

/** `/proc/PID/environ`: settings with nulls between. */
export function desktopIn(environment: Buffer): DesktopNames {
  const settings = environment.toString("utf8", 0, MOST_BYTES).split("\0");
  return Object.fromEntries(
    settings.flatMap((setting) => {
      const name = OF_DESKTOPS.find((one) => setting.startsWith(`${one}=`));
      const value = name && setting.slice(name.length + 1);
      return value ? [[name, value]] : [];
    }),
  );
}

function terminalOf(stat: string): string | undefined {
  const { terminal } = readStat(stat, 0);
  const major = (terminal >> 8) & 0xfff;
  const minor = (terminal & 0xff) | ((terminal >> 12) & 0xfff00);
  return major >= FIRST_PTY && major <= LAST_PTY ? `/dev/pts/${minor + 256 * (major - FIRST_PTY)}` : undefined;
}
