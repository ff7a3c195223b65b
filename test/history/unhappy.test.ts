import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import { expect, onTestFinished, test, vi } from "vitest";
import { openHistory } from "../../daemon/history/database.ts";
import { MIGRATIONS } from "../../daemon/history/migrations/migrations.ts";
import type { HistoryPlace } from "../../daemon/history/troubles.ts";
import { Ledger } from "../../daemon/ledger/ledger.ts";
import { onBothEngines, openTestHistory, startRecorder } from "../support/history.ts";
import { policy, request, useLedger } from "../support/ledger.ts";
import { NOBODY_LISTENS } from "../support/ports.ts";
import { hasPostgres, startPostgres } from "../support/postgres.ts";
import { startRedis } from "../support/redis.ts";

const ledgers = useLedger();

/** What a history that cannot be opened says, and with which exit code. */
async function refusal(place: HistoryPlace): Promise<{ exit: number; message: string }> {
  try {
    const history = await openHistory(place);
    await history.close();
  } catch (error) {
    const { exit, message } = error as { exit: number; message: string };
    expect(message.split("\n")).toHaveLength(1);
    return { exit, message };
  }
  throw new Error("it was opened");
}

/** In a process of its own, as a daemon does. */
async function openedElsewhere(place: HistoryPlace) {
  const words = [join(import.meta.dirname, "../support/open-history.ts"), JSON.stringify(place)];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "ignore", "inherit"] });
  const [exit] = await once(child, "exit");
  expect(exit).toBe(0);
}

