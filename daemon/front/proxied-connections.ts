import type { Server, Socket } from "node:net";
import type { FastifyBaseLogger } from "fastify";
import type { InForce } from "../domain/register.ts";
import { isTrusted } from "./peer.ts";
import { readProxyHeader } from "./proxy-header.ts";
import { sourceSaid } from "./sources.ts";

/** A proxy has its header ready when it connects. */
const HEADER_WITHIN_MS = 5000;

/**
 * Where the register says so, read the PROXY header of each connection from a trusted proxy before HTTP or TLS begins on it.
 * Nobody else's is read: to HTTP and TLS it is then a mistake like any other.
 */
export class ProxiedConnections {
  readonly #inForce: () => InForce;
  readonly #log: FastifyBaseLogger;
  readonly #unread = new Set<Socket>();

  constructor(inForce: () => InForce, log: FastifyBaseLogger) {
    this.#inForce = inForce;
    this.#log = log;
  }

  /** Stand between a server and its connections. */
  guard(server: Server): void {
    const begin = server.listeners("connection") as ((this: Server, socket: Socket) => void)[];
    server.removeAllListeners("connection");
    const pass = (socket: Socket) => {
      for (const listener of begin) listener.call(server, socket);
    };
    server.on("connection", (socket: Socket) => {
      const { proxyProtocol, trustedProxies } = this.#inForce().register;
      const read = proxyProtocol && isTrusted(socket.remoteAddress ?? "", trustedProxies);
      if (read) this.#read(socket, () => pass(socket));
      else pass(socket);
    });
  }

  /** A connection that has said nothing yet would keep the server from closing. */
  close(): void {
    for (const socket of this.#unread) socket.destroy();
  }

  #read(socket: Socket, pass: () => void) {
    let bytes: Buffer = Buffer.alloc(0);
    const timer = setTimeout(
      () => refuse(`it sent no whole PROXY header within ${HEADER_WITHIN_MS / 1000} s`),
      HEADER_WITHIN_MS,
    );
    const hear = (more: Buffer) => {
      bytes = Buffer.concat([bytes, more]);
      const header = readProxyHeader(bytes);
      if (header === "unfinished") return;
      if ("mistake" in header) return refuse(header.mistake);
      done();
      socket.pause();
      if (header.source !== undefined) sourceSaid(socket, header.source);
      const rest = bytes.subarray(header.length);
      if (rest.length > 0) socket.unshift(rest);
      pass();
      process.nextTick(() => socket.resume());
    };
    const done = () => {
      clearTimeout(timer);
      this.#unread.delete(socket);
      socket.off("data", hear).off("error", ignore).off("close", done);
    };
    const refuse = (why: string) => {
      this.#log.debug({ proxy: socket.remoteAddress, why }, "a connection from a trusted proxy was refused");
      socket.destroy();
    };
    this.#unread.add(socket);
    socket.on("data", hear).on("error", ignore).on("close", done);
  }
}

/** `close` comes next. */
function ignore() {}
