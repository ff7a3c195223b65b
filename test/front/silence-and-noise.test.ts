import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SUBPROTOCOL } from "../../daemon/protocol/subprotocol.ts";
import type { FrontState } from "../support/front-process.ts";
import { TestShim } from "../support/test-shim.ts";

/*
 * Whoever connects may say nothing, or anything. Neither may stop the daemon, nor fill it.
 */

const FRAMES = 10_000;
const SILENT = 200;
/** Connections that make noise at the same time. */
const NOISY = 20;
/** What fast-check makes of it is the same each time; a failure is found again. */
const SEED = 20_260_401;

let front: ChildProcess;
let address: { url: string; port: number };
beforeAll(async () => {
  const program = join(import.meta.dirname, "../support/front-process.ts");
  // The engine keeps pages for young objects once it had use for them; a few are enough here, so that the rest shows.
  front = fork(program, { execArgv: ["--expose-gc", "--max-semi-space-size=2"] });
  [address] = await once(front, "message");
});
afterAll(async () => {
  front.disconnect();
  await once(front, "exit");
});

async function stateOfFront(): Promise<FrontState> {
  front.send("state");
  const [state] = await once(front, "message");
  return state;
}

/** A frame as a client sends it: any bits and any kind, masked or not. */
const frame = ({ bits, payload, masked }: { bits: number; payload: Uint8Array; masked: boolean }): Buffer => {
  const mask = masked ? 0x80 : 0;
  const length =
    payload.length < 126 ? [payload.length | mask] : [126 | mask, payload.length >> 8, payload.length & 255];
  return Buffer.from([bits, ...length, ...(masked ? [0, 0, 0, 0] : []), ...payload]);
};
const text = (value: unknown) =>
  frame({ bits: 0x81, payload: Buffer.from(typeof value === "string" ? value : JSON.stringify(value)), masked: true });

const anything = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constant(undefined));
const almost = <Value>(good: fc.Arbitrary<Value>) => fc.oneof({ weight: 4, arbitrary: good }, anything);
const message = fc.record({
  type: almost(fc.constantFrom("hello", "checkout", "heartbeat", "checkin")),
  device: almost(fc.string()),
  shim: almost(fc.constant("noise/1")),
  leaseId: almost(fc.uuid()),
  leaseIds: almost(fc.array(fc.uuid(), { maxLength: 5 })),
  product: almost(fc.constantFrom("cad", "gis", "toString")),
  user: almost(fc.string()),
  seats: almost(fc.integer()),
  ...{ version: anything, why: anything, program: anything },
});
const someFields = message.chain((whole) => fc.subarray(Object.entries(whole)).map(Object.fromEntries));

/** `whole`: the daemon can tell where it ends, and so answers it, or closes. */
const noise = fc.oneof(
  someFields.map((said) => ({ whole: true, bytes: text(said) })),
  fc.json({ maxDepth: 40 }).map((said) => ({ whole: true, bytes: text(said.slice(0, 60_000)) })),
  fc.string({ unit: "binary", maxLength: 200 }).map((said) => ({ whole: true, bytes: text(said) })),
  fc
    .record({ bits: fc.nat(255), payload: fc.uint8Array({ maxLength: 300 }), masked: fc.boolean() })
    .map((odd) => ({ whole: true, bytes: frame(odd) })),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => ({ whole: false, bytes: Buffer.from(bytes) })),
);

const UPGRADE = [
  "GET /v1/shim HTTP/1.1",
  "Host: 127.0.0.1",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  `Sec-WebSocket-Protocol: ${SUBPROTOCOL}`,
].join("\r\n");

async function openSocket(): Promise<Socket> {
  const socket = connect(address.port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

async function openUpgraded(): Promise<Socket> {
  const socket = await openSocket();
  socket.write(`${UPGRADE}\r\n\r\n`);
  await once(socket, "data");
  return socket;
}

/** Or closed. */
function answered(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off("data", done).off("close", done);
      resolve();
    };
    socket.once("data", done).once("close", done);
  });
}

const PING = frame({ bits: 0x89, payload: new Uint8Array(), masked: true });
const hello = () => text({ type: "hello", device: `pc-${randomUUID()}`, shim: "noise/1" });

/** Says all of it, on as many connections as it takes. */
async function makeNoise(said: readonly { whole: boolean; bytes: Buffer }[]) {
  let socket: Socket | undefined;
  for (const { whole, bytes } of said) {
    if (!socket || socket.destroyed || socket.readableEnded) {
      socket = await openUpgraded();
      if (bytes.length % 3 > 0) socket.write(hello());
    }
    socket.write(bytes);
    if (whole) {
      socket.write(PING);
      await answered(socket);
    } else {
      socket.end();
      socket = undefined;
    }
  }
  socket?.destroy();
}

async function allNoise(frames: number, seed: number) {
  const said = fc.sample(noise, { numRuns: frames, seed });
  const each = Math.ceil(frames / NOISY);
  await Promise.all(Array.from({ length: NOISY }, (_, i) => makeNoise(said.slice(i * each, (i + 1) * each))));
}

/** Silent in each way: nothing at all, half a request, an upgrade and no hello. */
async function silence(): Promise<Socket[]> {
  return Promise.all(
    Array.from({ length: SILENT }, async (_, i) => {
      const socket = i % 3 === 2 ? await openUpgraded() : await openSocket();
      if (i % 3 === 1) socket.write(UPGRADE);
      return socket;
    }),
  );
}

async function servesAsBefore() {
  const shim = await TestShim.connect(address.url);
  await shim.greet();
  const { leaseId } = await shim.checkout();
  shim.say({ type: "checkin", leaseId });
  await shim.next("returned");
  await shim.close();
}

test("200 silent sockets and 10,000 random frames: nothing falls over, and all of their memory comes back", async () => {
  // What is compiled and pooled once is no leak: the daemon has been at work before.
  await allNoise(FRAMES, SEED + 1);
  await servesAsBefore();
  const before = await stateOfFront();

  const silent = await silence();
  const gone = silent.map((socket) => once(socket.resume(), "close"));
  await allNoise(FRAMES, SEED);
  await servesAsBefore();
  await Promise.all(gone);
  await expect.poll(async () => (await stateOfFront()).connections).toBe(0);
  await servesAsBefore();

  const memory = async () => {
    const { residentBytes, heapBytes, errors } = await stateOfFront();
    expect(errors).toEqual([]);
    return Math.max(residentBytes / before.residentBytes, heapBytes / before.heapBytes);
  };
  await expect.poll(memory, { interval: 500 }).toBeLessThan(1.1);
});
