import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { AuditBook } from "../../daemon/audit/book.ts";
import { computerRows, installedOn, keepInventory } from "../../daemon/history/computers.ts";
import { copyHistory } from "../../daemon/history/copy.ts";
import { type Database, openHistory } from "../../daemon/history/database.ts";
import { Rollups } from "../../daemon/history/rollups.ts";
import { RenewalDesk } from "../../daemon/renewals/desk.ts";
import { entry } from "../support/audit.ts";
import { dataFolder } from "../support/daemon.ts";
import { openTestHistory, startRecorder } from "../support/history.ts";
import { request, useLedger } from "../support/ledger.ts";
import { hasPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { registerWith } from "../support/recorded.ts";
import { shim } from "../support/shim.ts";

const ledgers = useLedger();
const TABLES = [
  "sessions",
  "holdings",
  "denials",
  "refusals",
  "changes",
  "gaps",
  "capacity_steps",
  "progress",
] as const;

describe.skipIf(!hasPostgres())("a history is copied to PostgreSQL", () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres({ fsync: "off" });
  });
  afterAll(() => postgres?.end());

  /** A file with something in it, and its recorder still running. */
  async function recorded(prefix: string) {
    const folder = dataFolder();
    onTestFinished(() => folder[Symbol.dispose]());
    const file = join(folder.path, "history.sqlite");
    const history = await openTestHistory({ file });
    const started = await startRecorder(history, ledgers.socket(), { prefix });
    const pool = await ledgers.openPool({ seats: 2 }, { prefix });
    const asked = Array.from({ length: 20 }, () => request());
    for (const one of asked) await pool.checkout(one);
    await pool.checkin(asked[0]!);
    await pool.checkout(request());
    await expect.poll(() => started.recorder.status).toMatchObject({ backlog: 0, up: true });
    await expect.poll(async () => (await rows(history.db)).denials.length).toBe(18);
    return { ...started, ...pool, folder: folder.path, file, history };
  }

  async function rows(db: Database) {
    const all = {} as Record<(typeof TABLES)[number], object[]>;
    for (const table of TABLES) {
      const found = await db
        .selectFrom(table as "sessions")
        .selectAll()
        .orderBy("pool")
        .orderBy("number")
        .execute();
      all[table] = found.map((row) => ({ ...row }));
    }
    return all;
  }

  test("what is kept of days, and what people wrote beside it, goes along", async () => {
    const source = await recorded("days:");
    await source.stop();
    const parts = { history: source.history, register: () => registerWith() };
    const rollups = new Rollups({ ...parts, me: "me" });
    await rollups.run();
    const desk = new RenewalDesk({ ...parts, rollups, patienceMs: Number.POSITIVE_INFINITY });
    await desk.decide("cad", { kind: "renew", seats: 2, name: "Head of ICT", reason: "enough", by: "pat" });
    await desk.note("cad", { date: "2026-05-13", note: "training", by: "pat" });
    const computer = { device: "a", deviceLastYear: "b", sealedName: "2026.c", site: "here", atMs: 1_000 };
    const git = { name: "git", publisher: "Debian", version: "2.39" };
    await keepInventory(source.history.db, computer, [git]);
    const url = await postgres.newDatabase();
    expect(await shim(["history", "copy", "--to", url, "--data", source.folder]).finished).toMatchObject({ exit: 0 });
    const target = await openTestHistory({ url });
    for (const table of ["pool_days", "rolled_pools", "stale_days", "day_notes", "decisions"] as const) {
      const all = (db: Database) => db.selectFrom(table).selectAll().orderBy("pool").execute();
      const ours = (await all(source.history.db)).map((row) => ({ ...row }));
      expect(ours.length > 0, table).toBe(table !== "stale_days");
      expect(await all(target.db), table).toEqual(ours);
    }
    expect(await installedOn(target.db, ["a"])).toEqual([{ device: "a", ...git, since_ms: 1_000 }]);
    expect(await computerRows(target.db)).toMatchObject([{ device: "a", sealed_name: "2026.c", told_ms: 1_000 }]);
  });

  test("every row, the open ones too; then no daemon takes the file up again", async () => {
    const source = await recorded("copied:");
    await source.stop();
    const url = await postgres.newDatabase();
    const copied = await shim(["history", "copy", "--to", url, "--data", source.folder]).finished;
    expect(copied).toMatchObject({ exit: 0, stderr: "", stdout: expect.stringContaining("done: set DATABASE_URL") });
    const target = await openTestHistory({ url });
    expect(await rows(target.db)).toEqual(await rows(source.history.db));
    expect(target.id).toBe(source.history.id);
    await expect(openHistory({ file: source.file })).rejects.toMatchObject({ exit: 78 });
    const again = await shim(["history", "copy", "--to", url, "--data", source.folder]).finished;
    expect(again).toMatchObject({ exit: 0, stdout: expect.stringContaining("already") });

    // It goes on there, from where the file ended.
    await startRecorder(target, ledgers.socket(), { prefix: "copied:" });
    await source.checkout(request());
    await expect.poll(async () => (await rows(target.db)).denials.length).toBe(19);
    expect((await rows(target.db)).gaps).not.toContainEqual(expect.objectContaining({ kind: "events" }));
  });

  test("one that broke off is done again, whatever came in between", async () => {
    const source = await recorded("broken:");
    const url = await postgres.newDatabase();
    const breaksOff = (line: string) => {
      if (line.startsWith("sessions")) throw new Error("the network is down");
    };
    await expect(copyHistory(source.file, url, breaksOff)).rejects.toThrow("the network is down");
    await expect(openHistory({ url })).rejects.toMatchObject({
      exit: 78,
      message: expect.stringContaining("history copy again"),
    });
    // The daemon goes on with the file meanwhile.
    await source.checkout(request());
    await expect.poll(async () => (await rows(source.history.db)).denials.length).toBe(19);
    await copyHistory(source.file, url, () => {});
    const target = await openTestHistory({ url });
    expect(await rows(target.db)).toEqual(await rows(source.history.db));

    // And when it is copied the running one stops writing, says so, and leaves its pools to others.
    await source.checkout(request());
    await expect.poll(() => source.log.at(-1)?.message).toContain("goes on there: set DATABASE_URL");
    expect(source.recorder.status.up).toBe(false);
    const next = await startRecorder(target, ledgers.socket(), { prefix: "broken:" });
    await expect.poll(async () => (await rows(target.db)).denials.length).toBe(20);
    await expect.poll(() => next.recorder.status.up).toBe(true);
  });

  test("the audit goes along, with that it was copied, and is sound here and there", async () => {
    const source = await recorded("audited:");
    await source.stop();
    const book = new AuditBook(source.history);
    await book.append(entry());
    const { hash, seq } = await book.head();
    const url = await postgres.newDatabase();
    const breaksOff = () => Promise.reject(new Error("the network is down"));
    const noted = { begins: async () => void (await book.append(entry())), done: breaksOff };
    await expect(copyHistory(source.file, url, () => {}, noted)).rejects.toThrow("the network is down");
    const copy = ["history", "copy", "--to", url, "--data", source.folder];
    expect(await shim(copy).finished).toMatchObject({ exit: 0 });
    const target = new AuditBook(await openTestHistory({ url }));
    const { items } = await target.rows({ most: 9 });
    expect(items.map(({ act, phase }) => `${act} ${phase}`)).toEqual([
      "copy_history outcome",
      "copy_history intent",
      "reclaim intent",
      "reclaim intent",
    ]);
    expect((await target.verify({ hash, seq })).broken).toBe(undefined);
    expect((await book.verify()).broken).toBe(undefined);
    // Done again, it is no act: nothing is copied.
    expect(await shim(copy).finished).toMatchObject({ exit: 0 });
    expect((await target.verify()).rows).toBe(4);
  });

  test("a database that holds another history is refused, and left as it is", async () => {
    const source = await recorded("refused:");
    const url = await postgres.newDatabase();
    const other = await openTestHistory({ url });
    await startRecorder(other, ledgers.socket(), { prefix: "refused-too:" });
    const pool = await ledgers.openPool({}, { prefix: "refused-too:" });
    await pool.checkout(request());
    await expect.poll(async () => (await rows(other.db)).sessions.length).toBe(1);
    const refused = await shim(["history", "copy", "--to", url, "--data", source.folder]).finished;
    expect(refused).toMatchObject({ exit: 78, stderr: expect.stringContaining("holds another history") });
    expect((await rows(other.db)).sessions).toHaveLength(1);
    await (await openHistory({ file: source.file })).close();
  });

  test("what is not there is told, and not made", async () => {
    using folder = dataFolder();
    const url = await postgres.newDatabase();
    const copied = await shim(["history", "copy", "--to", url, "--data", folder.path]).finished;
    expect(copied).toMatchObject({ exit: 78, stderr: expect.stringContaining("there is no history in") });
    expect(existsSync(join(folder.path, "history.sqlite"))).toBe(false);
    expect(await shim(["history", "copy"]).finished).toMatchObject({ exit: 64 });
    expect(await shim(["history", "copy", "--to", "sqlite:file"]).finished).toMatchObject({ exit: 64 });
  });
});
