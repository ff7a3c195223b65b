import { expect, test } from "vitest";
import { denialExit, denialSentence, holderLines } from "../../client-shim/denial.ts";
import { CHECKS } from "../../client-shim/explain.ts";
import { newLeaseId } from "../../client-shim/lease-id.ts";
import { table } from "../../client-shim/table.ts";
import { DENIALS } from "../../daemon/domain/denials.ts";
import { CHECKED } from "../../daemon/domain/eligibility.ts";
import { LeaseId } from "../../daemon/domain/names.ts";
import { COUNTED } from "../../daemon/front/explanations.ts";

test("a denial says what happened and whom to ask, once", () => {
  expect(denialSentence({ message: "All seats are in use.", owner: "it.desk@x" })).toBe(
    "All seats are in use. Ask it.desk@x.",
  );
  expect(denialSentence({ message: "Full; ask it.desk@x.", owner: "it.desk@x" })).toBe("Full; ask it.desk@x.");
  expect(denialSentence({ message: "No such product.", owner: "" })).toBe("No such product.");
});

test("holders are listed as far as a screen takes them, and their names cannot command the terminal", () => {
  const holders = Array.from({ length: 12 }, (_, i) => ({
    user: `user\u001b[2J${i}`,
    device: "PC",
    sinceMs: Date.now(),
  }));
  const lines = holderLines({ type: "denied", leaseId: "", reason: "no_seats", message: "", owner: "", holders });

  expect(lines).toHaveLength(11);
  expect(lines[0]).toMatch(/^in use by user \[2J0 on PC since \d\d:\d\d$/);
  expect(lines[10]).toBe("and by 2 more");
});

test("every reason gives the exit code of the table, and one that only a newer daemon knows gives 77", () => {
  for (const [reason, { exit }] of Object.entries(DENIALS)) expect(denialExit(reason)).toBe(exit);
  expect(denialExit("bad_hair_day")).toBe(77);
  expect(denialExit("toString")).toBe(77);
});

test("all that explain looks at has words for people, and nothing else has", () => {
  const looked = new Set(["products", ...CHECKED, "seatFor", ...COUNTED]);

  expect(new Set(Object.keys(CHECKS))).toEqual(looked);
});

test("a lease id is a UUID of version 7, and a later one sorts later", () => {
  const ids = [1, 2, 1_800_000_000_000].map((atMs) => newLeaseId(atMs));

  for (const id of ids) expect(LeaseId.parse(id)).toBe(id);
  expect(ids.map((id) => id[14])).toEqual(["7", "7", "7"]);
  expect(ids.toSorted()).toEqual(ids);
  expect(newLeaseId(1)).not.toBe(newLeaseId(1));
});

test("a table fits 80 columns by cutting words, never numbers", () => {
  const columns = [{ heading: "POOL" }, { heading: "USED", number: true }, { heading: "BY SITE" }];
  const text = table(columns, [
    ["autocad", 1_234_567, "somewhere ".repeat(20)],
    ["p", 1, ""],
  ]);

  expect(Math.max(...text.split("\n").map((line) => line.length))).toBe(80);
  expect(text).toMatch(/^POOL {8}USED {2}BY SITE\nautocad {2}1234567 {2}somewhere .*…\np {14}1\n$/);
});
