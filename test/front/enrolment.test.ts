import { createHmac, createPublicKey, randomUUID } from "node:crypto";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { AuditBook } from "../../daemon/audit/book.ts";
import { keyIdOf, PROOF_TYPES, secondsOf } from "../../daemon/domain/device-proof.ts";
import { openHistory } from "../../daemon/history/database.ts";
import { CLOSE } from "../../daemon/protocol/close-codes.ts";
import { dataFolder } from "../support/daemon.ts";
import { post, TestDevice } from "../support/device.ts";
import { type Front, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

let redis: TestRedis;
let front: Front;
/** Another daemon on the same ledger. */
let other: Front;
const prefix = `${randomUUID()}:`;
const register = "access: { people: { tokensFile: people.txt }, shims: { enrolment: true, tokensFile: shims.txt } }";
const text = () => `organisation: Exampleshire Council\ntimezone: Etc/UTC\n${register}\n${POOLS}`;
const POOLS = `
products: { cad: { owner: cad@exampleshire.example, pools: [cad] } }
pools: { cad: { seatFor: [session], entitlements: [{ reference: A, seats: 10, starts: 2020-01-01 }] } }`;

beforeAll(async () => {
  redis = await startRedis();
  const open = () => openFront({ redis, prefix, text: text() });
  [front, other] = await Promise.all([open(), open()]);
});
afterAll(async () => {
  await Promise.all([front.close(), other.close()]);
  await redis.stop();
});
afterEach(() => {
  // Whatever a test does, nothing that lets somebody in stands in a log, and no computer's name.
  for (const { log } of [front, other]) {
    expect(log.join("\n")).not.toMatch(/seatmeter_enrol_|eyJ[\w-]+\.[\w-]+\.|"[^"]*\bpc-[^"]*"/i);
  }
});

const offer = async (device: string, by: Front = front) => {
  const made = await post(by.url, "/api/v1/devices/enrolment-tokens", { device }, by.token("manager"));
  expect(made.status).toBe(200);
  return made.body.token!;
};
const remove = (device: string) =>
  post(front.url, "/api/v1/devices/remove", { device, reason: "stolen" }, front.token("manager"));

async function enrolled(name = `PC-${randomUUID().slice(0, 8)}`): Promise<TestDevice> {
  const device = new TestDevice(name);
  expect(await device.enrol(front.url, await offer(name))).toMatchObject({ status: 200 });
  return device;
}

/** That a hello with this proof is refused and its connection closed. */
async function refused(device: TestDevice, prove: (challenge: string) => Promise<string | undefined>) {
  const { shim, said } = await device.hello(front.url, prove);
  expect(said).toMatchObject({ type: "error", code: "unauthenticated" });
  expect(await shim.closed).toBe(CLOSE.refused);
  return (said as { message: string }).message;
}

describe("an enrolled computer", () => {
  test("comes in at every daemon of its ledger by its key, and takes a seat, without a request before", async () => {
    const device = await enrolled();
    for (const { url } of [front, other]) {
      const { shim, said } = await device.hello(url);
      expect(said.type).toBe("welcome");
      expect(await shim.checkout()).toMatchObject({ pool: "cad" });
      await shim.close();
    }
  });

  test("is called as it likes to be, whatever the case", async () => {
    const device = new TestDevice("Pc-Case");
    expect((await device.enrol(front.url, await offer("PC-CASE"))).status).toBe(200);
    expect((await device.hello(front.url)).said.type).toBe("welcome");
  });

  test("comes in beside computers with shared tokens", async () => {
    const shim = await front.connect({ headers: { authorization: `Bearer ${front.token("shim")}` } });
    await shim.greet("pc-1");
    await shim.close();
  });
});

describe("a token to enrol with", () => {
  test("is good once: a stolen one that was used is refused, and its computer's key stays", async () => {
    const [device, thief] = [new TestDevice("PC-once"), new TestDevice("PC-once")];
    const token = await offer("PC-once");
    expect((await device.enrol(front.url, token)).status).toBe(200);
    expect(await thief.enrol(other.url, token)).toMatchObject({
      status: 401,
      body: { code: "unauthenticated", message: expect.stringContaining("was used already, with another key") },
    });
    thief.audience = device.audience;
    await refused(thief, (challenge) => thief.proof(challenge));
    expect((await device.hello(front.url)).said.type).toBe("welcome");
    expect(other.log.join("\n")).toContain('"msg":"a computer was refused"');
  });

  test("is taken by exactly one of twenty computers that use it at once, at two daemons", async () => {
    const token = await offer("PC-race");
    const tries = Array.from({ length: 20 }, (_, i) =>
      new TestDevice("PC-race").enrol([front, other][i % 2]!.url, token),
    );
    expect((await Promise.all(tries)).filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test("used again by the computer that never heard the answer is answered again", async () => {
    const device = new TestDevice("PC-again");
    const token = await offer("PC-again");
    const answers = [await device.enrol(front.url, token), await device.enrol(other.url, token)];
    expect(answers[1]).toEqual(answers[0]);
    expect((await device.hello(front.url)).said.type).toBe("welcome");
  });

  test("is good for its computer alone, and for nobody once a later one was made", async () => {
    const first = await offer("PC-first");
    expect((await new TestDevice("PC-second").enrol(front.url, first)).status).toBe(401);
    const second = await offer("PC-first");
    expect((await new TestDevice("PC-first").enrol(front.url, first)).status).toBe(401);
    expect((await new TestDevice("PC-first").enrol(front.url, second)).status).toBe(200);
  });

  test("lies in the ledger as its hash, for a day", async () => {
    const token = await offer("PC-kept");
    const key = front.ledger.keys.enrolmentToken("pc-kept");
    const client = new Redis({ path: redis.socket });
    expect(token).toMatch(/^seatmeter_enrol_[\w-]{43}$/);
    expect(await client.get(key)).not.toContain(token.slice("seatmeter_enrol_".length));
    const leftMs = await client.pttl(key);
    expect(leftMs).toBeLessThanOrEqual(86_400_000);
    expect(leftMs).toBeGreaterThan(86_000_000);
    await client.pexpire(key, 0);
    client.disconnect();
    expect((await new TestDevice("PC-kept").enrol(front.url, token)).status).toBe(401);
  });

  test("is made by managers and administrators alone", async () => {
    const path = "/api/v1/devices/enrolment-tokens";
    for (const role of ["viewer", "procurement", "auditor", "shim", "gateway", "metrics"] as const)
      expect((await post(front.url, path, { device: "PC-1" }, front.token(role))).status, role).toBe(403);
  });

  test("enrols no key that is none", async () => {
    const token = await offer("PC-bad");
    for (const publicKey of ["", "AAAA", `${"A".repeat(42)}!`]) {
      const answer = await post(front.url, "/api/v1/devices/enrol", { device: "PC-bad", token, publicKey });
      expect(answer, publicKey).toMatchObject({ status: 400, body: { code: "message_invalid" } });
    }
  });

  test("is made nowhere that computers are not enrolled, and what to write is said", async () => {
    const without = await openFront({ redis, people: true, shims: true });
    const answer = await post(
      ...[without.url, "/api/v1/devices/enrolment-tokens", { device: "PC-1" }, without.token("admin")],
    );
    expect(answer).toMatchObject({ status: 403, body: { message: expect.stringContaining("enrolment: true") } });
    await without.close();
  });
});

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A proof as somebody writes it who has no private key. */
function unsigned(device: TestDevice, challenge: string, alg: string, sign: (input: string) => string) {
  const iat = secondsOf(challenge);
  const claims = { sub: device.name, aud: device.audience, nonce: challenge, iat, exp: iat + 60 };
  const input = `${part({ alg, typ: PROOF_TYPES.connection })}.${part(claims)}`;
  return Promise.resolve(`${input}.${sign(input)}`);
}

describe("a hello is refused", () => {
  let device: TestDevice;
  let stranger: TestDevice;
  beforeAll(async () => {
    [device, stranger] = [await enrolled(), await enrolled()];
  });

  test("that proves nothing", async () => {
    expect(await refused(device, async () => undefined)).toContain("did not prove");
  });

  test("of a computer that is not enrolled, and what to do is said", async () => {
    const unknown = new TestDevice("PC-unknown");
    unknown.audience = device.audience;
    const message = await refused(unknown, (challenge) => unknown.proof(challenge));
    expect(message).toContain("seatmeter token PC-unknown --role enrol");
  });

  test("with the algorithm none", async () => {
    for (const alg of ["none", "None", "NONE"]) {
      const message = await refused(device, (challenge) => unsigned(device, challenge, alg, () => ""));
      expect(message).toContain("not signed with EdDSA");
    }
  });

  test("with HS256 and the public key as the password, however that is written", async () => {
    const jwk = { kty: "OKP", crv: "Ed25519", x: device.publicKey };
    const pem = createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "pem" });
    for (const password of [pem, device.publicKey, Buffer.from(device.publicKey, "base64url")]) {
      const sign = (input: string) => createHmac("sha256", password).update(input).digest("base64url");
      const message = await refused(device, (challenge) => unsigned(device, challenge, "HS256", sign));
      expect(message).toContain("not signed with EdDSA");
    }
  });

  test("with another computer's key, or another computer's proof", async () => {
    expect(await refused(device, (challenge) => stranger.proof(challenge, { sub: device.name }))).toContain(
      "signature",
    );
    expect(await refused(device, (challenge) => device.proof(challenge, { sub: stranger.name }))).toContain("another");
  });

  test.each([
    ["for another service", { aud: "seatmeter:other" }, "aud"],
    ["for several services", { aud: ["seatmeter:other"] }, "aud"],
    ["without the challenge", { nonce: undefined }, "nonce"],
    ["without an end", { exp: undefined }, "exp"],
    ["without a beginning", { iat: undefined }, "iat"],
  ])("whose proof is %s", async (_what, change, claim) => {
    expect(await refused(device, (challenge) => device.proof(challenge, change))).toContain(`its ${claim} is wrong`);
  });

  test("whose proof is for this service and others", async () => {
    const aud = [device.audience, "seatmeter:other"];
    expect(await refused(device, (challenge) => device.proof(challenge, { aud }))).toContain("several services");
  });

  test("whose proof is over, was made long ago or far ahead, or would be good for longer than a minute", async () => {
    const at = (seconds: number, forSeconds: number) => (challenge: string) => {
      const iat = secondsOf(challenge) + seconds;
      return device.proof(challenge, { iat, exp: iat + forSeconds });
    };
    expect(await refused(device, at(-30, 20))).toContain("its time is over");
    expect(await refused(device, at(-3600, 7200))).toMatch(/its time is over|its iat is wrong/);
    expect(await refused(device, at(3600, 60))).toContain("its iat is wrong");
    expect(await refused(device, at(0, 61))).toContain("more than 60 s");
  });

  test("with a proof that was heard before, at this daemon or another", async () => {
    let heard = "";
    const first = await device.hello(other.url, async (challenge) => {
      heard = await device.proof(challenge);
      return heard;
    });
    expect(first.said.type).toBe("welcome");
    expect(await refused(device, async () => heard)).toContain("another challenge");
    const again = await device.hello(other.url, async () => heard);
    expect([again.said.type, await again.shim.closed]).toEqual(["error", CLOSE.refused]);
  });

  test("with what was signed to change the key", async () => {
    const rotation = (challenge: string) => device.proof(challenge, {}, PROOF_TYPES.rotation);
    expect(await refused(device, rotation)).toContain("its typ is wrong");
  });

  test("with something that is no proof at all", async () => {
    expect(await refused(device, async () => "a.b.c")).toContain("cannot be read");
  });

  test("at the door with a proof for a token", async () => {
    const authorization = `Bearer ${await device.proof(`${Date.now()}.x`)}`;
    await expect(front.connect({ headers: { authorization } })).rejects.toMatchObject({ status: 401 });
  });
});

test("who fails a hundred times is told of ten times a minute in the log", async () => {
  const quiet = await openFront({ redis, prefix, text: text() });
  const thief = new TestDevice("PC-none");
  for (let i = 0; i < 100; i++) (await thief.hello(quiet.url)).shim.socket.terminate();
  expect(quiet.log.filter((line) => line.includes("a computer was refused"))).toHaveLength(10);
  await quiet.close();
});

test("a token or a proof that is not good is an incident, as a forged token is; showing none is not", async () => {
  const apart = await openFront({ redis, prefix, text: text() });
  onTestFinished(() => apart.close());
  const device = await enrolled();
  await device.hello(apart.url, async () => undefined);
  expect(apart.incidents).toEqual([]);
  const proofs = [
    () => device.hello(apart.url, async () => "a.b.c"),
    () => device.enrol(apart.url, "seatmeter_enrol_x"),
  ];
  for (const [i, show] of proofs.entries()) {
    await show();
    expect(apart.incidents).toHaveLength(i + 1);
  }
  expect(new Set(apart.incidents.map(({ kind }) => kind))).toEqual(new Set(["token_forged"]));
});

test("what becomes of a computer's key stands in the audit, without its name, and nobody fills that with guesses", async () => {
  const folder = dataFolder();
  const history = await openHistory({ file: join(folder.path, "history.sqlite") });
  const apart = await openFront({ redis, prefix, text: text(), book: new AuditBook(history) });
  onTestFinished(async () => {
    await apart.close();
    await history.close();
    folder[Symbol.dispose]();
  });
  const device = new TestDevice("PC-audited");
  const rows = () => history.db.selectFrom("audit").selectAll().orderBy("seq").execute();
  await device.enrol(apart.url, await offer("PC-audited", apart));
  await post(apart.url, "/api/v1/devices/remove", { device: "PC-audited", reason: "stolen" }, apart.token("manager"));
  expect((await rows()).map(({ act, who, phase, outcome }) => [act, who, phase, outcome])).toEqual(
    [
      ["offer_enrolment", "the-manager"],
      ["enrol", ""],
      ["remove_device", "the-manager"],
    ].flatMap((done) => [
      [...done, "intent", ""],
      [...done, "outcome", "done"],
    ]),
  );
  expect(new Set((await rows()).map(({ subject }) => subject))).toEqual(
    new Set([expect.stringMatching(/^[\w-]{16}$/)]),
  );
  expect(JSON.stringify(await rows())).not.toMatch(/pc-audited|seatmeter_enrol_/i);

  const statuses: number[] = [];
  for (let i = 0; i < 102; i++) statuses.push((await device.enrol(apart.url, "seatmeter_enrol_guess")).status);
  expect(statuses).toEqual([...Array(100).fill(401), 429, 429]);
  expect(await rows()).toHaveLength(206);
});

test("guesses of one IPv6 network are counted together, and each address stands in the log as it is", async () => {
  const apart = await openFront({ redis, prefix, text: `${text()}\ntrustedProxies: [127.0.0.1/32]` });
  onTestFinished(() => apart.close());
  const device = new TestDevice("PC-guessed");
  const enrolFrom = async (address: string) => {
    const body = JSON.stringify({ device: device.name, token: "seatmeter_enrol_guess", publicKey: device.publicKey });
    const headers = { "content-type": "application/json", "x-forwarded-for": address };
    return (await fetch(`${apart.url}/api/v1/devices/enrol`, { method: "POST", headers, body })).status;
  };
  const statuses: number[] = [];
  for (let i = 0; i < 101; i++) statuses.push(await enrolFrom(`2001:db8:7:1:${i}::1`));
  expect(statuses).toEqual([...Array(100).fill(401), 429]);
  expect(await enrolFrom("2001:db8:7:2::1")).toBe(401);
  const told = apart.log.filter((line) => line.includes("a computer was refused"));
  expect(told.map((line) => JSON.parse(line).address)).toEqual([
    ...Array.from({ length: 10 }, (_, i) => `2001:db8:7:1:${i}::1`),
    "2001:db8:7:2::1",
  ]);
});

test("a connection that did not prove itself does nothing", async () => {
  const shim = await front.connect();
  shim.say({ type: "checkout", leaseId: randomUUID(), product: "cad", user: "asmith" });
  expect(await shim.hear()).toMatchObject({ type: "error", code: "message_invalid" });
  await shim.close();
});

describe("a computer that is removed", () => {
  test("is refused at once, and its connections at every daemon are closed", async () => {
    const device = await enrolled();
    const live = await Promise.all([front, other].map(({ url }) => device.hello(url)));
    expect(live.map(({ said }) => said.type)).toEqual(["welcome", "welcome"]);
    expect((await remove(device.name)).status).toBe(200);
    await refused(device, (challenge) => device.proof(challenge));
    expect(await Promise.all(live.map(({ shim }) => shim.closed))).toEqual([CLOSE.refused, CLOSE.refused]);
  });

  test("leaves the connections of others alone", async () => {
    const [device, stays] = [await enrolled(), await enrolled()];
    const [live, stay] = [await device.hello(front.url), await stays.hello(front.url)];
    await remove(device.name);
    await live.shim.closed;
    expect(await stay.shim.checkout()).toMatchObject({ pool: "cad" });
    await stay.shim.close();
  });

  test("cannot come back by a token that was made for it before", async () => {
    const device = await enrolled();
    const token = await offer(device.name);
    await remove(device.name);
    expect((await device.enrol(front.url, token)).status).toBe(401);
    expect((await device.enrol(front.url, await offer(device.name))).status).toBe(200);
    expect((await device.hello(front.url)).said.type).toBe("welcome");
  });

  test("is put out by a daemon that Redis could not tell, too", async () => {
    const device = await enrolled();
    const live = await device.hello(front.url);
    const client = new Redis({ path: redis.socket });
    const { devices, deviceChanges } = front.ledger.keys;
    await client.multi().hdel(devices, device.name.toLowerCase()).incr(deviceChanges).exec();
    client.disconnect();
    expect(await live.shim.closed).toBe(CLOSE.refused);
  });

  test("that never was enrolled is said", async () => {
    expect(await remove("PC-never")).toMatchObject({ status: 404, body: { code: "not_found" } });
  });

  test("by retiring it loses its key, too", async () => {
    const device = await enrolled();
    const live = await device.hello(front.url);
    const content = { device: device.name, reason: "scrapped" };
    expect((await post(front.url, "/api/v1/devices/retire", content, front.token("manager"))).status).toBe(200);
    expect(await live.shim.closed).toBe(CLOSE.refused);
    await refused(device, (challenge) => device.proof(challenge));
  });
});

describe("the list of computers", () => {
  type Listed = { device: string; keyId: string; lastSeen?: string; revokedAtMs?: number; by: string };
  async function listed(at = front): Promise<Listed[]> {
    const items: Listed[] = [];
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? "" : `?cursor=${cursor}`;
      const headers = { authorization: `Bearer ${at.token("auditor")}` };
      const answer = await fetch(`${at.url}/api/v1/devices${query}`, { headers });
      expect(answer.status).toBe(200);
      const page = (await answer.json()) as { items: Listed[]; next?: string };
      items.push(...page.items);
      cursor = page.next;
    } while (cursor !== undefined);
    return items;
  }
  const rowsOf = async ({ name }: TestDevice) => (await listed()).filter(({ device }) => device === name);

  test("has each once, over as many pages as it takes, and no secret", async () => {
    const apart = await openFront({ redis, text: text() });
    onTestFinished(() => apart.close());
    const names = Array.from({ length: 1_500 }, (_, i) => `PC-many-${i}`);
    const client = new Redis({ path: redis.socket });
    onTestFinished(() => client.disconnect());
    const row = (device: string) => ({ device, enrolment: "1", publicKey: "x", enrolledAtMs: 1, by: "the-manager" });
    const rows = names.map((name) => [name.toLowerCase(), JSON.stringify(row(name))]);
    await client.hset(apart.ledger.keys.devices, "", "seatmeter:apart", ...rows.flat());
    const items = await listed(apart);
    expect(items.map(({ device }) => device).sort()).toEqual(names.sort());
    expect(new Set(items.flatMap((item) => Object.keys(item)))).toEqual(
      new Set(["device", "enrolledAtMs", "by", "keyId"]),
    );
  });

  test("says on which day one was last seen, that stays connected as well", async () => {
    const device = await enrolled();
    expect(await rowsOf(device)).toMatchObject([{ by: "the-manager" }]);
    expect((await rowsOf(device))[0]).not.toHaveProperty("lastSeen");
    const { shim } = await device.hello(front.url);
    const today = Date.now();
    const dayOf = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);
    await expect.poll(() => rowsOf(device)).toMatchObject([{ lastSeen: dayOf(today) }]);

    const now = Date.now;
    const tomorrow = vi.spyOn(Date, "now").mockImplementation(() => now() + 86_400_000);
    onTestFinished(() => tomorrow.mockRestore());
    // Whatever ends elsewhere has the daemons look.
    await remove((await enrolled()).name);
    await expect.poll(() => rowsOf(device)).toMatchObject([{ lastSeen: dayOf(today + 86_400_000) }]);
    await shim.close();
  });

  test("tells whose key was taken away, each time, beside the key that it has by now", async () => {
    const [before, after] = [await enrolled("PC-listed"), new TestDevice("PC-listed")];
    await remove(before.name);
    expect(await rowsOf(before)).toMatchObject([{ keyId: keyIdOf(before.publicKey), revokedAtMs: expect.any(Number) }]);
    await after.enrol(front.url, await offer("PC-listed"));
    expect((await rowsOf(after)).map(({ keyId, revokedAtMs }) => [keyId, revokedAtMs !== undefined])).toEqual([
      [keyIdOf(after.publicKey), false],
      [keyIdOf(before.publicKey), true],
    ]);
  });

  test("forgets in the end whose key was taken away, whether anybody looks or not", async () => {
    const device = await enrolled();
    await remove(device.name);
    const client = new Redis({ path: redis.socket });
    onTestFinished(() => client.disconnect());
    const { revokedDevices } = front.ledger.keys;
    const [row] = await client.zrevrange(revokedDevices, 0, 0);
    await client.zadd(revokedDevices, "XX", Date.now() - 401 * 86_400_000, row!);
    expect(await rowsOf(device)).toEqual([]);
    await remove("PC-never");
    expect(await client.zscore(revokedDevices, row!)).toBeNull();
  });
});

