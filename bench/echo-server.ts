import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

/* A WebSocket server that does nothing: the measure of what connections alone cost. A process of its own. */
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false, clientTracking: false });
server.on("connection", (socket) => socket.on("message", (data) => socket.send(data, { binary: false })));
server.on("listening", () => process.send!((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit());
