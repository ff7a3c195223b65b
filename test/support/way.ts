import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Way {
  port: number;
  /** Nobody comes through any more, and who is on it is thrown off. */
  cut(): void;
}

/** A way to a port of this computer that can be cut, as a network is. */
export async function wayTo(port: number): Promise<Way> {
  const travellers = new Set<Socket>();
  const server = createServer((here) => {
    const there = connect(port, "127.0.0.1");
    for (const socket of [here, there]) {
      travellers.add(socket);
      // The other end goes with it.
      socket
        .on("error", () => {})
        .on("close", () => {
          travellers.delete(socket);
          here.destroy();
          there.destroy();
        });
    }
    here.pipe(there).pipe(here);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      server.close();
      for (const socket of travellers) socket.destroy();
    },
  };
}
