import fc from "fast-check";
import { stringify } from "yaml";

/*
 * Small registers that use every rule, with few seats, people, computers and places, so that a handful of launches meet
 * each other; and what happens in them. Rules are rare: where there are many, the first ones decide everything.
 */

const PEOPLE = ["asmith", "BJones", "cjones", "zoe"] as const;
const DEVICES = ["PC-1", "pc-2", "PC-3"] as const;
const GROUPS = ["planning", "roads"] as const;
const POOLS = ["first", "second", "third"] as const;
const PRODUCTS = ["cad", "gis"] as const;
const VERSIONS = ["2024.1", "2025", "2026.2"] as const;
const SITES = {
  hall: { networks: ["10.1.0.0/16"] },
  depot: { networks: ["10.2.0.0/16"] },
  // Inside the depot's.
  workshop: { networks: ["10.2.7.0/24"] },
  home: { networks: ["2001:db8:99::/48"] },
};
/** An address of each site, for a launch that comes from there. */
export const ADDRESSES: Record<string, string> = {
  ...{ hall: "10.1.0.0", depot: "10.2.0.0", workshop: "10.2.7.0", home: "2001:db8:99::", elsewhere: "192.0.2.1" },
};
const PAST = ["2020-01-01", "2025-12-31"] as const;
const FUTURE = ["2098-01-01", "2099-12-31"] as const;

const oneOf = <Value>(values: readonly Value[]) => fc.constantFrom(...values);
const person = oneOf(PEOPLE);
const device = oneOf(DEVICES);
const group = oneOf(GROUPS);
const site = oneOf(Object.keys(ADDRESSES));
const dayOver = oneOf(PAST);
const dayAhead = oneOf(FUTURE);
const day = fc.oneof(dayOver, dayAhead);

/** There in one of so many; shrinks to not being there. */
const rare = <Value>(value: fc.Arbitrary<Value>, oneIn = 5): fc.Arbitrary<Value | undefined> =>
  fc.oneof(
    { withCrossShrink: true },
    { weight: oneIn - 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: value },
  );

/** Without what is not there, as people write it. */
const written = <Part extends object>(part: fc.Arbitrary<Part>) =>
  part.map((made) => Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined)));

const member = written(
  fc.record({
    user: person,
    from: rare(day, 8),
    until: rare(day, 8),
    contractEnds: rare(day, 8),
  }),
).filter(({ from, until }) => !from || !until || String(from) <= String(until));

const rule = fc.oneof(
  person.map((name) => `user:${name}`),
  device.map((name) => `device:${name}`),
  group.map((name) => `group:${name}`),
  site.map((name) => `site:${name}`),
  oneOf(["10.0.0.0/8", "10.2.7.0/24", "2001:db8::/32"]).map((network) => `network:${network}`),
);

const limit = fc
  .tuple(
    fc.oneof(
      group.map((name) => ({ group: name })),
      person.map((name) => ({ user: name })),
      device.map((name) => ({ device: name })),
      oneOf(["user", "device"] as const).map((each) => ({ each })),
    ),
    fc.nat({ max: 2 }),
  )
  .map(([who, seats]) => ({ ...who, seats }));

const reservation = written(
  fc.record({ group, seats: fc.integer({ min: 1, max: 2 }), from: rare(day), until: rare(day) }),
).filter(({ from, until }) => !from || !until || String(from) <= String(until));

/** In force, over, or not begun yet. */
const entitlement = fc
  .tuple(
    fc.integer({ min: 1, max: 3 }),
    fc.oneof(
      { weight: 16, arbitrary: fc.constant({ starts: PAST[0] }) },
      { weight: 1, arbitrary: fc.constant({ starts: PAST[0], ends: PAST[1] }) },
      { weight: 1, arbitrary: fc.constant({ starts: FUTURE[0] }) },
    ),
  )
  .map(([seats, dates]) => ({ reference: "PO-1", seats, ...dates }));

const seats = (most: number) => fc.integer({ min: 1, max: most });

/** How seats are counted, with the settings that go with it. */
const metric = fc.oneof(
  {
    weight: 7,
    arbitrary: written(
      fc.record({
        seatFor: rare(oneOf([["user"], ["device"], ["session"], ["device", "user"]]), 2),
        sharedBy: rare(seats(2)),
        linger: rare(fc.constant("5m")),
      }),
    ).map((pool) => (String(pool.seatFor) === "session" ? { ...pool, sharedBy: undefined } : pool)),
  },
  { weight: 1, arbitrary: fc.constant({ metric: "named-user", holdDays: 30 }) },
  { weight: 1, arbitrary: fc.constant({ metric: "device" }) },
  { weight: 1, arbitrary: fc.constant({ metric: "site" }) },
);

