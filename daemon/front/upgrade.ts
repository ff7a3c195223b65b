import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { FastifyBaseLogger } from "fastify";
import { type RawData, type ServerOptions, WebSocket, WebSocketServer } from "ws";
import type { Access } from "../access/access.ts";
import { CHALLENGE_HEADER } from "../domain/device-proof.ts";
import { SeatmeterError } from "../domain/errors.ts";
import type { ReportIncident } from "../domain/incidents.ts";
import type { InForce } from "../domain/register.ts";
import { CLOSE } from "../protocol/close-codes.ts";
import { FRAME_BYTES } from "../protocol/messages.ts";
import { SUBPROTOCOL } from "../protocol/subprotocol.ts";
import type { Enrolled } from "./enrolled.ts";
import { failed, unauthenticated } from "./failed.ts";
import { forged, spoofed } from "./incidents.ts";
import { addressOf, claimsOtherAddress, fromElsewhere, refuseCallByName } from "./peer.ts";
import { type Identity, ShimConnection } from "./shim-connection.ts";
import type { ShimConnections } from "./shim-connections.ts";

const SHIM_PATH = "/v1/shim";
/** How long the closing frame of the other side is waited for. */
const CLOSE_WITHIN_MS = 5000;

/** A WebSocket that knows its connection, so that all of them can share their listeners. */
class ShimSocket extends WebSocket {
  connection: ShimConnection | undefined;
}

const connectionOf = (socket: WebSocket) => (socket as ShimSocket).connection;

function onMessage(this: WebSocket, frame: RawData, binary: boolean) {
  connectionOf(this)?.receive(frame as Buffer, binary);
}

function onPong(this: WebSocket) {
  connectionOf(this)?.alive();
}

function onClose(this: WebSocket) {
  connectionOf(this)?.closed();
}

const SOCKETS: ServerOptions<typeof ShimSocket> & { closeTimeout: number } = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: FRAME_BYTES,
  closeTimeout: CLOSE_WITHIN_MS,
  handleProtocols: () => SUBPROTOCOL,
  WebSocket: ShimSocket,
};

export interface DoorParts {
  access: Access;
  enrolled: Pick<Enrolled, "challenge">;
  inForce: () => InForce;
  log: FastifyBaseLogger;
  connections: ShimConnections;
  report: ReportIncident;
}

/** The door for shims: who may come in, and what everybody else is told. */
export class ShimDoor {
  readonly #parts: DoorParts;
  readonly #sockets = new WebSocketServer(SOCKETS);
  /** What is told those whose hello has to prove who they are, in the answer that begins the WebSocket. */
  readonly #challenges = new WeakMap<IncomingMessage, string>();

  constructor(parts: DoorParts) {
    this.#parts = parts;
    this.#sockets.on("headers", (headers, request) => {
      const challenge = this.#challenges.get(request);
      if (challenge !== undefined) headers.push(`${CHALLENGE_HEADER}: ${challenge}`);
    });
  }

  /** For the server's event of that name, which hands over nothing but sockets. */
  upgrade(request: IncomingMessage, duplex: Duplex, head: Buffer) {
    const stream = duplex as Socket;
    // Until `ws` listens itself, a connection that breaks would break the daemon.
    stream.on("error", ignore);
    try {
      const identity = this.#admit(request, stream);
      if (identity?.by === "key") this.#challenges.set(request, identity.challenge);
      const address = addressOf(request, this.#parts.inForce().register);
      this.#sockets.handleUpgrade(request, stream, head, (socket) => {
        stream.off("error", ignore);
        this.#open(socket, stream, address, identity);
      });
    } catch (error) {
      refuse(stream, failed(error, this.#parts.log));
    }
  }

  /**
   * @returns by what it is known who it is: a token before a certificate, and a key where there is neither; undefined
   *   where shims are not authenticated
   * @throws not_found, forbidden, message_invalid, unauthenticated, too_many_connections
   */
  #admit(request: IncomingMessage, stream: Socket): Identity | undefined {
    const { access, enrolled, connections, report } = this.#parts;
    const { register } = this.#parts.inForce();
    if (request.url?.split("?")[0] !== SHIM_PATH)
      throw new SeatmeterError("not_found", `shims connect to ${SHIM_PATH}`);
    if (fromElsewhere(request, register))
      throw new SeatmeterError("forbidden", "shims connect here, not pages elsewhere");
    if (claimsOtherAddress(request, register)) report(spoofed(addressOf(request, register), register));
    const offered = request.headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim());
    if (!offered?.includes(SUBPROTOCOL)) {
      throw new SeatmeterError("message_invalid", `the subprotocol here is ${SUBPROTOCOL}; the request has to name it`);
    }
    if (!access.asks.shims) {
      refuseCallByName(request, register);
      return undefined;
    }
    if (request.headers.authorization === undefined) {
      const names = access.certified(stream);
      if (names.length > 0) return { by: "certificate", names };
      if (access.enrols) return { by: "key", challenge: enrolled.challenge() };
    }
    const who = access.shim(request.headers.authorization);
    if (!who) {
      if (request.headers.authorization !== undefined) report(forged(addressOf(request, register), register));
      throw unauthenticated(request);
    }
    connections.checkRoom(who.name);
    return { by: "token", device: who.name, gateway: who.role === "gateway" };
  }

  #open(socket: ShimSocket, stream: Socket, address: string, identity: Identity | undefined) {
    socket.on("error", ignore);
    const { connections } = this.#parts;
    if (connections.draining) return socket.close(CLOSE.draining, "the daemon stops; connect again");
    if (connections.overloaded) return socket.close(CLOSE.overloaded, "too busy for new connections; try again later");
    socket.connection = new ShimConnection(socket, stream, connections, address, identity);
    connections.add(socket.connection);
    socket.on("message", onMessage);
    socket.on("pong", onPong);
    socket.on("close", onClose);
  }
}

/** The answer to an upgrade that is none: the same body as of any other request. */
function refuse(stream: Socket, { status, code, message, retry }: ReturnType<typeof failed>) {
  const body = JSON.stringify({ code, message, retry });
  const head = [
    `HTTP/1.1 ${status} ${code}`,
    "Connection: close",
    "Content-Type: application/json; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(status === 401 ? ["WWW-Authenticate: Bearer"] : []),
  ];
  stream.once("finish", () => stream.destroy());
  stream.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** `ws` closes with the right code by itself, and a stream that breaks says `close` next. */
function ignore() {}
