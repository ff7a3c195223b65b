import fc from "fast-check";
import { expect, test } from "vitest";
import { countRefusals, FOLD_MS, foldRefusals, type LaunchAnswer } from "../../daemon/domain/refusals.ts";
import { MINUTE } from "../support/usage.ts";

const answer = (minute: number, change: Partial<LaunchAnswer> = {}): LaunchAnswer => ({
  atMs: minute * MINUTE,
  person: "asmith",
  product: "autocad",
  pool: "cad",
  seats: 1,
  department: "Planning",
  attemptId: "",
  denied: "no_seats",
  ...change,
});
const granted = (minute: number, change: Partial<LaunchAnswer> = {}): LaunchAnswer => {
  const { denied, ...rest } = answer(minute, change);
  return rest;
};
const minutes = (answers: readonly LaunchAnswer[]) =>
  foldRefusals(answers).map(({ firstMs, lastMs, grantedMs }) =>
    [firstMs, lastMs, ...(grantedMs === undefined ? [] : [grantedMs])].map((ms) => ms / MINUTE),
  );

test("tries of one person are one refusal, up to fifteen minutes apart", () => {
  expect(minutes([answer(0), answer(10), answer(25)])).toEqual([[0, 25]]);
  expect(minutes([answer(0), answer(16)])).toEqual([
    [0, 0],
    [16, 16],
  ]);
});

test("who is granted within fifteen minutes of the last denial was kept waiting since the first", () => {
  expect(minutes([answer(0), answer(10), granted(25)])).toEqual([[0, 10, 25]]);
  expect(minutes([answer(0), granted(16)])).toEqual([[0, 0]]);
});

test("a grant between two denials parts them", () => {
  expect(minutes([answer(0), granted(1), answer(2)])).toEqual([
    [0, 0, 1],
    [2, 2],
  ]);
});

test("one attempt is one refusal, however long somebody waits in the queue", () => {
  const attemptId = "a1";
  expect(minutes([answer(0, { attemptId }), answer(40, { attemptId })])).toEqual([[0, 40]]);
  expect(minutes([answer(0, { attemptId }), granted(29, { attemptId })])).toEqual([[0, 0, 29]]);
  expect(minutes([answer(0, { attemptId }), answer(20), answer(40, { attemptId })])).toEqual([
    [0, 40],
    [20, 20],
  ]);
});

test("other people and other products are other refusals", () => {
  const answers = [answer(0), answer(1, { person: "bjones" }), answer(2, { product: "revit" }), granted(3)];
  expect(minutes(answers)).toEqual([
    [0, 0, 3],
    [1, 1],
    [2, 2],
  ]);
});

test("what no seat would have cured is no refusal, and what no further seat would have cured does not count for sizing", () => {
  const refusals = foldRefusals([
    answer(0, { denied: "version_retired" }),
    answer(1, { person: "bjones", denied: "site_full" }),
    answer(2, { person: "cbrown", denied: "only_reserved_seats" }),
    granted(5, { person: "cbrown" }),
  ]);
  expect(countRefusals(refusals)).toEqual({
    keptWaiting: 1,
    turnedAway: 1,
    forSizing: { keptWaiting: 1, turnedAway: 0 },
    delaysMs: [3 * MINUTE],
  });
});

const anyAnswers = fc.array(
  fc
    .record({
      minute: fc.integer({ min: 0, max: 120 }),
      person: fc.constantFrom("asmith", "bjones"),
      granted: fc.boolean(),
    })
    .map(({ minute, person, granted: had }) => (had ? granted(minute, { person }) : answer(minute, { person }))),
  { maxLength: 15 },
);

/** Written from the definition: two denials belong together if the next one is near and nothing was granted between. */
function naively(answers: readonly LaunchAnswer[]) {
  return ["asmith", "bjones"].flatMap((name) => {
    const own = answers
      .filter(({ person }) => person === name)
      .toSorted((one, other) => one.atMs - other.atMs || Number(!one.denied) - Number(!other.denied));
    const runs: LaunchAnswer[][] = [];
    for (const [i, one] of own.entries()) {
      const before = own[i - 1];
      if (before?.denied && one.atMs - before.atMs <= FOLD_MS) runs.at(-1)!.push(one);
      else runs.push([one]);
    }
    return runs
      .filter(([first]) => first!.denied)
      .map((run) => [
        run[0]!.atMs / MINUTE,
        run.some(({ denied }) => !denied) ? run.at(-1)!.atMs / MINUTE : "turned away",
      ]);
  });
}

test("whatever was tried, refusals are the runs of denials that the definition makes", () => {
  fc.assert(
    fc.property(anyAnswers, (answers) => {
      const folded = foldRefusals(answers)
        .toSorted((one, other) => (one.person < other.person ? -1 : one.person > other.person ? 1 : 0))
        .map(({ firstMs, grantedMs }) => [
          firstMs / MINUTE,
          grantedMs === undefined ? "turned away" : grantedMs / MINUTE,
        ]);
      expect(folded).toEqual(naively(answers));
    }),
    { numRuns: 2000 },
  );
});
