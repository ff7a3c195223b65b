import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createSilentServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { poolPolicy } from "../../daemon/domain/policy.ts";
import type { Register } from "../../daemon/domain/register.ts";
import { openLog } from "../../daemon/front/log.ts";
import { putDecision } from "../../daemon/history/queries/written.ts";
import { Incidents } from "../../daemon/notices/incidents.ts";
import { type NoticingParts, noticesOf } from "../../daemon/noticing.ts";
import { onBothEngines, openTestHistory } from "../support/history.ts";
import { request, useLedger } from "../support/ledger.ts";
import { startMailServer } from "../support/mail-server.ts";
import { refuse, registerOfText } from "../support/recorded.ts";
import { freePort } from "../support/redis.ts";
import { at } from "../support/usage.ts";

const { openLedger, socket } = useLedger();
/** A Monday in working hours, and before them. */
const MORNING = at("2026-06-01 10:00");
const NIGHT = at("2026-06-01 01:00");
const OWNER = "owner@exampleshire.example";

let folder: string;
let redis: Redis;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "seatmeter-notices-"));
  writeFileSync(join(folder, "secret.txt"), "a secret");
  redis = new Redis({ path: socket() });
});
afterAll(() => {
  redis.disconnect();
  rmSync(folder, { recursive: true, force: true });
});

/** An entitlement whose last day to give notice is in 30 days, and a seat for good; told by mail at that port, and to programs. */
const registerWith = ({ port, hook, gis = "" }: { port?: number; hook?: string; gis?: string }): Register =>
  registerOfText(`organisation: Exampleshire Council
products:
  cad: { name: AutoCAD, owner: ${OWNER}, pools: [cad] }
  gis: { owner: ${OWNER}, pools: [gis] }
pools:
  cad: { entitlements: [{ reference: PO-1, seats: 1, starts: 2024-01-01, ends: 2026-08-31, notice: 61d }] }
  gis: { seatFor: [session], ${gis}entitlements: [{ reference: PO-2, seats: 1, starts: 2020-01-01 }] }
notices:
${port === undefined ? "" : `  mail: { host: 127.0.0.1, port: ${port}, security: none, from: seats@exampleshire.example }\n`}${
  hook === undefined ? "" : `  webhooks: [{ url: "${hook}", secretFile: secret.txt }]\n`
}`);

/** A daemon's notices, on a ledger that daemons of one `prefix` share. */
async function daemon(
  register: Register,
  { prefix = `${randomUUID()}:`, ...more }: Partial<NoticingParts> & { prefix?: string } = {},
) {
  const ledger = await openLedger({ prefix });
  await ledger.adopt(new Map(["cad", "gis"].map((pool) => [pool, poolPolicy(register, 1, pool, MORNING)])));
  const lines: string[] = [];
  const log = openLog("info", { write: (line) => void lines.push(line) });
  const notices = noticesOf({
    ...{ ledger, register: { current: { register, revision: 1 } }, recording: undefined, folder, log },
    ...{ incidents: new Incidents({ log, timezone: () => register.timezone, record: () => {}, now: () => MORNING }) },
    audited: () => undefined,
    ...{ now: () => MORNING, ...more },
  });
  onTestFinished(() => notices.stop());
  const logged = () => lines.map((line) => JSON.parse(line));
  return { notices, ledger, prefix, lines, logged };
}

/** What is claimed or held is so no longer: that time has passed. */
async function timePasses(prefix: string) {
  const keys = await redis.keys(`${prefix}*notice*`);
  if (keys.length > 0) await redis.del(...keys);
  return keys.length;
}

async function startReceiver(answer: () => number) {
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    request.resume();
    response.writeHead(answer()).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, calls: () => calls };
}

test("of two daemons on one ledger one sends a notice, and none sends it again", async () => {
  await using server = await startMailServer();
  const register = registerWith({ port: server.port });
  const one = await daemon(register);
  const other = await daemon(register, { prefix: one.prefix });
  await Promise.all([one.notices.look(), other.notices.look()]);
  await Promise.all([one.notices.look(), other.notices.look()]);

  const mails = server.mails.filter(({ text }) => text.includes("notice on PO-1"));
  expect(mails).toMatchObject([{ to: [OWNER] }]);
  const third = await daemon(register, { prefix: one.prefix });
  await third.notices.look();
  expect(server.mails).toHaveLength(mails.length);
});

