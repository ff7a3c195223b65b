import { describe, expect, test } from "vitest";
import { startOfDayMs } from "../../daemon/domain/calendar.ts";
import { DENIALS, type DenialReason } from "../../daemon/domain/denials.ts";
import { dayInWords } from "../../daemon/domain/sentences.ts";
import type { CheckoutFields } from "../support/person.ts";
import {
  DAY,
  day,
  type Licensing,
  MINUTE,
  type Rules,
  SECOND,
  type SiteName,
  TIMEZONE,
  useRules,
} from "../support/rules.ts";

const openRules = useRules();

interface Denied {
  rules: Rules;
  /** What happened before, and what of the launch follows from it. */
  before?: (rules: Licensing) => Promise<CheckoutFields>;
  /** Eve asks for `cad` at the town hall, unless told otherwise. */
  ask?: CheckoutFields;
  user?: string;
  at?: SiteName;
  status: number;
  exit: number;
  says: string;
}

const LATER = ": try again later, or ask cad@exampleshire.example for help.";
const ABOUT = ": ask cad@exampleshire.example about it.";
const WANT_OF_SEATS = { status: 409, exit: 75 };
const NOT_ALLOWED = { status: 403, exit: 77 };

const launched = (user: string, device?: string) => async (rules: Licensing) => {
  await (await rules.person(user, device === undefined ? {} : { device })).launch("cad");
  return {};
};

const cad = (pool: string, product = "pools: [cad]", more = ""): Rules => ({
  ...{ pools: { cad: pool }, products: { cad: product }, more },
});
const dated = (dates: string) => cad(`entitlements: [{ reference: A, seats: 9, ${dates} }]`);

