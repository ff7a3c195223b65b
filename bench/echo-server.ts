import type { AddressInfo } from "node:net";
import { Redis } from "ioredis";
import { type RawData, WebSocketServer } from "ws";

/*
 * A WebSocket server that does nothing: the measure of what connections alone cost. With the socket of a Redis as an
 * argument it answers when that has answered a PING. A process of its own.
 */
const [, , socketPath] = process.argv;
const redis = socketPath === undefined ? undefined : new Redis({ path: socketPath });
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false, clientTracking: false });
server.on("connection", (socket) => {
  const echo = (data: RawData) => socket.send(data, { binary: false });
  socket.on("message", redis ? (data) => void redis.ping().then(() => echo(data)) : echo);
});
server.on("listening", () => process.send!((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit());
