import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { Journal } from "../../client-shim/journal-files.ts";

const BIN = join(import.meta.dirname, "../../client-shim/seatmeter.mjs");
const POLL_MS = 100;
const LISTENS_WITHIN_MS = 30_000;

/** A program's own account of itself, whatever the meter says. */
export interface Ran {
  /** Of `seatmeter run`; of a program that was opened by itself its own. Nothing where the computer crashed under it. */
  exit: number | null;
  /** Nothing where it never started. */
  fromMs: number | undefined;
  untilMs: number | undefined;
}

/** A computer with an agent. Programs go on and end there whatever becomes of the agent. */
export interface Computer extends AsyncDisposable {
  /**
   * Launch one with `seatmeter run`, through the agent.
   *
   * @param version by which its session is known
   * @returns when it has ended
   */
  run(launch: { product: string; user: string; forMs: number; version?: string }): Promise<Ran>;
  /** Open one of that name by itself, without any command of ours. @returns when it has ended */
  open(executable: string, forMs: number): Promise<Ran>;
  status(): Promise<{ daemon: string | null; journal: number; products: number; running: { leaseId: string }[] }>;
  start(): Promise<void>;
  /** The agent alone, as an update does. */
  stop(): Promise<void>;
  /** The agent alone, with -9. */
  kill(): Promise<void>;
  /** The power goes: agent and programs are away at once, and nobody can tell. @returns how many programs ran */
  crash(): Promise<number>;
  /** Another one, which has a copy of what this one's agent keeps, but for what runs. */
  copy(folder: string): Promise<Computer>;
  /** Of those that have ended, what still waits to be told. */
  journal(): number;
}

/** Says when it begins and when it ends, in the file that is its first argument. */
const TIMED = 'date +%s%3N >"$1"; sleep "$2"; date +%s%3N >>"$1"';

/**
 * @param url    of the daemons, as SEATMETER_URL
 * @param folder its own; short enough for a socket
 */
export async function startComputer(url: string, folder: string): Promise<Computer> {
  const state = join(folder, "state");
  mkdirSync(state, { recursive: true });
  chmodSync(state, 0o700);
  const socket = join(state, "agent.sock");
  const env = {
    ...{ PATH: process.env.PATH, HOME: "/nonexistent", SEATMETER_STATE: state, SEATMETER_AGENT: socket },
    // A machine that is busy is no reason to go round the agent here; alone there would be no daemon for them.
    ...{ SEATMETER_AGENT_WITHIN_MS: "60000", SEATMETER_URL: "ws://127.0.0.1:1" },
  };
  const running = new Set<ChildProcess>();
  let crashedMs: number | undefined;
  let agent: ChildProcess | undefined;

  const seatmeter = (words: readonly string[], own: Record<string, string> = {}) =>
    spawn(process.execPath, [BIN, ...words], { env: { ...env, ...own }, stdio: ["ignore", "pipe", "ignore"] });
  const ended = async (signal: NodeJS.Signals) => {
    if (agent && agent.exitCode === null && agent.signalCode === null) {
      const exit = once(agent, "exit");
      agent.kill(signal);
      await exit;
    }
    agent = undefined;
  };
  const ran = async (child: ChildProcess): Promise<number | null> => {
    running.add(child);
    const [exit] = await once(child, "exit");
    running.delete(child);
    return exit;
  };

  const computer: Computer = {
    async run({ product, user, forMs, version }) {
      const file = join(folder, randomUUID());
      const program = ["sh", "-c", TIMED, "sh", file, String(forMs / 1000)];
      const exit = await ran(
        spawn(process.execPath, [BIN, "run", product, ...(version ? ["--version", version] : []), "--", ...program], {
          env: { ...env, SEATMETER_USER: user },
          // With it a crash takes the program, too.
          detached: true,
          stdio: "ignore",
        }),
      );
      const [fromMs, untilMs] = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").map(Number) : [];
      return { exit, fromMs, untilMs: fromMs === undefined ? undefined : (untilMs ?? crashedMs) };
    },
    async open(executable, forMs) {
      const file = join(folder, executable);
      if (!existsSync(file)) cpSync("/bin/sleep", file);
      const child = spawn(file, [String(forMs / 1000)], { detached: true, stdio: "ignore" });
      await once(child, "spawn");
      const fromMs = Date.now();
      const exit = await ran(child);
      return { exit, fromMs, untilMs: exit === null ? crashedMs : Date.now() };
    },
    async status() {
      const asked = seatmeter(["agent", "--status", "--json"]);
      return JSON.parse(await text(asked.stdout!));
    },
    async start() {
      crashedMs = undefined;
      agent = spawn(process.execPath, [BIN, "agent"], {
        env: { ...env, SEATMETER_URL: url },
        stdio: ["ignore", "ignore", "pipe"],
      });
      await heard(agent, "the agent listens");
    },
    stop: () => ended("SIGTERM"),
    kill: () => ended("SIGKILL"),
    async crash() {
      crashedMs = Date.now();
      const all = [...running];
      // The whole group of each: a program does not outlive the power.
      for (const { pid } of all) process.kill(-pid!, "SIGKILL");
      await ended("SIGKILL");
      while (all.some((child) => running.has(child))) await delay(POLL_MS);
      return all.length;
    },
    async copy(to) {
      const isKept = (name: string) => !/\.sock$|running\.json$/.test(name);
      cpSync(state, join(to, "state"), { recursive: true, filter: isKept });
      return await startComputer(url, to);
    },
    journal: () => new Journal(state).ended(Date.now()).entries.length,
    async [Symbol.asyncDispose]() {
      await computer.crash();
    },
  };
  return computer;
}

async function heard({ stderr }: ChildProcess, words: string): Promise<void> {
  let said = "";
  const over = AbortSignal.timeout(LISTENS_WITHIN_MS);
  await new Promise<void>((resolve, reject) => {
    over.addEventListener("abort", () => reject(new Error(`the agent never said "${words}": ${said}`)));
    stderr!.setEncoding("utf8").on("data", (part) => {
      said += part;
      if (said.includes(words)) resolve();
    });
    stderr!.once("end", () => reject(new Error(`the agent ended: ${said}`)));
  });
}
