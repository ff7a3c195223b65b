import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Pseudonyms } from "../../daemon/privacy/pseudonyms.ts";

const AT = Date.UTC(2026, 5, 1);
const folder = () => mkdtempSync(join(tmpdir(), "sealed-"));

test("a computer's name is read again with the key it was sealed under, beside its own pseudonym alone", () => {
  const pseudonyms = Pseudonyms.open(folder(), { atMs: AT });
  const sealed = pseudonyms.sealed("PC-Städte-12", "abc", AT);
  expect(sealed).not.toContain("PC-St");
  expect(pseudonyms.sealed("PC-Städte-12", "abc", AT)).not.toBe(sealed);
  expect(pseudonyms.unsealed(sealed, "abc")).toBe("PC-Städte-12");
  expect(pseudonyms.unsealed(sealed, "abd")).toBeUndefined();
  expect(pseudonyms.unsealed(`${sealed.slice(0, -2)}AA`, "abc")).toBeUndefined();
  expect(pseudonyms.unsealed("2026.AAAA", "abc")).toBeUndefined();
});

test("without the key nobody reads it, and none is made to try", () => {
  const sealed = Pseudonyms.open(folder(), { atMs: AT }).sealed("PC-12", "abc", AT);
  const other = folder();
  writeFileSync(join(other, "pseudonym-keys.json"), "{}");
  const elsewhere = Pseudonyms.open(other, { atMs: Date.UTC(2030, 5, 1) });
  expect(elsewhere.unsealed(sealed, "abc")).toBeUndefined();
  expect(elsewhere.years).toEqual([2029, 2030]);
});
