import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { AuditBook } from "../../daemon/audit/book.ts";
import { AuditKeeping } from "../../daemon/audit/keeping.ts";
import { INCIDENTS, type Incident, REFUSED_AGAIN } from "../../daemon/domain/incidents.ts";
import { endedInUse } from "../../daemon/notices/ended-in-use.ts";
import { Incidents } from "../../daemon/notices/incidents.ts";
import { mattersOf } from "../../daemon/notices/matters.ts";
import { entry } from "../support/audit.ts";
import { type Front, type FrontOptions, openFront } from "../support/front.ts";
import { onBothEngines, openTestHistory } from "../support/history.ts";
import { registerOfText } from "../support/recorded.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

async function open(options: Omit<FrontOptions, "redis"> = {}): Promise<Front> {
  const front = await openFront({ redis, ...options });
  onTestFinished(() => front.close());
  return front;
}

const keepingFor = (privacy: string) =>
  registerOfText(`organisation: Exampleshire Council\nprivacy: { ${privacy} }\nproducts: {}\npools: {}\n`);

/** An incident of each kind. */
const incident = (change: Partial<Incident> = {}): Incident => ({
  ...{
    kind: "token_forged",
    matter: "192.0.2.7",
    site: "depot",
    facts: {},
    logged: { address: "192.0.2.7" },
    ...change,
  },
});

function watched(now = () => Date.parse("2026-06-01T10:00:00Z")) {
  const logged: { facts: object; message: string }[] = [];
  const recorded: string[] = [];
  const log = { warn: (facts: object, message: string) => void logged.push({ facts, message }) };
  const record = (about: string, site: string) => void recorded.push(`${about} at ${site}`);
  return { logged, recorded, incidents: new Incidents({ log, timezone: () => "Europe/London", record, now }) };
}

test("an incident is a line of the log and a row of the audit, once a day for each matter", () => {
  let nowMs = Date.parse("2026-06-01T10:00:00Z");
  const { logged, recorded, incidents } = watched(() => nowMs);
  for (let i = 0; i < 50; i++) incidents.report(incident());
  incidents.report(incident({ matter: "192.0.2.8" }));
  incidents.report(incident({ kind: "location_spoofed" }));
  expect(logged).toHaveLength(3);
  expect(logged[0]).toEqual({
    message: INCIDENTS.token_forged.says,
    facts: { event: "incident", incident: "token_forged", roles: ["admin"], site: "depot", address: "192.0.2.7" },
  });
  expect(recorded).toEqual(["token_forged at depot", "token_forged at depot", "location_spoofed at depot"]);
  const days = () => incidents.lately.map(({ day }) => day);
  expect(days()).toEqual(["2026-06-01", "2026-06-01", "2026-06-01"]);
  nowMs += 86_400_000;
  incidents.report(incident());
  expect(logged).toHaveLength(4);
  expect(days()).toEqual(["2026-06-01", "2026-06-01", "2026-06-01", "2026-06-02"]);
  nowMs += 86_400_000;
  expect(days()).toEqual(["2026-06-02"]);
});

test("whoever makes up a thousand matters fills neither the log nor the audit, and hides no incident of another kind", () => {
  const { logged, recorded, incidents } = watched();
  for (let i = 0; i < 5000; i++) incidents.report(incident({ matter: `192.0.2.${i}` }));
  expect(logged).toHaveLength(1000);
  incidents.report(incident({ kind: "audit_broken", matter: "7 it was changed", site: "", facts: { row: 7 } }));
  expect(recorded.at(-1)).toBe("audit_broken, row 7 at ");
  expect(incidents.lately).toHaveLength(1001);
});

test("every kind of incident says whose it is, what happened, and what to do; and no address leaves the log", () => {
  const register = registerOfText("organisation: Exampleshire Council\n");
  const incidents = Object.keys(INCIDENTS).map((kind) => ({
    ...incident({ kind: kind as Incident["kind"] }),
    day: "2026-06-01",
  }));
  const about = {
    register,
    today: "2026-06-01",
    hasBegun: false,
    levels: [],
    refused: new Map(),
    isDecided: () => false,
  };
  const matters = mattersOf({ ...about, incidents, audited: { rows: 3, head: "3:abc" } });
  expect(matters.map(({ facts }) => facts.incident)).toEqual([...Object.keys(INCIDENTS), undefined]);
  for (const { facts, text, subject } of matters.slice(0, -1)) {
    const { roles, says, todo } = INCIDENTS[facts.incident as Incident["kind"]];
    expect(subject).toBe(`Incident: ${says}`);
    for (const part of [says, todo, roles.join(", "), "site depot"]) expect(text).toContain(part);
  }
  expect(JSON.stringify(matters)).not.toContain("192.0.2.7");
  expect(matters.at(-1)).toMatchObject({ about: "audit", text: expect.stringContaining("--head 3:abc") });
});

