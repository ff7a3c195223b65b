import { SUBPROTOCOL } from "../daemon/protocol/subprotocol.ts";
import type { DaemonSocket, Opening, SocketEars } from "./daemon-socket.ts";
import { tlsTrouble } from "./unreachable.ts";

/** Bun's own WebSocket, which is there before the first line runs; what of it goes beyond a browser's. */
interface BunSocket {
  readonly readyState: number;
  send(frame: string): void;
  ping(): void;
  close(code: number): void;
  terminate(): void;
  addEventListener(event: "open" | "ping" | "pong", heard: () => void): void;
  addEventListener(event: "message", heard: (message: { data: unknown }) => void): void;
  addEventListener(event: "error", heard: (failure: { error?: Error }) => void): void;
  addEventListener(event: "close", heard: (end: { code: number; reason: string }) => void): void;
}
declare const WebSocket: {
  OPEN: number;
  new (
    address: URL,
    options: {
      protocols: string[];
      headers?: Record<string, string>;
      perMessageDeflate: false;
      tls?: { ca?: string[]; cert?: Buffer; key?: Buffer };
    },
  ): BunSocket;
};

/** As daemon-socket.ts does it, which is loaded only for what Bun's own cannot do or does not tell. */
export async function openSocket(opening: Opening, ears: SocketEars): Promise<DaemonSocket> {
  const byWs = async () => (await import("./daemon-socket.ts")).openSocket(opening, ears);
  const { address, token, hearsChallenge, ca, cert, key, localAddress } = opening;
  if (hearsChallenge || localAddress) return byWs();
  const socket = new WebSocket(address, {
    ...{ protocols: [SUBPROTOCOL], perMessageDeflate: false },
    ...(token && { headers: { authorization: `Bearer ${token}` } }),
    ...((ca || cert) && { tls: { ...(ca && { ca }), ...(cert && key && { cert, key }) } }),
  });
  let wasOpen = false;
  let isLeft = false;
  let isBroken = false;
  let instead: DaemonSocket | undefined;
  socket.addEventListener("open", () => {
    wasOpen = true;
    ears.opened(undefined);
  });
  socket.addEventListener("message", ({ data }) => ears.frame(String(data)));
  for (const sign of ["ping", "pong"] as const) socket.addEventListener(sign, () => ears.sign());
  socket.addEventListener("error", ({ error }) => {
    if (wasOpen || !error || !tlsTrouble(error)) return;
    isBroken = true;
    ears.failed(error);
  });
  socket.addEventListener("close", async ({ code, reason }) => {
    if (wasOpen || isLeft || isBroken) return ears.over(code, reason);
    // What was answered instead of an upgrade, and in which words nobody could be reached, only the other tells.
    instead = await byWs();
    if (isLeft) instead.close();
  });
  return {
    get isOpen() {
      return instead ? instead.isOpen : socket.readyState === WebSocket.OPEN;
    },
    get hasEnded() {
      return instead ? instead.hasEnded : isLeft || isBroken || (wasOpen && socket.readyState > WebSocket.OPEN);
    },
    say(frame) {
      if (instead) instead.say(frame);
      else if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    },
    ping: () => (instead ?? socket).ping(),
    close() {
      isLeft = true;
      if (instead) return instead.close();
      if (socket.readyState === WebSocket.OPEN) socket.close(1000);
      socket.terminate();
    },
  };
}
