import { once } from "node:events";
import { type AddressInfo, connect, createServer, isIPv6, type Socket } from "node:net";

export interface TestProxy extends AsyncDisposable {
  port: number;
}

/** A proxy that knows nothing of HTTP: it says whose a connection is, and passes on what comes. */
export async function startProxy(to: number, header: Buffer | string, localAddress = "127.0.0.1"): Promise<TestProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const onward = connect({ port: to, host: "127.0.0.1", localAddress });
    onward.write(header);
    for (const [from, into] of [
      [client, onward],
      [onward, client],
    ] as const) {
      sockets.add(from);
      from.on("error", () => {}).on("close", () => into.destroy());
      from.pipe(into);
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

export const lineHeader = (source: string) =>
  isIPv6(source) ? `PROXY TCP6 ${source} ::1 56324 443\r\n` : `PROXY TCP4 ${source} 127.0.0.1 56324 443\r\n`;

/** Version 2; `command`, `family`, and so many bytes of further facts can be what they should not. */
export function binaryHeader(source: string, { command = 0x21, family = isIPv6(source) ? 0x21 : 0x11, more = 0 } = {}) {
  const addresses = isIPv6(source) ? [bytesOf6(source), bytesOf6("::1")] : [bytesOf4(source), bytesOf4("127.0.0.1")];
  const rest = Buffer.concat([...addresses, Buffer.from([0xdc, 0x04, 0x01, 0xbb]), Buffer.alloc(more)]);
  const head = Buffer.from("\r\n\r\n\0\r\nQUIT\n....", "latin1");
  head[12] = command;
  head[13] = family;
  head.writeUInt16BE(rest.length, 14);
  return Buffer.concat([head, rest]);
}

const bytesOf4 = (address: string) => Buffer.from(address.split(".").map(Number));

function bytesOf6(address: string): Buffer {
  const [left = "", right = ""] = address.split("::");
  const parts = (text: string) => (text === "" ? [] : text.split(":"));
  const missing = 8 - parts(left).length - parts(right).length;
  const all = [...parts(left), ...Array<string>(missing).fill("0"), ...parts(right)];
  return Buffer.from(all.map((part) => part.padStart(4, "0")).join(""), "hex");
}
