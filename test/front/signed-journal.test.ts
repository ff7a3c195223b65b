import { createHmac, randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { PROOF_TYPES } from "../../daemon/domain/device-proof.ts";
import { JOURNAL_SIGNED, journalDigest } from "../../daemon/domain/journal.ts";
import { JournalEntry } from "../../daemon/protocol/messages.ts";
import { post, TestDevice } from "../support/device.ts";
import { type Front, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import type { TestShim } from "../support/test-shim.ts";

const MINUTE_MS = 60_000;

let redis: TestRedis;
let front: Front;
let client: Redis;
beforeAll(async () => {
  redis = await startRedis();
  client = new Redis({ path: redis.socket });
  front = await openFront({
    redis,
    text: `organisation: Exampleshire Council
access: { people: { tokensFile: people.txt }, shims: { enrolment: true, tokensFile: shims.txt } }
products: { cad: { owner: cad@exampleshire.example, pools: [cad] } }
pools: { cad: { entitlements: [{ reference: A, seats: 10, starts: 2020-01-01 }] } }`,
  });
});
afterAll(async () => {
  client.disconnect();
  await front.close();
  await redis.stop();
});
beforeEach(() => {
  front.incidents.length = 0;
  front.log.length = 0;
});

const entry = (change: Record<string, string | number> = {}) => ({
  ...{ id: randomUUID(), product: "cad", user: "asmith", reason: "unreachable" },
  ...{ startedAtMs: Date.now() - 10 * MINUTE_MS, endedAtMs: Date.now() - MINUTE_MS },
  ...change,
});

/** What the pool's stream holds of them. */
const written = async (...entries: { id: string }[]) => {
  const stream = JSON.stringify(await client.xrange(front.ledger.keys.of("cad", "events"), "-", "+"));
  return entries.map(({ id }) => stream.includes(id));
};

async function enrolled() {
  const device = new TestDevice(`PC-${randomUUID().slice(0, 8)}`);
  const offered = await post(
    ...[front.url, "/api/v1/devices/enrolment-tokens", { device: device.name }, front.token("manager")],
  );
  expect((await device.enrol(front.url, offered.body.token!)).status).toBe(200);
  return { device, shim: await connected(device) };
}

async function connected(device: TestDevice): Promise<TestShim> {
  const { shim, said } = await device.hello(front.url);
  expect(said.type).toBe("welcome");
  onTestFinished(() => shim.close());
  return shim;
}

async function told(shim: TestShim, entries: object[], signature?: string) {
  shim.say({ type: "journal", entries, ...(signature !== undefined && { signature }) });
  return await shim.hear();
}

test("all that an entry of a journal tells is signed", () => {
  expect([...JOURNAL_SIGNED].sort()).toEqual(Object.keys(JournalEntry.shape).sort());
  const one = entry({ version: "2026", seats: 2, why: "program_exited" });
  const digests = new Set([journalDigest([one]), journalDigest([one, one]), journalDigest([])]);
  for (const field of JOURNAL_SIGNED) digests.add(journalDigest([{ ...one, [field]: "another" }]));
  expect(digests.size).toBe(3 + JOURNAL_SIGNED.length);
});

test("the journal of an enrolled computer is taken when its key has signed it, however often it is told", async () => {
  const { device, shim } = await enrolled();
  // What is left out counts as one seat, and is signed as that.
  const entries = [entry(), entry({ seats: 1, version: "2026", why: "program_crashed", user: "Zoë Åström" })];
  const signature = await device.signature(entries);
  const ids = entries.map(({ id }) => id);
  expect(await told(shim, entries, signature)).toEqual({ type: "journalled", ids });
  expect(await told(shim, entries, signature)).toEqual({ type: "journalled", ids });
  expect(await written(...entries)).toEqual([true, true]);
  expect(front.incidents).toEqual([]);
});

describe("a journal of an enrolled computer is refused, is an incident, and nothing of it is written down", () => {
  type Forge = (device: TestDevice, entries: ReturnType<typeof entry>[]) => Promise<string | undefined>;
  const hmac = (device: TestDevice, entries: ReturnType<typeof entry>[]) => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = { sub: device.name, aud: device.audience, entries: journalDigest(entries) };
    const input = `${part({ alg: "HS256", typ: PROOF_TYPES.journal })}.${part(claims)}`;
    return `${input}.${createHmac("sha256", device.publicKey).update(input).digest("base64url")}`;
  };

  test.each<[string, Forge, string]>([
    ["that is not signed", async () => undefined, "it is not signed"],
    ["with something that is no signature", async () => "a.b.c", "cannot be read"],
    [
      "signed by another key",
      (device, entries) => new TestDevice("PC-x").signature(entries, { sub: device.name, aud: device.audience }),
      "signature",
    ],
    ["signed with the public key as a password", async (device, entries) => hmac(device, entries), "EdDSA"],
    ["signed for other entries", (device) => device.signature([entry()]), "other entries"],
    [
      "of which a moment was changed",
      (device, entries) => device.signature(entries.map((one) => ({ ...one, endedAtMs: one.endedAtMs - 1 }))),
      "other entries",
    ],
    [
      "signed for another service",
      (device, entries) => device.signature(entries, { aud: "seatmeter:other" }),
      "aud is wrong",
    ],
    ["of another computer", (device, entries) => device.signature(entries, { sub: "PC-y" }), "another computer's"],
    [
      "with what it answers a challenge with",
      (device, entries) => device.proof("0.", { entries: journalDigest(entries) }),
      "typ is wrong",
    ],
  ])("%s", async (_what, forge, why) => {
    const { device, shim } = await enrolled();
    const entries = [entry(), entry()];
    const refused = await told(shim, entries, await forge(device, entries));
    expect(refused).toMatchObject({ type: "error", code: "signature_invalid", field: "signature", retry: false });
    expect((refused as { message: string }).message).toContain(why);
    expect(await written(...entries)).toEqual([false, false]);

    expect(front.incidents).toMatchObject([
      { kind: "journal_forged", facts: { computer: expect.stringMatching(/^[\w-]{16}$/) } },
    ]);
    expect(front.log.join("\n")).not.toContain(device.name);
    expect(front.log.join("\n")).toContain(why);
    // The connection stays, and says it better.
    const signature = await device.signature(entries);
    expect(await told(shim, entries, signature)).toMatchObject({ type: "journalled" });
  });
});

test("a computer whose key was changed while it was connected is believed by the key before, too, and by none before that", async () => {
  const { device, shim } = await enrolled();
  const [second, third] = [new TestDevice(device.name), new TestDevice(device.name)];
  for (const one of [second, third]) one.audience = device.audience;
  const rotate = async (from: TestDevice, to: TestDevice) => {
    const claims = { next: to.publicKey, nonce: undefined, iat: undefined, exp: undefined };
    const proof = await from.proof("0.", claims, PROOF_TYPES.rotation);
    const answer = await post(front.url, "/api/v1/devices/rotate-key", { device: device.name, proof });
    expect(answer.status).toBe(200);
  };
  await rotate(device, second);
  for (const by of [device, second]) {
    const entries = [entry()];
    expect(await told(shim, entries, await by.signature(entries))).toMatchObject({ type: "journalled" });
  }
  await rotate(second, third);
  const entries = [entry()];
  expect(await told(shim, entries, await device.signature(entries))).toMatchObject({ code: "signature_invalid" });
  expect(await told(shim, entries, await third.signature(entries))).toMatchObject({ type: "journalled" });
});

test("a computer that comes in by a token has no key, and its journal is taken without a signature", async () => {
  const shim = await front.connect({ headers: { authorization: `Bearer ${front.token("shim")}` } });
  await shim.greet("pc-1");
  const entries = [entry()];
  expect(await told(shim, entries)).toMatchObject({ type: "journalled" });
  expect(await written(...entries)).toEqual([true]);
  await shim.close();
});
