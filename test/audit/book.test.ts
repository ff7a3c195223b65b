import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { AuditBook } from "../../daemon/audit/book.ts";
import { BEGINNING } from "../../daemon/audit/chain.ts";
import type { Database } from "../../daemon/history/database.ts";
import { agreeErasures, erase, replayErasures } from "../../daemon/history/erasures.ts";
import { entry } from "../support/audit.ts";
import { onBothEngines, openTestHistory } from "../support/history.ts";

const ROWS = 6;
const PROCESS = join(import.meta.dirname, "../support/audit-process.ts");

onBothEngines(({ newPlace }) => {
  /** A book with rows, a second apart. */
  async function written(rows = ROWS) {
    const history = await openTestHistory(await newPlace());
    const { db } = history;
    let nowMs = 1_000_000;
    const book = new AuditBook({ db }, () => nowMs);
    for (let i = 1; i <= rows; i++, nowMs += 1000) await book.append(entry({ about: `pool cad, seats ${i}` }));
    return { history, db, book, setNow: (atMs: number) => (nowMs = atMs) };
  }

  const row = (db: Database, seq: number) =>
    db.selectFrom("audit").selectAll().where("seq", "=", seq).executeTakeFirstOrThrow();

  test("a chain that nobody touched is sound, and so is one without rows", async () => {
    const { book } = await written();
    expect(await book.verify()).toEqual({ rows: ROWS, first: 1, head: await book.head() });
    const { book: empty } = await written(0);
    expect(await empty.verify()).toEqual({ rows: 0, first: 0, head: BEGINNING });
  });

  describe("is found, with the first row that is not as it was:", () => {
    test.each([
      ["who"],
      ["role"],
      ["site"],
      ["act"],
      ["about"],
      ["reason"],
      ["phase"],
      ["outcome"],
      ["subject"],
    ] as const)("another %s", async (column) => {
      const { db, book } = await written();
      await db
        .updateTable("audit")
        .set({ [column]: "other" })
        .where("seq", "=", 4)
        .execute();
      expect((await book.verify()).broken).toMatchObject({ seq: 4 });
    });

    test.each([["at_ms"], ["intent"]] as const)("another %s", async (column) => {
      const { db, book } = await written();
      await db
        .updateTable("audit")
        .set({ [column]: 5 })
        .where("seq", "=", 4)
        .execute();
      expect((await book.verify()).broken).toMatchObject({ seq: 4 });
    });

    test("a row that was edited and hashed anew", async () => {
      const { db, book } = await written();
      const { book: other, db: theirs } = await written(3);
      await other.append(entry({ about: "pool cad, seats 400" }));
      const { hash, about, subject, subject_salt, subject_hash } = await row(theirs, 4);
      const forged = { hash, about, subject, subject_salt, subject_hash, prev_hash: (await row(theirs, 4)).prev_hash };
      await db.updateTable("audit").set(forged).where("seq", "=", 4).execute();
      expect((await book.verify()).broken).toMatchObject({ seq: 4 });
    });

    test("a row that was deleted", async () => {
      const { db, book } = await written();
      await db.deleteFrom("audit").where("seq", "=", 3).execute();
      expect((await book.verify()).broken).toEqual({ seq: 3, why: "it is missing" });
    });

    test("a row that was put between", async () => {
      const { db, book } = await written();
      await db.updateTable("audit").set({ seq: 7 }).where("seq", "=", 6).execute();
      await db
        .insertInto("audit")
        .values({ ...(await row(db, 5)), seq: 6 })
        .execute();
      expect((await book.verify()).broken).toMatchObject({ seq: 6 });
    });

    test("two rows that changed places", async () => {
      const { db, book } = await written();
      const [second, third] = [await row(db, 2), await row(db, 3)];
      for (const { seq } of [second, third]) await db.deleteFrom("audit").where("seq", "=", seq).execute();
      await db
        .insertInto("audit")
        .values([
          { ...third, seq: 2 },
          { ...second, seq: 3 },
        ])
        .execute();
      expect((await book.verify()).broken).toMatchObject({ seq: 2 });
    });

    test("rows that were cut off at the end", async () => {
      const { db, book } = await written();
      await db.deleteFrom("audit").where("seq", ">", 4).execute();
      expect((await book.verify()).broken).toEqual({ seq: 5, why: `it is missing, though there were ${ROWS} rows` });
    });

    test("rows that were cut off at the end, with what was written down of the end, by a head of before", async () => {
      const { db, book } = await written();
      const head = await book.head();
      await db.deleteFrom("audit").where("seq", ">", 4).execute();
      const { seq, hash } = await row(db, 4);
      await db.updateTable("audit_head").set({ seq, hash }).execute();
      expect((await book.verify()).broken).toBe(undefined);
      expect((await book.verify(head)).broken).toMatchObject({ seq: 5 });
      expect((await book.verify({ hash: head.hash })).broken).toMatchObject({ seq: 4 });
    });

    test("a chain that was written anew from a row on, by a head of before", async () => {
      const { db, book } = await written();
      const head = await book.head();
      await db.deleteFrom("audit").where("seq", ">", 4).execute();
      const { seq, hash } = await row(db, 4);
      await db.updateTable("audit_head").set({ seq, hash }).execute();
      for (let i = 0; i < 5; i++) await book.append(entry({ about: "another" }));
      expect((await book.verify()).broken).toBe(undefined);
      expect((await book.verify(head)).broken).toMatchObject({ seq: ROWS });
    });

    test("rows that were cut off at the front without a row that says so", async () => {
      const { db, book } = await written();
      await db.deleteFrom("audit").where("seq", "<=", 2).execute();
      expect((await book.verify()).broken).toMatchObject({ seq: 2 });
    });

    test("the end, where what was written down of it is gone; and then nothing is written on", async () => {
      const { db, book } = await written();
      await db.deleteFrom("audit_head").execute();
      expect((await book.verify()).broken).toMatchObject({ seq: ROWS });
      await expect(book.append(entry())).rejects.toThrow("restore a backup");
    });
  });

  test("a head of before is found among the rows, also when more came", async () => {
    const { book } = await written();
    const head = await book.head();
    await book.append(entry());
    expect((await book.verify(head)).broken).toBe(undefined);
    expect((await book.verify({ hash: head.hash })).broken).toBe(undefined);
  });

  test("what is kept no longer is cut off at the front, again and again, and the rest is sound", async () => {
    const { db, book, setNow } = await written();
    const old = await book.head();
    setNow(2_000_000);
    expect(await book.cut(1_002_000, "kept for so long")).toBe(2);
    expect(await book.verify()).toMatchObject({ rows: ROWS - 2 + 1, first: 3 });
    expect((await book.verify()).broken).toBe(undefined);
    expect((await book.verify(old)).broken).toBe(undefined);
    setNow(3_000_000);
    expect(await book.cut(2_500_000, "kept for so long")).toBe(5);
    expect(await book.verify()).toMatchObject({ rows: 1, first: ROWS + 2 });
    expect((await book.verify()).broken).toBe(undefined);
    expect((await book.verify(old)).broken).toMatchObject({ why: expect.stringContaining("name a later head") });
    expect(await book.cut(2_500_000, "kept for so long")).toBe(0);

    await db.updateTable("audit").set({ about: "rows up to 7, whose hash is nothing" }).execute();
    expect((await book.verify()).broken).toMatchObject({ seq: ROWS + 2 });
  });

  const erasureOf = (person: string) => ({
    id: randomUUID(),
    atMs: 2_000_000,
    people: [person],
    devices: ["pc-of-own"],
  });

  test("whoever is erased is in no row any more, and the chain is sound as before", async () => {
    const { history, db, book } = await written();
    await book.append(entry({ act: "explain", subject: "pseudonym-1" }));
    await book.append(entry({ act: "retire", subject: "pc-of-own" }));
    await book.append(entry({ act: "explain", subject: "pseudonym-2" }));
    const act = { reason: "asked for", author: "pat", nowMs: 2_000_000 };
    expect(await erase(history, erasureOf("pseudonym-1"), act)).toMatchObject({ rows: 2 });
    expect(JSON.stringify(await db.selectFrom("audit").selectAll().execute())).not.toMatch(/pseudonym-1|pc-of-own/);
    expect((await book.verify()).broken).toBe(undefined);
    expect(await row(db, ROWS + 3)).toMatchObject({ subject: "pseudonym-2" });
  });

  test("an audit that came back from a backup is rid of whoever was erased since, and sound", async () => {
    const { history, db, book } = await written();
    await book.append(entry({ act: "export_person", subject: "pseudonym-1" }));
    const head = await book.head();
    const agreed = await agreeErasures(history, [erasureOf("pseudonym-1")], { fromMs: 0, nowMs: 3_000_000 });
    expect(agreed).toMatchObject({ replayed: 1 });
    expect(await row(db, ROWS + 1)).toMatchObject({ act: "export_person", subject: "", subject_salt: "" });
    expect((await book.verify(head)).broken).toBe(undefined);
    // Who looks after that, looks at somebody who is there again.
    await book.append(entry({ act: "export_person", subject: "pseudonym-1" }));
    await replayErasures(db, 3_000_000);
    expect(await row(db, ROWS + 2)).toMatchObject({ subject: "pseudonym-1" });
  });

  test("rows are read page by page, the newest first, and by act and time", async () => {
    const { book } = await written();
    await book.append(entry({ act: "apply_register" }));
    const first = await book.rows({ most: 4 });
    expect(first.items.map(({ seq }) => seq)).toEqual([7, 6, 5, 4]);
    const rest = await book.rows({ most: 4, before: first.next });
    expect(rest.items.map(({ seq }) => seq)).toEqual([3, 2, 1]);
    expect(rest.next).toBe(undefined);
    const seqs = async (wanted: object) => (await book.rows({ most: 9, ...wanted })).items.map(({ seq }) => seq);
    expect(await seqs({ act: "apply_register" })).toEqual([7]);
    expect(await seqs({ fromMs: 1_002_000, untilMs: 1_004_000 })).toEqual([4, 3]);
  });

  test("a clock that is set back puts no row before the one before", async () => {
    const { db, book, setNow } = await written();
    setNow(5);
    await book.append(entry());
    expect((await row(db, ROWS + 1)).at_ms).toBe((await row(db, ROWS)).at_ms);
  });

  test("daemons that write at once write one chain, while somebody verifies it", async () => {
    const place = await newPlace();
    const book = new AuditBook(await openTestHistory(place));
    const each = 30;
    let writing = true;
    const daemons = ["one", "two", "three"].map((who) =>
      promisify(execFile)(process.execPath, [PROCESS, JSON.stringify({ place, who, rows: each })]),
    );
    const written = Promise.all(daemons).finally(() => {
      writing = false;
    });
    const verdicts = new Set<unknown>();
    while (writing) {
      verdicts.add((await book.verify()).broken);
      await nextTurn();
    }
    await written;
    expect(verdicts).toEqual(new Set([undefined]));
    expect(await book.verify()).toEqual({ rows: 3 * each, first: 1, head: await book.head() });
  });
});
