import { expect, test } from "vitest";
import { DENIAL_REASONS, DENIALS } from "../../daemon/domain/denials.ts";
import { type DeniedLaunch, dayInWords, denialSentence } from "../../daemon/domain/sentences.ts";

const launch = (change: Partial<DeniedLaunch> = {}): DeniedLaunch => ({
  product: "AutoCAD",
  owner: "planning@example.org",
  seatsAsked: 1,
  seats: 25,
  most: 25,
  site: "Depot",
  siteSeats: 2,
  versions: ["2026", "2025"],
  ...change,
});

test.each([
  ["no_seats", {}, "All 25 seats of AutoCAD are in use: try again later, or ask planning@example.org for help."],
  [
    "no_seats",
    { seats: 1 },
    "The only seat of AutoCAD is in use: try again later, or ask planning@example.org for help.",
  ],
  ["no_seats", { seats: 0, most: 0, owner: "" }, "There are no seats of AutoCAD."],
  [
    "no_seats",
    { seatsAsked: 3, owner: "" },
    "You need 3 of the 25 seats of AutoCAD, and not so many are free: try again later.",
  ],
  [
    "no_seats",
    { seatsAsked: 4, seats: 3, most: 3 },
    "You need 4 seats of AutoCAD, and a launch can have 3 at most: ask planning@example.org about it.",
  ],
  [
    "no_seats",
    { seatsAsked: 3, seats: 3, most: 3, owner: "" },
    "You need 3 of the 3 seats of AutoCAD, and not so many are free: try again later.",
  ],
  [
    "site_full",
    { seatsAsked: 3, most: 2, owner: "" },
    "You need 3 seats of AutoCAD, and a launch at Depot can have 2 at most.",
  ],
  ["site_full", { owner: "" }, "All 2 seats of AutoCAD at Depot are in use: try again later."],
  [
    "user_limit",
    { limit: { seats: 2 }, owner: "" },
    "You have all 2 seats of AutoCAD that you may have: try again later.",
  ],
  ["user_limit", { limit: { seats: 0 }, owner: "" }, "You may have no seat of AutoCAD."],
  [
    "device_limit",
    { limit: { seats: 2 }, seatsAsked: 3, owner: "" },
    "You need 3 seats of AutoCAD, and this computer may have 2 at most.",
  ],
  [
    "group_limit",
    { limit: { seats: 4, group: "planning" }, seatsAsked: 3, owner: "" },
    "You need 3 of the 4 seats of AutoCAD that the group planning may have, and not so many are left: try again later.",
  ],
  ["borrow_limit", { loan: { mostDays: 14 }, owner: "" }, "A seat of AutoCAD may be taken along for 14 days at most."],
  ["borrow_limit", { loan: {}, owner: "" }, "No seat of AutoCAD may be taken along for use without the network."],
  ["site_not_allowed", {}, "AutoCAD may not be used at Depot: ask planning@example.org about it."],
  ["site_not_allowed", { site: "elsewhere", owner: "" }, "AutoCAD may not be used from where you are."],
  ["version_retired", { version: "2023", owner: "" }, "Version 2023 of AutoCAD may not be used, only 2026 or 2025."],
  [
    "version_retired",
    { owner: "" },
    "AutoCAD may be used only as version 2026 or 2025, and this one does not say its version.",
  ],
  ["entitlement_ended", { day: "31 March 2026", owner: "" }, "The licence of AutoCAD ended on 31 March 2026."],
  [
    "entitlement_not_started",
    { day: "1 April 2027", owner: "" },
    "The licence of AutoCAD begins only on 1 April 2027.",
  ],
  [
    "product_unknown",
    { product: "autocat" },
    "No program is known here by the name “autocat”: check the name, or ask those who look after your computer.",
  ],
] as const)("%s of %j reads: %s", (reason, change, sentence) => {
  expect(denialSentence(reason, launch(change))).toBe(sentence);
});

const bare = { ...launch({ owner: "" }) };
for (const left of ["seats", "siteSeats"] as const) delete bare[left];

test.each(DENIAL_REASONS)("%s is one plain sentence, with what is known and without", (reason) => {
  for (const about of [launch(), bare]) {
    const sentence = denialSentence(reason, about);
    expect(sentence).toMatch(/^[A-Z][^.\n]*(?:@example\.org[^.\n]*)?\.$/);
    expect(sentence).toContain("AutoCAD");
    expect(sentence).not.toMatch(/undefined|_|pool|lease|checkout|\bNaN\b/);
    expect(sentence.length).toBeLessThan(200);
  }
});

test("every denial of a known product says whom to ask, and that waiting may help where it may", () => {
  for (const reason of DENIAL_REASONS.filter((each) => each !== "product_unknown")) {
    const sentence = denialSentence(reason, launch());
    expect(sentence).toContain("ask planning@example.org");
    expect(sentence.includes("try again later")).toBe(DENIALS[reason].seats);
  }
});

test("a day is written in words", () => {
  expect(dayInWords("2026-03-31")).toBe("31 March 2026");
});
