import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { Account } from "./accounts.ts";
import { SYSTEM_PATH } from "./answer.ts";
import type { DesktopNames } from "./linux-desktops.ts";
import { openDisplay } from "./x11.ts";
import { windowsOf } from "./x11-windows.ts";

export interface Shown {
  title: string;
  text: string;
}

/**
 * Programs that show a person something, the best first; whichever is there. Each is told in its own way that what it shows
 * is text, and no text can be taken for an option.
 */
const DIALOGS: readonly { program: string; needs?: keyof DesktopNames; words(shown: Shown): string[]; input?: true }[] =
  [
    {
      // It ends at once, and fails where nothing on this desktop shows notifications.
      program: "notify-send",
      needs: "DBUS_SESSION_BUS_ADDRESS",
      words: ({ title, text }) => [
        "-u",
        "critical",
        "-a",
        "seatmeter",
        "--",
        title,
        withoutEscapes(withoutMarkup(text)),
      ],
    },
    {
      program: "zenity",
      words: ({ title, text }) => [
        "--warning",
        "--no-markup",
        "--width=480",
        `--title=${title}`,
        `--text=${withoutEscapes(text)}`,
      ],
    },
    {
      program: "yad",
      words: ({ title, text }) => [
        ...["--image=dialog-warning", "--button=OK", "--no-markup", "--width=480", `--title=${title}`],
        `--text=${withoutEscapes(text)}`,
      ],
    },
    // It takes what looks like HTML for HTML, and cannot be told not to.
    {
      program: "kdialog",
      words: ({ title, text }) => ["--title", title, "--sorry", withoutEscapes(text.replaceAll("<", "‹"))],
    },
    {
      program: "xmessage",
      needs: "DISPLAY",
      words: ({ title }) => ["-center", "-title", title, "-buttons", "OK:0", "-file", "-"],
      input: true,
    },
  ];

const withoutMarkup = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const withoutEscapes = (text: string) => text.replaceAll("\\", "\\\\");

/** A window takes so long on a busy computer; one that is not there by then is not waited for. */
const SHOWN_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 100;

/** @param gone when the person has read it, or nobody has */
export async function showOnDesktop(
  desktop: DesktopNames,
  account: Account,
  shown: Shown,
  gone: () => void,
): Promise<boolean> {
  // As the person, and with nothing of their environment but where they sit: it was theirs to set, and we may be root.
  const { uid, gid, home } = account;
  const person = process.getuid?.() === 0 ? { uid, gid } : {};
  const env = { ...desktop, HOME: home, PATH: SYSTEM_PATH };
  for (const { program, needs, words, input } of DIALOGS) {
    if (needs && desktop[needs] === undefined) continue;
    const child = spawn(program, words(shown), {
      ...person,
      env,
      cwd: "/",
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    child.on("error", () => {});
    child.stdin.on("error", () => {});
    child.stdin.end(input ? shown.text : "");
    // It may stay longer than we do.
    child.unref();
    if (child.pid === undefined) continue;
    const over = new AbortController();
    const ended = once(child, "exit").then(([code]) => {
      over.abort();
      return code === 0;
    });
    const is = await Promise.race([ended, onScreen(desktop, account, child.pid, over.signal)]);
    if (!is) {
      child.kill();
      continue;
    }
    void ended.then(gone);
    return true;
  }
  return false;
}

/** Whether its window has come up. A desktop that nobody but itself can look at is believed after a while. */
async function onScreen(desktop: DesktopNames, account: Account, pid: number, over: AbortSignal): Promise<boolean> {
  using display = await openDisplay(desktop, account);
  for (let waited = 0; waited < SHOWN_WITHIN_MS && !over.aborted; waited += LOOK_EVERY_MS) {
    if (display && (await windowsOf(display, new Set([pid]))).some(({ viewable }) => viewable)) return true;
    await pause(LOOK_EVERY_MS);
  }
  return !display && !over.aborted && desktop.WAYLAND_DISPLAY !== undefined;
}