const CASES: Record<DenialReason, Denied> = {
  no_seats: {
    ...{ rules: cad("seats: 1"), before: launched("ann"), ...WANT_OF_SEATS },
    says: `The only seat of cad is in use${LATER}`,
  },
  only_reserved_seats: {
    ...{ rules: cad("seats: 1, reservations: [{ group: planning, seats: 1 }]"), ...WANT_OF_SEATS },
    says: `The seats of cad that are free are kept for other people${LATER}`,
  },
  site_full: {
    ...{ rules: cad("seats: 9, sites: { hall: { seats: 1 } }"), before: launched("ann"), ...WANT_OF_SEATS },
    says: `The only seat of cad at Town Hall is in use${LATER}`,
  },
  group_limit: {
    rules: cad("seats: 9, limits: [{ group: contractors, seats: 1 }]"),
    before: launched("cora"),
    ...{ user: "carl", ...WANT_OF_SEATS },
    says: `The group contractors has the one seat of cad that it may have${LATER}`,
  },
  user_limit: {
    ...{ rules: cad("seats: 9, limits: [{ user: eve, seats: 0 }]"), ...WANT_OF_SEATS },
    says: `You may have no seat of cad${ABOUT}`,
  },
  device_limit: {
    rules: cad("seats: 9, limits: [{ each: device, seats: 1 }]"),
    before: launched("ann", "eve-pc"),
    ...WANT_OF_SEATS,
    says: `This computer has the one seat of cad that it may have${LATER}`,
  },
  borrow_limit: {
    ...{ rules: cad("seats: 9"), ask: { borrowUntilMs: Date.now() + DAY }, ...WANT_OF_SEATS },
    says: `No seat of cad may be taken along for use without the network${ABOUT}`,
  },
  cooling_off: {
    rules: cad("seats: 9"),
    before: async (rules) => {
      const { leaseId } = await (await rules.person("eve")).launch("cad");
      await rules.reclaim(leaseId, 0);
      await rules.settled("cad");
      return {};
    },
    ...WANT_OF_SEATS,
    says: `Your seat of cad has just been given up for others, who come first for two minutes${LATER}`,
  },
  queue_lapsed: {
    rules: cad("seats: 1, queue: { maxWait: 30m }"),
    before: async (rules) => {
      const [ann, eve] = [await rules.person("ann"), await rules.person("eve")];
      const held = await ann.launch("cad");
      const { leaseId } = await eve.launch("cad", { waitMs: MINUTE });
      await ann.giveBack(held);
      await eve.hear("offered");
      await rules.age("cad", 30 * SECOND);
      return { leaseId };
    },
    ...WANT_OF_SEATS,
    says: `A seat of cad was kept for you and went to somebody else, as you did not take it${LATER}`,
  },
  not_entitled: {
    ...{ rules: cad("seats: 9, allow: [group:planning]"), ...NOT_ALLOWED },
    says: `cad is there for certain people, computers or places only, and not for this one${ABOUT}`,
  },
  denied_by_rule: {
    ...{ rules: cad("seats: 9, deny: [user:eve]"), ...NOT_ALLOWED },
    says: `cad may not be used by you, on this computer or from this place${ABOUT}`,
  },
  site_not_allowed: {
    ...{ rules: cad("seats: 9, sites: { home: { seats: 0 } }"), at: "home", ...NOT_ALLOWED },
    says: `cad may not be used at Home (VPN)${ABOUT}`,
  },
  version_retired: {
    rules: cad("seats: 9", 'name: AutoCAD, pools: [cad], versions: { current: "2026", previous: "2025" }'),
    ...{ ask: { version: "2019" }, ...NOT_ALLOWED },
    says: `Version 2019 of AutoCAD may not be used, only 2026 or 2025${ABOUT}`,
  },
  use_not_attested: {
    ...{ rules: cad("seats: 9", "pools: [cad], permittedUse: { text: For teaching, attest: true }"), ...NOT_ALLOWED },
    says: `cad may be used only by those who say yes to what it may be used for${ABOUT}`,
  },
  device_retired: {
    ...{ rules: cad("seats: 9", "pools: [cad]", "devices: { EVE-PC: { retired: true } }"), ...NOT_ALLOWED },
    says: `This computer has been taken out of use and may not start cad${ABOUT}`,
  },
  contract_ended: {
    ...{ rules: { ...cad("seats: 9"), contracts: { carl: day(-1) } }, user: "carl", ...NOT_ALLOWED },
    says: `You may not use cad, because your contract has ended${ABOUT}`,
  },
  entitlement_ended: {
    ...{ rules: dated(`starts: 2020-01-01, ends: ${day(-1)}`), ...NOT_ALLOWED },
    says: `The licence of cad ended on ${dayInWords(day(-1))}${ABOUT}`,
  },
  entitlement_not_started: {
    ...{ rules: dated(`starts: ${day(7)}`), ...NOT_ALLOWED },
    says: `The licence of cad begins only on ${dayInWords(day(7))}${ABOUT}`,
  },
  product_unknown: {
    ...{ rules: cad("seats: 9"), ask: { product: "cat" }, status: 404, exit: 64 },
    says: "No program is known here by the name “cat”: check the name, or ask those who look after your computer.",
  },
};

describe("a denial has its reason, a sentence and an owner, the same on every wire, a status and an exit code", () => {
  test.for(Object.entries(CASES))("%s", async ([reason, told]) => {
    const { ask = {}, user = "eve", at = "hall", before, status, exit, says } = told;
    const rules = await openRules(told.rules);
    const lease = (await before?.(rules)) ?? {};
    const { product = "cad", ...more } = { ...lease, ...ask };
    const person = await rules.person(user, { at });
    const answer = await person.launch(product, more);
    const known = reason !== "product_unknown";
    const owner = known ? "cad@exampleshire.example" : "";
    expect(answer).toMatchObject({ type: "denied", reason, message: says, owner, ...(known && { pool: "cad" }) });
    expect(answer).not.toHaveProperty("holders");
    const overHttp = await rules.launch(user, product, more, at);
    expect(overHttp).toMatchObject({ status, body: { type: "denied", reason, message: says, owner } });
    expect(DENIALS[reason as DenialReason]).toMatchObject({ exit, status });
    const pool = known ? "cad" : "none";
    expect((await rules.last(pool, "denied"))?.word).toBe(reason);
    expect(await rules.counter(`seatmeter_denials_total{pool="${pool}",reason="${reason}"}`)).toBeGreaterThanOrEqual(2);
    const { body } = await rules.http("GET", "/api/v1/denials");
    expect(body.items[0]).toMatchObject({ pool, reason, product });
    expect(JSON.stringify(body)).not.toContain(`"${user}`);
  });
});

