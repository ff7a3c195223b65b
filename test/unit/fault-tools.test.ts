import { once } from "node:events";
import { connect, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startProxy } from "../faults/proxy.ts";

/** A server that says everything back, and a connection to it through a proxy. */
async function through() {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy = await startProxy((server.address() as { port: number }).port);
  onTestFinished(async () => {
    await proxy[Symbol.asyncDispose]();
    server.close();
  });
  const client = connect(proxy.port, "127.0.0.1");
  await once(client, "connect");
  client.on("error", () => {}); // of a reset, which is one
  let heard = "";
  client.setEncoding("utf8").on("data", (part) => {
    heard += part;
  });
  return { proxy, client, heard: () => heard };
}

test("replies that are late come in their order, those before them first", async () => {
  const { proxy, client, heard } = await through();
  proxy.replies({ are: "delayed", ms: 60 });
  client.write("a");
  await expect.poll(() => client.bytesWritten).toBe(1);
  client.write("b");
  client.write("c");

  await expect.poll(heard).toBe("abc");
});

test("replies that are lost stay lost, and later ones come", async () => {
  const { proxy, client, heard } = await through();
  proxy.replies({ are: "swallowed" });
  client.write("a");
  await expect.poll(() => proxy.swallowed).toBe(1);
  proxy.replies({ are: "passed" });
  client.write("b");

  await expect.poll(heard).toBe("b");
});

test("a connection that is reset ends with an error, without a goodbye", async () => {
  const { proxy, client } = await through();
  const failed = once(client, "error");
  client.write("a");
  await once(client, "data");
  proxy.reset();

  expect(await failed).toMatchObject([{ code: "ECONNRESET" }]);
});
