import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** What becomes of the replies of a server; what is asked of it always arrives. */
export type Replies =
  | { are: "passed" }
  | { are: "delayed"; ms: number }
  /** They are lost, and nobody is told. */
  | { are: "swallowed" };

export interface TestProxy extends AsyncDisposable {
  port: number;
  /** From now on; what was delayed comes in its order. */
  replies(become: Replies): void;
  /** So many were made so far. */
  readonly connections: number;
  /** So many bytes of replies were lost. */
  readonly swallowed: number;
  /** Cut every connection at once, as a firewall does that forgot them: without a goodbye. */
  reset(): void;
}

/** A TCP proxy in front of a server of this computer. */
export async function startProxy(to: number): Promise<TestProxy> {
  let replies: Replies = { are: "passed" };
  let connections = 0;
  let swallowed = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    connections += 1;
    const upstream = connect(to, "127.0.0.1");
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on("data", (part) => upstream.write(part));
    // In order: a reply waits for those before it, however long they are held up.
    let last = Promise.resolve();
    upstream.on("data", (part) => {
      const { are } = replies;
      if (are === "swallowed") {
        swallowed += part.length;
        return;
      }
      const ms = are === "delayed" ? (replies as { ms: number }).ms : 0;
      const due = ms > 0 ? new Promise<void>((resolve) => setTimeout(resolve, ms)) : undefined;
      last = last.then(() => due).then(() => void client.write(part));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const reset = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as { port: number }).port,
    replies(become) {
      replies = become;
    },
    get connections() {
      return connections;
    },
    get swallowed() {
      return swallowed;
    },
    reset,
    async [Symbol.asyncDispose]() {
      reset();
      server.close();
      await once(server, "close");
    },
  };
}
