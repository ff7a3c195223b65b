import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { program } from "./programs.ts";

const run = promisify(execFile);
const SHOWS_DISPLAY_ON = 3;
const LOOK_EVERY_MS = 50;

/** What a desktop here cannot do without; the first that is missing, by name. */
export const missingOnDesktop = () =>
  (["xvfb", "xdotool", "openbox", "zenity", "import", "gtkLaunch"] as const).find(
    (name) => program(name) === undefined,
  );

/** A desktop that nobody sees: a display with a cookie, a window manager, shortcuts, and hands. */
export interface Desktop extends AsyncDisposable {
  display: string;
  /** What programs on it are told of it. */
  env: Record<string, string>;
  /** A program with a window, under a name of its own: a file like any other. */
  install(name: string): string;
  /** A shortcut in its menu. */
  shortcut(name: string, command: string): void;
  /** As by a click on a shortcut: started by the desktop, which does not wait for it. */
  click(name: string): Promise<void>;
  start(command: string, ...words: string[]): ChildProcess;
  xdotool(...words: string[]): Promise<string>;
  /** The windows on the screen that have this in their title, or whatever else xdotool searches by. */
  windows(what: string, by?: "--name" | "--class"): Promise<string[]>;
  /** Wait for one. */
  window(title: string): Promise<string>;
  /** PNG */
  picture(): Promise<Buffer>;
}

export async function startDesktop({ width = 800, height = 600 } = {}): Promise<Desktop> {
  const folder = mkdtempSync(join(tmpdir(), "sm-desktop-"));
  const cookies = join(folder, "cookies");
  const cookie = randomBytes(16);
  writeFileSync(cookies, cookieFile(cookie));
  const words = ["-displayfd", String(SHOWS_DISPLAY_ON), "-auth", cookies, "-nolisten", "tcp", "-noreset"];
  const server = spawn("Xvfb", [...words, "-screen", "0", `${width}x${height}x24`], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const [number] = await once(server.stdio[SHOWS_DISPLAY_ON]!, "data");
  const display = `:${String(number).trim()}`;
  const bin = join(folder, "bin");
  const shortcuts = join(folder, "data/applications");
  mkdirSync(bin);
  mkdirSync(shortcuts, { recursive: true });
  const env = {
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    HOME: folder,
    LANG: "C.UTF-8",
    DISPLAY: display,
    XAUTHORITY: cookies,
    XDG_DATA_HOME: join(folder, "data"),
    NO_AT_BRIDGE: "1",
  };
  const children: ChildProcess[] = [];
  const start = (command: string, ...rest: string[]) => {
    const child = spawn(command, rest, { env, stdio: "ignore" });
    children.push(child);
    return child;
  };
  start("openbox", "--sm-disable");
  const xdotool = async (...rest: string[]) => (await run("xdotool", rest, { env })).stdout;
  const windows = async (what: string, by = "--name"): Promise<string[]> => {
    try {
      return (await xdotool("search", "--onlyvisible", by, what)).split("\n").filter(Boolean);
    } catch (error) {
      // It gives up where a window goes away under its eyes.
      return String((error as { stderr?: string }).stderr).includes("X Error") ? windows(what, by) : [];
    }
  };
  return {
    display,
    env,
    install: (name) => {
      copyFileSync(program("zenity")!, join(bin, name));
      return join(bin, name);
    },
    shortcut: (name, command) =>
      writeFileSync(
        join(shortcuts, `${name}.desktop`),
        `[Desktop Entry]\nType=Application\nName=${name}\nExec=${command}\n`,
      ),
    click: async (name) => {
      await once(spawn("gtk-launch", [name], { env, stdio: "ignore" }), "exit");
    },
    start,
    xdotool,
    windows,
    window: async (title) => {
      for (;;) {
        const [id] = await windows(title);
        if (id !== undefined) return id;
        await pause(LOOK_EVERY_MS);
      }
    },
    picture: async () =>
      (await run("import", ["-window", "root", "png:-"], { env, encoding: "buffer", maxBuffer: 10_000_000 })).stdout,
    [Symbol.asyncDispose]: async () => {
      for (const child of children) child.kill();
      const ended = once(server, "exit");
      server.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Of any computer, for any display: as `xauth` would write it. */
function cookieFile(cookie: Buffer): Buffer {
  const WILD = 65_535;
  const text = (bytes: Buffer) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const family = Buffer.alloc(2);
  family.writeUInt16BE(WILD);
  const texts = [Buffer.alloc(0), Buffer.alloc(0), Buffer.from("MIT-MAGIC-COOKIE-1"), cookie];
  return Buffer.concat([family, ...texts.map(text)]);
}
