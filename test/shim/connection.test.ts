import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { Connection } from "../../client-shim/connection.ts";
import { launch } from "../../client-shim/launch.ts";
import { newLeaseId } from "../../client-shim/lease-id.ts";
import { AT_THE_SCREEN } from "../../client-shim/person.ts";
import { Route, type Way } from "../../client-shim/route.ts";
import { granted, scriptedDaemon, sound, WELCOME } from "../support/scripted-daemon.ts";

const ME = { device: "PC-1", shim: "test/1" };
/** An answer that comes later than the next time that it is asked for is one all the same. */
const OFTEN = Number.POSITIVE_INFINITY;
const checkout = () => ({ type: "checkout", leaseId: newLeaseId(), product: "demo", user: "asmith" }) as const;

test("a request without an answer is said again with the same id", async () => {
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "checkout" && nth < 3 ? undefined : sound(message, nth),
  );
  const connection = await Connection.open(new URL(daemon.url), ME, 5000);
  const asked = checkout();

  expect(await connection.ask(asked, OFTEN, 30)).toMatchObject({ type: "granted", leaseId: asked.leaseId });
  expect(daemon.heard.slice(1, 4)).toEqual([asked, asked, asked]);
  connection.close();
});

test("a daemon that never answers is unreachable", async () => {
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "hello" ? sound(message, nth) : undefined,
  );
  const connection = await Connection.open(new URL(daemon.url), ME, 5000);

  await expect(connection.ask(checkout(), 2, 30)).rejects.toMatchObject({ code: "unreachable" });
  connection.close();
});

test("what is asked first goes in one flight with the introduction, and is said once", async () => {
  const asked = checkout();
  const asleep: Record<string, unknown>[] = [];
  await using daemon = await scriptedDaemon((message, nth) => {
    asleep.push(sound(message, nth));
    // It wakes up when all has come.
    return message.type === "checkout" ? asleep : undefined;
  });
  const connection = await Connection.open(new URL(daemon.url), ME, 5000, { first: asked });

  expect(await connection.ask(asked)).toMatchObject({ type: "granted", leaseId: asked.leaseId });
  expect(daemon.heard.map(({ type }) => type)).toEqual(["hello", "checkout"]);
  connection.close();
});

test("what was asked first and is not answered is said again", async () => {
  const asked = checkout();
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "checkout" && nth < 2 ? undefined : sound(message, nth),
  );
  const connection = await Connection.open(new URL(daemon.url), ME, 5000, { first: asked });

  expect(await connection.ask(asked, OFTEN, 30)).toMatchObject({ type: "granted", leaseId: asked.leaseId });
  expect(daemon.heard.slice(1, 3)).toEqual([asked, asked]);
  connection.close();
});

test("what not every daemon takes waits for what this one says it accepts", async () => {
  const asked = { ...checkout(), waitMs: 5000 };
  const { waitMs: _, ...plain } = asked;
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "hello" ? { ...WELCOME, accepts: [] } : sound(message, nth),
  );
  const connection = await Connection.open(new URL(daemon.url), ME, 5000, { first: asked });
  expect(daemon.heard.map(({ type }) => type)).toEqual(["hello"]);

  await connection.ask(asked);
  expect(daemon.heard[1]).toEqual(plain);
  connection.close();
});

test("what is asked first with a daemon that does not let us in fails with its reason, and nothing else", async () => {
  const refusal = { type: "error", code: "forbidden", message: "not from there", retry: false };
  await using daemon = await scriptedDaemon(({ type }) => (type === "hello" ? refusal : undefined));

  const opening = Connection.open(new URL(daemon.url), ME, 5000, { first: checkout() });
  await expect(opening).rejects.toMatchObject({ code: "forbidden", message: "not from there" });
});

test("a launch that is given up before the daemon's welcome gives back what it asked for with its introduction", async () => {
  const welcome = Promise.withResolvers<void>();
  await using daemon = await scriptedDaemon(async (message) => {
    if (message.type === "hello") await welcome.promise;
    return sound(message);
  });
  const asked = checkout();
  const route: Way = {
    attempt: (withinMs) => route.reach(withinMs),
    reach: (withinMs, purpose) => Connection.open(new URL(daemon.url), ME, withinMs, purpose),
  };
  const interrupted = daemon.hears(({ type }) => type === "checkout").then(() => 130);
  const launched = launch(route, asked, AT_THE_SCREEN, interrupted);
  await interrupted;
  welcome.resolve();

  expect(await launched).toEqual({ outcome: "interrupted", exit: 130 });
  expect(daemon.heard.map(({ type }) => type)).toEqual(["hello", "checkout", "checkin"]);
});

test("a launch that is given up where no welcome comes has said all the same that it gives back what it asked for", async () => {
  // Its network is slow: whatever was said it hears, in that order.
  await using daemon = await scriptedDaemon(() => undefined);
  const asked = checkout();
  const daemons = { addresses: [new URL(daemon.url), new URL(daemon.url)] };
  const route = new Route(daemons, { onWelcome() {}, onPolicy() {} });
  const interrupted = daemon.hears(({ type }) => type === "checkout").then(() => 130);

  expect(await launch(route, asked, AT_THE_SCREEN, interrupted)).toEqual({ outcome: "interrupted", exit: 130 });
  expect(await daemon.hears(({ type }) => type === "checkin")).toEqual({ type: "checkin", leaseId: asked.leaseId });
});