test("a token that is nobody's is an incident, by every door", async () => {
  const front = await open({ people: true, shims: true });
  const authorization = "Bearer seatmeter_wrong";
  await fetch(`${front.url}/api/v1/pools`, { headers: { authorization } });
  await expect(front.connect({ headers: { authorization } })).rejects.toMatchObject({ status: 401 });
  expect(front.incidents).toEqual(
    Array(2).fill({ ...incident({ matter: "127.0.0.1", site: "elsewhere", logged: { address: "127.0.0.1" } }) }),
  );
});

test("a right token, or none, is no incident", async () => {
  const front = await open({ people: true, shims: true });
  for (const headers of [{}, { authorization: `Bearer ${front.token("viewer")}` }])
    await fetch(`${front.url}/api/v1/pools`, { headers: headers as Record<string, string> });
  expect(front.incidents).toEqual([]);
});

test("a computer that says to be another than its token's is an incident", async () => {
  const front = await open({ shims: true });
  const shim = await front.connect({ headers: { authorization: `Bearer ${front.token("shim")}` } });
  await shim.greet("pc-2").catch(() => {});
  await expect.poll(() => front.incidents).toMatchObject([{ kind: "token_forged" }]);
});

test("somebody who goes on guessing tokens at the form is an incident, and one slip is none", async () => {
  const front = await open({ people: true });
  const guess = () => fetch(`${front.url}/sign-in`, { method: "POST", body: new URLSearchParams({ token: "x" }) });
  expect((await guess()).status).toBe(422);
  expect(front.incidents).toEqual([]);
  let status = 0;
  while (status !== 429) ({ status } = await guess());
  expect(front.incidents).toMatchObject([{ kind: "token_forged", matter: "127.0.0.1" }]);
});

test("X-Forwarded-For of somebody who is no trusted proxy is an incident, and a trusted one's is none", async () => {
  const headers = { "x-forwarded-for": "10.1.2.3" };
  const front = await open({ register: "sites: { depot: { name: Depot, networks: [10.0.0.0/8] } }" });
  await fetch(`${front.url}/api/v1/pools`, { headers });
  await (await front.connect({ headers })).greet();
  expect(front.incidents).toMatchObject(Array(2).fill({ kind: "location_spoofed", site: "elsewhere" }));
  const proxied = await open({ register: "trustedProxies: [127.0.0.1/32]" });
  await fetch(`${proxied.url}/api/v1/pools`, { headers });
  expect(proxied.incidents).toEqual([]);
});

test("a computer that is refused what it may not, again and again, is an incident, under pseudonym; want of seats is none", async () => {
  const front = await open({ register: "devices: { pc-1: { retired: 2020-01-01 } }" });
  const ask = (product: string, device: string) =>
    fetch(`${front.url}/api/v1/checkouts`, {
      method: "POST",
      headers: { "content-type": "application/json", "seatmeter-device": device },
      body: JSON.stringify({ leaseId: randomUUID(), product, user: "asmith" }),
    });
  for (let i = 0; i < REFUSED_AGAIN.most + 1; i++)
    expect((await ask("gis", `pc-${i + 100}`)).status).toBe(i === 0 ? 201 : 409);
  for (let i = 0; i < REFUSED_AGAIN.most + 1; i++) await ask("gis", "pc-7");
  for (let i = 0; i < REFUSED_AGAIN.most - 1; i++) expect((await ask("cad", "pc-1")).status).toBe(403);
  expect(front.incidents).toEqual([]);
  await ask("cad", "pc-1");
  expect(front.incidents).toMatchObject([{ kind: "device_refused", pool: "cad", facts: { reason: "device_retired" } }]);
  expect(JSON.stringify(front.incidents)).not.toMatch(/pc-1\b|asmith/);
});

test("an entitlement that has ended and is used on is an incident, unless another has begun or there are seats enough", () => {
  const register = (entitlements: string, more = "") =>
    registerOfText(`organisation: Exampleshire Council
products: { cad: { owner: a@exampleshire.example, pools: [cad] } }
pools: { cad: { ${more}entitlements: [${entitlements}] } }
`);
  const OLD = "{ reference: PO-1, seats: 5, starts: 2024-01-01, ends: 2026-05-31 }";
  const BESIDE = "{ reference: PO-2, seats: 2, starts: 2024-01-01 }";
  const NEXT = "{ reference: PO-3, seats: 1, starts: 2026-06-01 }";
  const found = (text: string, used: number, capacity: number, today = "2026-06-01", more = "") =>
    endedInUse(register(text, more), [{ pool: "cad", used, capacity }], today).map(({ facts }) => facts);
  expect(found(`${OLD}, ${BESIDE}`, 3, 2)).toEqual([{ used: 3, owned: 2, reference: "PO-1", ended: "2026-05-31" }]);
  expect(found(OLD, 1, 0)).toHaveLength(1);
  expect(found(OLD, 5, 5, "2026-05-31")).toEqual([]);
  expect(found(`${OLD}, ${BESIDE}`, 2, 2)).toEqual([]);
  expect(found(`${OLD}, ${NEXT}`, 4, 1)).toEqual([]);
  expect(found(`${OLD}, ${BESIDE}`, 9, 2, "2026-06-01", "metric: site, ")).toEqual([]);
  expect(found(OLD, 9, 0, "2026-06-01", "metric: site, ")).toHaveLength(1);
});

