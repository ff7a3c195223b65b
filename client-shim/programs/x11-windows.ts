import type { Display } from "./x11.ts";

const [QUERY_TREE, GET_ATTRIBUTES, GET_PROPERTY, SEND_EVENT, GET_FOCUS] = [15, 3, 20, 25, 43];
const [RES_QUERY_VERSION, RES_QUERY_CLIENT_IDS, LOCAL_PIDS] = [0, 4, 2];
const SCREEN_SAVER_QUERY_INFO = 1;
const CLIENT_MESSAGE = 33;
const WITHDRAWN = 0;
const VIEWABLE = 2;
/** A window manager puts each window into a frame, or into two. */
const DEEPEST = 3;
/** More windows are looked at on no display. */
const MOST_WINDOWS = 5_000;
const MOST_ATOMS = 32;

export interface Window {
  id: number;
  /** On the screen, and not behind an icon. */
  viewable: boolean;
  /** It may be asked to close, and may then ask whether to save. */
  closes: boolean;
}

/** How long nobody has typed or pointed. */
export async function idleOn(display: Display): Promise<number | undefined> {
  const opcode = await display.extension("MIT-SCREEN-SAVER");
  if (opcode === undefined) return undefined;
  return (await display.ask(opcode, SCREEN_SAVER_QUERY_INFO, words(display.root)))?.readUInt32LE(16);
}

/**
 * The windows of processes: those that people see as such, not what they consist of. Whose a window is, the display knows
 * by whom its connection came from, also where the program is in a container and believes that it is another number.
 */
export async function windowsOf(display: Display, pids: ReadonlySet<number>): Promise<Window[]> {
  const clients = await clientsOf(display, pids);
  if (clients.size === 0) return [];
  const [protocols, deletes, state] = [
    await display.atom("WM_PROTOCOLS"),
    await display.atom("WM_DELETE_WINDOW"),
    await display.atom("WM_STATE"),
  ];
  const windows: Window[] = [];
  let looked = 0;
  const look = async (parent: number, depth: number) => {
    for (const id of await childrenOf(display, parent)) {
      if (++looked > MOST_WINDOWS) return;
      if (!clients.has((id & ~display.idMask) >>> 0)) {
        if (depth < DEEPEST) await look(id, depth + 1);
        continue;
      }
      const viewable = (await display.ask(GET_ATTRIBUTES, 0, words(id)))?.readUInt8(26) === VIEWABLE;
      const [managed = WITHDRAWN] = await propertyOf(display, id, state);
      if (!viewable && managed === WITHDRAWN) continue;
      windows.push({ id, viewable, closes: (await propertyOf(display, id, protocols)).includes(deletes) });
    }
  };
  await look(display.root, 1);
  return windows;
}

/** What the cross in its title bar says to it. */
export async function askWindowToClose(display: Display, { id }: Window): Promise<void> {
  const [protocols, deletes] = [await display.atom("WM_PROTOCOLS"), await display.atom("WM_DELETE_WINDOW")];
  const event = Buffer.alloc(REMAINING_EVENT);
  event.writeUInt8(CLIENT_MESSAGE, 0);
  event.writeUInt8(32, 1);
  words(id, protocols, deletes).copy(event, 4);
  display.tell(SEND_EVENT, 0, Buffer.concat([words(id, 0), event]));
  // Answered when all before it is done.
  await display.ask(GET_FOCUS, 0);
}

const REMAINING_EVENT = 32;

/** The connections that processes have to the display, by the ids of what they make there. */
async function clientsOf(display: Display, pids: ReadonlySet<number>): Promise<Set<number>> {
  const opcode = await display.extension("X-Resource");
  const clients = new Set<number>();
  if (opcode === undefined) return clients;
  await display.ask(opcode, RES_QUERY_VERSION, Buffer.from([1, 2, 0, 0]));
  const reply = await display.ask(opcode, RES_QUERY_CLIENT_IDS, words(1, 0, LOCAL_PIDS));
  if (!reply) return clients;
  // Each: the client, what is told of it, how many bytes that has, and they.
  for (let at = 32, left = reply.readUInt32LE(8); left > 0 && at + 12 <= reply.length; left--) {
    const length = reply.readUInt32LE(at + 8);
    if (length >= 4 && pids.has(reply.readUInt32LE(at + 12))) clients.add(reply.readUInt32LE(at));
    at += 12 + length;
  }
  return clients;
}

async function childrenOf(display: Display, window: number): Promise<number[]> {
  const reply = await display.ask(QUERY_TREE, 0, words(window));
  return reply ? numbers(reply, reply.readUInt16LE(16)) : [];
}

async function propertyOf(display: Display, window: number, property: number): Promise<number[]> {
  const ANY_TYPE = 0;
  const reply = await display.ask(GET_PROPERTY, 0, words(window, property, ANY_TYPE, 0, MOST_ATOMS));
  return reply?.readUInt8(1) === 32 ? numbers(reply, reply.readUInt32LE(16)) : [];
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32LE(value, 4 * i);
  return bytes;
}

const numbers = (reply: Buffer, count: number) =>
  Array.from({ length: Math.min(count, (reply.length - 32) / 4) }, (_, i) => reply.readUInt32LE(32 + 4 * i));
