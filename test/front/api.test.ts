import { randomUUID } from "node:crypto";
import Fastify, { type FastifyInstance } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Audit } from "../../daemon/audit/audit.ts";
import { SeatmeterError } from "../../daemon/domain/errors.ts";
import { type ApiParts, registerApi } from "../../daemon/front/api.ts";
import { ROUTES, type Route } from "../../daemon/front/api-routes.ts";
import { asker, useLaunches } from "../support/launches.ts";

const { openLaunches } = useLaunches();

const REGISTER = `
organisation: Exampleshire Council
sites: { depot: { networks: [10.20.0.0/16] }, home: { networks: [10.99.0.0/16] } }
products:
  autocad: { name: AutoCAD, owner: planning@example.org, pools: [cad], aliases: [acad] }
  reader: { owner: ict@example.org, pools: [many] }
pools:
  cad:
    aliases: [old-cad]
    sites: { depot: { seats: 2 }, home: { seats: 0 } }
    entitlements: [{ reference: A, seats: 3, starts: 2020-01-01 }]
  many: { entitlements: [{ reference: B, seats: 1000, starts: 2020-01-01 }] }
`;

let daemon: Awaited<ReturnType<typeof openLaunches>>;
let app: FastifyInstance;
const applied: unknown[] = [];
const state = { draining: false };
const around: { inForce?: ApiParts["inForce"] } = {};

const unasked = () => Promise.reject(new Error("computers are not enrolled here"));

beforeAll(async () => {
  daemon = await openLaunches(REGISTER);
  await daemon.ledger.publish({ text: "first", files: {}, author: "ict" }, 0);
  await daemon.ledger.publish({ text: REGISTER, files: { "c.csv": "user" }, author: "planner" }, 1);
  app = Fastify();
  app.decorateRequest("who", null);
  app.decorateRequest("address", "127.0.0.1");
  app.setErrorHandler((error: SeatmeterError, _request, reply) =>
    reply.status(error.status ?? 500).send({ code: error.code, message: error.message, field: error.field }),
  );
  registerApi(app, {
    ...{ launches: daemon.launches, acts: daemon.acts, ledger: daemon.ledger, version: "1.2.3" },
    audit: new Audit({ book: undefined, log: app.log, timezone: () => "Europe/London" }),
    ...{
      access: { enrols: false },
      enrolled: { exchange: unasked, list: async () => ({ items: [] }), rotate: unasked },
    },
    state: () => state,
    inForce: () => (around.inForce ?? daemon.inForce)(),
    applyRegister: async (text, files, author) => {
      if (text === "wrong") throw new SeatmeterError("register_invalid", "register:1:1 wrong\nregister:2:1 wrong too");
      applied.push({ text, files, author });
      return { revision: 3 };
    },
    changeRegister: async () => ({ revision: 4 }),
  });
  await app.ready();
});
afterAll(() => app.close());

async function get(url: string) {
  const answer = await app.inject({ method: "GET", url });
  return { status: answer.statusCode, body: answer.json() };
}

test("pools are counted as the ledger has them now, found by an earlier name too", async () => {
  const { leaseId } = await daemon.ask("autocad", { user: "asmith" }, asker("PC-1"));
  const cad = {
    ...{ pool: "cad", used: 1, owned: 3, free: 2, reservedIdle: 0, lingering: 0, borrowed: 0, waiting: 0 },
    ...{ assignedIdle: 0, outside: 0, metric: "concurrent", reservations: [] },
    sites: [
      { site: "depot", used: 1, ceiling: 2 },
      { site: "home", used: 0, ceiling: 0 },
    ],
    dayPeak: 1,
    revision: 1,
  };
  expect(await get("/api/v1/pools")).toMatchObject({ status: 200, body: { items: [cad, { pool: "many" }] } });
  expect((await get("/api/v1/pools/cad")).body).toEqual(cad);
  expect((await get("/api/v1/pools/OLD-CAD")).body).toEqual(cad);
  expect(await get("/api/v1/pools/nothing")).toMatchObject({ status: 404, body: { code: "not_found" } });
  expect((await get("/api/v1/leases?pool=cad")).body).toEqual({
    items: [
      {
        ...{ leaseId, product: "autocad", pool: "cad", user: "asmith", device: "PC-1", site: "depot", seats: 1 },
        version: "",
        sinceMs: expect.any(Number),
        flags: [],
      },
    ],
  });
});

test("a list of leases wants a pool, and only cursors that it gave", async () => {
  expect(await get("/api/v1/leases")).toMatchObject({ status: 400, body: { field: "pool" } });
  expect(await get("/api/v1/leases?pool=cad&cursor=x")).toMatchObject({ status: 400, body: { field: "cursor" } });
  expect(await get("/api/v1/leases?pool=cad&colour=red")).toMatchObject({ status: 400, body: { field: "colour" } });
});

test("a pool with many leases is listed page by page, nobody left out", async () => {
  const held = new Set<string>();
  for (let i = 0; i < 600; i += 50) {
    const asked = Array.from({ length: 50 }, (_, k) => daemon.ask("reader", {}, asker(`PC-${i + k}`)));
    for (const { leaseId } of await Promise.all(asked)) held.add(leaseId);
  }
  const listed = new Set<string>();
  let pages = 0;
  for (let next: string | undefined = ""; next !== undefined; pages++) {
    const { body }: { body: { items: { leaseId: string }[]; next?: string } } = await get(
      `/api/v1/leases?pool=many${next && `&cursor=${next}`}`,
    );
    for (const { leaseId } of body.items) listed.add(leaseId);
    next = body.next;
  }
  expect(listed).toEqual(held);
  expect(pages).toBeGreaterThan(1);
});

