import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface Receiver extends AsyncDisposable {
  url: string;
  calls: { method: string; headers: IncomingHttpHeaders; body: string }[];
}

/** A program that is told by a webhook, and answers with that status. */
export async function startReceiver(status = 204, location?: string): Promise<Receiver> {
  const calls: Receiver["calls"] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += part;
    calls.push({ method: request.method ?? "", headers: request.headers, body });
    response.writeHead(status, location ? { location } : {}).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/licences?key=abc`,
    calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