function fileWith(text: string | undefined): { file: string } {
  const folder = mkdtempSync(join(tmpdir(), "seatmeter-history-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "history.sqlite");
  if (text !== undefined) writeFileSync(file, text);
  return { file };
}

onBothEngines((engine) => {
  test("a history of a later version is refused, and nothing in it is touched", async () => {
    const place = await engine.newPlace();
    const history = await openTestHistory(place);
    await sql`insert into kysely_migration (name, timestamp) values ('9999-later', '')`.execute(history.db);
    const tables = async () => (await history.db.introspection.getTables()).map(({ name }) => name).sort();
    const before = await tables();
    expect(await refusal(place)).toMatchObject({
      exit: 78,
      message: expect.stringMatching(/is of a later version of seatmeter \(9999-later\)/),
    });
    expect(await tables()).toEqual(before);
  });

  test("of daemons that start at once, one makes the tables, and all have the same history", async () => {
    const place = await engine.newPlace();
    await Promise.all(Array.from({ length: 4 }, () => openedElsewhere(place)));
    const history = await openTestHistory(place);
    const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(history.db);
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(MIGRATIONS));
    expect(await history.db.selectFrom("history").selectAll().execute()).toHaveLength(1);
  });

  test("one that was copied elsewhere, or is a part of a copy, is not written to", async () => {
    const place = await engine.newPlace();
    const history = await openTestHistory(place);
    await history.db.updateTable("history").set({ copying_from: "other" }).execute();
    expect(await refusal(place)).toMatchObject({ exit: 78, message: expect.stringContaining("history copy again") });
    await history.db.updateTable("history").set({ copying_from: null, moved_ms: 1 }).execute();
    expect(await refusal(place)).toMatchObject({ exit: 78, message: expect.stringContaining("set DATABASE_URL") });
  });

  test("where it lies is never told with its password", async () => {
    const place = await engine.newPlace();
    await (await openHistory(place)).close();
    const broken = "url" in place ? { url: `${place.url}_nowhere` } : fileWith("no database at all".repeat(100));
    const { exit, message } = await refusal(broken);
    expect(exit).toBe(78);
    expect(message).not.toContain("correct-horse");
  });
});

test("a file that is damaged, or no database, is told with what to do, and left as it is", async () => {
  const place = fileWith("this was never a database, and shall not become one".repeat(50));
  const before = readFileSync(place.file);
  expect(await refusal(place)).toMatchObject({
    exit: 78,
    message: expect.stringContaining("it is no database; restore"),
  });
  expect(readFileSync(place.file)).toEqual(before);

  const damaged = fileWith(undefined);
  await (await openHistory(damaged)).close();
  const bytes = readFileSync(damaged.file);
  writeFileSync(damaged.file, bytes.fill(0xff, 100, 4000));
  expect(await refusal(damaged)).toMatchObject({
    exit: 78,
    message: expect.stringContaining("it is damaged; restore"),
  });
});

test("a file that cannot be opened is told", async () => {
  const place = fileWith(undefined);
  mkdirSync(place.file);
  expect(await refusal(place)).toMatchObject({ exit: 78, message: expect.stringContaining("cannot be opened") });
});

test("a file that another process keeps locked is told, and may be tried again", async () => {
  const place = fileWith(undefined);
  const other = new DatabaseSync(place.file);
  onTestFinished(() => other.close());
  other.exec("create table something (a); begin exclusive");
  expect(await refusal(place)).toMatchObject({ exit: 69, message: expect.stringContaining("keeps it locked") });
});

test("a PostgreSQL that is away is told, and may be tried again", async () => {
  const url = `postgres://seatmeter:correct-horse@127.0.0.1:${NOBODY_LISTENS}/history`;
  const { exit, message } = await refusal({ url });
  expect(exit).toBe(69);
  expect(message).toContain("the PostgreSQL database history on 127.0.0.1");
  expect(message).not.toContain("correct-horse");
});

test.skipIf(!hasPostgres())(
  "a PostgreSQL that vanished without a word is looked for while an answer is waited for",
  async () => {
    const postgres = await startPostgres({ fsync: "off" });
    onTestFinished(() => postgres.end());
    const keptAlive = vi.spyOn(Socket.prototype, "setKeepAlive");
    onTestFinished(() => keptAlive.mockRestore());
    const history = await openHistory({ url: await postgres.newDatabase() });
    await history.close();
    expect(keptAlive.mock.calls).toContainEqual([true, 10_000]);
  },
);

test.skipIf(!hasPostgres())("a wrong password, and a database that is not there, are told as settings", async () => {
  const postgres = await startPostgres({ fsync: "off" });
  onTestFinished(() => postgres.end());
  const url = await postgres.newDatabase();
  expect(await refusal({ url: url.replace("correct-horse", "wrong") })).toMatchObject({
    exit: 78,
    message: expect.stringContaining("does not accept this user and password"),
  });
  expect(await refusal({ url: `${url}_nowhere` })).toMatchObject({
    exit: 78,
    message: expect.stringContaining("has no such database; make it with createdb"),
  });
});

test("a full disk: it is told once, nothing is lost, and all is recorded when there is room", async () => {
  const prefix = "full:";
  const history = await openTestHistory(fileWith(undefined), { pages: 90 });
  const { recorder, log } = await startRecorder(history, ledgers.socket(), { prefix });
  const pool = await ledgers.openPool({ seats: 1 }, { prefix });
  for (let i = 0; i < 40; i++) await Promise.all(Array.from({ length: 50 }, () => pool.checkout(request())));
  await expect.poll(() => recorder.status.up).toBe(false);
  expect(log.filter(({ message }) => message.includes("the disk is full"))).toHaveLength(1);
  // Who asks meanwhile is answered.
  expect(await pool.checkout(request())).toMatchObject({ outcome: "denied" });
  await expect.poll(() => recorder.status.backlog).toBeGreaterThan(0);

  await sql`pragma max_page_count = 1000000`.execute(history.db);
  await expect.poll(() => recorder.status).toMatchObject({ up: true, backlog: 0 });
  const count = history.db.selectFrom("denials").select(({ fn }) => fn.countAll<number>().as("n"));
  expect(await count.execute()).toEqual([{ n: 2000 }]);
});

test("a Redis that is frozen for a while: what happened is recorded when it is back", async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const history = await openTestHistory(fileWith(undefined));
  const { recorder, log } = await startRecorder(history, redis.socket);
  const ledger = await Ledger.open({ redis: { path: redis.socket }, pulseMs: 0 });
  onTestFinished(() => ledger.close());
  await ledger.adopt(new Map([["cad", policy({ seats: 5 })]]));
  const sessions = async () => (await history.db.selectFrom("sessions").select("number").execute()).length;
  await ledger.checkout("cad", request());
  await expect.poll(sessions).toBe(1);

  process.kill(redis.pid, "SIGSTOP");
  await expect.poll(() => recorder.status.up).toBe(false);
  process.kill(redis.pid, "SIGCONT");
  await expect
    .poll(() =>
      ledger.checkout("cad", request()).then(
        (answer) => answer.outcome,
        () => "",
      ),
    )
    .toBe("granted");
  await expect.poll(sessions).toBeGreaterThan(1);
  await expect.poll(() => recorder.status).toMatchObject({ up: true, backlog: 0 });
  expect(log.filter(({ level }) => level === "error")).toEqual([]);
});
