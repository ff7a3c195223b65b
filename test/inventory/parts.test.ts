import fc from "fast-check";
import { expect, test } from "vitest";
import { inParts, inventoryParts } from "../../client-shim/inventory/parts.ts";
import { SOFTWARE_ITEMS, type Software, tidied } from "../../daemon/domain/inventory.ts";
import { FRAME_BYTES } from "../../daemon/protocol/messages.ts";

const software = (name: string, version = "1"): Software => ({ name, publisher: "", version });
const DAY_MS = 86_400_000;

test("what is told is printable, in order, and nothing of it twice", () => {
  const found = [software("b\u202eidi\n\tcal  "), software("a"), software("a"), software("\u0007"), software("a", "2")];
  expect(tidied(found)).toEqual([software("a"), software("a", "2"), software("b idi cal")]);
});

test("no name is cut through a character", () => {
  expect(tidied([software(`${"x".repeat(199)}😀`)])[0]?.name).toBe("x".repeat(199));
});

test("of a computer that says it has more than it may, the first are told", () => {
  const many = Array.from({ length: SOFTWARE_ITEMS + 5 }, (_, i) => software(String(i).padStart(6, "0")));
  expect(tidied(many)).toEqual(many.slice(0, SOFTWARE_ITEMS));
});

test("whatever is installed, each part fits a frame, and together they are all of it", () => {
  const anyText = (maxLength: number) => fc.string({ unit: "binary", maxLength });
  const any = fc.record({ name: anyText(200), publisher: anyText(200), version: anyText(64) });
  // Short and long ones, so that frames are filled in many ways.
  const long = (length: number, i: number) => ({
    name: `${i}${"ö".repeat(length)}`,
    publisher: '"'.repeat(length),
    version: "1",
  });
  fc.assert(
    fc.property(
      fc.array(any, { maxLength: 50 }),
      fc.array(fc.nat(190), { maxLength: 90, size: "max" }),
      (some, lengths) => {
        const told = tidied([...some, ...lengths.map(long)]);
        const parts = inParts(told);
        expect(parts.flatMap((part) => part.software)).toEqual(told);
        expect(parts.map(({ part, of }) => [part, of])).toEqual(parts.map((_, i) => [i + 1, parts.length]));
        for (const part of parts) {
          expect(Buffer.byteLength(JSON.stringify({ type: "inventory", ...part }))).toBeLessThanOrEqual(FRAME_BYTES);
        }
      },
    ),
    { numRuns: 50 },
  );
});

test("a computer with nothing on it says so in one part", () => {
  expect(inParts([])).toEqual([{ part: 1, of: 1, software: [] }]);
});

test("what has not changed is told again in the next week, and not before", async () => {
  const reading = (one: Software) => async () => ({ lists: { dpkg: [one] }, unread: [] });
  const read = reading(software("a"));
  const monday = DAY_MS * 7 * 2_900;
  const first = await inventoryParts(undefined, read, monday);
  expect(first.parts).toHaveLength(1);
  expect((await inventoryParts(first.told, read, monday + 6 * DAY_MS)).parts).toEqual([]);
  expect((await inventoryParts(first.told, read, monday + 7 * DAY_MS)).parts).toHaveLength(1);
  expect((await inventoryParts(first.told, reading(software("a", "2")), monday)).parts).toHaveLength(1);
});

test("what a source listed that cannot be read this time stays told, and what the others list is as it is now", async () => {
  const unread = [{ source: "snap", why: "snap: error: cannot communicate with server" }];
  const both = async () => ({ lists: { dpkg: [software("a")], snap: [software("s")] }, unread: [] });
  const failing = async () => ({ lists: { dpkg: [software("b")] }, unread });
  const first = await inventoryParts(undefined, both);
  const second = await inventoryParts(first.told, failing);
  expect(second.unread).toEqual(unread);
  expect(second.parts.flatMap((part) => part.software)).toEqual([software("b"), software("s")]);
  // In the round after that, too.
  const third = await inventoryParts(second.told, failing);
  expect([third.told, third.parts]).toEqual([second.told, []]);
  // Once it can be read, and lists nothing, it is gone.
  const emptied = async () => ({ lists: { dpkg: [software("b")], snap: [] }, unread: [] });
  const last = await inventoryParts(third.told, emptied);
  expect(last.parts.flatMap((part) => part.software)).toEqual([software("b")]);
});

test("a source that has never been read is left out while it cannot be", async () => {
  const unread = [{ source: "snap", why: "snap: it ended with exit code 1" }];
  const { parts } = await inventoryParts(undefined, async () => ({ lists: { dpkg: [software("a")] }, unread }));
  expect(parts.flatMap((part) => part.software)).toEqual([software("a")]);
});
