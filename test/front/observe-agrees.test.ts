import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { moreOf, type Office, useOffices } from "../support/offices.ts";
import { type RandomLaunches, type RandomStep, randomLaunches } from "../support/random-registers.ts";

const RUNS = process.env.SEATMETER_TEST_LONG ? 10_000 : 400;

const { openOffice } = useOffices();

type Launched = Awaited<ReturnType<Office["launch"]>>;
type Step = RandomStep & { leaseId: string };

/** Both registers differ in nothing else. */
async function openBoth(text: string, observed: boolean): Promise<Office> {
  const office = await openOffice(text);
  const register = structuredClone(office.register);
  for (const pool of Object.values(register.pools)) pool.observed = observed;
  await office.adopt(register, Object.keys(register.pools));
  return office;
}

/** `granted first shared`, or `denied first no_seats`: of a pool that only observes, what it says it would have done. */
async function outcomeOf(office: Office, { answer }: Launched): Promise<string> {
  if (answer.type === "denied") return `denied ${answer.pool} ${answer.reason}`;
  if (answer.type !== "granted") return answer.type;
  // Outside the count there may be somebody to share with whom enforcement would have denied.
  const flags = answer.flags.filter((flag) => flag !== "shared" || !answer.flags.includes("excess"));
  if (!flags.includes("observed")) return `granted ${answer.pool} ${flags}`;
  const event = await office.lastEvent(answer.pool);
  return `denied ${answer.pool} ${event?.details}`;
}

/**
 * @param enforced what came of the same steps when they were enforced: a seat that was not given then is not taken back
 *   either; that a launch was granted all the same, is heard of or not and ends like others
 * @returns what became of each launch, and which steps took a seat back
 */
async function played(office: Office, steps: readonly Step[], enforced?: { reclaims: ReadonlySet<Step> }) {
  const outcomes: string[] = [];
  const reclaims = new Set<Step>();
  const live: Launched[] = [];
  for (const step of steps) {
    if (step.does === "launch") {
      const launched = await office.launch(step.launch, { ...moreOf(step), leaseId: step.leaseId });
      outcomes.push(await outcomeOf(office, launched));
      live.push(launched);
      continue;
    }
    const at = step.which % Math.max(1, live.length);
    const launched = live[at];
    if (!launched) continue;
    const { answer } = launched;
    if (step.does === "return") live.splice(at, 1);
    if (answer.type !== "granted") continue;
    if (step.does === "reclaim") {
      if (enforced && !enforced.reclaims.has(step)) continue;
      reclaims.add(step);
    }
    const again = await office.act(step.does, { ...launched, pool: answer.pool });
    if (again) launched.answer = again;
  }
  return { outcomes, reclaims };
}

/** Who waits, breaks the glass or runs already is not denied when it is enforced. */
const plain = (step: RandomStep): Step => {
  const leaseId = randomUUID();
  return step.does === "launch"
    ? { ...step, waits: false, breaksGlass: false, runs: false, leaseId }
    : { ...step, leaseId };
};

test("of any launches under any rules, those are observed that enforcement denies, for the same reasons", {
  timeout: 600_000,
}, async () => {
  const reasons = new Set<string>();
  const agree = async ({ register, history }: RandomLaunches) => {
    const steps = history.map(plain);
    const enforced = await played(await openBoth(register, false), steps);
    const observed = await played(await openBoth(register, true), steps, enforced);
    expect(observed.outcomes).toEqual(enforced.outcomes);
    for (const outcome of enforced.outcomes) if (outcome.startsWith("denied")) reasons.add(outcome.split(" ")[2] ?? "");
  };
  await fc.assert(fc.asyncProperty(randomLaunches, agree), { numRuns: RUNS });
  // Where nobody was denied, nothing was proved.
  const often = ["no_seats", "only_reserved_seats", "user_limit", "device_limit", "site_full", "version_retired"];
  expect([...reasons]).toEqual(expect.arrayContaining(often));
});