onBothEngines(({ newPlace }) => {
  async function kept(startMs: number, privacy = "") {
    const { db } = await openTestHistory(await newPlace());
    let nowMs = startMs;
    const book = new AuditBook({ db }, () => nowMs);
    const lines: { facts: Record<string, unknown>; message: string }[] = [];
    const say = (facts: object, message: string) =>
      void lines.push({ facts: facts as Record<string, unknown>, message });
    const found: Incident[] = [];
    const parts = { book, log: { info: say, warn: say }, register: () => keepingFor(privacy), now: () => nowMs };
    const keeping = new AuditKeeping({ ...parts, report: (one) => void found.push(one) });
    return { db, book, keeping, lines, found, pass: (ms: number) => (nowMs += ms) };
  }
  const DAY_MS = 86_400_000;

  test("once a day the chain is checked and its head is in the log", async () => {
    const { book, keeping, lines, pass } = await kept(Date.parse("2026-06-01T10:00:00Z"));
    await book.append(entry());
    await keeping.look();
    await keeping.look();
    expect(lines).toHaveLength(1);
    const { seq, hash } = await book.head();
    expect(lines[0]?.facts).toEqual({ rows: 1, first: 1, head: `${seq}:${hash}` });
    expect(keeping.found).toEqual({ day: "2026-06-01", rows: 1, head: `${seq}:${hash}` });
    pass(DAY_MS);
    await keeping.look();
    expect(lines).toHaveLength(2);
  });

  test("a chain that is broken is an incident, and its head is not passed off as sound", async () => {
    const { db, book, keeping, found } = await kept(Date.parse("2026-06-01T10:00:00Z"));
    for (let i = 0; i < 3; i++) await book.append(entry());
    await db.updateTable("audit").set({ who: "nobody" }).where("seq", "=", 2).execute();
    await keeping.look();
    expect(found).toMatchObject([{ kind: "audit_broken", facts: { row: 2 } }]);
    expect(keeping.found).toBe(undefined);
  });

  test.each([
    ["two years", "", "2024-05-31T12:00:00Z", "2024-06-01"],
    ["as long as the register says", "keepAudit: 14 months", "2025-03-31T12:00:00Z", "2025-04-01"],
  ])("rows are kept for %s, and the rest stays sound", async (_, privacy, first, keptFrom) => {
    const { db, book, keeping, lines, found, pass } = await kept(Date.parse(first), privacy);
    await book.append(entry({ about: "old" }));
    pass(DAY_MS);
    await book.append(entry({ about: "just kept" }));
    pass(Date.parse("2026-06-01T10:00:00Z") - Date.parse(first) - DAY_MS);
    await keeping.look();
    expect(found).toEqual([]);
    expect((await db.selectFrom("audit").select("about").orderBy("seq").execute()).map(({ about }) => about)).toEqual([
      "just kept",
      expect.stringMatching(/^rows up to 1, whose hash is /),
    ]);
    expect(lines.map(({ facts }) => facts)).toMatchObject([
      { rows: 1, keptFrom },
      { rows: 2, first: 2 },
    ]);
  });
});

test("a history that is away is said once, and the day is made up for", async () => {
  let down = true;
  const gone = () => Promise.reject(new Error("away"));
  const verdict = { rows: 0, first: 0, head: { seq: 0, hash: "0" } };
  const book = {
    cut: () => (down ? gone() : Promise.resolve(0)),
    verify: () => (down ? gone() : Promise.resolve(verdict)),
  };
  const lines: string[] = [];
  const say = (_: object, message: string) => void lines.push(message);
  const parts = { register: () => keepingFor(""), report: () => {} };
  const keeping = new AuditKeeping({ book, log: { info: say, warn: say }, ...parts });
  await keeping.look();
  await keeping.look();
  expect(lines).toEqual(["the audit could not be checked today; it is tried again"]);
  down = false;
  await keeping.look();
  expect(lines).toHaveLength(2);
  expect(keeping.found).toMatchObject({ rows: 0 });
});