test("a computer that is enrolled anew puts out who came in by the key before", async () => {
  const [before, after] = [await enrolled("PC-anew"), new TestDevice("PC-anew")];
  const live = await before.hello(front.url);
  expect((await after.enrol(other.url, await offer("PC-anew"))).status).toBe(200);
  expect(await live.shim.closed).toBe(CLOSE.refused);
  await refused(before, (challenge) => before.proof(challenge));
  expect((await after.hello(front.url)).said.type).toBe("welcome");
});

describe("a key that is changed", () => {
  const rotate = (device: string, proof: string, at = front) =>
    post(at.url, "/api/v1/devices/rotate-key", { device, proof });
  const signed = (device: TestDevice, next: string) =>
    device.proof("0.", { next, nonce: undefined, iat: undefined, exp: undefined }, PROOF_TYPES.rotation);

  test("is changed by the key before: that one is refused from then on, and live connections stay", async () => {
    const [before, after] = [await enrolled("PC-rotated"), new TestDevice("PC-rotated")];
    after.audience = before.audience;
    const live = await before.hello(other.url);
    const proof = await signed(before, after.publicKey);
    expect((await rotate(before.name, proof)).status).toBe(200);
    await refused(before, (challenge) => before.proof(challenge));
    expect((await after.hello(front.url)).said.type).toBe("welcome");
    expect(await live.shim.checkout()).toMatchObject({ pool: "cad" });

    // Asked again, as after a lost answer.
    expect((await rotate(before.name, proof, other)).status).toBe(200);
    expect((await after.hello(front.url)).said.type).toBe("welcome");
  });

  test("is changed by nobody else, and not back by the one before", async () => {
    const [device, thief, next] = [await enrolled("PC-forged"), await enrolled(), new TestDevice("PC-forged")];
    next.audience = device.audience;
    const forged = await thief.proof("0.", { sub: device.name, next: thief.publicKey }, PROOF_TYPES.rotation);
    expect((await rotate(device.name, forged)).status).toBe(401);
    const connecting = await device.proof(`${Date.now()}.x`, { next: thief.publicKey });
    expect((await rotate(device.name, connecting)).status).toBe(401);
    expect((await rotate(device.name, await signed(device, next.publicKey))).status).toBe(200);
    expect((await rotate(device.name, await signed(device, thief.publicKey))).status).toBe(401);
    expect((await next.hello(front.url)).said.type).toBe("welcome");
  });
});
