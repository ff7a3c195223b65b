import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chownSync, existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { accepts } from "./ports.ts";
import { program } from "./programs.ts";
import { freePort } from "./redis.ts";

const PASSWORD = "correct-horse";
const MOST_TRIES = 5;

export interface TestPostgres {
  /** A new, empty database: `DATABASE_URL`. */
  newDatabase(): Promise<string>;
  /** Ask it something, as its owner. */
  query(url: string, text: string): Promise<Record<string, unknown>[]>;
  /** Away, and back with what it held. */
  stop(): Promise<void>;
  /** As a power cut does. */
  crash(): Promise<void>;
  start(): Promise<void>;
  end(): Promise<void>;
}

/** Debian keeps them off the path, a folder for each version; the newest is last. */
function programsFolder(): string | undefined {
  const initdb = program("initdb");
  return initdb ? dirname(initdb) : globSync("/usr/lib/postgresql/*/bin").sort().at(-1);
}

export const hasPostgres = () => existsSync(join(programsFolder() ?? "", "initdb"));

/** Root may not run it: then it is somebody who may do nothing else. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (option: string) => {
    for (const user of ["postgres", "nobody"]) {
      try {
        return Number(execFileSync("id", [option, user], { stdio: "pipe" }));
      } catch {}
    }
    throw new Error("there is neither a user postgres nor nobody");
  };
  return { uid: idOf("-u"), gid: idOf("-g") };
}

/**
 * A real PostgreSQL on the loopback interface, with a folder of its own; never the system's. A password is asked for.
 *
 * @param settings as in postgresql.conf
 */
export async function startPostgres(settings: Record<string, string> = {}): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), "seatmeter-postgres-"));
  const who = unprivileged();
  if (who.uid !== undefined && who.gid !== undefined) chownSync(folder, who.uid, who.gid);
  const bin = programsFolder() ?? "";
  writeFileSync(join(folder, "password"), PASSWORD, { mode: 0o644 });
  const data = join(folder, "data");
  const options = ["--auth=scram-sha-256", `--pwfile=${join(folder, "password")}`, "--username=seatmeter", "--no-sync"];
  const locale = ["--locale=C", "--encoding=UTF8"];
  const env = { ...process.env, HOME: folder };
  execFileSync(join(bin, "initdb"), ["-D", data, ...options, ...locale], { ...who, env, cwd: folder, stdio: "pipe" });

  // The port is free when it is looked for, and may be taken when it is asked for: then another one is.
  let port = await freePort();
  let child: ChildProcess | undefined;
  const kill = () => child?.kill("SIGQUIT");
  process.once("exit", kill);
  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  const urlOf = (database: string) => `postgres://seatmeter:${PASSWORD}@127.0.0.1:${port}/${database}`;
  const query = async (url: string, text: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  };
  const start = async () => {
    if (isRunning()) return;
    const all = { listen_addresses: "127.0.0.1", port: String(port), unix_socket_directories: folder, ...settings };
    const words = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    child = spawn(join(bin, "postgres"), ["-D", data, ...words], { ...who, env, cwd: folder, stdio: "ignore" });
    while (!(await accepts(port)) || !(await query(urlOf("postgres"), "select 1").catch(() => undefined))) {
      if (!isRunning()) throw new Error("postgres did not start");
      await delay(20);
    }
  };
  const startAnywhere = async () => {
    for (let tries = 1; ; tries++) {
      try {
        return await start();
      } catch (error) {
        if (tries === MOST_TRIES) throw error;
        port = await freePort();
      }
    }
  };
  const end = async (signal: NodeJS.Signals) => {
    if (!isRunning()) return;
    const exit = once(child as ChildProcess, "exit");
    child?.kill(signal);
    await exit;
  };
  const stop = () => end("SIGINT");
  await startAnywhere();

  return {
    query,
    start,
    stop,
    crash: () => end("SIGQUIT"),
    async newDatabase() {
      const name = `history_${randomUUID().replaceAll("-", "")}`;
      await query(urlOf("postgres"), `create database ${name}`);
      return urlOf(name);
    },
    async end() {
      process.off("exit", kill);
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
