import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { EventStream } from "../../daemon/ledger/event-stream.ts";
import { Sentinels } from "../../daemon/ledger/sentinels.ts";
import { freeze, freezeAll, thaw, thawAll } from "../faults/processes.ts";
import { request } from "../support/ledger.ts";
import { killed, type TestRedis } from "../support/redis.ts";
import { openLedger, POOL } from "../support/replicated.ts";
import { startSentinels } from "../support/sentinel.ts";

/** Two questions together take less than a sentinel is waited for. */
const HESITATES_MS = 200;

const sentinelsOf = (url: string) =>
  url
    .slice("redis+sentinel://".length, url.lastIndexOf("/"))
    .split(",")
    .map((address) => ({ host: address.split(":")[0]!, port: Number(address.split(":")[1]) }));

/** A way to a server on which a question that is asked while another is not answered yet arrives a while later. */
async function startHesitant(to: number) {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(to, "127.0.0.1");
    for (const socket of [client, upstream]) sockets.add(socket.on("error", () => {}));
    let isAsked = false;
    upstream.on("data", (part) => {
      isAsked = false;
      client.write(part);
    });
    let last = Promise.resolve();
    client.on("data", (part) => {
      for (const question of part.toString().split(/(?=\*\d+\r\n)/)) {
        const whileMs = isAsked ? HESITATES_MS : 0;
        isAsked = true;
        last = last.then(() => delay(whileMs)).then(() => void upstream.write(question));
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Until one of some replicas takes itself for a master. */
async function promotedOneOf(replicas: readonly TestRedis[]): Promise<void> {
  // The sentinel ends all connections of the one that it promotes.
  const clients = replicas.map(({ socket }) => new Redis({ path: socket }).on("error", () => {}));
  const isMaster = async (client: Redis) => (await client.info("replication")).includes("role:master");
  while (!(await Promise.all(clients.map(isMaster))).some(Boolean)) await delay(5);
  for (const client of clients) client.disconnect();
}

test("without a replica that answers nothing is granted for certain, and asked again with its id a launch has its one seat", async () => {
  const sentinels = await startSentinels();
  onTestFinished(() => sentinels.stop());
  const told: boolean[] = [];
  const ledger = await openLedger(sentinels.url, (confirmed) => told.push(confirmed));
  const [before, asked] = [request(), request()];
  expect(await ledger.checkout(POOL, before)).toMatchObject({ outcome: "granted" });
  const replicas = sentinels.servers.slice(1);
  await freezeAll(replicas);

  await expect(ledger.checkout(POOL, asked)).rejects.toMatchObject({ code: "ledger_unsure", retry: true });
  await expect(ledger.checkin(POOL, before.leaseId, before.holder, "checked_in")).rejects.toMatchObject({
    code: "ledger_unsure",
  });
  const renewed = ledger.renew(POOL, asked.leaseId, asked.holder);
  await Promise.all([ledger.pulse(), expect(renewed).rejects.toMatchObject({ code: "ledger_unsure" })]);

  thawAll(replicas);
  await expect.poll(() => ledger.checkout(POOL, asked).catch(() => undefined)).toMatchObject({ outcome: "granted" });
  expect((await ledger.levels([POOL]))[0]?.used).toBe(1);
  expect(told).toEqual([false, true]);
});

test("one of two replicas is enough, with the settings that people are told", async () => {
  const sentinels = await startSentinels({ asTold: true });
  onTestFinished(() => sentinels.stop());
  const ledger = await openLedger(sentinels.url);
  await sentinels.servers[2]!.kill();

  const answers = await Promise.all([request(), request(), request()].map((asked) => ledger.checkout(POOL, asked)));
  expect(answers).toMatchObject([{ outcome: "granted" }, { outcome: "granted" }, { outcome: "granted" }]);
});

test("two of three sentinels are enough; with one of them nothing is granted for certain", async () => {
  const sentinels = await startSentinels();
  onTestFinished(() => sentinels.stop());
  const ledger = await openLedger(sentinels.url);
  await killed(sentinels.sentinels[0]!);
  await expect(ledger.checkout(POOL, request())).resolves.toMatchObject({ outcome: "granted" });
  await killed(sentinels.sentinels[1]!);
  await expect(ledger.checkout(POOL, request())).rejects.toMatchObject({ code: "ledger_unsure" });
});

test("of a machine that is gone, replica and sentinel, nothing is waited for once the other sentinels call it gone", async () => {
  const sentinels = await startSentinels();
  onTestFinished(() => sentinels.stop());
  const ledger = await openLedger(sentinels.url);
  await Promise.all([sentinels.servers[2]!.kill(), killed(sentinels.sentinels[2]!)]);
  const asked = request();
  const granted = () => ledger.checkout(POOL, asked).catch(() => undefined);
  await expect.poll(granted).toMatchObject({ outcome: "granted" });
});

test("while the sentinel that makes another server master does not answer, the old master grants nothing for certain", async () => {
  const sentinels = await startSentinels();
  onTestFinished(() => sentinels.stop());
  const ledger = await openLedger(sentinels.url, undefined, 1_000_000);
  const asked = [request()];
  expect(await ledger.checkout(POOL, asked[0]!)).toMatchObject({ outcome: "granted" });
  const old = await sentinels.master();
  await sentinels.ask("SENTINEL", "FAILOVER", "council");
  await promotedOneOf(sentinels.servers.filter((server) => server !== old));
  // It has told the new master, and nobody else yet.
  await freeze(sentinels.sentinels[0]!.pid!);
  const late = Array.from({ length: 20 }, () => request());
  const granted = await Promise.all(
    late.map((one) =>
      ledger.checkout(POOL, one).then(
        () => [one],
        () => [],
      ),
    ),
  );
  thaw(sentinels.sentinels[0]!.pid!);
  await sentinels.failedOver(old);
  await sentinels.settled();
  asked.push(...granted.flat());
  const again = () => Promise.all(asked.map((one) => ledger.checkout(POOL, one))).catch(() => undefined);
  await expect.poll(again).toMatchObject(asked.map(() => ({ outcome: "granted", flags: ["resumed"] })));
});

test("a failover that ends between two questions to its sentinel does not leave the old master in peace", async () => {
  const servers = await startSentinels();
  onTestFinished(() => servers.stop());
  const old = await servers.master();
  const { port } = new URL(old.url);
  const [leader, ...others] = sentinelsOf(servers.url);
  const hesitant = await startHesitant(leader!.port);
  onTestFinished(() => hesitant.stop());
  const sentinels = new Sentinels({ name: "council", sentinels: [{ port: hesitant.port }, ...others] });
  onTestFinished(() => sentinels.close());
  const connection = new Redis(Number(port));
  onTestFinished(() => connection.disconnect());
  await connection.ping();
  const { stream } = connection;
  const asked = () => sentinels.replicasToHaveIt(stream);
  await expect.poll(asked).toBe(1);

  await servers.ask("SENTINEL", "FAILOVER", "council");
  let isPromoted = false;
  const promoted = promotedOneOf(servers.servers.filter((server) => server !== old)).then(() => {
    isPromoted = true;
  });
  let isOver = false;
  const over = servers.failedOver(old).then(() => {
    isOver = true;
  });
  const answers: unknown[] = [];
  while (!isOver || answers.length === 0) {
    const wasPromoted = isPromoted;
    const answer = await asked();
    if (wasPromoted) answers.push(answer);
  }
  await Promise.all([promoted, over]);
  expect(answers).not.toContain(1);
});

test("no event is handed out to be recorded before a replica has it", async () => {
  const sentinels = await startSentinels();
  onTestFinished(() => sentinels.stop());
  const ledger = await openLedger(sentinels.url);
  const stream = await EventStream.open(sentinels.url, "seatmeter:", "recorder");
  onTestFinished(() => stream.close());
  stream.own([POOL]);
  await stream.read(false);
  const replicas = sentinels.servers.slice(1);
  await freezeAll(replicas);
  await ledger.checkout(POOL, request()).catch(() => {});

  await expect(stream.read(false)).rejects.toMatchObject({ code: "ledger_unsure" });
  thawAll(replicas);
  stream.again();
  const kinds = async () => (await stream.read(false)).records.flatMap(({ events }) => events.map(({ kind }) => kind));
  await expect.poll(() => kinds().catch(() => [])).toContain("granted");
});

test("what is granted while another server is made master, the old one alive, is held there, or was not certain", async () => {
  const sentinels = await startSentinels();
  onTestFinished(() => sentinels.stop());
  const ledger = await openLedger(sentinels.url, undefined, 1_000_000);
  const master = await sentinels.master();
  const granted: ReturnType<typeof request>[] = [];
  const over = new AbortController();
  const asking = Array.from({ length: 4 }, async () => {
    while (!over.signal.aborted) {
      const asked = request();
      await ledger.checkout(POOL, asked).then(
        () => granted.push(asked),
        () => delay(5),
      );
    }
  });
  await expect.poll(() => granted.length).toBeGreaterThan(20);
  await sentinels.ask("SENTINEL", "FAILOVER", "council");
  await sentinels.failedOver(master);
  await sentinels.settled();
  const sofar = granted.length;
  await expect.poll(() => granted.length).toBeGreaterThan(sofar);
  over.abort();
  await Promise.all(asking);
  const again = await Promise.all(granted.map((one) => ledger.checkout(POOL, one)));
  expect(again.filter((answer) => !("flags" in answer && answer.flags.includes("resumed")))).toEqual([]);
});