test("a claim whose answer was lost is its daemon's when it asks again, and nobody else's", async () => {
  const prefix = `${randomUUID()}:`;
  const [one, other] = [await openLedger({ prefix }), await openLedger({ prefix })];
  expect(await one.claimNotice("a matter", 60_000)).toBe(true);
  expect(await other.claimNotice("a matter", 60_000)).toBe(false);
  expect(await one.claimNotice("a matter", 60_000)).toBe(true);
  await one.holdNotice("a matter", 60_000);
  expect(await one.claimNotice("a matter", 60_000)).toBe(false);
});

test("what is told by mail is told to programs too, once each", async () => {
  await using server = await startMailServer();
  const hook = await startReceiver(() => 200);
  const { notices } = await daemon(registerWith({ port: server.port, hook: hook.url }));
  await notices.look();
  await notices.look();

  expect(server.mails).toHaveLength(1);
  expect(hook.calls()).toBe(1);
});

test("a mail that is refused is tried again later, by whichever daemon, and not before", async () => {
  await using server = await startMailServer();
  server.refused.add(OWNER);
  const register = registerWith({ port: server.port });
  const one = await daemon(register);
  const other = await daemon(register, { prefix: one.prefix });
  await one.notices.look();
  server.refused.clear();
  await one.notices.look();
  await other.notices.look();
  expect(server.mails).toEqual([]);

  const [key = ""] = await redis.keys(`${one.prefix}*notice*`);
  const heldMs = await redis.pttl(key);
  expect(heldMs).toBeGreaterThan(0);
  expect(heldMs).toBeLessThanOrEqual(60_000);
  expect(await timePasses(one.prefix)).toBe(1);
  await other.notices.look();
  expect(server.mails).toHaveLength(1);
});

test("each time in vain it is let be for longer, and after the tenth for a day", async () => {
  const { notices, prefix, logged } = await daemon(registerWith({ port: await freePort() }));
  const heldMinutes: number[] = [];
  for (let tries = 0; tries < 11; tries++) {
    await notices.look();
    const [key = ""] = await redis.keys(`${prefix}*notice*`);
    heldMinutes.push(Math.round((await redis.pttl(key)) / 60_000));
    await timePasses(prefix);
  }

  expect(heldMinutes).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 24 * 60, 1]);
  expect(logged().map(({ msg }) => msg)).toEqual([
    "notices by mail cannot be sent; they are tried again",
    "a notice by mail could not be sent; it is let be for a day",
  ]);
});

test("the log tells once why a way fails and once that it works again, and of nobody's address", async () => {
  await using server = await startMailServer();
  server.refused.add(OWNER);
  const { notices, prefix, lines, logged } = await daemon(registerWith({ port: server.port }));
  for (let tries = 0; tries < 3; tries++) {
    await notices.look();
    await timePasses(prefix);
  }
  server.refused.clear();
  await notices.look();

  expect(logged().map(({ level, msg }) => [level, msg])).toEqual([
    [40, "notices by mail cannot be sent; they are tried again"],
    [30, "notices by mail are sent again"],
    [30, "notice sent"],
  ]);
  expect(logged()[2]).toMatchObject({ about: "notice", pool: "cad", by: "mail" });
  expect(lines.join("")).not.toContain("@");
});

test("a webhook that fails keeps no mail waiting", async () => {
  await using server = await startMailServer();
  const hook = await startReceiver(() => 500);
  const { notices } = await daemon(registerWith({ port: server.port, hook: hook.url }));
  await notices.look();

  expect(server.mails).toHaveLength(1);
  expect(hook.calls()).toBe(1);
});

test("a mail server that never answers keeps neither a checkout nor a stop waiting", async () => {
  const silent = createSilentServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  onTestFinished(() => void silent.close());
  const connected = once(silent, "connection");
  const register = registerWith({ port: (silent.address() as AddressInfo).port });
  const { notices, ledger } = await daemon(register);
  let isOver = false;
  const looking = notices.look().then(() => {
    isOver = true;
  });
  const [socket] = await connected;

  expect(await ledger.checkout("gis", request())).toMatchObject({ outcome: "granted" });
  await notices.stop();
  expect(isOver).toBe(false);
  socket.destroy();
  await looking;
});

