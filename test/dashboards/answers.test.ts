import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { BOARDS, filledIn } from "../../dashboards/boards.ts";
import { program } from "../support/programs.ts";

/** A question of a panel, and what Prometheus must answer. Its days begin with Thursday, 1 January 1970. */
interface Case {
  fact: string;
  panel: readonly [board: string, title: string, legend: string];
  /** Recorded series by the hour, in promtool's notation. */
  series: Readonly<Record<string, string>>;
  at: string;
  answers: Readonly<Record<string, number>>;
}

const DAY = 24 * 3600;
const renewal = (title: string, legend: string) => ["seatmeter-renewals", title, legend] as const;
const byNotice = (legend: string) => renewal("Contracts by their last day for notice", legend);

const end = "seatmeter:entitlement_end_timestamp_seconds";
const deadline = "seatmeter:notice_deadline_timestamp_seconds";
const cad = '{pool="cad", reference="C-1"}';
const gis = '{pool="gis", reference="C-2"}';
const contracts = {
  [`${end}${cad}`]: `${200 * DAY}x100`,
  [`${deadline}${cad}`]: `${41 * DAY}x100`,
  [`${end}${gis}`]: `${300 * DAY}x100`,
};

const CASES: readonly Case[] = [
  {
    fact: "somebody refused between nine and ten on a Thursday stands at nine and Thursday, and nowhere else",
    panel: ["seatmeter-denials", "When people were refused, in four weeks", "People refused"],
    series: {
      'seatmeter:people_refused:increase1h{pool="cad"}': "0x9 2 0x100",
      'seatmeter:people_refused:increase1h{pool="gis"}': "0x9 1 0x100",
    },
    at: "100h",
    answers: { '{hour="09", day="4"}': 3 },
  },
  {
    fact: "the week's first day at midnight is told from the last hour of the day before",
    panel: ["seatmeter-denials", "When people were refused, in four weeks", "People refused"],
    series: { 'seatmeter:people_refused:increase1h{pool="cad"}': `0x95 5 7 0x20` },
    at: "110h",
    // What is recorded at midnight, the 96th hour, is of Sunday's last hour.
    answers: { '{hour="23", day="0"}': 5, '{hour="00", day="1"}': 7 },
  },
  {
    fact: "the hours full of a day are those that were recorded after its first midnight, up to its last",
    panel: ["seatmeter-pool", "Hours full on each day", "Hours full"],
    series: { 'seatmeter:full_seconds:increase1h{pool="cad"}': "0x23 3600 1800 0x21 3600 900 0x20" },
    at: "48h",
    answers: { '{pool="cad"}': 1.5 },
  },
  {
    fact: "the highest use of a day is drawn where the day begins",
    panel: ["seatmeter-pool", "Highest use of each day", "Highest use"],
    series: { 'seatmeter:seats_in_use_day_peak{pool="cad"}': "9x23 1 4 7x20 7 1x24" },
    at: "48h",
    answers: { '{pool="cad"}': 7 },
  },
  {
    fact: "seats that a reservation keeps are not free, and nothing is less than none",
    panel: ["seatmeter-pool", "Free", "Free"],
    series: {
      'seatmeter:seats_entitled{pool="cad"}': "10",
      'seatmeter:seats_in_use{pool="cad"}': "9",
      'seatmeter:seats_reserved_idle{pool="cad"}': "3",
    },
    at: "0",
    answers: { '{pool="cad"}': 0 },
  },
  {
    fact: "a pool that was full for a second is counted, and one that was not is not",
    panel: ["seatmeter-overview", "Pools full in the last 5 minutes", "Pools full"],
    series: {
      'seatmeter:full_seconds:increase5m{pool="cad"}': "1",
      'seatmeter:full_seconds:increase5m{pool="gis"}': "0",
    },
    at: "0",
    answers: { "{}": 1 },
  },
  {
    fact: "days to notice are counted from now",
    panel: byNotice("Days to notice"),
    series: contracts,
    at: "24h",
    answers: { [cad]: 40 },
  },
  {
    fact: "the last moment for notice is within its last day, not the midnight after",
    panel: byNotice("Last moment for notice"),
    series: contracts,
    at: "24h",
    answers: { [cad]: (41 * DAY - 1) * 1000 },
  },
  {
    fact: "each contract stands beside the seats of its pool",
    panel: byNotice("Seats owned"),
    series: {
      ...contracts,
      'seatmeter:seats_entitled{pool="cad"}': "25x100",
      'seatmeter:seats_entitled{pool="gis"}': "7x100",
    },
    at: "24h",
    answers: { [cad]: 25, [gis]: 7 },
  },
  {
    fact: "a contract with an end and no notice date is one whose date is unknown",
    panel: renewal("Notice date unknown", "Contracts"),
    series: contracts,
    at: "24h",
    answers: { "{}": 1 },
  },
  {
    fact: "one contract's notice date says nothing of another of the same pool",
    panel: renewal("Notice date unknown", "Contracts"),
    series: { ...contracts, [`${end}{pool="cad", reference="C-9"}`]: `${300 * DAY}x100` },
    at: "24h",
    answers: { "{}": 2 },
  },
  {
    fact: "a contract that has ended wants no notice date any more",
    panel: renewal("Notice date unknown", "Contracts"),
    series: { [`${end}${gis}`]: `${DAY}x100` },
    at: "48h",
    answers: { "{}": 0 },
  },
  ...(
    [
      ["Days to notice", -1],
      ["Last moment for notice", (DAY - 1) * 1000],
      ["Ends", (60 * DAY - 1) * 1000],
      ["Seats owned", 7],
    ] as const
  ).map(([column, answer]) => ({
    fact: `a contract that has ended is not among those by notice, one that only can be given no notice is: ${column}`,
    panel: byNotice(column),
    series: {
      [`${end}${cad}`]: `${DAY}x100`,
      [`${deadline}${cad}`]: `${DAY / 2}x100`,
      [`${end}${gis}`]: `${60 * DAY}x100`,
      [`${deadline}${gis}`]: `${DAY}x100`,
      'seatmeter:seats_entitled{pool="cad"}': "25x100",
      'seatmeter:seats_entitled{pool="gis"}': "7x100",
    },
    at: "48h",
    answers: { [gis]: answer },
  })),
  {
    fact: "a deadline that is past is not due any more, and one in 40 days is",
    panel: renewal("Notice due within 90 days", "Contracts"),
    series: { ...contracts, [`${deadline}${gis}`]: `${DAY}x100` },
    at: "48h",
    answers: { "{}": 1 },
  },
  {
    fact: "a pool counts once where contracts have ended and more is in use than owned, and not where others carry it",
    panel: renewal("Ended, and more in use than owned", "Pools"),
    series: {
      [`${end}${cad}`]: `${DAY}x100`,
      [`${end}{pool="cad", reference="C-0"}`]: `${DAY / 2}x100`,
      [`${end}${gis}`]: `${DAY}x100`,
      'seatmeter:seats_entitled{pool="cad"}': "0x100",
      'seatmeter:seats_in_use{pool="cad"}': "3x100",
      'seatmeter:seats_entitled{pool="gis"}': "5x100",
      'seatmeter:seats_in_use{pool="gis"}': "3x100",
    },
    at: "48h",
    answers: { "{}": 1 },
  },
];

