import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Front, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

let redis: TestRedis;
/** On loopback, where nobody has to say who he is; and one where everybody has to. */
let front: Front;
let guarded: Front;
beforeAll(async () => {
  redis = await startRedis();
  front = await openFront({ redis });
  guarded = await openFront({ redis, people: true, shims: true });
});
afterAll(async () => {
  await front?.close();
  await guarded?.close();
  await redis?.stop();
});

interface Sent {
  device?: string;
  token?: string;
  body?: unknown;
  text?: string;
  type?: string;
}

/** Asks again where that may help, as every client should: on a busy machine Redis may be too slow for once. */
async function send(method: string, path: string, sent: Sent = {}, to = front) {
  for (;;) {
    const answer = await sendOnce(method, path, sent, to);
    if (answer.body.code !== "ledger_unavailable") return answer;
  }
}

async function sendOnce(method: string, path: string, { device, token, body, text, type }: Sent, to: Front) {
  const content = text ?? (body === undefined ? undefined : JSON.stringify(body));
  const answer = await fetch(`${to.url}${path}`, {
    method,
    headers: {
      ...(device !== undefined && { "seatmeter-device": device }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(content !== undefined && { "content-type": type ?? "application/json" }),
    },
    ...(content !== undefined && { body: content }),
  });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}
const ask = (change: object = {}, sent: Sent = { device: "pc-1" }, to = front, by: typeof sendOnce = send) =>
  by(
    "POST",
    "/api/v1/checkouts",
    { ...sent, body: { leaseId: randomUUID(), product: "cad", user: "asmith", ...change } },
    to,
  );

test("a launch by HTTP: granted 201, renewed 200, given back 200, and then not held any more", async () => {
  const granted = await ask();
  expect(granted).toMatchObject({ status: 201, body: { type: "granted", pool: "cad", ttlMs: 60_000 } });
  const path = `/api/v1/checkouts/${granted.body.leaseId}`;
  const device = "PC-1";
  expect(await send("PUT", path, { device })).toEqual({
    status: 200,
    body: { type: "alive", ttlMs: 60_000, gone: [] },
  });
  expect(await send("PUT", path, { device, body: {} })).toMatchObject({ status: 200 });
  const returned = { status: 200, body: { type: "returned", leaseId: granted.body.leaseId } };
  expect(await send("DELETE", `${path}?why=program_exited`, { device })).toEqual(returned);
  expect(await send("DELETE", path, { device })).toEqual(returned);
  expect(await send("PUT", path, { device })).toMatchObject({
    status: 404,
    body: { code: "lease_unknown", retry: false },
  });
});

test("asked again with the same lease id it is the same lease, and after its checkin no new one", async () => {
  const leaseId = randomUUID();
  const before = await send("GET", "/api/v1/pools/cad");
  await ask({ leaseId });
  expect(await ask({ leaseId })).toMatchObject({ status: 201, body: { flags: ["resumed"] } });
  await send("DELETE", `/api/v1/checkouts/${leaseId}`, { device: "pc-1" });
  expect(await ask({ leaseId })).toEqual({ status: 200, body: { type: "returned", leaseId } });
  expect((await send("GET", "/api/v1/pools/cad")).body.used).toBe(before.body.used);
});

test("a denial has the status of its reason, and says whom to ask", async () => {
  const { body } = await ask({ product: "gis", user: "first" });
  expect(await ask({ product: "gis", user: "second" })).toMatchObject({
    status: 409,
    body: { type: "denied", reason: "no_seats", owner: "gis@exampleshire.example", pool: "gis" },
  });
  await send("DELETE", `/api/v1/checkouts/${body.leaseId}`, { device: "pc-1" });
  expect(await ask({ product: "gs" })).toMatchObject({
    status: 404,
    body: { type: "denied", reason: "product_unknown" },
  });
});

test("the device may stand in the body alone; without any the header is named", async () => {
  const granted = await ask({ device: "pc-9" }, {});
  expect(granted.status).toBe(201);
  const path = `/api/v1/checkouts/${granted.body.leaseId}`;
  expect(await send("DELETE", path)).toMatchObject({
    status: 400,
    body: { code: "message_invalid", field: "Seatmeter-Device" },
  });
  expect(await send("DELETE", path, { device: "pc-8" })).toMatchObject({ status: 403, body: { code: "not_holder" } });
  expect(await send("DELETE", path, { device: "pc-9" })).toMatchObject({ status: 200 });
  expect(await ask({}, {})).toMatchObject({ status: 400, body: { field: "Seatmeter-Device" } });
});

test.each([
  ["a field that is none", { colour: "red" }, "colour"],
  ["a field of the wrong kind", { seats: "two" }, "seats"],
  ["a lease id that is none", { leaseId: "42" }, "leaseId"],
  ["another message's type", { type: "hello" }, "type"],
  ["a name with a control character", { user: "a\u0007" }, "user"],
])("%s is a mistake with the field named", async (_what, change, field) => {
  expect(await ask(change)).toMatchObject({ status: 400, body: { code: "message_invalid", retry: false, field } });
});

test.each<[what: string, sent: Sent, message: string | RegExp]>([
  ["no JSON", { text: "{ half" }, /^the body is no JSON: /],
  ["nothing", {}, "the body is missing"],
  ["a number", { body: 7 }, "the body must be an object, and is a whole number"],
  ["null", { body: null }, "the body must be an object, and is null"],
  ["a list", { body: [] }, "the body must be an object, and is a list"],
  ["another content", { text: "x", type: "a/b" }, "the body's content type is a/b; for JSON it is application/json"],
  ["too much", { text: "1".repeat(17_000) }, "the body is longer than 16384 bytes"],
])("%s as a body is a mistake, told in a sentence of ours", async (_what, sent, message) => {
  expect(await send("POST", "/api/v1/checkouts", { device: "pc-1", ...sent })).toEqual({
    status: 400,
    body: {
      code: "message_invalid",
      message: typeof message === "string" ? message : expect.stringMatching(message),
      retry: false,
    },
  });
});

test("a body without a content type is told what is missing", async () => {
  const body = new Blob(["{}"]);
  const answer = await fetch(`${front.url}/api/v1/checkouts`, { method: "POST", body });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    message: "the body's content type is missing; for JSON it is application/json",
  });
});

