import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { CONVERTED, NOT_CONVERTED } from "../../daemon/imports/options-keywords.ts";
import { imported, knownOf, SMALL_OPTIONS } from "../support/options.ts";
import { textOf } from "../support/source.ts";

/** What a register says of the pool F when these lines are imported into none. */
const poolOf = (...lines: string[]) => (imported(lines).values.pools as Record<string, unknown>).F;
const whyNot = (...lines: string[]) => imported(lines).notConverted.map(({ line, why }) => `${line} ${why}`);
const remarks = (...lines: string[]) =>
  imported(lines)
    .remarks.map(({ line, remark }) => `${line} ${remark}`)
    .filter((one) => !one.includes("without its entitlements"));

const reclaimedAfter = (after: string) => Object.fromEntries(Object.entries({ after }).concat([["then", "reclaim"]]));

const CAD = `
organisation: Exampleshire
groups:
  staff: { members: [ASMITH, bjones] }
products:
  cad: { owner: cad@example.org, flexnet: [F, "F:VERSION=2.0"], pools: [cad, spare] }
  viewer: { owner: cad@example.org, pools: [cad] }
pools:
  cad:
    allow: ["user:asmith"]
    limits: [{ user: asmith, seats: 2 }]
    reservations: [{ group: staff, seats: 1 }]
    seatFor: [user]
    linger: 5m
    overdraft: { seats: 1 }
    borrow: { maxDays: 7, keepFree: 2 }
    idle: { after: 15m, then: reclaim }
  spare: {}
  named: { metric: named-user }
  shared: { sharedBy: 2 }
`;
const forCad = (...lines: string[]) => imported(lines, { known: knownOf(CAD) });
const againstCad = (...lines: string[]) => forCad(...lines).notConverted.map(({ why }) => why);

describe("lines", () => {
  test("a line that ends in a backslash goes on in the next, and is told by its first", () => {
    const { notConverted } = imported(["# made up", "", "MAX \\", " no F \\  ", "  USER a", "EXCLUDE F USER b"]);
    expect(notConverted).toEqual([
      { line: 3, text: "MAX no F USER a", why: '"no" stands where a number of seats belongs' },
    ]);
  });

  test("keywords, types and switches are read without regard to case", () => {
    expect(poolOf("exclude F user guest", "Dup_Group F uh")).toMatchObject({ deny: ["user:guest"] });
  });

  test("a name with spaces stands in quotes", () => {
    expect(poolOf('EXCLUDE F USER "Zoë O\'Neil"')).toMatchObject({ deny: ["user:Zoë O'Neil"] });
    expect(whyNot("EXCLUDE F USER Zoë O'Neil")).toEqual([
      '1 "O\'Neil" is one word too many: a name with spaces stands in quotes, and several names in a group',
    ]);
  });

  test("a quote that nothing closes is listed", () => {
    expect(whyNot('EXCLUDE F USER "guest', "EXCLUDE F USER b")).toEqual(["1 a quote is opened and not closed"]);
  });

  test("what follows a # behind an option is a comment, and said to be taken for one", () => {
    expect(poolOf("EXCLUDE F USER guest # since May")).toMatchObject({ deny: ["user:guest"] });
    expect(remarks("EXCLUDE F USER guest # since May")).toEqual(["1 # since May is taken for a comment"]);
  });

  test("a misspelt keyword, type or qualifier is listed with what was meant", () => {
    expect(whyNot("INCLUD F USER a", "INCLUDE F USR a", "INCLUDE F:VERSON=2 USER a", "SERVER this_host ANY")).toEqual([
      '1 "INCLUD" is no keyword of an options file; did you mean "INCLUDE"?',
      '2 "USR" is no type; did you mean "USER"?',
      '3 "VERSON" names no part of a feature\'s licences; did you mean "VERSION"?',
      '4 "SERVER" is no keyword of an options file',
    ]);
  });

  test("what a line lacks is named", () => {
    expect(
      whyNot("RESERVE F USER a", "TIMEOUT F", "MAX 3", "INCLUDE F", "INCLUDE F USER", "GROUP g", "MAX", "DUP_GROUP F"),
    ).toEqual([
      '1 "F" stands where a number of seats belongs',
      "2 how many seconds is missing",
      "3 the feature is missing",
      "4 the type (USER, HOST, DISPLAY, INTERNET, PROJECT, GROUP, HOST_GROUP) is missing",
      "5 the name is missing",
      "6 its members are missing",
      "7 how many seats is missing",
      "8 the letters (U, H, D, V, or NONE, SITE) are missing",
    ]);
  });

  test("a line that is longer than a vendor daemon reads is taken, and said to be", () => {
    expect(remarks(`GROUP g ${"someone ".repeat(600)}`)).toEqual(["1 FlexNet reads 4000 characters of it"]);
  });
});

