import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { PROJECT } from "./source.ts";

/** What lies about in a checkout that was worked in, and not in a fresh one. */
const NOT_CLONED = /^(?:\.git|node_modules|data|dist|coverage)(?:\/|$)/;

/** The checkout as somebody gets it who has just cloned it. */
export function copyTree(): string {
  const tree = mkdtempSync(join(tmpdir(), "seatmeter-tree-"));
  cpSync(PROJECT, tree, { recursive: true, filter: (path) => !NOT_CLONED.test(relative(PROJECT, path)) });
  return tree;
}

/** The surroundings of a person at a shell: nothing of the npm and the test that we run under. */
export function plainEnvironment(more: Record<string, string>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|VITEST|NODE_|SEATMETER_|REDIS_)/i.test(name),
  );
  const path = (process.env.PATH ?? "").split(delimiter).filter((directory) => !directory.includes("node_modules"));
  return {
    ...Object.fromEntries(inherited),
    PATH: path.join(delimiter),
    // What was downloaded once need not be downloaded again.
    npm_config_prefer_offline: "true",
    ...more,
  };
}

/** A command line as it is typed at a shell, in a process group of its own, as a terminal gives it one. */
export class Typed {
  readonly child: ChildProcess;
  readonly ended: Promise<number>;
  output = "";
  #listeners = new Set<() => void>();

  constructor(line: string, cwd: string, environment: NodeJS.ProcessEnv) {
    this.child = spawn("bash", ["-c", `exec ${line}`], { cwd, env: environment, detached: true });
    this.ended = new Promise((resolve) => {
      this.child.on("close", (code, signal) => {
        this.output += signal ? `\nended by ${signal}` : `\nended with ${code}`;
        for (const listen of this.#listeners) listen();
        resolve(code ?? -1);
      });
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (text) => {
        this.output += text;
        for (const listen of this.#listeners) listen();
      });
    }
  }

  /** Wait until it has written this; fails with all that it wrote when it ends instead. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(this.output);
        if (!found && !/\nended (?:by|with) \w+$/.test(this.output)) return;
        this.#listeners.delete(look);
        if (found) resolve(found);
        else reject(new Error(`never said ${pattern}:\n${this.output}`));
      };
      this.#listeners.add(look);
      look();
    });
  }

  /** Ctrl-C: the terminal sends it to everybody in the foreground. */
  interrupt(signal: NodeJS.Signals = "SIGINT"): void {
    const { pid, exitCode, signalCode } = this.child;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, signal);
  }
}

export function removeTree(tree: string): void {
  rmSync(tree, { recursive: true, force: true });
}
