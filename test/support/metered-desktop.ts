import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { processIds } from "../../client-shim/programs/linux-processes.ts";
import { startDaemon } from "./daemon.ts";
import { type Desktop, startDesktop } from "./desktop.ts";

const BIN = join(import.meta.dirname, "../../client-shim/seatmeter.mjs");

/** A desktop with an agent, of a daemon that has one seat of a drawing program, and two shortcuts to that. */
export interface MeteredDesktop extends AsyncDisposable {
  desktop: Desktop;
  used(): Promise<number>;
  denials(): Promise<{ reason: string; product: string }[]>;
  /** By its shortcut. */
  click(drawing: string): Promise<void>;
  /** The same, until its window is there. */
  open(drawing: string): Promise<void>;
  /** Whether the program of a drawing does, with its window or without. */
  runs(drawing: string): boolean;
  /** Wait for a window that has this in its title. */
  window(title: string): Promise<string>;
  /** What has windows now, by the titles of them. */
  titles(): Promise<string[]>;
  /** Which of them is where, from the upper left. */
  move(title: string, x: number, y: number): Promise<void>;
}

export const DRAWINGS = ["Town centre", "Depot"] as const;

const register = (onDenied: "tell" | "close") => `
organisation: Exampleshire Council
timezone: Europe/London
sites:
  hall: { name: Town Hall, networks: [127.0.0.0/8, "::1/128"] }
products:
  sketcher:
    name: Sketcher
    owner: it.desk@exampleshire.example
    executables: [sketcher-demo]
    onDenied: ${onDenied}
    pools: [sketcher]
pools:
  sketcher:
    seatFor: [session]
    entitlements: [{ reference: PO-1, seats: 1, starts: 2020-01-01 }]
`;

export async function startMeteredDesktop(onDenied: "tell" | "close"): Promise<MeteredDesktop> {
  const desktop = await startDesktop();
  const daemon = await startDaemon({ register: register(onDenied) });
  const state = join(desktop.env.HOME!, "state");
  mkdirSync(state, { mode: 0o700 });
  // Not of the desktop: it finds that by the programs that it sees.
  const env = { PATH: process.env.PATH, SEATMETER_URL: daemon.url, SEATMETER_STATE: state };
  const agent = spawn(process.execPath, [BIN, "agent"], {
    env: { ...env, SEATMETER_AGENT: join(state, "agent.sock"), HOME: desktop.env.HOME },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(agent, "exit");
  await heard(agent.stderr, "listens at");
  desktop.install("sketcher-demo");
  for (const drawing of DRAWINGS) {
    desktop.shortcut(drawing, `sketcher-demo --info --width=300 --title="${drawing}" --text="A plan of it."`);
  }
  const asked = async (path: string) => (await fetch(`${daemon.httpUrl}/api/v1/${path}`)).json();
  return {
    desktop,
    used: async () => ((await asked("pools/sketcher")) as { used: number }).used,
    denials: async () => ((await asked("denials")) as { items: { reason: string; product: string }[] }).items,
    click: desktop.click,
    runs: (drawing) => processIds().some((pid) => wordsOf(pid).includes(`--title=${drawing}`)),
    open: async (drawing) => {
      await desktop.click(drawing);
      await desktop.window(drawing);
    },
    window: desktop.window,
    titles: async () => {
      const ids = await desktop.windows("zenity|sketcher-demo", "--class");
      const names = ids.map((id) => desktop.xdotool("getwindowname", id).catch(() => ""));
      return (await Promise.all(names))
        .map((name) => name.trim())
        .filter(Boolean)
        .sort();
    },
    move: async (title, x, y) => {
      await desktop.xdotool("windowmove", "--sync", await desktop.window(title), String(x), String(y));
    },
    [Symbol.asyncDispose]: async () => {
      agent.kill();
      await ended;
      await daemon.stop();
      await desktop[Symbol.asyncDispose]();
    },
  };
}

function wordsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

async function heard(stream: NodeJS.ReadableStream, text: string): Promise<void> {
  let said = "";
  for await (const part of stream.setEncoding("utf8")) {
    said += part;
    if (said.includes(text)) return void stream.on("data", () => {}).resume();
  }
  throw new Error(`the agent ended: ${said}`);
}
