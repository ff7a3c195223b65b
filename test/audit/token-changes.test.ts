import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { Access } from "../../daemon/access/access.ts";
import { type ListedToken, newToken } from "../../daemon/access/tokens.ts";
import { Audit } from "../../daemon/audit/audit.ts";
import { AuditBook } from "../../daemon/audit/book.ts";
import { openLog } from "../../daemon/front/log.ts";
import { changesBetween, TokenChanges } from "../../daemon/front/token-changes.ts";
import { openHistory } from "../../daemon/history/database.ts";
import { Pseudonyms } from "../../daemon/privacy/pseudonyms.ts";
import { dataFolder } from "../support/daemon.ts";
import { registerOfText } from "../support/recorded.ts";

const folder = dataFolder();
afterAll(() => folder[Symbol.dispose]());
let pseudonyms: Pseudonyms;
beforeAll(() => {
  pseudonyms = Pseudonyms.open(folder.path);
});

const REGISTER = `organisation: Exampleshire Council
access: { people: { tokensFile: people.txt }, shims: { tokensFile: shims.txt } }
products: { cad: { owner: it@exampleshire.example, pools: [cad] } }
pools: { cad: { entitlements: [{ reference: A, seats: 1, starts: 2020-01-01 }] } }`;

/** A daemon's data directory with files of tokens; `start` as often as a daemon is started there. */
async function installation() {
  const { path, [Symbol.dispose]: gone } = dataFolder();
  const history = await openHistory({ file: join(path, "history.sqlite") });
  onTestFinished(async () => {
    await history.close();
    gone();
  });
  const file = (name: string) => join(path, name);
  const book = new AuditBook(history);
  const rows = async () => {
    const found = await history.db.selectFrom("audit").selectAll().orderBy("seq").execute();
    return found.map(({ who, about, subject }) => [who, about, subject]);
  };
  const logged: string[] = [];
  /** Whether the history can be written. */
  const state = { away: false, atMs: Date.now() };
  const start = () => {
    const log = openLog("info", { write: (line) => logged.push(line) });
    const sometimes: Pick<AuditBook, "append"> = {
      append: (entry) => (state.away ? Promise.reject(new Error("the disk is full")) : book.append(entry)),
    };
    const audit = new Audit({ book: sometimes as AuditBook, log, timezone: () => "Europe/London" });
    const changes = new TokenChanges({ data: path, audit, pseudonyms, log });
    const inForce = () => ({ register: registerOfText(REGISTER), revision: 1 });
    const access = new Access({
      ...{ inForce, directory: path, log, host: "127.0.0.1", sessions: {} as never },
      ...{ onTokens: changes.seen, now: () => state.atMs },
    });
    return {
      read: () => access.reload(),
      /** As is done now and then. */
      look() {
        state.atMs += 60_000;
        access.look();
      },
      stop: () => changes.stop(),
    };
  };
  writeFileSync(file("shims.txt"), "");
  writeFileSync(file("people.txt"), "");
  return { file, rows, start, state, logged, verify: () => book.verify() };
}

const person = newToken("asmith", "manager", "2027-03-31");
const computer = newToken("pc-secret", "shim");

test("a token that is added to a file, changed there or taken out stands in the audit, by name, role and last day", async () => {
  const { file, rows, start, verify } = await installation();
  const daemon = start();
  daemon.read();
  appendFileSync(file("people.txt"), `${person.line}\n`);
  appendFileSync(file("shims.txt"), `${computer.line}\n`);
  daemon.look();
  await daemon.stop();
  writeFileSync(file("people.txt"), `${person.line.replace("manager", "admin").replace(" until=2027-03-31", "")}\n`);
  daemon.look();
  await daemon.stop();
  writeFileSync(file("people.txt"), "");
  daemon.look();
  await daemon.stop();

  const ofComputer = pseudonyms.of("device", "pc-secret", Date.now()).thisYear;
  expect(await rows()).toEqual([
    ["file shims.txt", "added shim", ofComputer],
    ["file people.txt", "added asmith manager until 2027-03-31", ""],
    ["file people.txt", "changed asmith admin, before: asmith manager until 2027-03-31", ""],
    ["file people.txt", "removed asmith admin", ""],
  ]);
  expect(await verify()).toMatchObject({ rows: 4 });
  expect(await verify()).not.toHaveProperty("broken");
});

test("no row, log or file beside it has a token, its hash, or a computer's name in the audit", async () => {
  const { file, rows, start, logged } = await installation();
  writeFileSync(file("people.txt"), `${person.line}\n`);
  writeFileSync(file("shims.txt"), `${computer.line}\n`);
  const daemon = start();
  daemon.read();
  await daemon.stop();
  const kept = readFileSync(file("known-tokens.json"), "utf8");
  for (const { token, line } of [person, computer]) {
    const hash = /sha256:(\w+)/.exec(line)![1]!;
    for (const text of [JSON.stringify(await rows()), logged.join(""), kept]) {
      expect(text).not.toContain(token);
      expect(text).not.toContain(hash);
    }
  }
  expect(JSON.stringify(await rows()) + logged.join("")).not.toContain("pc-secret");
  expect(statSync(file("known-tokens.json")).mode & 0o777).toBe(0o600);
});

test("what was changed while no daemon ran is found at its start, and what was not, is not written again", async () => {
  const { file, rows, start } = await installation();
  writeFileSync(file("people.txt"), `${person.line}\n`);
  for (let i = 0; i < 2; i++) {
    const daemon = start();
    daemon.read();
    await daemon.stop();
  }
  expect(await rows()).toHaveLength(1);
  const another = newToken("asmith", "manager", "2027-03-31");
  writeFileSync(file("people.txt"), `${another.line}\n`);
  const daemon = start();
  daemon.read();
  await daemon.stop();
  expect((await rows()).slice(1).map(([, about]) => about)).toEqual([
    "removed asmith manager until 2027-03-31",
    "added asmith manager until 2027-03-31",
  ]);

  rmSync(file("known-tokens.json"));
  const afresh = start();
  afresh.read();
  await afresh.stop();
  expect(await rows()).toHaveLength(4);
});

test("where it cannot be written down it is written later, once, and nobody is kept out for it", async () => {
  const { file, rows, start, state, logged } = await installation();
  state.away = true;
  writeFileSync(file("people.txt"), `${person.line}\n`);
  const daemon = start();
  daemon.read();
  await daemon.stop();
  expect(await rows()).toEqual([]);
  expect(logged.join("")).toContain("changes of tokens are not in the audit yet");
  state.away = false;
  daemon.read();
  await daemon.stop();
  expect(await rows()).toHaveLength(1);
});

test("a file with mistakes changes nothing, and no row says that it did", async () => {
  const { file, rows, start } = await installation();
  writeFileSync(file("people.txt"), `${person.line}\n`);
  const daemon = start();
  daemon.read();
  await daemon.stop();
  writeFileSync(file("people.txt"), "asmith king sha256:0\n");
  daemon.look();
  await daemon.stop();
  expect(await rows()).toHaveLength(1);
});

test("a new token in the place of one of the same name is one taken out and one added", () => {
  const token = (id: string, change: Partial<ListedToken> = {}): ListedToken => ({
    ...{ name: "asmith", role: "viewer", id },
    ...change,
  });
  expect(changesBetween([token("1"), token("2")], [token("3"), token("2", { until: "2027-01-01" })])).toEqual([
    { did: "removed", token: token("1") },
    { did: "added", token: token("3") },
    { did: "changed", token: token("2", { until: "2027-01-01" }), before: token("2") },
  ]);
});
