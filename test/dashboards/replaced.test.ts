import { expect, test } from "vitest";
import { startOfDayMs } from "../../daemon/domain/calendar.ts";
import type { Register } from "../../daemon/domain/register.ts";
import { Metrics } from "../../daemon/metrics/metrics.ts";
import { mattersOf } from "../../daemon/notices/matters.ts";
import { ALERTS } from "../../dashboards/alerts.ts";
import { RECORDING_RULES } from "../../dashboards/recording.ts";
import { ruleGroups } from "../../dashboards/rules.ts";
import { levelOf } from "../support/levels.ts";
import { program } from "../support/programs.ts";
import { complaints } from "../support/promtool.ts";
import { registerOfText } from "../support/recorded.ts";

/** What rings of contracts, and what notices say instead; none says that a notice is unknown. */
const ABOUT = { NoticeDeadline: "notice", NoticeDateUnknown: undefined, EntitlementExpiring: "expiry" } as const;
type Name = keyof typeof ABOUT;
const MINUTES = 70;

const promtool = program("promtool");
const alerts = ALERTS.filter(({ name }) => name in ABOUT);
const groups = ruleGroups(RECORDING_RULES, alerts).filter(({ rules }) => rules.length > 0);

/** 80 days before notice has to be given of what ends later, and 20 before the end of what ends soon. */
const TODAY = "2026-10-12";
const register = (...entitlements: string[]) =>
  registerOfText(`organisation: Exampleshire Council
products: { cad: { owner: cad@exampleshire.example, pools: [cad] } }
pools:
  cad:
    entitlements:
${entitlements.map((one) => `      - { ${one} }`).join("\n")}`);

/** What a daemon's own metrics of contracts ring, after an hour. */
async function ringing(promtool: string, on: Register): Promise<Name[]> {
  const atMs = startOfDayMs(TODAY, on.timezone);
  const health = { up: true, durable: true, memoryUsedBytes: 1, memoryMaxBytes: 0, evictedKeys: 0 };
  const ledger = { levels: [levelOf({ pool: "cad", used: 0 })], health };
  const { text } = await new Metrics("1").page(
    { atMs, register: on, ledger, connections: 0, lastReloadSuccessful: true },
    "",
  );
  const series = Object.fromEntries(
    [...text.matchAll(/^(seatmeter_(?:entitlement_end|notice_deadline)\w+)\{(.*)\} (\S+)$/gm)].map(
      ([, name, labels, value]) => [
        `${name}{${labels},job="seatmeter",instance="a"}`,
        `${Number(value) - atMs / 1000 + MINUTES * 60}+0x${MINUTES}`,
      ],
    ),
  );
  return (Object.keys(ABOUT) as Name[]).filter((alert) => {
    const silent = { alert, fact: "is silent", series, at: `${MINUTES}m`, every: 1, rings: [] };
    const said = complaints(promtool, groups, [silent]);
    if (said !== "") expect(said).toContain("got:");
    return said !== "";
  });
}

const notified = (on: Register) =>
  mattersOf({
    ...{ register: on, today: TODAY, hasBegun: true, levels: [], refused: new Map(), incidents: [] },
    ...{ isDecided: () => false, audited: undefined },
  }).map(({ about }) => about);

const FIRST = "reference: C-1, seats: 20, starts: 2024-04-01";
const LATER = `${FIRST}, ends: 2027-03-31`;
const SOON = `${FIRST}, ends: 2026-11-01`;
const NEXT = "reference: C-2, seats: 20, starts: 2026-11-02";
const NEXT_LATER = "reference: C-2, seats: 20, starts: 2027-04-01";
const AGAIN = "reference: C-1, seats: 20, starts: 2026-11-02, ends: 2029-11-01, notice: 90d";

const STORIES: [fact: string, register: Register, rings: Name[]][] = [
  ["a term with a notice", register(`${LATER}, notice: 90d`), ["NoticeDeadline"]],
  ["a term without one", register(LATER), ["NoticeDateUnknown"]],
  ["a term that ends soon", register(`${SOON}, notice: 0d`), ["NoticeDeadline", "EntitlementExpiring"]],
  ["a term that is replaced under another reference", register(`${LATER}, notice: 90d`, NEXT_LATER), []],
  ["a term without a notice that is replaced", register(LATER, NEXT_LATER), []],
  ["a term that ends soon and is replaced", register(`${SOON}, notice: 0d`, NEXT), []],
  ["a term that is replaced under its own reference", register(`${SOON}, notice: 0d`, AGAIN), []],
  [
    "a term that is replaced by fewer seats",
    register(`${SOON}, notice: 0d`, NEXT.replace("20", "19")),
    ["NoticeDeadline", "EntitlementExpiring"],
  ],
  [
    "a term that is replaced, and renews by itself",
    register(`${LATER}, notice: 90d, autoRenews: true`, NEXT_LATER),
    ["NoticeDeadline"],
  ],
];

test.for(STORIES)("%s: alerts ring as notices are sent", async ([, on, rings], { skip }) => {
  const sent = notified(on);
  const { NoticeDeadline: notice, EntitlementExpiring: expiry } = ABOUT;
  expect([notice, expiry].map((about) => sent.includes(about))).toEqual([
    rings.includes("NoticeDeadline"),
    rings.includes("EntitlementExpiring"),
  ]);
  expect(await ringing(promtool ?? skip("promtool is not installed"), on)).toEqual(rings);
});
