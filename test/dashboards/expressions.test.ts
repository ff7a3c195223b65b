import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { METRICS, type Metric, type MetricName } from "../../daemon/metrics/table.ts";
import { ALERTS } from "../../dashboards/alerts.ts";
import { everyExpression, filledIn } from "../../dashboards/boards.ts";
import { RECORDING_RULES } from "../../dashboards/recording.ts";
import { program } from "../support/programs.ts";
import { parsed } from "../support/promql.ts";

const metrics = Object.entries(METRICS) as [MetricName, Metric][];
const SHARED = metrics.filter(([, { shared }]) => shared).map(([name]) => name);
/** What Prometheus knows by itself of what it scrapes. */
const OF_PROMETHEUS = { up: [] };
/** Where an alert is asked. */
const RULES = "rules";
/** Labels that Prometheus gives, and those that an expression makes for itself. */
const GIVEN = ["instance", "job", "le"];
const MADE = ["hour", "day"];

/** The series that there are, with their labels. */
const labelsOf = new Map<string, readonly string[]>(Object.entries(OF_PROMETHEUS));
for (const [name, { type, labels }] of metrics) {
  const names = type === "histogram" ? ["_bucket", "_sum", "_count"].map((part) => `${name}${part}`) : [name];
  for (const one of names) labelsOf.set(one, labels);
}
/** What a recorded series was made of, down to the metrics. */
const madeOf = new Map<string, readonly string[]>();
for (const { record, expr } of RECORDING_RULES) {
  const { selectors, grouping } = parsed(expr);
  const names = selectors.map(({ name }) => name);
  labelsOf.set(record, grouping.length > 0 ? grouping : names.flatMap((name) => labelsOf.get(name) ?? []));
  madeOf.set(
    record,
    names.flatMap((name) => madeOf.get(name) ?? [name]),
  );
}
for (const name of SHARED) labelsOf.delete(name);

const asked = [
  ...everyExpression().map(({ board, panel, expr }) => ({ board, panel, query: filledIn(expr) })),
  ...ALERTS.map(({ name, expr }) => ({ board: RULES, panel: name, query: expr })),
];
const taken = asked.map((one) => ({ ...one, ...parsed(one.query) }));
const where = ({ board, panel }: { board: string; panel: string }) => `${board}, ${panel}`;

test("every expression is PromQL to the grammar of Prometheus's editor", () => {
  expect(taken.length).toBeGreaterThan(0);
  expect(taken.flatMap(({ mistakes }) => mistakes)).toEqual([]);
});

test("every expression is PromQL to Prometheus itself, types and all", ({ skip }) => {
  const promtool = program("promtool") ?? skip("promtool is not installed");
  const folder = mkdtempSync(join(tmpdir(), "seatmeter-expressions-"));
  const file = join(folder, "asked.yaml");
  const rules = asked.map(({ query }, index) => ({ record: `asked:${index}`, expr: query }));
  writeFileSync(file, stringify({ groups: [{ name: "asked", rules }] }));
  try {
    expect(execFileSync(promtool, ["check", "rules", file], { encoding: "utf8" })).toContain(`${rules.length} rules`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("every series that a board or an alert asks for is one of a daemon's own, or recorded", () => {
  const unknown = taken.flatMap((one) =>
    one.selectors.filter(({ name }) => !labelsOf.has(name)).map(({ name }) => `${where(one)}: ${name}`),
  );
  expect(unknown).toEqual([]);
});

test("no board and no alert reads a shared metric but as it is recorded, so none adds it up over daemons", () => {
  const raw = taken.flatMap((one) =>
    SHARED.filter((name) => one.query.includes(name)).map((name) => `${where(one)}: ${name}`),
  );
  expect(raw).toEqual([]);
});

test("every label that a series is chosen by is one that it has", () => {
  const strays = taken.flatMap((one) =>
    one.selectors.flatMap(({ name, labels }) =>
      labels
        .filter((label) => !labelsOf.get(name)?.includes(label) && !(isPerDaemon(name) && GIVEN.includes(label)))
        .map((label) => `${where(one)}: ${name} has no ${label}`),
    ),
  );
  expect(strays).toEqual([]);
});

test("every label that something is grouped by is one of the series asked for, or made on the spot", () => {
  const strays = taken.flatMap((one) => {
    const known = [...one.selectors.flatMap(({ name }) => labelsOf.get(name) ?? []), ...GIVEN, ...MADE];
    return one.grouping.filter((label) => !known.includes(label)).map((label) => `${where(one)}: ${label}`);
  });
  expect(strays).toEqual([]);
});

test("every metric that the daemon shows stands on a board, but those that nobody looks at by themselves", () => {
  /** Why not: it is the other side of another, or a threshold of an alert. */
  const elsewhere: MetricName[] = [
    "seatmeter_refusal_alert_floor",
    "seatmeter_working_time",
    "seatmeter_history_last_write_timestamp_seconds",
  ];
  const onBoards = taken.filter(({ board }) => board !== RULES);
  const read = onBoards.flatMap(({ selectors }) => selectors.flatMap(({ name }) => madeOf.get(name) ?? [name]));
  const shown = new Set(read.map((name) => name.replace(/_(bucket|sum|count)$/, "")));
  expect(metrics.map(([name]) => name).filter((name) => !shown.has(name))).toEqual(elsewhere);
});

function isPerDaemon(name: string) {
  return !name.includes(":");
}
