import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Front, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

/** What breaks a line of a log, moves a terminal's cursor, hides, or turns the direction of what follows. */
const FORGED = {
  "a line break": "asmith\nadmin",
  "a terminal's escape": "asmith\u001b[2J",
  "a NUL": "asmith\u0000",
  "a change of direction": "asmith\u202egpj.exe",
  "an isolate": "asmith\u2066x",
  "a line separator": "asmith\u2028admin",
  "half a character": "asmith\ud800",
};

let redis: TestRedis;
let front: Front;
beforeAll(async () => {
  redis = await startRedis();
  front = await openFront({ redis });
});
afterAll(async () => {
  await front.close();
  await redis.stop();
});

const leaseId = randomUUID();
const launch = { leaseId, product: "cad", user: "asmith", device: "pc-1" };
/** Every text that somebody may send, in a body that is right but for that. */
const TEXTS: [string, string, Record<string, unknown>, string[]][] = [
  ["POST", "/api/v1/checkouts", launch, ["product", "user", "device", "version", "siteHint", "breakGlassReason"]],
  ["POST", "/api/v1/explain", { product: "cad", user: "asmith" }, ["product", "user", "device", "site", "version"]],
  ["POST", "/api/v1/denials/search", {}, ["user", "device"]],
  ["DELETE", `/api/v1/leases/${leaseId}`, { reason: "tidying" }, ["reason"]],
  ["POST", `/api/v1/leases/${leaseId}/recall`, { reason: "tidying" }, ["reason"]],
  ["POST", "/api/v1/pools/cad/reassign", { user: "asmith", reason: "left" }, ["user", "reason"]],
  ["POST", "/api/v1/devices/enrolment-tokens", { device: "pc-1" }, ["device"]],
  ["POST", "/api/v1/devices/enrol", { device: "pc-1", token: "x", publicKey: "x" }, ["device", "token", "publicKey"]],
  ["POST", "/api/v1/devices/rotate-key", { device: "pc-1", proof: "x" }, ["device", "proof"]],
  ["POST", "/api/v1/devices/remove", { device: "pc-1", reason: "stolen" }, ["device", "reason"]],
  ["POST", "/api/v1/devices/retire", { device: "pc-1", reason: "stolen" }, ["device", "reason"]],
];

describe.each(Object.entries(FORGED))("%s is refused", (_what, forged) => {
  test.each(TEXTS)("in every text of %s %s", async (method, path, body, fields) => {
    for (const field of fields) {
      const asked = {
        method,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...body, [field]: forged }),
      };
      const answer = await fetch(front.url + path, asked);
      const text = await answer.text();
      expect([answer.status, JSON.parse(text).code], field).toEqual([400, "message_invalid"]);
      expect(text, field).not.toContain(forged);
    }
  });

  test("in every text of a shim's message", async () => {
    const shim = await front.connect();
    shim.say({ type: "hello", device: forged, shim: "test/1" });
    expect(await shim.hear()).toMatchObject({ type: "error", code: "message_invalid", field: "device" });
    await shim.greet();
    for (const field of ["user", "product", "version", "siteHint", "breakGlassReason"]) {
      shim.say({ type: "checkout", leaseId: randomUUID(), product: "cad", user: "asmith", [field]: forged });
      expect(await shim.hear()).toMatchObject({ type: "error", code: "message_invalid", field });
    }
    const entry = { id: randomUUID(), product: "cad", user: "asmith", reason: "unreachable" };
    for (const field of ["user", "product", "version", "reason"]) {
      const entries = [{ ...entry, startedAtMs: 1, endedAtMs: 2, [field]: forged }];
      shim.say({ type: "journal", entries });
      expect(await shim.hear()).toMatchObject({ code: "message_invalid", field: `entries.0.${field}` });
    }
    await shim.close();
  });
});

test("no character of it that misleads came into the log, which is lines of JSON", () => {
  const log = front.log.join("");
  for (const line of front.log) expect(() => JSON.parse(line)).not.toThrow();
  expect(log).not.toMatch(/[\u202e\u2066\u001b]|\\u(?:001b|d800)/);
});
