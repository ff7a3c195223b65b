import { placesOf } from "./linux-desktops.ts";
import { showOnDesktop } from "./linux-dialogs.ts";
import { writeOnTerminals } from "./linux-terminals.ts";

export interface Telling {
  user: string;
  title: string;
  text: string;
  /** The program that it is about: told where it runs. Else wherever its user sits. */
  pid?: number;
}

/** More would not fit on a screen. */
const MOST_LETTERS = 2_000;

const showing = new Map<string, Promise<boolean>>();

/**
 * Tell somebody at the screen of this computer. What is told is shown letter by letter, whoever wrote it: nothing in it is
 * obeyed. What is still to be seen there is not shown a second time.
 *
 * @returns whether it was shown
 */
export async function tellPerson({ user, title, text, pid }: Telling): Promise<boolean> {
  const places = await placesOf(user, pid);
  if (!places) return false;
  const shown = { title: legible(title), text: legible(text) };
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

/** Lines stay; else nothing that a screen obeys, and no half letters. */
const legible = (text: string) =>
  text
    .toWellFormed()
    .replace(/[^\P{Cc}\n]|\p{Cf}/gu, " ")
    .slice(0, MOST_LETTERS)
    .toWellFormed();
