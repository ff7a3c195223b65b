import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DenialsQuery, LeasesQuery, NewRegister, PoolPath } from "../../daemon/front/api-shapes.ts";
import { ExplainQuestion } from "../../daemon/front/explanations.ts";
import { readInput } from "../../daemon/front/inputs.ts";
import { decode } from "../../daemon/protocol/codec.ts";
import { FROM_SHIM } from "../../daemon/protocol/messages.ts";

const SOUND = { leaseId: randomUUID(), product: "cad", user: "asmith" };
/** As the library that checks messages would say it. */
const NOT_OURS = /Invalid|Too (big|small)|expected|received|Unrecognized|undefined/;

const saidOf = (message: object) => {
  const decoded = decode(JSON.stringify(message));
  return "mistake" in decoded ? decoded.mistake.message : undefined;
};
const checkout = (change: object) => saidOf({ type: "checkout", ...SOUND, ...change });

test.each([
  [saidOf({ type: "heartbeat", leaseIds: [] }), "heartbeat: leaseIds: must not be empty"],
  [
    saidOf({ type: "heartbeat", leaseIds: Array.from({ length: 401 }, () => randomUUID()) }),
    "heartbeat: leaseIds: holds more than 400",
  ],
  [saidOf({ type: "heartbeat", leaseIds: ["7"] }), "heartbeat: leaseIds.0: is no UUID"],
  [saidOf({ type: "heartbeat" }), "heartbeat: leaseIds: is missing"],
  [
    saidOf({ type: "checkin", leaseId: SOUND.leaseId, why: "program_exitd" }),
    'checkin: why: must be program_exited or program_crashed or borrow_returned; did you mean "program_exited"?',
  ],
  [
    saidOf({ type: "checkin", leaseId: SOUND.leaseId, why: { toString: "", valueOf: "" } }),
    "checkin: why: must be program_exited or program_crashed or borrow_returned",
  ],
  [checkout({ user: "" }), "checkout: user: must not be empty"],
  [checkout({ user: null }), "checkout: user: must be text, and is null"],
  [checkout({ user: "a".repeat(129) }), "checkout: user: is longer than 128 letters"],
  [checkout({ user: "half a \ud83d" }), "checkout: user: holds half a character"],
  [checkout({ seats: 0 }), "checkout: seats: must be at least 1"],
  [checkout({ seats: 1.5 }), "checkout: seats: must be a whole number, and is a number"],
  [checkout({ seats: 1e6 + 1 }), "checkout: seats: must be at most 1000000"],
  [checkout({ alreadyRunning: "yes" }), "checkout: alreadyRunning: must be true or false, and is text"],
  [checkout({ program: [] }), "checkout: program: must be an object, and is a list"],
])("what is wrong in a message is said in our own words: %s", (said, words) => {
  expect(said).toBe(words);
});

test("whatever is sent, what is wrong with it is said in our own words", () => {
  const types = Object.keys(FROM_SHIM);
  const fields = [...new Set(Object.values(FROM_SHIM).flatMap(({ shape }) => Object.keys(shape)))];
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(...Object.values(SOUND), "", "a".repeat(300), -1, 1.5, null, []),
  );
  const message = fc
    .tuple(fc.constantFrom(...types), fc.dictionary(fc.constantFrom(...fields), value))
    .map(([type, fields]) => ({ ...fields, type }));
  fc.assert(
    fc.property(message, (message) => {
      expect(saidOf(message) ?? "").not.toMatch(NOT_OURS);
    }),
    { numRuns: 500 },
  );

  const shapes = [PoolPath, LeasesQuery, DenialsQuery, NewRegister, ExplainQuestion];
  const names = [...shapes.flatMap((shape) => Object.keys(shape.shape)), "colour"];
  const input = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...names), value));
  fc.assert(
    fc.property(fc.constantFrom(...shapes), input, (shape, input) => {
      expect(wrongIn(shape, input)).not.toMatch(NOT_OURS);
    }),
    { numRuns: 500 },
  );
});

function wrongIn(shape: Parameters<typeof readInput>[0], input: unknown): string {
  try {
    readInput(shape, input);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}
