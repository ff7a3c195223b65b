import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { AuditBook } from "../../daemon/audit/book.ts";
import type { History } from "../../daemon/history/database.ts";
import { erase } from "../../daemon/history/erasures.ts";
import { personInHistory } from "../../daemon/history/person.ts";
import { putDecision, putNote } from "../../daemon/history/queries/written.ts";
import { HELD, type Held, type HeldPart } from "../../daemon/privacy/held.ts";
import { entry } from "../support/audit.ts";
import { onBothEngines, openTestHistory } from "../support/history.ts";
import { record } from "../support/recorded.ts";
import { at } from "../support/usage.ts";

const NOW = at("2026-03-20T12:00");
const PARTS = Object.entries(HELD) as [HeldPart, Held][];

/** A column so named holds somebody: by pseudonym, or by the name that somebody signs in with. */
const HOLDS_SOMEBODY = /(^|_)(person|people|user|device|devices|who|subject|author|holder)(_|$)/;
/** But these. */
const HOLDS_NOBODY: Record<string, string> = {
  "people_counts.people": "a number",
  "rolled_pools.people_from": "a day",
  "locks.holder": "a daemon",
};

async function acted({ db }: History): Promise<void> {
  const book = new AuditBook({ db }, () => NOW);
  const intent = await book.append(entry({ act: "export_person", subject: "asmith25", reason: "", role: "auditor" }));
  await book.append(
    entry({ act: "export_person", subject: "asmith25", phase: "outcome", outcome: "done", reason: "", intent }),
  );
  await book.append(entry({ act: "retire", subject: "own26", about: "", reason: "sold" }));
  await book.append(entry({ act: "retire", subject: "both26", about: "", reason: "sold" }));
  await book.append(entry({ who: "ASmith", subject: "bo26" }));
  await putNote(db, { pool: "cad", date: "2026-01-05", at_ms: NOW, note: "half term", author: "asmith" });
  const decision = { pool: "cad", at_ms: NOW, kind: "renew", seats: 8, name: "A Smith", reason: "enough" };
  await putDecision(db, { ...decision, author: "asmith", reference: "", ends: "" });
  await putDecision(db, { ...decision, author: "bo", reference: "", ends: "" });
}

onBothEngines(({ newPlace }) => {
  test("every table that may lead to somebody is one of what a person is told of, and each that is told of is there", async () => {
    const { db } = await openTestHistory(await newPlace());
    const tables = await db.introspection.getTables();
    const leading = tables.filter(({ name, columns }) =>
      columns.some((column) => HOLDS_SOMEBODY.test(column.name) && !(`${name}.${column.name}` in HOLDS_NOBODY)),
    );
    const told = new Set(PARTS.flatMap(([, { tables = [] }]) => tables));
    expect(leading.map(({ name }) => name).filter((name) => !told.has(name))).toEqual([]);
    expect([...told].filter((name) => !leading.some((table) => table.name === name))).toEqual([]);
    expect(leading.length).toBeGreaterThan(7);
  });

  test("somebody is told what others did about him and his own computer, and what he did under his own name", async () => {
    const history = await openTestHistory(await newPlace());
    const launch = { from: "2026-01-05T09:00", until: "2026-01-05T11:00" };
    await record(history, { person: "asmith26", device: "own26", ...launch });
    await record(history, { person: "asmith26", device: "both26", ...launch });
    await record(history, { person: "bo26", device: "both26", ...launch });
    await acted(history);
    const { looks, acts, erasures } = await personInHistory(history.db, ["asmith25", "asmith26"], "asmith");
    expect(looks.map(({ outcome }) => outcome)).toEqual([
      "Had told what is held of a person, auditor",
      "Retired a computer, manager, sold",
    ]);
    expect(acts.map(({ outcome, words, seats }) => ({ outcome, words, seats }))).toEqual([
      { outcome: "Reclaimed a lease, pool cad", words: "idle" },
      { outcome: "renew", words: "enough", seats: 8 },
      { outcome: "note", words: "half term" },
    ]);
    expect(erasures).toEqual([]);
  });

  test("what somebody did under his own name stays when he is erased, and he is told that he was", async () => {
    const history = await openTestHistory(await newPlace());
    await acted(history);
    const erasure = { id: randomUUID(), atMs: NOW, people: ["asmith25", "asmith26"], devices: [] };
    await erase(history, erasure, { reason: "asked for", author: "bo", nowMs: NOW });
    const found = await personInHistory(history.db, ["asmith26"], "asmith");
    expect(found).toMatchObject({ looks: [], acts: [{}, {}, {}], erasures: [{ fromMs: NOW, untilMs: NOW }] });
    expect(await personInHistory(history.db, ["bo26"], "bo")).toMatchObject({
      erasures: [],
      acts: [{ words: "enough" }],
    });
  });

  test("everything of the history that a person is told of has words of its own, and the other way round", async () => {
    const { db } = await openTestHistory(await newPlace());
    const inHistory = PARTS.filter(([, { tables }]) => tables).map(([part]) => part);
    // Computers are looked for by their own pseudonyms.
    const found = [...Object.keys(await personInHistory(db, ["asmith26"], "asmith")), "computers"];
    expect(inHistory.sort()).toEqual(found.sort());
  });
});
