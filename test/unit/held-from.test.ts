import fc from "fast-check";
import { expect, test } from "vitest";
import { heldFrom, type Use } from "../../daemon/domain/journal.ts";

const MOST = 30;
const use: fc.Arbitrary<Use> = fc
  .record({ seatKey: fc.constantFrom("", "ann", "ben"), fromMs: fc.nat(MOST), lengthMs: fc.nat(MOST) })
  .map(({ seatKey, fromMs, lengthMs }) => ({ seatKey, fromMs, untilMs: fromMs + lengthMs }));

/** By looking at each moment: of those who share a seat one needs it, of the others each. */
const seatMs = (uses: readonly Use[]) => {
  let sum = 0;
  for (let at = 0; at < 2 * MOST; at++) {
    const running = uses.filter(({ fromMs, untilMs }) => fromMs <= at && at < untilMs);
    const alone = running.filter(({ seatKey }) => seatKey === "").length;
    sum += alone + new Set(running.flatMap(({ seatKey }) => seatKey || [])).size;
  }
  return sum;
};

test("what several launches used of one seat, told afterwards in any order, adds up to the time in which anybody had it", () => {
  fc.assert(
    fc.property(fc.array(use, { maxLength: 8 }), (uses) => {
      const from = heldFrom(uses);
      const held = uses.map((one) => one.untilMs - from.get(one)!);
      expect(Math.min(0, ...held)).toBe(0);
      expect(held.reduce((sum, ms) => sum + ms, 0)).toBe(seatMs(uses));
    }),
  );
});
