import WebSocket from "ws";
import { CHALLENGE_HEADER } from "../daemon/domain/device-proof.ts";
import { SUBPROTOCOL } from "../daemon/protocol/subprotocol.ts";

/** How a WebSocket to a daemon is made. */
export interface Opening {
  address: URL;
  token?: string;
  /** Authorities that vouch for the daemon, PEM; none: those that the runtime knows by itself. */
  ca?: string[];
  /** This computer's own certificate and its key. */
  cert?: Buffer;
  key?: Buffer;
  /** The address of ours to speak from, where the computer has several. */
  localAddress?: string;
  withinMs: number;
  /** Whether it matters what the daemon asks to have proven. */
  hearsChallenge: boolean;
}

/** What is heard of it. */
export interface SocketEars {
  opened(challenge: string | undefined): void;
  frame(text: string): void;
  /** A ping or a pong. */
  sign(): void;
  failed(error: Error): void;
  /** Something that is no upgrade was answered. */
  refused(status: number, body: string): void;
  /** Once, when it has ended, or never began. */
  over(code: number, reason: string): void;
}

/** A WebSocket to a daemon. */
export interface DaemonSocket {
  readonly isOpen: boolean;
  readonly hasEnded: boolean;
  /** Nothing where it is not open. */
  say(frame: string): void;
  ping(): void;
  /** At once, without waiting for the other side. */
  close(): void;
}

/** Of an answer that is no upgrade so many characters are read. */
const MOST_OF_A_REFUSAL = 4096;

export async function openSocket(opening: Opening, ears: SocketEars): Promise<DaemonSocket> {
  const { address, token, withinMs, hearsChallenge, ca, cert, key, localAddress } = opening;
  const socket = new WebSocket(address, [SUBPROTOCOL], {
    headers: token ? { authorization: `Bearer ${token}` } : {},
    perMessageDeflate: false,
    handshakeTimeout: withinMs,
    ...(ca && { ca }),
    ...(cert && { cert, key }),
    ...(localAddress && { localAddress }),
  });
  let challenge: string | undefined;
  // Where nobody asks for it nobody listens: what tells of it takes the single file a while to load.
  if (hearsChallenge) {
    socket.on("upgrade", ({ headers }) => {
      challenge = headers[CHALLENGE_HEADER.toLowerCase()]?.toString();
    });
  }
  socket.on("open", () => ears.opened(challenge));
  socket.on("message", (frame) => ears.frame(frame.toString()));
  for (const sign of ["ping", "pong"]) socket.on(sign, () => ears.sign());
  socket.on("error", (error) => ears.failed(error));
  socket.on("unexpected-response", (_request, response) => {
    let body = "";
    response.on("data", (part: Buffer) => {
      if (body.length < MOST_OF_A_REFUSAL) body += part;
    });
    response.on("close", () => {
      ears.refused(response.statusCode ?? 0, body);
      socket.terminate();
    });
  });
  socket.on("close", (code, reason) => ears.over(code, reason.toString()));
  return {
    get isOpen() {
      return socket.readyState === WebSocket.OPEN;
    },
    get hasEnded() {
      return socket.readyState > WebSocket.OPEN;
    },
    say(frame) {
      if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    },
    ping: () => socket.ping(),
    close() {
      if (socket.readyState === WebSocket.OPEN) socket.close(1000);
      socket.terminate();
    },
  };
}
