import fc from "fast-check";
import { expect, test } from "vitest";
import type { Explanation } from "../../daemon/front/explanations.ts";
import { type Office, useOffices } from "../support/offices.ts";
import { type RandomLaunch, randomLaunches } from "../support/random-registers.ts";
import { ruleAt, withOnly, withoutRule, withSeats } from "../support/without-rule.ts";

const RUNS = process.env.SEATMETER_TEST_LONG ? 20_000 : 1_000;

const { openOffice } = useOffices();

/** What an explanation says, beside the sentence. */
const said = ({ decision, reason, rule, pool }: Explanation) => ({ decision, reason, rule, pool });

/** What is looked at last is what decided. */
const LAST_CHECKED: [RegExp, string][] = [
  [/^products$/, "products"],
  [/^devices\./, "devices"],
  [/^groups\./, "contract"],
  [/^products\.\w+\.versions/, "versions"],
  [/\.deny\[/, "deny"],
  [/\.allow$/, "allow"],
  [/\.onlySites$/, "onlySites"],
  [/\.sites\./, "sites"],
  [/\.reservations$/, "reservations"],
  [/\.entitlements$/, "seats"],
  [/\.limits\[/, "limits"],
  [/^pools\.\w+$/, "reclaimed"],
];

/** Which rules may be behind which reason. */
const RULES: Record<string, RegExp> = {
  product_unknown: /^products$/,
  device_retired: /^devices\./,
  contract_ended: /^groups\.\w+\.members$/,
  version_retired: /^products\.\w+\.versions/,
  denied_by_rule: /^pools\.\w+\.deny\[\d\]$/,
  not_entitled: /^pools\.\w+\.allow$/,
  site_not_allowed: /^pools\.\w+\.(onlySites$|sites\.)/,
  site_full: /^pools\.\w+\.sites\./,
  no_seats: /^pools\.\w+\.entitlements$/,
  entitlement_ended: /^pools\.\w+\.entitlements$/,
  entitlement_not_started: /^pools\.\w+\.entitlements$/,
  only_reserved_seats: /^pools\.\w+\.reservations$/,
  group_limit: /^pools\.\w+\.limits\[\d\]$/,
  user_limit: /^pools\.\w+\.limits\[\d\]$/,
  device_limit: /^pools\.\w+\.limits\[\d\]$/,
  cooling_off: /^pools\.\w+$/,
};
/** So often that a thousand runs without one of them would prove less than they say; the others come now and then. */
const OFTEN = [
  ...["version_retired", "denied_by_rule", "not_entitled", "site_not_allowed", "no_seats", "only_reserved_seats"],
  ...["user_limit", "device_limit", "entitlement_ended", "entitlements", "seatFor", "overdraft"],
];
const LIMITED: Record<string, string[]> = {
  group_limit: ["group"],
  user_limit: ["user", "each user"],
  device_limit: ["device", "each device"],
};

/** The launch itself, right after it was explained, is answered the same; what it got is given back. */
async function expectSameDecision(office: Office, question: RandomLaunch, explained: Explanation) {
  const { decision, reason, rule, pool } = explained;
  const { who, message, answer } = await office.launch(question);
  if (answer.type === "denied") {
    expect({ decision, reason, pool }).toEqual({ decision: "denied", reason: answer.reason, pool: answer.pool });
    return;
  }
  if (answer.type !== "granted") throw new Error(`explained as ${decision}, and answered ${answer.type}`);
  expect({ decision, pool }).toEqual({ decision: "granted", pool: answer.pool });
  const event = await office.lastEvent(answer.pool);
  const isObserved = answer.flags.includes("observed");
  expect(reason).toBe(isObserved ? event?.details[0] : undefined);
  if (!isObserved) {
    expect(rule.endsWith(".seatFor")).toBe(answer.flags.includes("shared"));
    expect(rule.endsWith(".overdraft")).toBe(answer.flags.includes("overdraft"));
  }
  await office.launches.checkin(who, message.leaseId);
}

/** What is said of a reason: the kind of rule that may be behind it, and that it was looked at last. */
function expectRuleFits({ register }: Office, { reason, rule, checked }: Explanation) {
  if (reason === undefined) return;
  expect(rule).toMatch(RULES[reason] as RegExp);
  expect(checked.at(-1)).toBe(LAST_CHECKED.find(([form]) => form.test(rule))?.[1]);
  if (reason in LIMITED) {
    const { kind, name } = ruleAt(register, rule) as { kind: string; name: string };
    expect(LIMITED[reason]).toContain(kind === "each" ? `each ${name}` : kind);
  }
}

async function takeAway(office: Office, { rule, reason }: Explanation, { user }: RandomLaunch) {
  const pool = /^pools\.(\w+)/.exec(rule)?.[1];
  const changed = pool === undefined ? [] : [pool];
  if (reason === "cooling_off") await office.endCoolingOff(pool as string);
  else if (rule.endsWith(".entitlements")) {
    await office.adopt(withSeats(office.register, pool as string, reason ? "many" : "none"), changed);
  } else await office.adopt(withoutRule(office.register, rule, user), changed);
}

/**
 * Take away what decides: then something else does. Where another rule has the same reason, that one is taken away, too;
 * and of a list of such rules the one that was named is enough by itself.
 */
async function expectToDecide(office: Office, question: RandomLaunch, first: Explanation) {
  let named = first;
  for (let most = 20; most > 0; most--) {
    const rule = { pool: named.pool, says: ruleAt(office.register, named.rule) };
    if (/\.(deny|limits)\[/.test(named.rule) && (await office.isSettled(named.pool as string))) {
      const { register } = office;
      const pool = named.pool as string;
      await office.adopt(withOnly(register, named.rule), [pool]);
      const alone = await office.explain(question);
      expect(alone.reason).toBe(named.reason);
      await office.adopt(register, [pool]);
    }
    await takeAway(office, named, question);
    const next = await office.explain(question);
    const isOther = next.decision !== named.decision || next.reason !== named.reason;
    // Of a grant it may be another rule, or another pool's.
    if (isOther || (named.reason === undefined && next.rule !== named.rule)) return;
    const other = { pool: next.pool, says: ruleAt(office.register, next.rule) };
    expect(other, `${named.rule} decides, and without it nothing changes`).not.toEqual(rule);
    named = next;
  }
  throw new Error(`there is no end to the rules that deny: ${JSON.stringify(said(named))}`);
}

test("explain says what the launch is answered, and the rule that it names is the one that decides", {
  timeout: 600_000,
}, async () => {
  const seen = new Set<string>();
  const property = fc.asyncProperty(randomLaunches, async ({ register, history, question }) => {
    const office = await openOffice(register);
    for (const step of history) await office.take(step);

    const explained = await office.explain(question);
    seen.add(explained.reason ?? (explained.rule.split(".").at(-1) as string));
    expectRuleFits(office, explained);
    await expectSameDecision(office, question, explained);

    const again = await office.explain(question);
    // A denied launch, and an observed one that ended, change nothing.
    if (explained.reason !== undefined) expect(said(again)).toEqual(said(explained));
    if (again.reason !== "product_unknown") await expectToDecide(office, question, again);
  });

  await fc.assert(property, { numRuns: RUNS });
  expect([...seen]).toEqual(expect.arrayContaining(OFTEN));
});
