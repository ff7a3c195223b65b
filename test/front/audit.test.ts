import { createHash, randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { isShimRole } from "../../daemon/access/roles.ts";
import type { Role } from "../../daemon/access/tokens.ts";
import { rowAfter } from "../../daemon/audit/chain.ts";
import { AuditInThread } from "../../daemon/audit/in-thread.ts";
import { SeatmeterError } from "../../daemon/domain/errors.ts";
import type { AuditItem } from "../../daemon/front/audit-shapes.ts";
import { openHistory } from "../../daemon/history/database.ts";
import type { AuditRow } from "../../daemon/history/tables.ts";
import { entry } from "../support/audit.ts";
import { councilRenewals } from "../support/council.ts";
import { dataFolder } from "../support/daemon.ts";
import { type Front, type FrontOptions, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

/** Doors behind which everybody says who he is, and what they write down. */
async function open(options: Partial<FrontOptions> = {}) {
  const folder = dataFolder();
  const place = { file: join(folder.path, "history.sqlite") };
  const history = await openHistory(place);
  const book = new AuditInThread({ place, id: history.id });
  const front = await openFront({ redis, people: true, renewals: councilRenewals, book, ...options });
  onTestFinished(async () => {
    await front.close();
    await book.close();
    await history.close();
    folder[Symbol.dispose]();
  });
  const rows = (): Promise<AuditRow[]> => history.db.selectFrom("audit").selectAll().orderBy("seq").execute();
  return { front, rows, history, book };
}

async function ask(front: Front, role: Role, method: string, path: string, body?: object | string) {
  const answer = await fetch(front.url + path, {
    ...{ method, redirect: "manual" as const },
    headers: {
      authorization: `Bearer ${front.token(role)}`,
      ...(body !== undefined && { "content-type": typeof body === "string" ? "text/yaml" : "application/json" }),
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return {
    status: answer.status,
    body: (await answer.json().catch(() => ({}))) as { code?: string; items?: unknown[] },
  };
}

const BECAUSE = { reason: "left it running" };
/** What each role does, and what is written of it before it is done, and after. */
const DONE: [string, Role, string, string, (object | string)?, object?, string?][] = [
  [
    "reclaim",
    "manager",
    "DELETE",
    "/api/v1/leases/LEASE",
    BECAUSE,
    { about: "lease LEASE", ...BECAUSE },
    "lease_unknown",
  ],
  ["recall", "manager", "POST", "/api/v1/leases/LEASE/recall", BECAUSE, { about: "lease LEASE" }, "lease_unknown"],
  [
    "reassign",
    "admin",
    "POST",
    "/api/v1/pools/cad/reassign",
    { user: "asmith", ...BECAUSE },
    { about: "pool cad" },
    "not_found",
  ],
  ["retire", "manager", "POST", "/api/v1/devices/retire", { device: "PC-9", reason: "sold" }, { reason: "sold" }],
  ["apply_register", "admin", "PUT", "/api/v1/register", "a text", { about: expect.stringContaining("SHA-256") }],
  [
    "change_register",
    "manager",
    "PATCH",
    "/api/v1/register",
    {
      changes: [
        { op: "add", path: "/devices/PC-9", value: { note: "asmith" } },
        { op: "remove", path: "/pools/cad/linger" },
      ],
      ...BECAUSE,
    },
    { about: "add /devices, remove /pools/cad/linger", ...BECAUSE },
  ],
  [
    "explain",
    "viewer",
    "POST",
    "/api/v1/explain",
    { product: "cad", user: "asmith" },
    { about: "product cad", reason: "" },
  ],
  ["explain", "viewer", "POST", "/api/v1/explain", { user: "asmith" }, { about: "" }, "message_invalid"],
  [
    "note",
    "procurement",
    "POST",
    "/api/v1/renewals/cad/notes",
    { note: "training" },
    { reason: "training" },
    "message_invalid",
  ],
  ["decide", "procurement", "POST", "/api/v1/renewals/cad/decision", { kind: "no" }, {}, "message_invalid"],
  ["search_denials", "viewer", "POST", "/api/v1/denials/search", { device: "PC-9" }, { reason: "" }],
];

test.each(DONE)(
  "%s by %s is written down before it is done, and after with how it went",
  async (act, role, method, path, body, said, code = "done") => {
    const { front, rows } = await open();
    const leaseId = randomUUID();
    const named = (text: unknown) => JSON.parse(JSON.stringify(text).replaceAll("LEASE", leaseId));
    await ask(front, role, method, path.replace("LEASE", leaseId), body);

    const [intent, outcome, ...more] = await rows();
    expect(more).toEqual([]);
    const common = { act, who: `the-${role}`, role, site: "elsewhere", ...(code === "done" ? said : named(said)) };
    expect(intent).toMatchObject({ ...common, seq: 1, phase: "intent", outcome: "", intent: null });
    const after = { ...common, seq: 2, phase: "outcome", outcome: code, intent: 1 };
    expect(outcome).toMatchObject(
      ["apply_register", "change_register"].includes(act)
        ? { ...after, about: expect.stringMatching(/, revision 2$/) }
        : after,
    );
    const text = JSON.stringify([intent, outcome]);
    for (const name of ["asmith", "pc-9", "PC-9", "127.0.0.1"]) expect(text).not.toContain(name);
  },
);

test("whom an act is about stands under the pseudonym that the history has", async () => {
  const { front, rows } = await open();
  await ask(front, "viewer", "POST", "/api/v1/explain", { product: "cad", user: "ASmith" });
  await ask(front, "viewer", "POST", "/api/v1/explain", { product: "cad", user: " asmith" });
  const subjects = new Set((await rows()).map(({ subject }) => subject));
  expect(subjects).toEqual(new Set([expect.stringMatching(/^[\w-]{16}$/)]));
});

test("a search that names nobody looks at nobody, and is not written down", async () => {
  const { front, rows } = await open();
  expect((await ask(front, "viewer", "POST", "/api/v1/denials/search", { pool: "cad" })).status).toBe(200);
  expect(await rows()).toEqual([]);
});

test("who may not is no act", async () => {
  const { front, rows } = await open();
  expect((await ask(front, "viewer", "DELETE", `/api/v1/leases/${randomUUID()}`, BECAUSE)).status).toBe(403);
  expect(await rows()).toEqual([]);
});

describe("signing in", () => {
  const signIn = (front: Front, role: Role) =>
    fetch(`${front.url}/sign-in`, {
      ...{ method: "POST", redirect: "manual" },
      body: new URLSearchParams({ token: front.token(role) }),
    });

  test("is written down of everybody who may do more than look", async () => {
    const { front, rows } = await open();
    for (const role of ["viewer", "manager", "admin"] as const) expect((await signIn(front, role)).status).toBe(303);
    const signed = (await rows()).map(({ act, who, phase }) => `${act} ${who} ${phase}`);
    expect(signed).toEqual(
      ["manager", "admin"].flatMap((role) => [`sign_in the-${role} intent`, `sign_in the-${role} outcome`]),
    );
  });

  test("is refused where it cannot be written down, and nobody is in", async () => {
    const { front } = await open({ book: UNREACHABLE });
    const refused = await signIn(front, "admin");
    expect(refused.status).toBe(503);
    expect(refused.headers.get("set-cookie")).toBe(null);
    expect(await refused.text()).toContain("Try again");
    expect((await signIn(front, "viewer")).status).toBe(303);
  });
});

const down = () => Promise.reject(new SeatmeterError("history_unavailable", "the disk is full"));
const UNREACHABLE: FrontOptions["book"] = { append: down, rows: down, head: down, verify: down };

test("what cannot be written down is not done", async () => {
  const { front } = await open({ book: UNREACHABLE });
  const shim = await front.connect();
  await shim.greet();
  const before = front.log.length;
  const refused = await ask(front, "manager", "POST", "/api/v1/devices/retire", { device: "pc-9", reason: "sold" });
  expect(refused).toMatchObject({ status: 503, body: { code: "audit_unavailable", retry: true } });
  expect(JSON.stringify(refused.body)).toContain("the disk is full");
  expect((await ask(front, "viewer", "GET", "/api/v1/register")).body).not.toMatchObject({
    text: expect.stringContaining("pc-9"),
  });
  expect((await ask(front, "viewer", "GET", "/api/v1/pools")).status).toBe(200);
  expect(front.log.slice(before).join("")).not.toContain("an administrator's act");
});

test("an act whose outcome cannot be written is done, and the log says how it went", async () => {
  const { rows, book } = await open();
  const once: FrontOptions["book"] = {
    ...{ rows: book.rows, head: book.head, verify: book.verify },
    append: (entry) => (entry.phase === "intent" ? book.append(entry) : down()),
  };
  const other = await openFront({ redis, people: true, book: once });
  onTestFinished(() => other.close());
  expect(
    (await ask(other, "manager", "POST", "/api/v1/devices/retire", { device: "pc-9", reason: "sold" })).status,
  ).toBe(200);
  expect(await rows()).toMatchObject([{ act: "retire", phase: "intent" }]);
  expect(other.log.join("")).toContain("how an act went could not be written to the audit");
});

test("every route by which a person changes something, or looks at somebody, names what is written down of it", async () => {
  const { front } = await open();
  const changing = front.routes.filter(({ method, config }) => {
    const roles = config?.roles;
    const isPeoples = Array.isArray(roles) && !(roles as Role[]).every(isShimRole);
    return isPeoples && !["GET", "HEAD"].includes(String(method));
  });
  expect(changing.length).toBeGreaterThan(9);
  // This one asks back what was typed, and looks nothing up.
  const unwritten = changing.filter(({ config }) => config?.act === undefined).map(({ url }) => url);
  expect(unwritten).toEqual(["/computers/ask"]);
});

test("without a history acts stand in the log, without anybody's name, and nothing is refused", async () => {
  const { front } = await open({ book: undefined });
  await ask(front, "manager", "POST", "/api/v1/devices/retire", { device: "pc-9", reason: "sold" });
  const acts = front.log.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "an administrator's act");
  expect(acts).toMatchObject([{ act: "retire", who: "the-manager", role: "manager", reason: "sold", outcome: "done" }]);
  expect(JSON.stringify(acts)).not.toContain("pc-9");
  expect((await ask(front, "auditor", "GET", "/api/v1/audit")).body).toMatchObject({ code: "history_off" });
  const page = await fetch(`${front.url}/audit`, { headers: { authorization: `Bearer ${front.token("auditor")}` } });
  expect(await page.text()).toContain("No audit is kept here");
});

describe("the audit is read", () => {
  async function written() {
    const opened = await open();
    for (const user of ["asmith", "bjones", "cdavis"])
      await ask(opened.front, "viewer", "POST", "/api/v1/explain", { product: "cad", user });
    await ask(opened.front, "manager", "POST", "/api/v1/devices/retire", { device: "pc-9", reason: "=1+1" });
    return opened;
  }

  test("page by page, by act and by day, by auditors and administrators alone", async () => {
    const { front } = await written();
    const first = await ask(front, "auditor", "GET", "/api/v1/audit?most=5");
    expect(first.body.items).toHaveLength(5);
    const { next } = first.body as { next?: string };
    const rest = await ask(front, "admin", "GET", `/api/v1/audit?most=5&cursor=${next}`);
    expect(rest.body.items).toMatchObject([{ seq: 3 }, { seq: 2 }, { seq: 1 }]);
    expect((await ask(front, "auditor", "GET", "/api/v1/audit?act=retire")).body.items).toHaveLength(2);
    expect((await ask(front, "auditor", "GET", "/api/v1/audit?to=2020-01-01")).body.items).toEqual([]);
    const today = new Date().toISOString().slice(0, 10);
    expect((await ask(front, "auditor", "GET", `/api/v1/audit?from=${today}`)).body.items).toHaveLength(8);
    expect((await ask(front, "auditor", "GET", "/api/v1/audit?act=stolen")).status).toBe(400);
    for (const role of ["viewer", "procurement", "manager"] as const)
      expect((await ask(front, role, "GET", "/api/v1/audit")).status).toBe(403);
  });

  test("as a table for spreadsheets, in which no text is a formula", async () => {
    const { front } = await written();
    const answer = await fetch(`${front.url}/api/v1/audit.csv`, {
      headers: { authorization: `Bearer ${front.token("auditor")}` },
    });
    const [columns, ...lines] = (await answer.text()).replace("\uFEFF", "").trim().split("\r\n");
    expect(columns).toMatch(/^at,row,at_ms,who,.*,hash$/);
    expect(lines).toHaveLength(8);
    expect(lines[7]).toContain("'=1+1");
  });

  test("as a table of all rows that are asked for, or none", async () => {
    const page = Array.from({ length: 1000 }, (_, i) => rowAfter({ seq: i, hash: "" }, entry(), 0, ""));
    const { front, book } = await open();
    let pagesLeft = 201;
    book.rows = async () => ({ items: page, ...(--pagesLeft > 0 && { next: 1 }) });
    const asked = await ask(front, "auditor", "GET", "/api/v1/audit.csv");
    expect(asked).toMatchObject({ status: 400, body: { code: "message_invalid", field: "from" } });
    pagesLeft = 2;
    expect((await ask(front, "auditor", "GET", "/api/v1/audit.csv")).status).toBe(200);
  });

  test("with all that its hashes are of, so that an auditor can work them out as docs/audit.md says", async () => {
    const { front } = await written();
    const { items } = (await ask(front, "auditor", "GET", "/api/v1/audit")).body as { items: AuditItem[] };
    const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
    for (const row of items) {
      const head = ["seatmeter audit 1", row.seq, row.atMs, row.who, row.role, row.site, row.act, row.about];
      const rest = [row.subjectHash, row.reason, row.phase, row.outcome, row.intent, row.prevHash];
      expect(sha256(JSON.stringify([...head, ...rest]))).toBe(row.hash);
      expect(sha256(`${row.subjectSalt} ${row.subject}`)).toBe(row.subjectHash);
    }
    expect(items).toHaveLength(8);
  });

  test("and verified, against a head of before", async () => {
    const { front, history } = await written();
    const verify = async (head = "") =>
      (await ask(front, "auditor", "GET", `/api/v1/audit/verify${head && `?head=${head}`}`)).body as {
        head: string;
        sound: boolean;
      };
    const { head } = await verify();
    expect(await verify()).toMatchObject({ sound: true, rows: 8, first: 1 });
    expect(await verify(head)).toMatchObject({ sound: true });
    expect(await verify(`8:${"0".repeat(64)}`)).toMatchObject({ sound: false, broken: { seq: 8 } });
    await history.db.updateTable("audit").set({ who: "nobody" }).where("seq", "=", 7).execute();
    expect(await verify()).toMatchObject({ sound: false, broken: { seq: 7 } });
    expect((await ask(front, "auditor", "GET", "/api/v1/audit/verify?head=x")).status).toBe(400);
  });

  test("on a page that leads to older rows, and whose foot is the head", async () => {
    const { front, book } = await written();
    for (let i = 0; i < 25; i++)
      await ask(front, "viewer", "POST", "/api/v1/explain", { product: "cad", user: `u${i}` });
    const page = async (query: string) =>
      (
        await fetch(`${front.url}/audit${query}`, { headers: { authorization: `Bearer ${front.token("auditor")}` } })
      ).text();
    const first = await page("");
    const { seq, hash } = await book.head();
    expect(first).toContain(`The head of the audit is ${seq}:${hash}`);
    const older = /href="(\/audit\?cursor=\d+)"/.exec(first)?.[1];
    expect(await page((older ?? "").replace("/audit", ""))).toContain('id="row-1"');
    expect(await page("?act=retire")).toContain("=1+1");
    expect(await page("?act=stolen&from=yesterday&cursor=x")).toContain('id="row-58"');
    expect(await page("?to=2020-01-01")).toContain("Nothing was done there and then");
  });
});
