import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { ACCEPTS, type ToDaemon } from "../../daemon/protocol/messages.ts";
import { SUBPROTOCOL } from "../../daemon/protocol/subprotocol.ts";

export type Heard = ToDaemon & Record<string, unknown>;
export type Said = Record<string, unknown>;
/** What is answered to a message; nothing: silence. */
type Answer = Said | Said[] | undefined;
export type Script = (message: Heard, nth: number) => Answer | Promise<Answer>;

export interface ScriptedDaemon extends AsyncDisposable {
  url: string;
  /** All that was said to it, and the Authorization header of the last connection. */
  heard: Heard[];
  authorization: string | undefined;
  /** The first message for which `matches` holds, now or when it comes. */
  hears(matches: (message: Heard) => boolean): Promise<Heard>;
  disconnectAll(): void;
  /** Say something unasked, to everybody who is connected. */
  say(message: Said): void;
}

export const WELCOME = {
  type: "welcome",
  daemon: "0.0.0",
  site: "here",
  heartbeatEveryMs: 40,
  reconnectWithinMs: 20,
  nowMs: 0,
  accepts: ACCEPTS,
  ticketKeys: [],
};

export const granted = ({ leaseId }: Heard): Said => ({
  type: "granted",
  leaseId,
  pool: "demo",
  site: "here",
  seats: 1,
  ttlMs: 120,
  heartbeatEveryMs: 40,
  flags: [],
});

/** What the register says of the product, as a daemon tells it before its answer. */
export const policy = (rules: Said): Said => ({
  type: "policy",
  products: [{ product: "demo", executables: [], whenUnreachable: "allow", ...rules }],
});

/** What a sound daemon says. */
export const sound = (message: Heard, _nth?: number): Said => {
  if (message.type === "hello") return WELCOME;
  if (message.type === "checkout") return granted(message);
  if (message.type === "heartbeat") return { type: "alive", ttlMs: 120, gone: [] };
  if (message.type === "inventory") return { type: "inventoried", part: message.part };
  if (message.type === "journal") return { type: "journalled", ids: message.entries.map(({ id }) => id) };
  return { type: "returned", leaseId: message.leaseId };
};

/** Said last by who has ended; where nobody answered it in time it may be heard when they have gone. */
export const isCheckin = ({ type }: Heard): boolean => type === "checkin";

/** A daemon that says what a test wants, for what a real one does only on a bad day. */
export async function scriptedDaemon(script: Script): Promise<ScriptedDaemon> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, handleProtocols: () => SUBPROTOCOL });
  await once(server, "listening");
  const waiting: { matches: (message: Heard) => boolean; resolve: (message: Heard) => void }[] = [];
  const daemon: ScriptedDaemon = {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard: [],
    authorization: undefined,
    hears: (matches) =>
      new Promise((resolve) => {
        const already = daemon.heard.find(matches);
        if (already) resolve(already);
        else waiting.push({ matches, resolve });
      }),
    disconnectAll: () => {
      for (const socket of server.clients) socket.terminate();
    },
    say: (message) => {
      for (const socket of server.clients) socket.send(JSON.stringify(message));
    },
    [Symbol.asyncDispose]: async () => {
      daemon.disconnectAll();
      server.close();
      await once(server, "close");
    },
  };
  const hear = (socket: WebSocket, message: Heard) => {
    daemon.heard.push(message);
    const nth = daemon.heard.filter(({ type }) => type === message.type).length;
    const say = (answer: Answer) => {
      for (const one of [answer ?? []].flat()) socket.send(JSON.stringify(one));
    };
    const answer = script(message, nth);
    if (answer instanceof Promise) void answer.then(say);
    else say(answer);
    for (const one of waiting) if (one.matches(message)) one.resolve(message);
  };
  server.on("connection", (socket, request) => {
    daemon.authorization = request.headers.authorization;
    socket.on("message", (frame) => hear(socket, JSON.parse(frame.toString())));
  });
  return daemon;
}
