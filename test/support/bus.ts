import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** The way to a node for what the other nodes of its cluster tell it, which takes as long as a test wants. */
export interface Bus extends AsyncDisposable {
  port: number;
  /** From now on nothing comes through, either way, and nothing is lost. */
  hold(): void;
  release(): void;
}

/** @param to the port of the node's own bus */
export async function startBus(to: number): Promise<Bus> {
  let isHeld = false;
  const sockets = new Set<Socket>();
  const join = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on("data", (part) => to.write(part));
    from.on("error", () => {});
    from.on("close", () => {
      sockets.delete(from);
      to.destroy();
    });
    if (isHeld) from.pause();
  };
  const server = createServer((node) => {
    const own = connect(to, "127.0.0.1");
    join(node, own);
    join(own, node);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as { port: number }).port,
    hold() {
      isHeld = true;
      for (const socket of sockets) socket.pause();
    },
    release() {
      isHeld = false;
      for (const socket of sockets) socket.resume();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