function questionOf([board, title, legend]: Case["panel"]): string {
  const panels = BOARDS.find(({ uid }) => uid === board)?.rows.flatMap((row) => row.panels);
  const panel = panels?.find((one) => one.title === title);
  const query = panel?.queries.find((one) => one.legend === legend);
  if (!panel || !query) throw new Error(`no ${legend} of ${title} on ${board}`);
  const expr = filledIn(query.expr, { $pool: board === "seatmeter-pool" ? "cad" : ".*" });
  // A day's bar stands where the day begins, and can be told when it is over; of the matrix, where there is anything.
  if (panel.days) return `last_over_time((${expr})[1s:1d] offset 1d)`;
  return panel.matrix ? `${expr} > 0` : expr;
}

for (const { fact, ...one } of CASES)
  test(fact, ({ skip }) => {
    const promtool = program("promtool") ?? skip("promtool is not installed");
    expect(complaints(promtool, one)).toBe("");
  });

/** What promtool has to say against an answer; nothing: Prometheus gives it. */
function complaints(promtool: string, { panel, series, at, answers }: Omit<Case, "fact">): string {
  const story = {
    interval: "1h",
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: [
      {
        expr: questionOf(panel),
        eval_time: at,
        exp_samples: Object.entries(answers).map(([labels, value]) => ({ labels, value })),
      },
    ],
  };
  const folder = mkdtempSync(join(tmpdir(), "seatmeter-answers-"));
  writeFileSync(join(folder, "story.yaml"), stringify({ evaluation_interval: "1h", tests: [story] }));
  const { stdout, stderr, status } = spawnSync(promtool, ["test", "rules", "story.yaml"], {
    cwd: folder,
    encoding: "utf8",
  });
  rmSync(folder, { recursive: true, force: true });
  return status === 0 ? "" : `${stdout}${stderr}`;
}
