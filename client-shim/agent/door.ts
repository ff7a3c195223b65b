import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { SeatmeterError } from "../../daemon/domain/errors.ts";

/** So many may stand at a door; whoever comes then launches without the agent. */
const MOST_AT_A_DOOR = 512;
/** Somebody who comes and goes for ever takes no more of our time than this. */
const COMERS = { atOnce: 100, eachSecond: 50 };
const LOOK_WITHIN_MS = 500;

/** Who may come in by a door. */
export interface Access {
  /** Of the folder that the door lies in: nobody but us may put anything there. */
  folderMode: number;
  /** Of the door itself, and whose it is. */
  mode: number;
  owner?: number;
}

/** A socket that one agent listens at. */
export class Door {
  readonly path: string;
  readonly #server: Server;
  #room = COMERS.atOnce;
  #countedAtMs = performance.now();

  private constructor(path: string, enter: (socket: Socket) => void) {
    this.path = path;
    this.#server = createServer((socket) => {
      if (this.#hasRoom()) enter(socket);
      else socket.destroy();
    });
    this.#server.maxConnections = MOST_AT_A_DOOR;
  }

  /**
   * Listen, in place of an agent that is no more.
   *
   * Errors: SeatmeterError port_in_use where another agent listens, settings_invalid where it cannot be made.
   */
  static async open(path: string, access: Access, enter: (socket: Socket) => void): Promise<Door> {
    const door = new Door(path, enter);
    const isPipe = process.platform === "win32";
    try {
      if (!isPipe) {
        makeFolder(dirname(path), access.folderMode);
        if (existsSync(path)) await takeOver(path);
      }
      await door.#listen();
      if (!isPipe) {
        chmodSync(path, access.mode);
        if (access.owner !== undefined) chownSync(path, access.owner, process.getgid?.() ?? 0);
      }
      return door;
    } catch (cause) {
      if (cause instanceof SeatmeterError) throw cause;
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code === "EADDRINUSE") throw inUse(path);
      throw new SeatmeterError("settings_invalid", `the agent cannot listen at ${path}: ${message}.`, { cause });
    }
  }

  close(): void {
    this.#server.close();
  }

  #listen(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.on("error", reject);
    // Nobody stands before it before its rights are set.
    const before = process.umask(0o177);
    this.#server.listen(this.path, resolve);
    process.umask(before);
    return promise;
  }

  #hasRoom(): boolean {
    const nowMs = performance.now();
    this.#room = Math.min(COMERS.atOnce, this.#room + ((nowMs - this.#countedAtMs) / 1000) * COMERS.eachSecond);
    this.#countedAtMs = nowMs;
    if (this.#room < 1) return false;
    this.#room -= 1;
    return true;
  }
}

/** Whatever somebody else could put into it they could have us give away. */
function makeFolder(folder: string, mode: number): void {
  mkdirSync(folder, { recursive: true, mode });
  const { uid, mode: found } = statSync(folder);
  if (uid !== process.getuid?.() || (found & 0o022) !== 0)
    throw new Error(`${folder} has to be a folder of the agent's own, that nobody else may write to`);
}

/** A socket that nobody listens at any more was left behind. Errors: port_in_use. */
async function takeOver(path: string): Promise<void> {
  if (await isListenedAt(path)) throw inUse(path);
  rmSync(path, { force: true });
}

function isListenedAt(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  // One that hangs is there all the same.
  const late = setTimeout(() => resolve(true), LOOK_WITHIN_MS);
  socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
  return promise.finally(() => {
    clearTimeout(late);
    socket.destroy();
  });
}

const inUse = (path: string) => new SeatmeterError("port_in_use", `an agent runs already: it listens at ${path}.`);
