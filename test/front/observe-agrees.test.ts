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
 * @param denied what enforcement denied: where such a launch was granted all the same, it is heard of or not and ends
 *   like others
 * @returns what became of each launch
 */
async function played(office: Office, steps: readonly Step[], denied: ReadonlySet<string>) {
  const outcomes = new Map<string, string>();
  const live: { leaseId: string; launched: Launched; pool: string }[] = [];
  for (const step of steps) {
    if (step.does === "launch") {
      const launched = await office.launch(step.launch, { ...moreOf(step), leaseId: step.leaseId });
      outcomes.set(step.leaseId, await outcomeOf(office, launched));
      const { answer } = launched;
      live.push({ leaseId: step.leaseId, launched, pool: answer.type === "granted" ? answer.pool : "" });
      continue;
    }
    const at = step.which % Math.max(1, live.length);
    const chosen = live[at];
    if (!chosen) continue;
    const { leaseId, launched, pool } = chosen;
    const isGranted = launched.answer.type === "granted";
    // Of a launch that enforcement denies there is nothing to take back.
    const mayBe = isGranted && !(denied.has(leaseId) && step.does === "reclaim");
    if (step.does === "return") live.splice(at, 1);
    if (mayBe) await office.act(step.does, { ...launched, pool });
  }
  return outcomes;
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
    const enforced = await played(await openBoth(register, false), steps, new Set());
    const denied = new Set([...enforced].filter(([, outcome]) => outcome.startsWith("denied")).map(([id]) => id));
    const observed = await played(await openBoth(register, true), steps, denied);
    expect([...observed.values()]).toEqual([...enforced.values()]);
    for (const outcome of enforced.values()) if (outcome.startsWith("denied")) reasons.add(outcome.split(" ")[2] ?? "");
  };
  await fc.assert(fc.asyncProperty(randomLaunches, agree), { numRuns: RUNS });
  // Where nobody was denied, nothing was proved.
  const often = ["no_seats", "only_reserved_seats", "user_limit", "device_limit", "site_full", "version_retired"];
  expect([...reasons]).toEqual(expect.arrayContaining(often));
});
