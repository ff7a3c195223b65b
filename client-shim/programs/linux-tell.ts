import { placesOf } from "./linux-desktops.ts";
import { showOnDesktop } from "./linux-dialogs.ts";
import { writeOnTerminals } from "./linux-terminals.ts";

import type { Telling } from "./tell-person.ts";

const showing = new Map<string, Promise<boolean>>();

/** On the desktop of the program that it is about; else on any other of theirs; else on their terminals. */
export async function tellOnLinux({ user, title, text, pid }: Telling): Promise<boolean> {
  const places = await placesOf(user, pid);
  if (!places) return false;
  const shown = { title, text };
  for (const desktop of places.desktops) {
    const key = JSON.stringify([user, desktop.WAYLAND_DISPLAY ?? desktop.DISPLAY, shown]);
    const earlier = showing.get(key);
    const now = earlier ?? showOnDesktop(desktop, places.account, shown, () => showing.delete(key));
    if (!earlier) showing.set(key, now);
    if (await now) return true;
    showing.delete(key);
  }
  return writeOnTerminals(places, shown);
}