const pool = fc
  .tuple(
    metric,
    fc.record({
      sites: rare(fc.dictionary(site, fc.record({ seats: oneOf([1, 0, 2, 1]) }), { minKeys: 1, maxKeys: 4 }), 3),
      onlySites: rare(fc.uniqueArray(site, { minLength: 1, maxLength: 4 }), 8),
      allow: rare(fc.uniqueArray(rule, { maxLength: 3 }), 8),
      deny: rare(fc.uniqueArray(rule, { maxLength: 3 }), 8),
      limits: rare(
        fc.uniqueArray(limit, { minLength: 1, maxLength: 3, selector: ({ seats: _, ...who }) => JSON.stringify(who) }),
        3,
      ),
      reservations: rare(fc.array(reservation, { minLength: 1, maxLength: 2 }), 3),
      overdraft: rare(written(fc.record({ seats: seats(2), days: rare(seats(20)) }))),
      queue: rare(fc.constant({ maxWait: "30m" }), 3),
      borrow: rare(written(fc.record({ maxDays: seats(14), seats: rare(seats(2)), keepFree: rare(seats(2)) })), 4),
      breakGlass: rare(group.map((name) => ({ groups: [name] }))),
      enforcement: rare(fc.constant("observe")),
      entitlements: fc.array(entitlement, { minLength: 1, maxLength: 2 }),
    }),
  )
  .map(([counted, rest]) => ({ ...counted, ...rest }));

const versions = written(
  fc.record({
    current: fc.constant("2026"),
    previous: rare(fc.constant("2025"), 2),
    required: rare(fc.constant(true), 3),
    exceptions: rare(
      fc.array(fc.record({ version: oneOf(["2024", "2024.1"]), until: day, reason: fc.constant("a plug-in") }), {
        maxLength: 2,
      }),
      2,
    ),
  }),
);

const product = (pools: readonly string[]) =>
  written(
    fc.record({
      owner: fc.constant("it@exampleshire.example"),
      pools: fc
        .tuple(fc.shuffledSubarray([...pools], { minLength: 1 }), fc.array(seats(2), { minLength: 3, maxLength: 3 }))
        .map(([asked, weights]) =>
          asked.map((name, i) => (weights[i] === 1 ? name : { pool: name, seats: weights[i] })),
        ),
      versions: rare(versions, 4),
      permittedUse: rare(fc.constant({ text: "For planning only", attest: true }), 8),
    }),
  );

const register = fc
  .record({ pools: fc.integer({ min: 1, max: 3 }), products: rare(fc.constant(1), 3) })
  .chain((counts) => {
    const pools = POOLS.slice(0, counts.pools);
    const products = PRODUCTS.slice(0, counts.products);
    const each = <Value>(names: readonly string[], value: fc.Arbitrary<Value>) =>
      fc.record(Object.fromEntries(names.map((name) => [name, value])));
    return fc.record({
      organisation: fc.constant("Exampleshire Council"),
      sites: fc.constant(SITES),
      groups: each(GROUPS, fc.record({ members: fc.array(member, { maxLength: 3 }) })),
      devices: rare(
        fc.dictionary(
          device,
          fc.oneof(fc.constant(true), day).map((retired) => ({ retired })),
          { maxKeys: 1 },
        ),
        8,
      ),
      products: each(products, product(pools)),
      pools: each(pools, pool),
    });
  });

/** Who launches what, from where. */
const launch = fc.record({
  product: fc.oneof({ weight: 4, arbitrary: oneOf(["cad", "CAD"]) }, { weight: 1, arbitrary: fc.constant("gis") }),
  user: person,
  device,
  site,
  version: rare(oneOf(VERSIONS), 2),
});

const which = fc.nat({ max: 9 });
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant("launch" as const),
      launch,
      seats: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(2) }),
      waits: fc.boolean(),
      runs: rare(fc.constant(true), 6).map(Boolean),
      borrows: rare(fc.constant(true), 6).map(Boolean),
      breaksGlass: rare(fc.constant(true), 6).map(Boolean),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: oneOf(["return", "return", "ask again", "reclaim", "run out"] as const),
      /** Of those that came to something so far. */
      which,
    }),
  },
);

export type RandomLaunch = typeof launch extends fc.Arbitrary<infer Value> ? Value : never;
export type RandomStep = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** A register, what happened in it, and what is asked then. */
export interface RandomLaunches {
  /** As a file. */
  register: string;
  history: RandomStep[];
  question: RandomLaunch;
}

/** The launch that is asked about is often one of those before, said again. */
const question = fc.record({ launch, like: rare(fc.nat({ max: 9 }), 2) });

export const randomLaunches: fc.Arbitrary<RandomLaunches> = fc
  .record({ document: register, history: fc.array(step, { maxLength: 14, size: "max" }), question })
  .map(({ document, history, question }) => {
    const launched = history.flatMap((made) => (made.does === "launch" ? [made.launch] : []));
    const asked = launched[question.like ?? launched.length] ?? question.launch;
    const text = stringify(JSON.parse(JSON.stringify(document)));
    const lines = [text, ...history.map((made) => JSON.stringify(made)), `then: ${JSON.stringify(asked)}`];
    return { register: text, history, question: asked, [fc.toStringMethod]: () => `\n${lines.join("\n")}\n` };
  });
