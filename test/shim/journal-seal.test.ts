import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DeviceKey } from "../../client-shim/device-key.ts";
import { Journal, type Unheard } from "../../client-shim/journal-files.ts";
import { JournalSeal } from "../../client-shim/journal-seal.ts";
import { newLeaseId } from "../../client-shim/lease-id.ts";
import { emptyStateFolder } from "../support/shim.ts";

const entry = (change: Partial<Unheard> = {}): Unheard => ({
  ...{ id: newLeaseId(), product: "demo", user: "asmith", reason: "unreachable" },
  // Later than whatever the test did before.
  ...{ startedAtMs: Date.now() - 2000, untilMs: Date.now() + 1000, why: "program_exited" },
  ...change,
});

/** A computer with its journal and the file of its key. */
function computer() {
  const state = emptyStateFolder();
  const file = join(state, "device-key.json");
  const journal = new Journal(state);
  journal.sealWith(new JournalSeal(file));
  const enrol = () => {
    const key = new DeviceKey(file, "PC-1");
    key.toEnrol();
    key.enrolled("seatmeter:test");
    return key;
  };
  const path = (id: string) => join(state, "journal", `${id}.json`);
  return {
    ...{ state, file, journal, enrol },
    /** Somebody writes into what lies there. */
    edit(id: string, change: object, as = id) {
      writeFileSync(path(as), JSON.stringify({ ...JSON.parse(readFileSync(path(id), "utf8")), ...change }));
    },
    told: () => {
      const { entries, dropped } = journal.ended(Date.now());
      return { ids: entries.map(({ id }) => id).sort(), dropped };
    },
  };
}

describe("on an enrolled computer", () => {
  test.each([
    ["a product", { product: "cad" }],
    ["a person", { user: "bjones" }],
    ["a beginning", { startedAtMs: 1 }],
    ["an end", { untilMs: Date.now() + 500 }],
    ["a version", { version: "2026" }],
    ["a number of seats", { seats: 2 }],
    ["a reason", { reason: "ledger_unavailable" }],
    ["how it ended", { why: "program_crashed" }],
    ["who writes it", { pid: 4_194_305 }],
    ["its seal", { seal: "AAAA" }],
    ["what is no seal", { seal: 7 }],
    ["its seal, which is taken off,", { seal: undefined }],
  ])("an entry of which %s was changed is dropped, and the others are told", (_what, change) => {
    const { journal, enrol, edit, told } = computer();
    enrol();
    const [changed, sound] = [entry(), entry()];
    for (const one of [changed, sound]) journal.keep(one);
    edit(changed.id, change);
    expect(told()).toEqual({ ids: [sound.id], dropped: 1 });
  });

  test("an entry that was copied to be told twice is told once", () => {
    const { journal, enrol, edit, told } = computer();
    enrol();
    const one = entry();
    journal.keep(one);
    edit(one.id, {}, newLeaseId());
    expect(told()).toEqual({ ids: [one.id], dropped: 1 });
  });

  test("what was written with a key before is told: after it was changed, and after the computer was enrolled anew", async () => {
    const { journal, enrol, edit, told } = computer();
    const key = enrol();
    const entries = [entry(), entry(), entry()];
    journal.keep(entries[0]!);
    await key.rotation();
    key.rotated();
    journal.keep(entries[1]!);
    enrol();
    journal.keep(entries[2]!);
    expect(told()).toEqual({ ids: entries.map(({ id }) => id).sort(), dropped: 0 });
    for (const { id } of entries) edit(id, { product: "cad" });
    expect(told()).toEqual({ ids: [], dropped: 3 });
  });

  test("what was written before it was enrolled is told, and what was written after it must be sealed", () => {
    const { state, journal, enrol, told } = computer();
    const before = entry({ untilMs: Date.now() - 1000 });
    journal.keep(before);
    enrol();
    const after = entry();
    // Somebody writes it who has no key.
    new Journal(state).keep(after);
    expect(told()).toEqual({ ids: [before.id], dropped: 1 });
  });

  test("a program that began before the computer was enrolled is sealed from then on", () => {
    const { journal, enrol, edit, told } = computer();
    const one = entry();
    journal.keep({ ...one, untilMs: Date.now() - 1000 });
    enrol();
    journal.keep(one);
    expect(told()).toEqual({ ids: [one.id], dropped: 0 });
    edit(one.id, { startedAtMs: 1 });
    expect(told()).toEqual({ ids: [], dropped: 1 });
  });

  test("nothing is lost with a key that is gone, or that an older version made", () => {
    const { file, journal, enrol, told, state } = computer();
    enrol();
    const { sinceMs: _, ...older } = JSON.parse(readFileSync(file, "utf8"));
    writeFileSync(file, JSON.stringify(older));
    const [unsealed, sealed] = [entry(), entry()];
    new Journal(state).keep(unsealed);
    journal.keep(sealed);
    const both = { ids: [unsealed.id, sealed.id].sort(), dropped: 0 };
    expect(told()).toEqual(both);
    rmSync(file);
    expect(told()).toEqual(both);
  });
});

test("a computer without a key seals nothing", () => {
  const { state, journal, told } = computer();
  const one = entry();
  journal.keep(one);
  const [file] = readdirSync(join(state, "journal"));
  expect(JSON.parse(readFileSync(join(state, "journal", file!), "utf8"))).toEqual(one);
  expect(told()).toEqual({ ids: [one.id], dropped: 0 });
});