describe("an explanation says what a launch would be answered", () => {
  const WITHOUT: DenialReason[] = ["borrow_limit", "queue_lapsed", "use_not_attested"];
  const explained = Object.entries(CASES).filter(([reason]) => !WITHOUT.includes(reason as DenialReason));
  test.for(explained)("%s", async ([reason, told]) => {
    const { ask = {}, user = "eve", at = "hall", before, says } = told;
    const rules = await openRules(told.rules);
    await before?.(rules);
    const { product = "cad", version } = ask;
    const more = { device: `${user}-pc`, site: at, ...(version !== undefined && { version }) };
    const explanation = await rules.explain(product, user, more);
    expect(explanation).toMatchObject({ decision: "denied", reason, message: says });
  });
});

describe("a sentence says what is so", () => {
  test("of a loan: too long, or too many of them", async () => {
    const rules = await openRules({ pools: { cad: "seats: 2, borrow: { maxDays: 14, seats: 0 }" } });
    const eve = await rules.person("eve");
    expect(await eve.launch("cad", { borrowUntilMs: Date.now() + 20 * DAY })).toMatchObject({
      ...{ reason: "borrow_limit", message: `A seat of cad may be taken along for 14 days at most${ABOUT}` },
    });
    expect(await eve.launch("cad", { borrowUntilMs: Date.now() + DAY })).toMatchObject({
      message: `No more seats of cad may be taken along for use without the network now${LATER}`,
    });
  });

  test("of a limit, to who asks for several seats", async () => {
    const rules = await openRules({
      pools: { cad: "seats: 9, limits: [{ group: planning, seats: 4 }, { each: user, seats: 3 }]" },
      products: { cad: "pools: [{ pool: cad, seats: 3 }]" },
    });
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    await ann.launch("cad");
    expect(await bob.launch("cad")).toMatchObject({
      ...{ reason: "group_limit" },
      message: `You need 3 of the 4 seats of cad that the group planning may have, and not so many are left${LATER}`,
    });
    expect(await eve.launch("cad", { seats: 2 })).toMatchObject({
      ...{ reason: "user_limit", message: `You need 6 seats of cad, and you may have 3 at most${ABOUT}` },
    });
  });

  test("of seats that may be overdrawn, and of a site's that never run out", async () => {
    const rules = await openRules({
      pools: {
        cad: "seats: 1, overdraft: { seats: 1 }",
        site: "seats: 1, metric: site, onlySites: [hall], sites: { hall: { seats: 3 } }",
      },
    });
    const [ann, eve] = [await rules.person("ann"), await rules.person("eve")];
    await ann.launch("cad");
    expect(await eve.launch("cad", { seats: 2 })).toMatchObject({
      message: expect.stringContaining("try again later"),
    });
    expect(await eve.launch("cad", { seats: 3 })).toMatchObject({
      message: `You need 3 seats of cad, and a launch can have 2 at most${ABOUT}`,
    });
    await ann.launch("site", { seats: 2 });
    expect(await eve.launch("site", { seats: 2 })).toMatchObject({
      ...{ reason: "site_full", message: expect.stringContaining("You need 2 of the 3 seats of site at Town Hall") },
    });
  });
});

describe("who has the seats", () => {
  test("is told where the pool shows its holders, those first who had them first, and only for want of seats", async () => {
    const rules = await openRules({ pools: { cad: "seats: 2, showHolders: true, deny: [user:carl]" } });
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    await ann.launch("cad");
    // Within one millisecond nobody was first.
    await expect.poll(() => Date.now()).toBeGreaterThan((await rules.leases("cad"))[0].sinceMs);
    await bob.launch("cad");
    const holder = (user: string) => ({ user, device: `${user}-pc`, sinceMs: expect.any(Number) });
    expect(await eve.launch("cad")).toMatchObject({ reason: "no_seats", holders: [holder("ann"), holder("bob")] });
    const carl = await rules.person("carl");
    expect(await carl.launch("cad")).not.toHaveProperty("holders");
  });

  test("is told of the pool that denied last", async () => {
    const rules = await openRules({
      pools: { cad: "seats: 1, showHolders: true", suite: "seats: 1" },
      products: { autocad: "pools: [cad, suite]" },
    });
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    await ann.launch("autocad");
    await bob.launch("autocad");
    expect(await eve.launch("autocad")).toMatchObject({
      pool: "suite",
      message: expect.stringContaining("All 2 seats"),
    });
    expect(await eve.launch("autocad")).not.toHaveProperty("holders");
  });
});