describe("groups", () => {
  test("later lines of one group add to it, and case does not count among its members", () => {
    const lines = ["GROUP g asmith", "GROUP g bjones ASmith", "MAX 1 F GROUP g"];
    expect(imported(lines).values.groups).toEqual({ g: { members: ["asmith", "bjones"] } });
    expect(remarks(...lines)).toEqual(["2 asmith and ASmith are one person here"]);
  });

  test("a name that the register does not allow gets one that it does, and is said to", () => {
    const lines = [
      'GROUP "Plan & build" a',
      "GROUP CAD a",
      "GROUP cad b",
      'INCLUDE F GROUP "Plan & build"',
      "INCLUDE F GROUP cad",
    ];
    expect(Object.keys(imported(lines).values.groups)).toEqual(["Plan-build", "CAD", "cad-2"]);
    expect(poolOf(...lines)).toMatchObject({ allow: ["group:Plan-build", "group:cad-2"] });
    expect(remarks(...lines)).toEqual([
      "1 the group Plan & build is called Plan-build here",
      "3 the group cad is called cad-2 here, as there is another group cad",
    ]);
  });

  test("a group that no line makes is listed with what was meant, and so is one of the other kind", () => {
    expect(
      whyNot("GROUP planning a", "HOST_GROUP depot pc", "INCLUDE F GROUP planing", "INCLUDE F GROUP depot"),
    ).toEqual(['3 no line makes a GROUP planing; did you mean "planning"?', "4 depot is a HOST_GROUP, not a GROUP"]);
  });

  test("a register's own group is used where its members are the same, and never changed", () => {
    expect(forCad("GROUP staff asmith BJones", "EXCLUDE F GROUP staff").values).toMatchObject({
      groups: {},
      pools: { cad: { deny: ["group:staff"] } },
    });
    expect(forCad("GROUP staff asmith", "EXCLUDE F GROUP staff").values).toMatchObject({
      groups: { "staff-2": { members: ["asmith"] } },
      pools: { cad: { deny: ["group:staff-2"] } },
    });
  });

  test("GROUPCASEINSENSITIVE needs nothing, and OFF is remarked on", () => {
    expect(remarks("GROUPCASEINSENSITIVE ON", "GROUPCASEINSENSITIVE OFF")).toEqual([
      "2 case never counts here: names that differ in it alone are one",
    ]);
    expect(whyNot("GROUPCASEINSENSITIVE maybe")).toEqual(['1 "maybe" is neither ON nor OFF']);
  });

  test("a member that can be nobody's name is listed, and the others are taken", () => {
    expect(imported(["GROUP g a b\u202ec", "MAX 1 F GROUP g"])).toMatchObject({
      values: { groups: { g: { members: ["a"] } } },
      notConverted: [{ line: 1 }],
    });
  });
});

