import { createHmac } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { dataFolder, startDaemon } from "../support/daemon.ts";
import { hasPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { startRedis } from "../support/redis.ts";
import { day } from "../support/rules.ts";
import { shim } from "../support/shim.ts";

const REGISTER = `
organisation: Exampleshire Council
products: { cad: { owner: owner@exampleshire.example, pools: [cad] } }
pools: { cad: { entitlements: [{ reference: PO-1, seats: 1, starts: 2020-01-01 }] } }
`;
const KEPT = { SEATMETER_HISTORY: "" };
const retire = (url: string, device: string) =>
  fetch(`${url}/api/v1/devices/retire`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ device, reason: "sold" }),
  });

test("a file that is put in force at a start and an act over HTTP are rows; what was changed is found, by daemon and without", async () => {
  using folder = dataFolder();
  const daemon = await startDaemon({ register: REGISTER, env: KEPT, data: folder.path });
  onTestFinished(async () => void (await daemon.stop()));
  expect((await retire(daemon.httpUrl, "pc-12")).status).toBe(200);
  const audit = (...args: string[]) => shim(["audit", ...args], { SEATMETER_URL: daemon.url }).finished;

  const listed = await audit("export", "--format", "json");
  expect(JSON.parse(listed.stdout)).toMatchObject([
    { seq: 1, act: "apply_register", who: "file register.yaml", phase: "intent" },
    { seq: 2, act: "apply_register", phase: "outcome", outcome: "done", about: expect.stringMatching(/, revision 1$/) },
    { seq: 3, act: "retire", phase: "intent", reason: "sold" },
    { seq: 4, act: "retire", phase: "outcome", outcome: "done", intent: 3 },
  ]);
  const output = join(folder.path, "audit.csv");
  expect(await audit("export", "--act", "retire", "-o", output)).toMatchObject({ exit: 0, stdout: "" });

  const { head } = JSON.parse((await audit("verify", "--json")).stdout);
  expect(await audit("verify", "--head", head)).toMatchObject({
    exit: 0,
    stdout: expect.stringContaining("Sound: 4 rows"),
  });
  expect(await audit("verify", "--data", folder.path, "--head", head)).toMatchObject({ exit: 0 });

  const database = new DatabaseSync(join(folder.path, "history.sqlite"), { timeout: 10_000 });
  database.exec("update audit set reason = 'lost' where seq = 3");
  database.close();
  for (const where of [[], ["--data", folder.path]]) {
    expect(await audit("verify", ...where)).toMatchObject({
      exit: 1,
      stdout: expect.stringMatching(/^Broken: row 3: /),
    });
  }
  for (const wrong of [["verify", "--head", "x"], ["verify", "more"], ["show"], [], ["export", "--act", "stolen"]])
    expect((await audit(...wrong)).exit, wrong.join(" ")).toBe(64);
  expect(await audit("verify", "--data", join(folder.path, "nowhere"))).toMatchObject({ exit: 78 });
});

test("where no history is kept the start says that there is no audit, and acts are in the log", async () => {
  await using daemon = await startDaemon({ register: REGISTER });
  expect(daemon.output()).toContain("no audit is kept, because SEATMETER_HISTORY is off");
  await retire(daemon.httpUrl, "pc-12");
  await expect.poll(() => daemon.output()).toContain('"act":"retire"');
  expect(daemon.output()).not.toContain("pc-12");
});