describe("when a seat is free", () => {
  test("is told from the next borrowed seat that is due, and from nothing that is no dated fact", async () => {
    const rules = await openRules({ pools: { cad: "seats: 3, borrow: { maxDays: 14 }" } });
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    const carl = await rules.person("carl");
    await carl.launch("cad");
    const [soon, later] = [Date.now() + 2 * DAY, Date.now() + 5 * DAY];
    const first = await ann.launch("cad", { borrowUntilMs: later });
    const second = await bob.launch("cad", { borrowUntilMs: soon });
    expect(await eve.launch("cad")).toMatchObject({ reason: "no_seats", freeAtMs: soon });
    await bob.giveBack(second, "borrow_returned");
    await bob.launch("cad");
    expect(await eve.launch("cad")).toMatchObject({ reason: "no_seats", freeAtMs: later });
    await ann.giveBack(first, "borrow_returned");
    await ann.launch("cad");
    expect(await eve.launch("cad")).not.toHaveProperty("freeAtMs");
  });

  test("is told from an entitlement's first day, and not after its end", async () => {
    const rules = await openRules({
      pools: {
        later: `entitlements: [{ reference: A, seats: 9, starts: ${day(7)} }]`,
        over: `entitlements: [{ reference: B, seats: 9, starts: 2020-01-01, ends: ${day(-1)} }]`,
      },
    });
    const eve = await rules.person("eve");
    expect(await eve.launch("later")).toMatchObject({ freeAtMs: startOfDayMs(day(7), TIMEZONE) });
    expect(await eve.launch("over")).not.toHaveProperty("freeAtMs");
  });

  test("no seat of somebody who is refused by a rule is promised", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1, borrow: { maxDays: 14 }, deny: [user:eve]" } });
    const [ann, eve] = [await rules.person("ann"), await rules.person("eve")];
    await ann.launch("cad", { borrowUntilMs: Date.now() + DAY });
    expect(await eve.launch("cad")).not.toHaveProperty("freeAtMs");
  });
});

describe("a denial is recorded", () => {
  test("with the attempt that its retries share, the department and the version, and no name", async () => {
    const rules = await openRules({ pools: { cad: "seats: 1" } });
    const [eve, ann] = [await rules.person("eve"), await rules.person("ann")];
    await eve.launch("cad");
    const attemptId = "0198f000-0000-7000-8000-000000000001";
    await ann.launch("cad", { attemptId, version: "2026" });
    await ann.launch("cad", { attemptId });
    const denied = (await rules.events("cad")).filter(({ kind }) => kind === "denied");
    expect(denied.map(({ facts }) => facts.attemptId)).toEqual([attemptId, attemptId]);
    expect(denied[0]?.facts).toMatchObject({ version: "2026", department: "Planning", site: "hall" });
    expect(JSON.stringify(denied)).not.toMatch(/\bann\b|ann-pc/);
  });

  test("by the pool that said it last, and the one that passed it on says so", async () => {
    const rules = await openRules({
      pools: { cad: "seats: 1", suite: "seats: 1" },
      products: { autocad: "pools: [cad, suite]" },
    });
    const [ann, bob, eve] = [await rules.person("ann"), await rules.person("bob"), await rules.person("eve")];
    await ann.launch("autocad");
    await bob.launch("autocad");
    await eve.launch("autocad");
    expect(await rules.story("cad")).toEqual(["granted", "passed suite", "passed suite"]);
    expect(await rules.story("suite")).toEqual(["granted", "denied no_seats"]);
    expect((await rules.last("suite", "denied"))?.facts.askedFirst).toBe("cad");
  });
});
