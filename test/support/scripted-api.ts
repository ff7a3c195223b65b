import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Called {
  method: string;
  path: string;
  body: unknown;
  authorization: string | undefined;
}

/** A daemon's HTTP API that says what a test wants, by method and path; else 404 as a daemon says it. */
export async function scriptedApi(answers: Record<string, { status?: number; body: unknown }>) {
  const calls: Called[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const text = Buffer.concat(parts).toString();
    const { method = "", url: path = "", headers } = request;
    calls.push({
      method,
      path,
      body: text === "" ? undefined : JSON.parse(text),
      authorization: headers.authorization,
    });
    const missing = { status: 404, body: { code: "not_found", message: "There is nothing here.", retry: false } };
    const { status = 200, body } = answers[`${method} ${path}`] ?? missing;
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}`,
    port,
    calls,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
