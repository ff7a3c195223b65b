import fc from "fast-check";
import { encodeFacts } from "../../daemon/domain/events.ts";
import type { PoolPolicy, PoolRules } from "../../daemon/domain/policy.ts";
import type { Order } from "../../daemon/ledger/answers.ts";
import { KINDS } from "../../daemon/ledger/operations.ts";
import { encodeOrder } from "../../daemon/ledger/order-text.ts";
import { facts, policy, step } from "../support/ledger.ts";
import type { Asked } from "./asked.ts";

const HOUR_MS = 3_600_000;
const SITES = ["hall", "depot", "civic-centre"];
const LEASES = Array.from({ length: 14 }, (_, i) => `lease-${i}`);
const GROUPS = ["planning", "cad"];
/** A name in a limit has its percent signs, and must not be read as a pattern. */
const NAMED_LIMIT = "user:d%C3%A9%20b%25";

/** There or not: most rules are not in most pools. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>, rarity = 3): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: rarity, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

/** Without what is not there: a rule that is not set is not in the text. */
const filled = <T extends object>(record: T) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]: Exclude<T[Name], undefined>;
  };

const rules: fc.Arbitrary<PoolRules> = fc
  .record({
    observe: maybe(fc.constant(1), 14),
    site: maybe(fc.constant(1), 14),
    overdraft: maybe(fc.integer({ min: 1, max: 3 }), 2),
    overdraftMs: maybe(fc.constant(30 * HOUR_MS), 1),
    sharedBy: maybe(fc.integer({ min: 2, max: 3 })),
    linger: maybe(fc.constantFrom(40_000, 300_000), 2),
    hold: maybe(fc.constantFrom(36 * HOUR_MS), 4),
    holdBy: fc.constantFrom(1, 2),
    queue: fc.constantFrom(undefined, 60_000, 1_800_000, 1_800_000),
    borrow: maybe(fc.integer({ min: 1, max: 3 })),
    keepFree: maybe(fc.integer({ min: 1, max: 2 })),
    glass: maybe(fc.constantFrom(1, 1, 2), 2),
  })
  .map(({ overdraftMs, holdBy, ...rest }) =>
    filled({
      ...rest,
      overdraftMs: rest.overdraft === undefined ? undefined : overdraftMs,
      holdBy: rest.hold === undefined ? undefined : holdBy,
    }),
  ) as fc.Arbitrary<PoolRules>;

const limits = fc
  .record({
    "site:depot": maybe(fc.integer({ min: 1, max: 3 }), 1),
    "group:cad": maybe(fc.integer({ min: 1, max: 3 }), 1),
    "each:user": maybe(fc.integer({ min: 1, max: 3 }), 1),
    "each:device": maybe(fc.integer({ min: 1, max: 3 }), 1),
    [NAMED_LIMIT]: maybe(fc.integer({ min: 1, max: 4 }), 1),
  })
  .map((record) => filled(record) as Record<string, number>);

const capacityStep = fc
  .record({
    seats: fc.oneof(
      { weight: 1, arbitrary: fc.constant(0) },
      { weight: 15, arbitrary: fc.constantFrom(1, 2, 2, 3, 3, 4, 6) },
    ),
    ended: fc.boolean(),
    termMs: fc.constantFrom(1000, 2000),
    wants: fc.tuple(maybe(fc.integer({ min: 1, max: 3 }), 2), maybe(fc.integer({ min: 1, max: 3 }), 2)),
  })
  .map(({ seats, ended, termMs, wants }) => {
    if (seats === 0) return step({ seats, reason: ended ? "entitlement_ended" : "no_seats" });
    let left = seats;
    const reserved = GROUPS.map((group, i) => {
      const part = Math.min(wants[i] ?? 0, left);
      left -= part;
      return { group, seats: part };
    });
    return step({ seats, termMs, reserved: reserved.filter((part) => part.seats > 0) });
  });

/** The second step comes in some hours. */
export const randomPolicy: fc.Arbitrary<(revision: number, nowMs: number) => PoolPolicy> = fc
  .record({
    rules,
    limits: fc.oneof(fc.constant({}), limits),
    steps: fc.tuple(capacityStep, capacityStep),
    hours: fc.constantFrom(-1, 10, 40),
  })
  .map(
    ({ rules, limits, steps: [first, second], hours }) =>
      (revision, nowMs) =>
        policy({ revision, rules, limits, steps: [first, { ...second, fromMs: nowMs + hours * HOUR_MS }] }),
  );

/** What is asked, with hours from now where a moment is meant, and of which of those whom it may concern. */
export type AskedLater = Asked & {
  rebuilds?: "key" | "user" | "alone" | undefined;
  borrowHours: number | undefined;
  aim: number | undefined;
};

const people = fc.record({
  user: fc.constantFrom("ada", "bo", "cy"),
  device: fc.constantFrom("d1", "d2"),
  year: fc.constantFrom(26, 26, 26, 27),
});