test("denials are the newest first, under pseudonym, of one pool or of all", async () => {
  await daemon.ask("autocat", { user: "canary-user" });
  await daemon.ask("autocad", { user: "canary-user" }, asker("canary-pc", { address: "10.99.0.1" }));
  const { body } = await get("/api/v1/denials");
  expect(body.items.map(({ pool, reason, product }: Record<string, string>) => [pool, reason, product])).toEqual([
    ["cad", "site_not_allowed", "autocad"],
    ["none", "product_unknown", "autocat"],
  ]);
  expect(body.items[0]).toMatchObject({ site: "home", user: expect.stringMatching(/^[\w-]{16}$/), seats: 1 });
  expect(JSON.stringify(body)).not.toContain("canary");
  expect((await get("/api/v1/denials?pool=cad")).body.items).toHaveLength(1);
  expect((await get("/api/v1/denials?most=1")).body.items).toHaveLength(1);
  expect(await get("/api/v1/denials?most=100000")).toMatchObject({ status: 400, body: { field: "most" } });
});

test("explain is answered by POST, since names never stand in an address", async () => {
  const explain = (body: object) => app.inject({ method: "POST", url: "/api/v1/explain", payload: body });
  expect((await explain({ product: "acad", user: "zoe", site: "home" })).json()).toMatchObject({
    decision: "denied",
    reason: "site_not_allowed",
    rule: "pools.cad.sites.home",
    message: expect.stringContaining("home"),
  });
  const wrong = await explain({ product: "acad" });
  expect([wrong.statusCode, wrong.json().field]).toEqual([400, "user"]);
  expect((await explain({ product: "acad", user: "zoe", site: "HOME" })).json()).toMatchObject({ decision: "denied" });
  const nowhere = await explain({ product: "acad", user: "zoe", site: "nowhere" });
  expect([nowhere.statusCode, nowhere.json()]).toEqual([
    400,
    {
      code: "message_invalid",
      message: "site: there is no site nowhere; known are depot, home, elsewhere",
      field: "site",
    },
  ]);
});

test("the register in force is given with its revision, author, and what was in force before", async () => {
  expect((await get("/api/v1/register")).body).toEqual({
    ...{ revision: 2, text: REGISTER, files: { "c.csv": "user" }, author: "planner", previousText: "first" },
    atMs: expect.any(Number),
  });
});

test("a register is applied as YAML, which keeps the files in force, or as text and files; all its mistakes come back", async () => {
  const put = (payload: string | object, type: string) =>
    app.inject({ method: "PUT", url: "/api/v1/register", payload, headers: { "content-type": type } });
  expect((await put("new: yaml", "application/yaml")).json()).toEqual({ revision: 3 });
  expect((await put({ text: "new", files: { "d.csv": "x" } }, "application/json")).json()).toEqual({ revision: 3 });
  expect(applied).toEqual([
    { text: "new: yaml", files: { "c.csv": "user" }, author: "somebody at 127.0.0.1" },
    { text: "new", files: { "d.csv": "x" }, author: "somebody at 127.0.0.1" },
  ]);
  const refused = await put("wrong", "text/yaml");
  expect(refused.statusCode).toBe(422);
  expect(refused.json().message.split("\n")).toHaveLength(2);
  expect((await put({ files: {} }, "application/json")).json()).toMatchObject({
    code: "message_invalid",
    field: "text",
  });
});

test("the daemon is ready unless it drains or has no register; a ledger away is told", async () => {
  expect(await get("/healthz")).toEqual({ status: 200, body: { status: "alive" } });
  const ready = { ledger: "up", durable: false, history: "off", backlog: 0, register: 1, draining: false };
  expect(await get("/readyz")).toEqual({ status: 200, body: ready });
  state.draining = true;
  expect(await get("/readyz")).toEqual({ status: 503, body: { ...ready, draining: true } });
  state.draining = false;
  around.inForce = () => {
    throw new SeatmeterError("internal", "no register is in force yet");
  };
  expect(await get("/readyz")).toEqual({ status: 503, body: { ...ready, register: null } });
  delete around.inForce;
});

test("every route is described, with its parameters, answers, and who may use it", async () => {
  const { body } = await get("/api/v1/openapi.json");
  expect(body).toMatchObject({ openapi: "3.1.0", info: { version: "1.2.3" } });
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    const described = body.paths[route.path.replace(/:(\w+)/, "{$1}")][route.method.toLowerCase()];
    expect(described.operationId).toBe(name);
    expect(Object.keys(described.responses)).toEqual([...Object.keys(route.answers), "default"]);
    for (const [, parameter] of route.path.matchAll(/:(\w+)/g)) {
      expect(described.parameters).toContainEqual(
        expect.objectContaining({ name: parameter, in: "path", required: true }),
      );
    }
  }
  expect(JSON.stringify(body.paths["/api/v1/checkouts"].post.requestBody)).toContain('"leaseId"');
});

test("a route that is not in the table leads nowhere", async () => {
  expect(await get(`/api/v1/${randomUUID()}`)).toMatchObject({ status: 404, body: { code: "not_found" } });
});
