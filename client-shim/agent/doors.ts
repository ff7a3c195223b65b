import { statSync } from "node:fs";
import type { Socket } from "node:net";
import { userNamed } from "../programs/accounts.ts";
import { answerOf } from "../programs/answer.ts";
import { Conversation, type Services } from "./conversation.ts";
import { Door } from "./door.ts";
import type { Caller } from "./programs.ts";
import { ownDoor } from "./where.ts";

/** More people than sit at any one computer. */
const MOST_DOORS = 1000;
/** Everybody may come to it, for nobody is believed there. */
const COMMON = { folderMode: 0o755, mode: 0o666 };
/** One person's alone. */
const PRIVATE = { folderMode: 0o700, mode: 0o600 };
const OWN = { folderMode: 0o755, mode: 0o600 };

type Needs = Omit<Services, "makeDoor">;

/**
 * Where people come in. Node does not tell who stands at a socket. So at the agent of a whole computer each person has a
 * door of their own, that only they may knock at; at the one for all they can only have that made.
 */
export class Doors {
  readonly #services: Services;
  readonly #common: string;
  readonly #doors = new Map<number, Promise<Door>>();
  readonly #sockets = new Set<Socket>();
  #first: Door | undefined;

  constructor(common: string, needs: Needs) {
    this.#common = common;
    this.#services = { ...needs, makeDoor: (uid, pid) => this.#made(uid, pid) };
  }

  /** Errors: as Door.open. */
  async open(isSystem: boolean): Promise<void> {
    // Pipes of Windows tell nobody's name and have no folders.
    const tellsNames = isSystem && process.platform !== "win32";
    const caller: Caller = tellsNames
      ? { user: "", mayLaunch: false, seesAll: false }
      : { mayLaunch: true, seesAll: !isSystem };
    this.#first = await Door.open(this.#common, tellsNames ? COMMON : PRIVATE, (socket) => this.#enter(socket, caller));
    // Whoever has started the agent may ask it about everybody.
    const uid = process.getuid?.();
    if (tellsNames && uid !== undefined) await this.#doorOf(uid);
  }

  close(): void {
    this.#first?.close();
    for (const door of this.#doors.values()) void door.then((one) => one.close());
    for (const socket of this.#sockets) socket.destroy();
  }

  #enter(socket: Socket, caller: Caller): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    new Conversation(socket, caller, this.#services);
  }

  /** Only where such a person has a process: so there are no more doors than people. */
  async #made(uid: number, pid: number): Promise<boolean> {
    if (this.#doors.size >= MOST_DOORS || (await ownerOf(pid)) !== uid) return false;
    await this.#doorOf(uid);
    return true;
  }

  #doorOf(uid: number): Promise<Door> {
    const known = this.#doors.get(uid);
    if (known) return known;
    const door = this.#openOwn(uid);
    this.#doors.set(uid, door);
    door.catch(() => this.#doors.delete(uid));
    return door;
  }

  async #openOwn(uid: number): Promise<Door> {
    const user = await userNamed(uid);
    const caller: Caller = { user, mayLaunch: true, seesAll: uid === process.getuid?.() };
    return Door.open(ownDoor(this.#common, uid), { ...OWN, owner: uid }, (socket) => this.#enter(socket, caller));
  }
}

async function ownerOf(pid: number): Promise<number | undefined> {
  if (process.platform === "linux") return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
  const said = Number((await answerOf("ps", ["-o", "uid=", "-p", String(pid)]))?.trim() || Number.NaN);
  return Number.isInteger(said) ? said : undefined;
}