test("who gives up while the connection is begun waits for nobody, and says nothing", async () => {
  const over = new AbortController();
  await using daemon = await scriptedDaemon(() => undefined);
  const opening = Connection.open(new URL(daemon.url), ME, 5000, { first: checkout(), signal: over.signal });
  over.abort();

  await expect(opening).rejects.toMatchObject({ code: "unreachable" });
  expect(daemon.heard).toEqual([]);
});

test("who gives up while one daemon is asked asks no other", async () => {
  const over = new AbortController();
  await using first = await scriptedDaemon(() => over.abort() as undefined);
  await using second = await scriptedDaemon(sound);
  const daemons = { addresses: [first, second].map(({ url }) => new URL(url)) };
  const route = new Route(daemons, { onWelcome() {}, onPolicy() {} });

  await expect(route.reach(5000, { signal: over.signal })).rejects.toMatchObject({ code: "unreachable" });
  expect(second.heard).toEqual([]);
});

test("answers find their requests, in whatever order they come", async () => {
  const held: Record<string, unknown>[] = [];
  await using daemon = await scriptedDaemon((message, nth) => {
    if (message.type !== "checkout") return sound(message, nth);
    held.unshift(granted(message));
    return held.length === 2 ? held : undefined;
  });
  const connection = await Connection.open(new URL(daemon.url), ME, 5000);
  const [one, other] = [checkout(), checkout()];

  const answers = await Promise.all([connection.ask(one), connection.ask(other)]);

  expect(answers.map(({ leaseId }) => leaseId)).toEqual([one.leaseId, other.leaseId]);
  connection.close();
});

test("what a daemon says of a lease unasked is news, in the order in which it came; what answers a question is not", async () => {
  const asked = checkout();
  const place = (position: number) => ({ type: "queued", leaseId: asked.leaseId, pool: "demo", position });
  const reclaiming = {
    type: "reclaiming",
    leaseId: asked.leaseId,
    graceMs: 1,
    message: "Please save.",
    postponable: false,
  };
  await using daemon = await scriptedDaemon((message, nth) => {
    if (message.type === "checkout") return [place(2), place(1), reclaiming, { ...place(3), position: "three" }];
    return message.type === "postpone" ? reclaiming : sound(message, nth);
  });
  const connection = await Connection.open(new URL(daemon.url), ME, 5000);
  const news: string[] = [];
  connection.onNews = ({ type }) => news.push(type);

  expect(await connection.ask(asked)).toMatchObject({ type: "queued", position: 2 });
  expect(await connection.ask({ type: "postpone", leaseId: asked.leaseId })).toMatchObject({ type: "reclaiming" });
  await connection.ask({ type: "heartbeat", leaseIds: [asked.leaseId] });
  expect(news).toEqual(["queued", "reclaiming"]);
  connection.close();
});

test("an error about one lease of a heartbeat is the heartbeat's, and not that of what else is asked about the lease", async () => {
  const asked = checkout();
  const error = { type: "error", code: "not_holder", message: "another device's", retry: false, field: "leaseIds" };
  await using daemon = await scriptedDaemon((message, nth) => {
    if (message.type === "heartbeat") return [{ ...error, leaseId: asked.leaseId }, granted(asked)];
    return message.type === "checkout" ? undefined : sound(message, nth);
  });
  const connection = await Connection.open(new URL(daemon.url), ME, 5000);
  const launch = connection.ask(asked);

  await expect(connection.ask({ type: "heartbeat", leaseIds: [asked.leaseId] })).rejects.toMatchObject({
    code: "not_holder",
  });
  expect(await launch).toMatchObject({ type: "granted" });
  connection.close();
});

test("a request on a connection that ends meanwhile fails, and does not wait", async () => {
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "hello" ? sound(message, nth) : undefined,
  );
  const connection = await Connection.open(new URL(daemon.url), ME, 5000);
  const asked = connection.ask(checkout());
  daemon.disconnectAll();

  await expect(asked).rejects.toMatchObject({ code: "unreachable" });
  await connection.closed;
  await expect(connection.ask(checkout())).rejects.toMatchObject({ code: "unreachable" });
});

test("the token goes along, over http addresses too", async () => {
  await using daemon = await scriptedDaemon(sound);
  const connection = await Connection.open(new URL(daemon.url.replace("ws", "http")), { ...ME, token: "secret" }, 5000);

  expect(daemon.authorization).toBe("Bearer secret");
  connection.close();
});

test.each([
  [401, "<h1>Who are you?</h1>", "unauthenticated", "does not know this token"],
  [
    401,
    { code: "unauthenticated", message: "this token is not known", retry: false },
    "unauthenticated",
    "this token is not known",
  ],
  [403, "<h1>Forbidden</h1>", "forbidden", "does not let this computer in"],
  [429, { code: "too_many_connections", message: "64 is all", retry: true }, "too_many_connections", "64 is all"],
  [502, "<h1>Bad gateway</h1>", "unreachable", "502"],
])("an upgrade answered with %i %o is %s", async (status, body, code, message) => {
  const server = createServer().listen(0, "127.0.0.1");
  server.on("upgrade", (_request, socket) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    socket.end(`HTTP/1.1 ${status} No\r\nConnection: close\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
  });
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;

  const me = { ...ME, token: "mine" };
  await expect(Connection.open(new URL(`ws://127.0.0.1:${port}`), me, 5000)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  });
  server.close();
});
