import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Role } from "../../daemon/access/tokens.ts";
import { newToken } from "../../daemon/access/tokens.ts";
import { HELD, type Held } from "../../daemon/privacy/held.ts";
import { demoRegister, startDaemon, type TestDaemon, UNHURRIED } from "../support/daemon.ts";
import { shim } from "../support/shim.ts";

const PEOPLE = ["viewer", "procurement", "manager", "auditor", "admin"] as const satisfies Role[];
const ACCESS = `access: { people: { tokensFile: people.txt } }
privacy: { keepAudit: 18 months }
products:`;
let daemon: TestDaemon;
let data: string;
const tokens = new Map<Role, string>();

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "sm-"));
  const lines = PEOPLE.map((role) => {
    const { token, line } = newToken(`the-${role}`, role);
    tokens.set(role, token);
    return line;
  });
  writeFileSync(join(data, "people.txt"), `${lines.join("\n")}\n`);
  const register = demoRegister({ lease: UNHURRIED }).replace("products:", ACCESS);
  daemon = await startDaemon({ register, data, env: { SEATMETER_HISTORY: "on" } });
});
afterAll(async () => {
  await daemon?.stop();
  rmSync(data, { recursive: true, force: true });
});

const ask = (role: Role | undefined, method: string, path: string, body?: object, more: Record<string, string> = {}) =>
  fetch(daemon.httpUrl + path, {
    method,
    headers: {
      ...(role && { authorization: `Bearer ${tokens.get(role)}` }),
      ...(body && { "content-type": "application/json" }),
      ...more,
    },
    ...(body && { body: JSON.stringify(body) }),
  });

/** Who may, and nobody else: what is held of a person is for those who have to answer. */
const ROUTES: [method: string, path: string, body: object | undefined, may: readonly Role[]][] = [
  ["GET", "/api/v1/privacy", undefined, PEOPLE],
  ["POST", "/api/v1/privacy/export", { user: "ada" }, ["auditor", "admin"]],
  ["POST", "/api/v1/privacy/export.csv", { user: "ada" }, ["auditor", "admin"]],
  ["POST", "/api/v1/privacy/erase", { user: "ada" }, ["admin"]],
];

test.each(ROUTES)("%s %s is open to those who have to answer, and to nobody else", async (method, path, body, may) => {
  for (const role of PEOPLE) {
    const { status } = await ask(role, method, path, body);
    expect([role, status]).toEqual([role, may.includes(role) ? 200 : 403]);
  }
  expect((await ask(undefined, method, path, body)).status).toBe(401);
});

test("who is erased is named by no row of the audit any more, and it stays sound", async () => {
  const user = "canary-of-audit";
  await ask("auditor", "POST", "/api/v1/privacy/export", { user });
  type Row = { act: string; subject: string; phase: string; outcome: string; reason: string };
  const lookedUp = async () => {
    const answer = await ask("auditor", "GET", "/api/v1/audit?most=6");
    return ((await answer.json()) as { items: Row[] }).items;
  };
  const [before] = await lookedUp();
  expect(before).toMatchObject({ act: "export_person", subject: expect.stringMatching(/^[\w-]{16}$/) });

  await ask("admin", "POST", "/api/v1/privacy/erase", { user, reason: "asked for by letter" });
  const rows = await lookedUp();
  expect(rows.slice(0, 4)).toMatchObject([
    { act: "erase_person", subject: "", phase: "outcome", outcome: "done", reason: "asked for by letter" },
    { act: "erase_person", subject: "", phase: "intent" },
    { act: "export_person", subject: "" },
    { act: "export_person", subject: "" },
  ]);
  expect(JSON.stringify(rows)).not.toContain(before!.subject);
  expect(await (await ask("auditor", "GET", "/api/v1/audit/verify")).json()).toMatchObject({ sound: true });
});

test("that somebody looked a person up is logged, with who looked and not whom", async () => {
  await ask("auditor", "POST", "/api/v1/privacy/export", { user: "canary-of-export" });
  await expect.poll(() => daemon.output()).toMatch(/"who":"the-auditor".*"act":"export_person"/);
  expect(daemon.output()).not.toContain("canary-of-export");
});

test("a name that is none is refused, and one of whom nothing is held is told so", async () => {
  expect(await (await ask("admin", "POST", "/api/v1/privacy/export", { user: "" })).json()).toMatchObject({
    code: "message_invalid",
    field: "user",
  });
  const env = { SEATMETER_URL: daemon.url, SEATMETER_TOKEN: tokens.get("admin")! };
  const erased = await shim(["privacy", "erase", "nobody-at-all"], env).finished;
  expect(erased).toMatchObject({ exit: 0, stdout: "Nothing is held of a person of that name that could be erased.\n" });
  const told = await shim(["privacy", "export", "nobody-at-all", "--format", "text"], env).finished;
  // But that somebody asked, and had them erased.
  const elsewhere = Object.values<Held>(HELD).filter((part) => part.elsewhere);
  expect(told.stdout.match(/Not looked for here/g)).toHaveLength(elsewhere.length);
  expect(told.stdout.match(/Nothing is held\./g)).toHaveLength(Object.keys(HELD).length - elsewhere.length - 2);
  expect(told.stdout).toMatch(/Had told what is held of a person, admin\n/);
  expect(
    await shim(["privacy", "export", "ada"], { ...env, SEATMETER_TOKEN: tokens.get("viewer")! }).finished,
  ).toMatchObject({
    exit: 77,
  });
  expect((await shim(["privacy", "status"], env).finished).stdout).toMatch(
    /^13 months .*\n7 years .*\n13 months .*\n18 months /,
  );
  expect(await shim(["privacy", "forget", "ada"], env).finished).toMatchObject({ exit: 64 });
});

test("a CSV of what is held is guarded against formulas, and names the person in no file's name", async () => {
  const launch = { leaseId: randomUUID(), user: "=cmd", product: "demo" };
  await ask(undefined, "POST", "/api/v1/checkouts", launch, { "seatmeter-device": "pc-1" });
  const answer = await ask("admin", "POST", "/api/v1/privacy/export.csv", { user: "=cmd" });
  expect(answer.headers.get("content-disposition")).toBe('attachment; filename="person.csv"');
  expect(await answer.text()).toMatch(/^What,From \(UTC\).*\r\nPrograms running now,[^\r]*,'=cmd,pc-1,/);
});

test("the page tells for how long what is kept, and of a person in plain English whom somebody asks about in a form", async () => {
  const page = await ask("viewer", "GET", "/privacy", undefined, { accept: "text/html" });
  expect(await page.text()).toMatch(/13 months[\s\S]*7 years[\s\S]*18 months[\s\S]*What was deleted/);
  const form = (role: Role, user: string) =>
    fetch(`${daemon.httpUrl}/privacy/person`, {
      method: "POST",
      headers: { authorization: `Bearer ${tokens.get(role)}`, accept: "text/html" },
      body: new URLSearchParams({ user }),
    });
  expect(await (await form("auditor", "<b>ada")).text()).toMatch(
    /use of licences by &lt;b&gt;ada[\s\S]*Nothing is held/,
  );
  expect((await form("auditor", "")).status).toBe(422);
  expect((await form("manager", "ada")).status).toBe(403);
});
