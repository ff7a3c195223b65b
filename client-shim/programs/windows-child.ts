import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { WINDOWS_SCRIPT } from "./windows-script.ts";

const WAIT_MS = 30_000;

export type StartChild = (pipe: string) => ChildProcess;

/** A pipe, because PowerShell keeps its standard input for itself. */
function startPowerShell(pipe: string): ChildProcess {
  const script = Buffer.from(WINDOWS_SCRIPT, "utf16le").toString("base64");
  const words = ["-NoLogo", "-NoProfile", "-NonInteractive", "-EncodedCommand", script];
  const file = join(process.env.SystemRoot ?? "C:\\Windows", "System32\\WindowsPowerShell\\v1.0\\powershell.exe");
  return spawn(file, words, { env: { ...process.env, SEATMETER_PIPE: pipe }, stdio: "ignore", windowsHide: true });
}

/** The one process that answers what only Windows' own programs can ask. It is started anew where it has ended. */
export class WindowsChild {
  readonly #start: StartChild;
  #connection: Promise<Connection> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(start: StartChild = startPowerShell) {
    this.#start = start;
  }

  /** One question after the other. `first` is true in the first answer of a process, which knows nothing of earlier ones. */
  ask(question: object): Promise<{ answer: unknown; first: boolean }> {
    const answered = this.#last.then(() => this.#asked(question));
    this.#last = answered.catch(() => {});
    return answered;
  }

  stop(): void {
    this.#stopped = true;
    void this.#connection?.then(({ close }) => close()).catch(() => {});
  }

  async #asked(question: object): Promise<{ answer: unknown; first: boolean }> {
    if (this.#stopped) throw new Error("programs are not looked at any more");
    const first = this.#connection === undefined;
    this.#connection ??= connected(this.#start);
    try {
      const { ask } = await this.#connection;
      const answer = JSON.parse(await ask(JSON.stringify(question)));
      if (typeof answer?.failed === "string") throw new Error(answer.failed);
      return { answer, first };
    } catch (error) {
      void this.#connection?.then(({ close }) => close()).catch(() => {});
      this.#connection = undefined;
      throw error;
    }
  }
}

interface Connection {
  ask(line: string): Promise<string>;
  close(): void;
}

async function connected(start: StartChild): Promise<Connection> {
  const name = `seatmeter-${randomUUID()}`;
  const windows = process.platform === "win32";
  const address = windows ? `\\\\.\\pipe\\${name}` : join(tmpdir(), name);
  const server = createServer().listen(address);
  await once(server, "listening");
  const child = start(windows ? name : address);
  try {
    return speaking(await connectionOf(server, child), child);
  } catch (error) {
    child.kill();
    throw error;
  } finally {
    // Nobody else comes in.
    server.close();
  }
}

function connectionOf(server: Server, child: ChildProcess): Promise<Socket> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`PowerShell cannot be started: ${error.message}`)));
    child.once("exit", (code) => reject(new Error(`PowerShell ended with ${code} before it answered`)));
    server.once("connection", resolve);
    setTimeout(() => reject(new Error("PowerShell does not answer")), WAIT_MS).unref();
  });
}

function speaking(socket: Socket, child: ChildProcess): Connection {
  const lines = createInterface({ input: socket.on("error", () => {}) });
  return {
    ask: (line) =>
      new Promise((resolve, reject) => {
        const gone = () => reject(new Error("PowerShell ended"));
        if (socket.destroyed || socket.readableEnded) return gone();
        const late = setTimeout(() => socket.destroy(), WAIT_MS);
        lines.once("line", (answer) => {
          clearTimeout(late);
          socket.off("close", gone);
          resolve(answer);
        });
        socket.once("close", gone).once("close", () => clearTimeout(late));
        socket.write(`${line}\n`);
      }),
    close: () => {
      socket.destroy();
      child.kill();
    },
  };
}

/** The computer's own, for all that is asked of it. */
export const windows = new WindowsChild();