test("more in use than was bought is told at night, and what can wait is not", async () => {
  await using server = await startMailServer();
  const register = registerWith({ port: server.port, gis: "overdraft: { seats: 1 }, " });
  const { notices, ledger } = await daemon(register, { now: () => NIGHT });
  await notices.look();
  expect(server.mails).toEqual([]);
  for (let launches = 0; launches < 2; launches++) await ledger.checkout("gis", request());
  await notices.look();

  expect(server.mails).toHaveLength(1);
  expect(server.mails[0]?.text).toContain("Subject: gis: 2 seats in use, 1 owned");
});

test("while the ledger is away nothing is told, and that is logged once", async () => {
  await using server = await startMailServer();
  const away = () => Promise.reject(new Error("the ledger does not answer"));
  const ledger = { levels: away, claimNotice: away, holdNotice: away };
  const { notices, logged } = await daemon(registerWith({ port: server.port }), { ledger });
  await notices.look();
  await notices.look();

  expect(server.mails).toEqual([]);
  expect(logged()).toMatchObject([{ level: 40, msg: expect.stringMatching(/^notices wait/) }]);
});

test("a notice that was sent when the ledger went away is not sent again", async () => {
  await using server = await startMailServer();
  const shared = await openLedger({ prefix: `${randomUUID()}:` });
  let isAway = true;
  const ledger = {
    levels: async () => [],
    claimNotice: shared.claimNotice.bind(shared),
    holdNotice: (id: string, forMs: number) =>
      isAway ? Promise.reject(new Error("the ledger does not answer")) : shared.holdNotice(id, forMs),
  };
  const { notices } = await daemon(registerWith({ port: server.port }), { ledger });
  await notices.look();
  await timePasses(shared.keys.prefix);
  await notices.look();
  expect(server.mails).toHaveLength(1);
  isAway = false;
  await notices.look();
  expect(server.mails).toHaveLength(1);
  const [key = ""] = await redis.keys(`${shared.keys.prefix}*notice*`);
  expect(await redis.pttl(key)).toBeGreaterThan(0);
});

describe("with a history", () => {
  onBothEngines((engine) => {
    test("people refused yesterday are counted, those of other days are not", async () => {
      await using server = await startMailServer();
      const history = await openTestHistory(await engine.newPlace());
      await refuse(history, { person: "a", first: "2026-05-31 09:00" });
      await refuse(history, { person: "a", first: "2026-05-31 15:00", granted: "2026-05-31 15:05" });
      await refuse(history, { person: "b", first: "2026-05-30 23:30" });
      await refuse(history, { person: "c", first: "2026-05-30 22:30" });
      await refuse(history, { person: "d", first: "2026-06-01 09:00" });
      const recording = { past: () => Promise.resolve(history) };
      const { notices } = await daemon(registerWith({ port: server.port }), { recording });
      await notices.look();

      // In London it is an hour later: half past eleven in the night before is yesterday.
      const [mail] = server.mails.filter(({ text }) => text.includes("refused"));
      expect(mail?.text).toContain("Subject: cad: 2 people refused on Sunday 31 May 2026");
      expect(mail?.text.replace(/=?\r\n/g, " ")).toMatch(
        /2 times somebody was turned away,\s+and 1 time\s+kept waiting/,
      );
    });

    test("a decision that is written down ends the reminders", async () => {
      await using server = await startMailServer();
      const history = await openTestHistory(await engine.newPlace());
      await putDecision(history.db, {
        ...{ pool: "cad", at_ms: MORNING, kind: "renew", seats: 1, name: "Officer", reason: "", author: "officer" },
        ...{ reference: "PO-1", ends: "2026-08-31" },
      });
      const recording = { past: () => Promise.resolve(history) };
      const { notices } = await daemon(registerWith({ port: server.port }), { recording });
      await notices.look();

      expect(server.mails).toEqual([]);
    });
  });

  test("while it is away reminders wait, for they may be about what is decided", async () => {
    await using server = await startMailServer();
    const recording = { past: () => Promise.reject(new Error("away")) };
    const { notices } = await daemon(registerWith({ port: server.port }), { recording });
    await notices.look();

    expect(server.mails).toEqual([]);
  });
});
