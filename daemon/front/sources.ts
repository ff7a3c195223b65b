import type { Socket } from "node:net";

/*
 * What proxies said of their connections in PROXY headers. Under TLS a request knows another object than the one on which
 * the header came; both know the two ends of the connection, which no other has while it lives.
 */
const sources = new Map<string, string>();

const endsOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket) =>
  `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;

export function sourceSaid(socket: Socket, source: string): void {
  const ends = endsOf(socket);
  sources.set(ends, source);
  socket.once("close", () => sources.delete(ends));
}

/** Whose connection it is, by the word of the proxy that it came through; undefined: it came by itself. */
export const sourceOf = (socket: Socket): string | undefined =>
  sources.size === 0 ? undefined : sources.get(endsOf(socket));