describe("who may", () => {
  test.each([
    ["USER asmith", ["user:asmith"]],
    ["HOST pc-7", ["device:pc-7"]],
    ["HOST 10.1.2.3", ["network:10.1.2.3/32"]],
    ["HOST 10.1.2.*", ["network:10.1.2.0/24"]],
    ["HOST 10.1.2.6-10.1.2.9", ["network:10.1.2.6/31", "network:10.1.2.8/31"]],
    ["INTERNET 10.1.2.0-255", ["network:10.1.2.0/24"]],
    ["INTERNET 10.*.*.*", ["network:10.0.0.0/8"]],
    ["INTERNET 10.*", ["network:10.0.0.0/8"]],
    ["INTERNET 2001:db8::7", ["network:2001:db8::7/128"]],
    ["INTERNET 2001:db8::*", ["network:2001:db8::0/112"]],
    ["INTERNET 2001:db8::*:*", ["network:2001:db8::0:0/96"]],
    ["INTERNET 2001:0db8:*:*:*:*:*:*", ["network:2001:0db8:0:0:0:0:0:0/32"]],
    ["DISPLAY pc-7", ["device:pc-7"]],
    ["GROUP g", ["group:g"]],
    ["HOST_GROUP h", ["device:pc-1", "network:10.9.0.0/16"]],
  ])("INCLUDE %s lets in, and EXCLUDE keeps out, %j", (who, rules) => {
    const groups = ["GROUP g a", "HOST_GROUP h pc-1 10.9.*.*", "HOST_GROUP h PC-1"];
    expect(poolOf(...groups, `INCLUDE F ${who}`)).toEqual({ allow: rules });
    expect(poolOf(...groups, `EXCLUDE F ${who}`)).toEqual({ deny: rules });
  });

  test.each([
    ["PROJECT bridge", /what a launch says of itself/],
    ["INTERNET 10.*.2.3", /is no network: only whole parts at its end may be \*/],
    ["INTERNET 10.1.2.300", /is no address of IPv4 or IPv6/],
    ["INTERNET 10.1.2.9-10.1.2.1", /ends before it begins/],
    ["INTERNET 10.1.2.9-pc", /is no range of IPv4 addresses/],
    ["INTERNET pc-7", /is no /],
    ["HOST pc-*", /written out here, without wildcards/],
    ["HOST 10.1.2.0/24", /options files write networks with \*/],
    ["INTERNET 10.1.2.0/24", /options files write networks with \*/],
    ["USER *", /written out here, without wildcards/],
    ["USER ALL_USERS", /known to MAX only/],
    ["USER \u0007", /cannot be a name here/],
  ])("INCLUDE %s is listed", (who, why) => {
    expect(whyNot(`INCLUDE F ${who}`)).toEqual([expect.stringMatching(why)]);
  });

  test("a computer's name with its domain is said to count whole, for a launch may come without it", () => {
    const lines = [
      "HOST_GROUP h pc-1.example.org pc-2.example.org",
      "EXCLUDE F HOST_GROUP h",
      "MAX 1 F HOST pc-3.example.org",
    ];
    expect(poolOf(...lines)).toMatchObject({ deny: ["device:pc-1.example.org", "device:pc-2.example.org"] });
    expect(remarks(...lines)).toEqual([
      expect.stringMatching(/^2 a computer's name counts with its domain/),
      expect.stringMatching(/^3 a computer's name counts with its domain/),
    ]);
    expect(remarks("EXCLUDE F HOST pc-1")).toEqual([]);
  });

  test("a wildcard among a group's members is listed, and the others are taken over", () => {
    const { values, notConverted } = imported(["GROUP g a cad*", "EXCLUDE F GROUP g"]);
    expect(values.groups).toEqual({ g: { members: ["a"] } });
    expect(notConverted).toMatchObject([{ line: 1, why: expect.stringMatching(/^cad\*: .*without wildcards/) }]);
  });

  test("a group of computers is taken over as far as it can be, and the rest is listed", () => {
    const lines = ["HOST_GROUP h pc-1 pc-* 10.1.2.*", "EXCLUDE F HOST_GROUP h"];
    expect(poolOf(...lines)).toEqual({ deny: ["device:pc-1", "network:10.1.2.0/24"] });
    expect(whyNot(...lines)).toHaveLength(1);
  });

  test("an INCLUDE that is left over is said to leave the pool open, or somebody out", () => {
    expect(remarks("INCLUDE F PROJECT p")).toEqual(["1 everybody may use F without it"]);
    expect(remarks("INCLUDE F PROJECT p", "INCLUDE F USER a")).toEqual(["1 whom it lets in, F refuses"]);
  });

  test("the same rule twice is one", () => {
    expect(poolOf("EXCLUDE F USER guest", "exclude F USER GUEST")).toEqual({ deny: ["user:guest"] });
  });

  test("INCLUDEALL and EXCLUDEALL are written for every feature that the file or --feature names", () => {
    const { values } = imported(["EXCLUDEALL USER guest", "INCLUDEALL USER a", "LINGER F 60"], { features: ["G"] });
    const both = { allow: ["user:a"], deny: ["user:guest"] };
    expect(values.pools).toEqual({ F: { ...both, linger: "1m" }, G: both });
    expect(remarks("INCLUDEALL USER a", "INCLUDE F USER b")).toContain("1 INCLUDEALL or INCLUDE is enough for F");
    expect(whyNot("EXCLUDEALL USER guest")).toEqual([
      "1 is about every feature, and the file names none: name them by --feature",
    ]);
  });

  test.each(["INCLUDE_BORROW F USER a", "EXCLUDE_BORROW F USER a"])("%s is listed: who may use may borrow", (line) => {
    expect(whyNot(line)).toEqual([expect.stringContaining("says who may borrow")]);
  });
});

describe("reservations", () => {
  test("seats are reserved for a group, and for a person by a group of one", () => {
    const lines = ["GROUP g a b", "RESERVE 3 F GROUP g", "RESERVE 1 F USER asmith", "RESERVE 1 G USER asmith"];
    const { groups, pools } = imported(lines).values;
    expect(groups).toMatchObject({ "reserved-asmith": { members: ["asmith"] } });
    expect(pools).toEqual({
      F: {
        reservations: [
          { group: "g", seats: 3 },
          { group: "reserved-asmith", seats: 1 },
        ],
      },
      G: { reservations: [{ group: "reserved-asmith", seats: 1 }] },
    });
  });

  test.each(["HOST pc", "HOST_GROUP h", "DISPLAY pc", "INTERNET 10.1.2.3", "PROJECT p"])(
    "none for %s: listed",
    (who) => {
      expect(whyNot(`RESERVE 1 F ${who}`)).toEqual(["1 seats are reserved for groups of people here"]);
    },
  );

  test("the same reservation twice is one, and another number for the same is listed", () => {
    const lines = ["RESERVE 1 F USER a", "RESERVE 1 F USER a", "RESERVE 2 F USER a", "RESERVE 0 F USER b"];
    expect(poolOf(...lines)).toEqual({ reservations: [{ group: "reserved-a", seats: 1 }] });
    expect(whyNot(...lines)).toEqual(["3 line 1 reserves 1 seats of F for reserved-a: say how many are meant"]);
    expect(remarks(...lines)).toEqual([
      "2 is the same as line 1, and counted once",
      "4 reserves nothing, which is what holds without it",
    ]);
  });

  test("more than a register takes are listed", () => {
    expect(whyNot("RESERVE 1000001 F USER a")).toEqual([expect.stringContaining("more than 1000000")]);
  });
});

describe("limits", () => {
  test("MAX limits people, groups, computers and each of them", () => {
    const lines = ["GROUP g a", "GROUP h b", "MAX 5 F USER asmith", "MAX 4 F GROUP g", "MAX 3 F HOST pc"];
    expect(poolOf(...lines, "MAX 0 F USER ALL_USERS", "MAX 7 F GROUP ALL_GROUPS")).toEqual({
      limits: [
        { user: "asmith", seats: 5 },
        { group: "g", seats: 4 },
        { device: "pc", seats: 3 },
        { each: "user", seats: 0 },
        { group: "h", seats: 7 },
      ],
    });
  });

  test.each([
    ["HOST_GROUP h", /several computers together/],
    ["INTERNET 10.1.2.*", /not of addresses/],
    ["HOST 10.1.2.3", /not of addresses/],
    ["PROJECT p", /says of itself/],
    ["HOST ALL_USERS", /ALL_USERS is a USER/],
    ["GROUP ALL_GROUPS", /no line makes one/],
  ])("MAX for %s is listed", (who, why) => {
    expect(whyNot(`MAX 1 F ${who}`)).toEqual([expect.stringMatching(why)]);
  });

  test("of two limits for the same the first decides, as in FlexNet, and the second is listed", () => {
    expect(poolOf("MAX 5 F USER a", "MAX 3 F USER A")).toEqual({ limits: [{ user: "a", seats: 5 }] });
    expect(whyNot("MAX 5 F USER a", "MAX 3 F USER A")).toEqual([
      "2 line 1 limits the same to 5 seats of F, and decides",
    ]);
  });

  test("where the order in the file decided otherwise than the most specific, it is said", () => {
    const said = (...lines: string[]) =>
      remarks("GROUP g a b", "GROUP h b", "GROUP i c", ...lines).map((one) => one[0]);
    expect(said("MAX 1 F USER ALL_USERS", "MAX 5 F USER a")).toEqual(["5"]);
    expect(said("MAX 5 F USER a", "MAX 1 F USER ALL_USERS")).toEqual([]);
    expect(said("MAX 5 F GROUP g", "MAX 1 F USER A")).toEqual(["5"]);
    expect(said("MAX 5 F GROUP g", "MAX 1 F USER c")).toEqual([]);
    expect(said("MAX 5 F GROUP g", "MAX 1 F GROUP h")).toEqual(["5"]);
    expect(said("MAX 5 F GROUP g", "MAX 1 F GROUP i")).toEqual([]);
    expect(said("MAX 5 F GROUP g", "MAX 1 G USER a")).toEqual([]);
  });
});

describe("clocks, borrowing and sharing", () => {
  test("TIMEOUT reclaims what is idle, after 15 minutes at the least", () => {
    expect(poolOf("TIMEOUT F 3600")).toEqual({ idle: reclaimedAfter("1h") });
    expect(poolOf("TIMEOUT F 60")).toEqual({ idle: reclaimedAfter("15m") });
    expect(remarks("TIMEOUT F 60")).toEqual(["1 15 minutes, the least that FlexNet takes for it"]);
    expect(whyNot("TIMEOUT F 90000")).toEqual([expect.stringContaining("more than a day")]);
  });

  test("TIMEOUTALL is for features without a TIMEOUT of their own, wherever it stands", () => {
    expect(imported(["TIMEOUTALL 1800", "TIMEOUT F 3600", "LINGER G 0"]).values.pools).toEqual({
      F: { idle: reclaimedAfter("1h") },
      G: { idle: reclaimedAfter("30m"), linger: "0s" },
    });
    expect(whyNot("TIMEOUTALL 1800")).toEqual([expect.stringContaining("the file names none")]);
  });

  test("of two lines for one thing the last counts, and the first is listed", () => {
    expect(poolOf("LINGER F 60", "LINGER F 90")).toEqual({ linger: "90s" });
    expect(whyNot("LINGER F 60", "LINGER F 90")).toEqual(["1 line 2 says it again for F: the last counts"]);
  });

  test("LINGER is listed where it is more than a day, or where seats are assigned", () => {
    expect(whyNot("LINGER F 86401")).toEqual([expect.stringContaining("more than a day")]);
    expect(againstCad("LINGER named 60")).toEqual(["does not go with the metric named-user of named"]);
  });

  test("MAX_BORROW_HOURS becomes days, rounded up; BORROW_LOWWATER keeps seats free, for FlexNet's week", () => {
    expect(poolOf("MAX_BORROW_HOURS F 48", "BORROW_LOWWATER F 3")).toEqual({ borrow: { maxDays: 2, keepFree: 3 } });
    expect(remarks("MAX_BORROW_HOURS F 1")).toEqual(["1 1 hours are rounded up to a day"]);
    expect(poolOf("BORROW_LOWWATER F 3")).toEqual({ borrow: { maxDays: 7, keepFree: 3 } });
    expect(remarks("BORROW_LOWWATER F 3")).toEqual([expect.stringContaining("usual 168 hours")]);
    expect(whyNot("MAX_BORROW_HOURS F 0")).toEqual([expect.stringContaining("lends nothing")]);
    expect(whyNot("MAX_BORROW_HOURS F 9000")).toEqual([expect.stringContaining("more than 366")]);
    expect(whyNot("BORROW_LOWWATER F many")).toEqual([expect.stringContaining("a number of seats")]);
  });

  test("MAX_OVERDRAFT becomes an overdraft, and 0 is none", () => {
    expect(poolOf("MAX_OVERDRAFT F 2")).toEqual({ overdraft: { seats: 2 } });
    expect(poolOf("MAX_OVERDRAFT F 0")).toEqual({});
    expect(againstCad("MAX_OVERDRAFT F 0")).toEqual(["the register has overdraft of cad already, and says otherwise"]);
  });

  test.each([
    ["U", ["user"]],
    ["H", ["device"]],
    ["hu", ["user", "device"]],
    ["UHD", ["user", "device"]],
    ["NONE", ["session"]],
  ])("DUP_GROUP %s is seatFor %j", (letters, seatFor) => {
    expect(poolOf(`DUP_GROUP F ${letters}`)).toEqual({ seatFor });
  });

  test.each([
    ["V", /what the program says of itself/],
    ["UV", /what the program says of itself/],
    ["SITE", /one seat for everybody/],
    ["X", /is none of NONE, SITE/],
  ])("DUP_GROUP %s is listed", (letters, why) => {
    expect(whyNot(`DUP_GROUP F ${letters}`)).toEqual([expect.stringMatching(why)]);
  });

  test("who shares a seat is listed where the register's metric or sharedBy says otherwise", () => {
    expect(againstCad("DUP_GROUP named UH", "DUP_GROUP shared NONE")).toEqual([
      "does not go with the metric named-user of named",
      "does not go with sharedBy of shared",
    ]);
  });
});

describe("features", () => {
  test("one that a product lists has its rules in that product's first pool, and others that they touch are said", () => {
    const { values, remarks } = forCad("EXCLUDE f USER guest");
    expect(values).toEqual({ groups: {}, products: {}, pools: { cad: { deny: ["user:guest"] } } });
    expect(remarks.map(({ remark }) => remark)).toEqual([
      "rules are written for cad, the first pool of cad, and not for spare",
      "cad has the seats of viewer too: its rules apply to them as well",
    ]);
  });

  test("one that nobody lists is taken by its name, else proposed", () => {
    const { values } = forCad(
      "EXCLUDE Viewer USER a",
      "EXCLUDE spare USER b",
      'EXCLUDE "64 bit+" USER c',
      "EXCLUDE none USER d",
    );
    expect(values).toMatchObject({
      products: {
        spare: { name: "spare", owner: "to be named", flexnet: ["spare"], pools: ["spare"] },
        "64-bit-": { name: "64 bit+", flexnet: ["64 bit+"], pools: ["64-bit-"] },
        "none-2": { flexnet: ["none"], pools: ["none-2"] },
      },
      pools: { cad: { deny: ["user:a"] }, spare: { deny: ["user:b"] }, "64-bit-": { deny: ["user:c"] } },
    });
  });

  test.each(["F:VERSION=3.0", "F:asset_info=desk", "F:asset_info", '"F HOSTID=ANY"'])(
    "a part of its licences, %s, is listed",
    (part) => {
      expect(whyNot(`INCLUDE ${part} USER a`)).toEqual([
        expect.stringMatching(/a part of F's licences, and a pool has no parts/),
      ]);
    },
  );

  test("a part of its licences is a product's where the product lists it so", () => {
    expect(forCad("EXCLUDE F:VERSION=2.0 USER a").values.pools).toEqual({ cad: { deny: ["user:a"] } });
  });

  test("a colon without a qualifier belongs to the name", () => {
    expect(imported(["EXCLUDE F:1 USER a"]).values.products).toMatchObject({ "F-1": { flexnet: ["F:1"] } });
  });

  test("what the register says already is not written again, and what it says otherwise is listed", () => {
    const same = [
      "INCLUDE F USER ASmith",
      "MAX 2 F USER asmith",
      "GROUP staff asmith bjones",
      "RESERVE 1 F GROUP staff",
    ];
    const more = [
      "DUP_GROUP F U",
      "LINGER F 300",
      "MAX_OVERDRAFT F 1",
      "MAX_BORROW_HOURS F 168",
      "BORROW_LOWWATER F 2",
      "TIMEOUT F 900",
    ];
    expect(forCad(...same, ...more)).toMatchObject({
      values: { groups: {}, products: {}, pools: {} },
      notConverted: [],
    });
    expect(
      againstCad(
        "MAX 3 F USER asmith",
        "GROUP staff asmith bjones",
        "RESERVE 2 F GROUP staff",
        "DUP_GROUP F NONE",
        "LINGER F 1",
        "TIMEOUT F 901",
      ),
    ).toEqual([
      "the register limits the same to 2 seats of cad, and decides",
      "the register reserves 1 seats of cad for staff: say how many are meant",
      "the register has seatFor of cad already, and says otherwise",
      "the register has linger of cad already, and says otherwise",
      "the register has idle of cad already, and says otherwise",
    ]);
  });
});

test.each(Object.keys(NOT_CONVERTED))("%s becomes nothing, and is listed with the reason", (keyword) => {
  expect(whyNot(`${keyword.toLowerCase()} something or other`)).toEqual([
    `1 ${keyword} ${NOT_CONVERTED[keyword as keyof typeof NOT_CONVERTED]}`,
  ]);
});

test("the page on FlexNet tells every keyword with what becomes of it", () => {
  const rows = (textOf("docs/from-flexnet.md").split("### What becomes of each keyword")[1] ?? "")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split(" | ").map((cell) => cell.replaceAll(/^\|?\s*|\s*\|$/g, "")));
  expect(rows).toEqual([
    ...Object.entries(CONVERTED).map(([keyword, { becomes, note }]) => [`\`${keyword}\``, becomes, note]),
    ...Object.entries(NOT_CONVERTED).map(([keyword, why]) => [`\`${keyword}\``, "nothing", why]),
  ]);
});

test("a file with everything becomes a fragment whose every rule names its line", () => {
  const { fragment, values } = imported(SMALL_OPTIONS);
  expect(parse(fragment)).toEqual(values);
  expect(fragment).toContain("- group:planning # line 10\n");
  expect(fragment).toContain("members: [ asmith, bjones, cbrown, Zoë O'Neil ] # lines 3, 5\n");
});

test("a merged register has every line that it had, in order, and new ones between", () => {
  const text = textOf("seatmeter.example.yaml");
  const { merged } = imported(SMALL_OPTIONS, { known: knownOf(text) });
  const lines = merged.split("\n");
  let at = -1;
  for (const line of text.split("\n").filter((one) => one !== "groups: {}")) {
    at = lines.indexOf(line, at + 1);
    expect(at, line).toBeGreaterThanOrEqual(0);
  }
});