describe.skipIf(!hasPostgres())("with PostgreSQL", () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres({ fsync: "off" });
  });
  afterAll(() => postgres?.end());

  test("two daemons write one chain; and while the database is away nothing is administered, and seats are granted", async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const url = await postgres.newDatabase();
    const env = { ...KEPT, REDIS_URL: redis.url, DATABASE_URL: url };
    const daemons = await Promise.all([
      startDaemon({ register: REGISTER, env }),
      startDaemon({ register: REGISTER, env }),
    ]);
    onTestFinished(async () => void (await Promise.all(daemons.map((daemon) => daemon.stop()))));
    const explain = (at: number) =>
      fetch(`${daemons[at % 2]!.httpUrl}/api/v1/explain`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ product: "cad", user: `user-${at}` }),
      });
    const answers = await Promise.all(Array.from({ length: 40 }, (_, at) => explain(at)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const verified = await shim(["audit", "verify", "--database", url, "--json"]).finished;
    const rows = await postgres.query(url, "select who, subject, about from audit where act = 'explain'");
    expect(JSON.parse(verified.stdout)).toMatchObject({ sound: true });
    expect(rows).toHaveLength(80);
    expect(JSON.stringify(rows)).not.toContain("user-");

    await postgres.stop();
    const refused = await retire(daemons[0]!.httpUrl, "pc-1");
    expect({ status: refused.status, body: await refused.json() }).toMatchObject({
      status: 503,
      body: { code: "audit_unavailable" },
    });
    const granted = await fetch(`${daemons[0]!.httpUrl}/api/v1/checkouts`, {
      method: "POST",
      headers: { "content-type": "application/json", "seatmeter-device": "pc-1" },
      body: JSON.stringify({ leaseId: crypto.randomUUID(), product: "cad", user: "asmith" }),
    });
    expect(granted.status).toBe(201);
    await postgres.start();
    await expect.poll(async () => (await retire(daemons[0]!.httpUrl, "pc-1")).status).toBe(200);
    expect(await shim(["audit", "verify", "--database", url]).finished).toMatchObject({ exit: 0 });
  });
});

test("an incident is told to a webhook, signed, and stands in the log and the audit", async () => {
  const told: { body: string; signed: string }[] = [];
  const hook = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => {
      body += part;
    });
    request.on("end", () => {
      told.push({ body, signed: String(request.headers["seatmeter-signature"]) });
      response.end();
    });
  }).listen(0, "127.0.0.1");
  await once(hook, "listening");
  onTestFinished(() => void hook.close());
  using folder = dataFolder();
  writeFileSync(join(folder.path, "secret.txt"), "a secret");
  const { port } = hook.address() as AddressInfo;
  // Ended yesterday, and one is in use still.
  const ending = (ends: string) => `${REGISTER.replace("starts: 2020-01-01", `starts: 2020-01-01, ends: ${ends}`)}
notices: { webhooks: [{ url: "http://127.0.0.1:${port}/", secretFile: secret.txt, about: [incident] }] }
`;
  const daemon = await startDaemon({ register: ending(day(30)), env: KEPT, data: folder.path });
  onTestFinished(async () => void (await daemon.stop()));
  const granted = await fetch(`${daemon.httpUrl}/api/v1/checkouts`, {
    method: "POST",
    headers: { "content-type": "application/json", "seatmeter-device": "pc-1" },
    body: JSON.stringify({ leaseId: crypto.randomUUID(), product: "cad", user: "asmith" }),
  });
  expect(granted.status).toBe(201);
  await fetch(`${daemon.httpUrl}/api/v1/pools`, { headers: { "x-forwarded-for": "10.1.2.3" } });
  // Whatever is put in force has notices looked at.
  const applied = await fetch(`${daemon.httpUrl}/api/v1/register`, {
    method: "PUT",
    headers: { "content-type": "text/yaml" },
    body: ending(day(-1)),
  });
  expect(applied.status).toBe(200);
  await expect.poll(() => told.length).toBe(2);
  const bodies = told.map(({ body }) => JSON.parse(body));
  expect(new Set(bodies.map(({ facts }) => facts.incident))).toEqual(
    new Set(["location_spoofed", "entitlement_ended"]),
  );
  for (const { body, signed } of told) {
    const [, seconds, hex] = /^t=(\d+),v1=([0-9a-f]+)$/.exec(signed) ?? [];
    expect(createHmac("sha256", "a secret").update(`${seconds}.${body}`).digest("hex")).toBe(hex);
    expect(body).not.toContain('127.0.0.1"');
  }
  await expect
    .poll(() => daemon.output())
    .toMatch(/"event":"incident","incident":"location_spoofed".*"address":"127.0.0.1"/);
  const listed = await shim(["audit", "export", "--act", "incident", "--format", "json"], { SEATMETER_URL: daemon.url })
    .finished;
  expect(JSON.parse(listed.stdout)).toMatchObject([
    { about: "location_spoofed" },
    { about: expect.stringContaining("entitlement_ended, pool cad, used 1") },
  ]);
});
