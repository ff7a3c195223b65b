import { idleOnLinux } from "./linux-idle.ts";
import { idleOnMac } from "./mac-idle.ts";
import { here } from "./systems.ts";
import { idleOnWindows } from "./windows-desktop.ts";

/**
 * How long somebody has typed and pointed nowhere on this computer. Where one of the places that they use does not tell,
 * nothing: a seat may be taken from whoever is idle, so nobody is called so on a guess.
 */
export async function idleMs(user: string): Promise<number | undefined> {
  return here({ linux: idleOnLinux, win32: idleOnWindows, darwin: idleOnMac })?.(user);
}
