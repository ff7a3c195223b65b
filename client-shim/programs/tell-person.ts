import { tellOnLinux } from "./linux-tell.ts";
import { tellOnMac } from "./mac-tell.ts";
import { here } from "./systems.ts";
import { tellOnWindows } from "./windows-desktop.ts";

export interface Telling {
  user: string;
  title: string;
  text: string;
  /** The program that it is about: told where it runs. Else wherever its user sits. */
  pid?: number;
}

/** More would not fit on a screen. */
const MOST_LETTERS = 2_000;

/**
 * Tell somebody at the screen of this computer. What is told is shown letter by letter, whoever wrote it: nothing in it is
 * obeyed. What is still to be seen there is not shown a second time.
 *
 * @returns whether it was shown
 */
export async function tellPerson(telling: Telling): Promise<boolean> {
  const tell = here({ linux: tellOnLinux, win32: tellOnWindows, darwin: tellOnMac });
  return (await tell?.({ ...telling, title: legible(telling.title), text: legible(telling.text) })) ?? false;
}

/** Lines stay; else nothing that a screen obeys, and no half letters. */
export const legible = (text: string) =>
  text
    .toWellFormed()
    .replace(/[^\P{Cc}\n]|\p{Cf}/gu, " ")
    .slice(0, MOST_LETTERS)
    .toWellFormed();
