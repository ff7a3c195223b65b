import { expect, test } from "vitest";
import type { Software } from "../../daemon/domain/inventory.ts";
import { computerRows, installedOn, keepInventory } from "../../daemon/history/computers.ts";
import { erase, replayErasures } from "../../daemon/history/erasures.ts";
import { deleteOld } from "../../daemon/history/retention.ts";
import { Rollups } from "../../daemon/history/rollups.ts";
import { putRows } from "../../daemon/history/write.ts";
import { ComputersDesk } from "../../daemon/renewals/computers.ts";
import { onBothEngines, openTestHistory } from "../support/history.ts";
import { record, registerWith } from "../support/recorded.ts";
import { at } from "../support/usage.ts";

const NOW = at("2026-03-20T12:00");
const DAY = 86_400_000;

const software = (...names: string[]): Software[] =>
  names.map((name) => ({ name: name.split(" ")[0]!, publisher: "", version: name.split(" ")[1] ?? "" }));
const told = (device: string, atMs: number, deviceLastYear = `${device} last year`) => ({
  ...{ device, deviceLastYear, sealedName: `sealed ${device}`, site: "here", atMs },
});

onBothEngines((engine) => {
  const open = async () => {
    const history = await openTestHistory(await engine.newPlace());
    const installed = async (...devices: string[]) =>
      (await installedOn(history.db, devices)).map(({ name, version, since_ms }) => `${name} ${version} ${since_ms}`);
    return { history, db: history.db, installed };
  };

  test("what a computer tells takes the place of what it told before; what stays is there since it came", async () => {
    const { db, installed } = await open();
    await keepInventory(db, told("a", 1_000), software("git 1", "vim 9", "old 1"));
    await keepInventory(db, told("b", 1_500), software("git 1"));
    await keepInventory(db, told("a", 2_000), software("git 2", "vim 9"));

    expect((await installed("a")).sort()).toEqual(["git 2 2000", "vim 9 1000"]);
    expect(await installed("b")).toEqual(["git 1 1500"]);
    expect(await computerRows(db)).toMatchObject([
      { device: "a", first_ms: 1_000, told_ms: 2_000, items: 2 },
      { device: "b", first_ms: 1_500, told_ms: 1_500, items: 1 },
    ]);
  });

  test("a large inventory is replaced by none, row by row", async () => {
    const { db, installed } = await open();
    const names = Array.from({ length: 333 }, (_, i) => `${i} "x'`);
    await keepInventory(db, told("a", 1), software(...names));
    expect(await installed("a")).toHaveLength(333);
    await keepInventory(db, told("a", 2), []);
    expect(await installed("a")).toEqual([]);
  });

  test("over New Year a computer is the same one under another pseudonym", async () => {
    const { db, installed } = await open();
    await keepInventory(db, told("a25", 1_000, "a24"), software("git 1", "old 1"));
    await keepInventory(db, told("a26", 2_000, "a25"), software("git 1", "new 1"));

    expect((await installed("a26")).sort()).toEqual(["git 1 1000", "new 1 2000"]);
    expect(await installed("a25")).toEqual([]);
    expect(await computerRows(db)).toMatchObject([{ device: "a26", device_last_year: "a25", first_ms: 1_000 }]);
  });

  test("an inventory that breaks off leaves the one before whole", async () => {
    const { db, installed } = await open();
    await keepInventory(db, told("a", 1_000), software("git 1"));
    const broken = [...software("vim 9"), { name: null as unknown as string, publisher: "", version: "" }];
    await expect(keepInventory(db, told("a", 2_000), broken)).rejects.toThrow();
    expect(await installed("a")).toEqual(["git 1 1000"]);
    expect(await computerRows(db)).toMatchObject([{ told_ms: 1_000 }]);
  });

  test("with a person, the computers go that nobody else used; one that told since then stays", async () => {
    const { history, db, installed } = await open();
    await keepInventory(db, told("own", NOW - DAY), software("git 1"));
    await keepInventory(db, told("other", NOW - DAY), software("git 1"));
    const erasure = { id: "1", atMs: NOW, people: ["ada"], devices: ["own"] };
    await erase(history, erasure, { reason: "asked for", author: "pat", nowMs: NOW });
    expect(await installed("own", "other")).toHaveLength(1);

    await keepInventory(db, told("own", NOW + DAY), software("git 1"));
    await db.transaction().execute((trx) => replayErasures(trx, NOW + 2 * DAY));
    expect(await installed("own")).toHaveLength(1);
  });

  test("a computer that was not heard of for as long as inventories are kept is forgotten, with what was on it", async () => {
    const { history, db, installed } = await open();
    const register = registerWith({ top: "privacy: { keepInventory: 60d }" });
    await keepInventory(db, told("gone", NOW - 61 * DAY), software("git 1", "vim 9"));
    await keepInventory(db, told("here", NOW - 59 * DAY), software("git 1"));
    const rollups = new Rollups({ history, register: () => register, me: "me", now: () => NOW, onFault: () => {} });
    const run = await deleteOld({ history, rollups, register: () => register, now: () => NOW });

    expect(run).toMatchObject({ deleted: { computers: 1, installed_software: 2 }, oldestMs: NOW - 59 * DAY });
    expect(await installed("gone")).toEqual([]);
    expect(await installed("here")).toHaveLength(1);
  });

  test("what is owned, installed and used is put together from what is written down, on each computer", async () => {
    const { history, db } = await open();
    const register = registerWith({ top: "freeSoftware: [{ name: vim }]", pool: "metric: device" });
    for (const [device, ago] of [
      ["a", 200],
      ["b", 200],
      ["c", 1],
    ] as const) {
      await keepInventory(db, told(device, NOW - ago * DAY), software("cad 1", "vim 9", `odd-${device} 1`));
      await keepInventory(db, told(device, NOW), software("cad 1", "vim 9", `odd-${device} 1`));
    }
    await record(
      history,
      { device: "a", from: "2026-03-19T09:00", until: "2026-03-19T10:00" },
      { device: "b last year", from: "2025-11-01T09:00", until: "2025-11-01T10:00" },
      { device: "elsewhere", from: "2026-03-20T11:00" },
    );
    const desk = new ComputersDesk({ history, register: () => register, now: () => NOW });
    const { computers, titles, products, findings } = await desk.compliance([]);

    expect(computers).toBe(3);
    expect(titles).toEqual({ ofProducts: 1, free: 1, unknown: 3 });
    expect(products[0]).toMatchObject({ product: "cad", computers: 3, used90Days: 2, usedYear: 3, unused: 1 });
    expect(findings.find(({ kind }) => kind === "never_used")).toMatchObject({ count: 1, since: "2025-11-01" });
  });

  test("what was installed on a retired computer is installed nowhere, unless that is heard of since", async () => {
    const { history, db } = await open();
    const register = registerWith({});
    for (const [device, ago] of [
      ["kept", 1],
      ["scrapped", 30],
      ["stolen", 2],
      ["for good", 9],
    ] as const) {
      await keepInventory(db, told(device, NOW - ago * DAY), software("cad 1", `odd-${device.replace(" ", "-")} 1`));
    }
    const compliance = (from: string) =>
      new ComputersDesk({ history, register: () => register, now: () => NOW }).compliance([
        { name: "PC-1", from, devices: ["scrapped", "scrapped last year"] },
        { name: "PC-2", from, devices: ["stolen"] },
        { name: "PC-3", from: true, devices: ["for good"] },
      ]);
    const { computers, titles, products, findings } = await compliance("2026-03-01");
    expect({ computers, titles }).toEqual({ computers: 2, titles: { ofProducts: 1, free: 0, unknown: 2 } });
    expect(products[0]).toMatchObject({ product: "cad", computers: 2, titles: [{ name: "cad", computers: 2 }] });
    expect(findings.filter(({ kind }) => kind === "retired_device")).toMatchObject([{ about: "PC-2" }]);
    // On its first day it is retired; the day before it is not.
    expect((await compliance("2026-03-20")).computers).toBe(1);
    expect((await compliance("2026-03-21")).computers).toBe(3);
  });

  test("a launch that was refused because the computer is retired shows that it is still there", async () => {
    const { history, db } = await open();
    const launch = { pool: "cad", epoch: "1", number: 1, product: "cad", department: "", site: "", lease_id: "l" };
    const who = {
      person: "p",
      person_last_year: "",
      device: "lost",
      device_last_year: "",
      version: "",
      seats: 1,
      level: 0,
    };
    const refused = { at_ms: NOW - DAY, reason: "device_retired", asked_first: "cad", attempt_id: "" };
    await putRows(db, "denials", [{ ...launch, ...who, ...refused }]);
    const { findings } = await new ComputersDesk({
      history,
      register: () => registerWith({}),
      now: () => NOW,
    }).compliance([{ name: "PC-9", from: "2026-03-01", devices: ["lost"] }]);
    expect(findings.find(({ kind }) => kind === "retired_device")).toMatchObject({
      about: "PC-9",
      since: "2026-03-01",
    });
  });
});