const terms = fc.record({
  from: fc.constantFrom([], [], ["planning"], ["cad"], ["cad", "planning"]),
  running: fc.nat(5).map((n) => n === 0),
  back: fc.nat(3).map((n) => n === 0),
  waitMs: maybe(fc.constantFrom(25_000, 600_000), 1),
  // Before the call, and after it, which cannot be.
  sinceMs: maybe(fc.constantFrom(1_700_000_000_000, 9_000_000_000_000), 3),
  glass: maybe(fc.constantFrom("ada:5", "ada:6", "bo:5")),
});

const orders: fc.Arbitrary<Order> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      order: fc.constant("reclaim" as const),
      why: fc.constantFrom("reclaimed_idle" as const, "reclaimed_by_admin" as const, "device_retired" as const),
      graceMs: fc.constantFrom(0, 20_000, 120_000, 600_000),
      postponable: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ order: fc.constant("postpone" as const), holder: fc.constant("") }) },
  {
    weight: 1,
    arbitrary: fc.record({
      order: fc.constant("spare" as const),
      why: fc.constantFrom("reclaimed_idle" as const, "reclaimed_by_admin" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ order: fc.constantFrom("recall" as const, "look" as const) }) },
  // Of the epoch that is in force, or of another one.
  {
    weight: 2,
    arbitrary: fc.record({
      order: fc.constant("assign" as const),
      epoch: fc.constantFrom("E", "E", "E", "1"),
      usedMs: fc.constantFrom(-1000, -1000, -35 * HOUR_MS, -40 * HOUR_MS),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.record({
        order: fc.constant("over" as const),
        epoch: fc.constantFrom("E", "E", "1"),
        why: fc.constantFrom("borrow_returned" as const, "checked_in" as const),
      }),
      fc.record({ order: fc.constant("rebuilt" as const), epoch: fc.constantFrom("E", "1", "1", "1") }),
    ),
  },
);

export const randomAsked: fc.Arbitrary<AskedLater> = fc
  .record({
    kind: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...KINDS, "act" as const) },
      { weight: 7, arbitrary: fc.constant("checkout" as const) },
    ),
    leaseId: fc.constantFrom(...LEASES),
    stranger: fc.nat(11).map((n) => n === 11),
    key: fc.constantFrom("", "", "", "asmith", "bjones"),
    product: fc.constantFrom("cad", "cad", "draw"),
    attempt: fc.constantFrom("", "", "a1", "a2"),
    seats: fc.constantFrom(1, 1, 1, 1, 2, 3),
    site: fc.constantFrom(...SITES),
    people,
    limited: fc.tuple(fc.boolean(), fc.constantFrom("", "", "each", "named"), fc.boolean()),
    verdict: fc.constantFrom("", "", "", "", "", "", "", "", "", "", "denied_by_rule"),
    next: fc.constantFrom("", "", "", "", "", "", "aec-collection"),
    why: fc.constantFrom("", "", "program_exited", "program_crashed", "borrow_returned"),
    terms: fc.oneof({ weight: 1, arbitrary: fc.constant({}) }, { weight: 2, arbitrary: terms }),
    aim: maybe(fc.nat(8), 1),
    borrowHours: maybe(fc.integer({ min: 1, max: 60 }), 6),
    rebuilds: maybe(fc.constantFrom("key", "key", "user", "alone"), 1),
    orders: fc.oneof({ weight: 6, arbitrary: orders }, { weight: 1, arbitrary: fc.constant(undefined) }),
  })
  .map(({ stranger, people: { user, device, year }, limited: [inGroup, byUser, byDevice], orders, ...rest }) => {
    const person = {
      ...{ user: `${user}${year}`, userBefore: `${user}${year - 1}` },
      ...{ device: `${device}-${year}`, deviceBefore: `${device}-${year - 1}` },
    };
    const { user: userName, device: deviceName, userBefore, deviceBefore } = person;
    const told = { user: userName, userLastYear: userBefore, device: deviceName, deviceLastYear: deviceBefore };
    const holder = stranger ? "stranger" : `pc-${rest.leaseId}`;
    const order = orders?.order === "postpone" ? { ...orders, holder } : orders;
    const reassigned = (rest.seats % 2 ? userName : deviceName) + (rest.seats === 1 ? "" : `*${rest.seats}`);
    return {
      ...rest,
      ...(rest.kind === "act" && (!order || order.order === "assign") && { leaseId: reassigned }),
      used: { untilMs: 1000 + rest.seats, heldMs: 1000, told: `${rest.seats}\tjournalled` },
      ...{ holder, person, name: `borrowed=1,recalled ${user}`, order: encodeOrder(order ?? { order: "reassign" }) },
      counters: [
        ...(inGroup ? [{ name: "group:cad", limit: "group:cad" }] : []),
        ...(byUser === "" ? [] : [{ name: `user:${userName}`, limit: byUser === "each" ? "each:user" : NAMED_LIMIT }]),
        ...(byDevice ? [{ name: `device:${deviceName}`, limit: "each:device" }] : []),
      ],
      facts: encodeFacts(
        facts({
          site: rest.site,
          product: rest.product,
          attemptId: rest.attempt,
          version: "borrowed=1,excess",
          ...told,
        }),
      ),
    } as AskedLater;
  });