test("what is wrong in an address is a mistake with the field named", async () => {
  expect(await send("PUT", "/api/v1/checkouts/42", { device: "pc-1" })).toMatchObject({
    status: 400,
    body: { field: "leaseId" },
  });
  expect(await send("DELETE", `/api/v1/checkouts/${randomUUID()}?why=boredom`, { device: "pc-1" })).toMatchObject({
    status: 400,
    body: { field: "why" },
  });
});

test("a lease that never was is unknown", async () => {
  const path = `/api/v1/checkouts/${randomUUID()}`;
  for (const method of ["PUT", "DELETE"]) {
    expect(await send(method, path, { device: "pc-1" })).toMatchObject({
      status: 404,
      body: { code: "lease_unknown" },
    });
  }
});

test("an address that leads nowhere is answered in the same form, to a browser too", async () => {
  for (const path of ["/api/v1/nothing", "/api/v2", "/api/v1/checkouts"]) {
    const answer = await fetch(`${front.url}${path}`, { headers: { accept: "text/html" } });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ code: "not_found", message: expect.any(String), retry: false });
  }
});

test("an address that cannot be decoded, or is endless, leads nowhere", async () => {
  for (const name of ["%ff", "%", "x".repeat(4000)]) {
    const answer = await send("GET", `/api/v1/pools/${name}`);
    expect(answer).toMatchObject({ status: 400, body: { code: "message_invalid", field: "pool", retry: false } });
    expect(await send("GET", `/pools/${name}`)).toMatchObject({
      status: 404,
      body: { code: "not_found", retry: false },
    });
    const page = await fetch(`${front.url}/pools/${name}`, { headers: { accept: "text/html" } });
    expect(page.status).toBe(404);
    expect(await page.text()).toContain("Page not found");
    expect(await send("GET", `/nowhere/${name}`)).toMatchObject({
      status: 404,
      body: { code: "not_found", retry: false },
    });
  }
});

test("where shims are authenticated the token is the device, and only a gateway asks for others", async () => {
  const [shim, gateway] = [guarded.token("shim"), guarded.token("gateway")];
  expect(await ask({}, { device: "pc-1" }, guarded)).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
  expect((await ask({}, { token: shim }, guarded)).status).toBe(201);
  expect((await ask({}, { token: shim, device: "PC-1" }, guarded)).status).toBe(201);
  expect(await ask({}, { token: shim, device: "pc-2" }, guarded)).toMatchObject({
    status: 403,
    body: { code: "not_holder" },
  });
  expect(await ask({ device: "pc-2" }, { token: shim }, guarded)).toMatchObject({
    status: 403,
    body: { field: "device" },
  });
  const granted = await ask({ device: "pc-2" }, { token: gateway }, guarded);
  expect(granted.status).toBe(201);
  const path = `/api/v1/checkouts/${granted.body.leaseId}`;
  expect(await send("DELETE", path, { token: shim }, guarded)).toMatchObject({
    status: 403,
    body: { code: "not_holder" },
  });
  expect((await send("DELETE", path, { token: gateway }, guarded)).status).toBe(200);
});

test("people may not take seats, nor shims read who has them", async () => {
  expect(await ask({}, { token: guarded.token("admin") }, guarded)).toMatchObject({
    status: 403,
    body: { code: "forbidden" },
  });
  const pools = (role: "viewer" | "shim" | "metrics") =>
    send("GET", "/api/v1/pools", { token: guarded.token(role) }, guarded);
  expect((await pools("viewer")).status).toBe(200);
  expect((await pools("shim")).status).toBe(403);
  expect((await pools("metrics")).status).toBe(403);
});

test("a device with as many leases as it may have is told so with 429", async () => {
  const limited = await openFront({ redis, register: "limits: { leasesPerDevice: 2 }" });
  try {
    for (let i = 0; i < 2; i++) expect((await ask({}, { device: "pc-1" }, limited)).status).toBe(201);
    expect(await ask({}, { device: "pc-1" }, limited)).toMatchObject({
      status: 429,
      body: { code: "too_many_leases", retry: true },
    });
  } finally {
    await limited.close();
  }
});

test("without a ledger the answer is 503, and asking again may help", async () => {
  const lost = await openFront({ redis });
  await lost.ledger.close();
  expect(await ask({}, { device: "pc-1" }, lost, sendOnce)).toMatchObject({
    status: 503,
    body: { code: "ledger_unavailable", retry: true },
  });
  await lost.close();
});
