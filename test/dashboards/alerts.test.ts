import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ALERTS, type Alert, runbookOf } from "../../dashboards/alerts.ts";
import { RECORDING_RULES, type RecordingRule } from "../../dashboards/recording.ts";
import { ruleGroups, rulesYaml } from "../../dashboards/rules.ts";
import { program } from "../support/programs.ts";
import { type AlertCase, complaints } from "../support/promtool.ts";
import { PROJECT, textOf } from "../support/source.ts";
import { STORIES, type Story } from "./stories.ts";

const promtool = program("promtool");
const names = [...new Set(ALERTS.map(({ name }) => name))];

/** What an alert reads, and what that is made of. */
function recordingsFor(exprs: readonly string[]): RecordingRule[] {
  const direct = RECORDING_RULES.filter(({ record }) => exprs.some((expr) => mentions(expr, record)));
  const all = RECORDING_RULES.filter(
    (rule) => direct.includes(rule) || direct.some(({ expr }) => mentions(expr, rule.record)),
  );
  return all;
}
const mentions = (expr: string, record: string) => new RegExp(`${record}(?![\\w:])`).test(expr);

const groupsFor = (alerts: readonly Alert[], recordings = recordingsFor(alerts.map(({ expr }) => expr))) =>
  ruleGroups(recordings, alerts).filter(({ rules }) => rules.length > 0);

const casesOf = (name: string): AlertCase[] => (STORIES[name] ?? []).map((story) => caseOf(name, story));

function caseOf(name: string, { fact, series, at, daemons, every = 1, rings = [] }: Story): AlertCase {
  const instances = daemons === 2 ? ["a", "b"] : ["a"];
  return {
    ...{ alert: name, fact, at, every },
    series: Object.fromEntries(
      Object.entries(series).flatMap(([one, values]) =>
        instances.map((instance, i) => [
          labelled(one, instance),
          typeof values === "string" ? values : (values[i] ?? ""),
        ]),
      ),
    ),
    rings: rings.map(({ labels = {}, says }) => {
      const alert = ALERTS.find((one) => one.name === name && (one.labels?.within ?? "") === (labels.within ?? ""));
      if (!alert) throw new Error(`no ${name} ${JSON.stringify(labels)}`);
      const { to, severity, description } = alert;
      return {
        labels: { ...labels, severity, team: to },
        annotations: { summary: says, description, runbook_url: runbookOf(alert) },
      };
    }),
  };
}

function labelled(series: string, instance: string): string {
  const [name = "", labels = ""] = series.replace("}", "").split("{");
  return `${name}{${[labels, 'job="seatmeter"', `instance="${instance}"`].filter(Boolean).join(",")}}`;
}

/** Small changes to an alert, each of which its stories must notice. */
function* mutants(alert: Alert): Generator<{ what: string; alert: Alert }> {
  const { expr } = alert;
  for (const { 0: found, 1: operator, 2: bound, index } of expr.matchAll(/(==|<=|>=|<|>) (\d[\d.]*)/g)) {
    const isZero = Number(bound) === 0;
    const others = isZero
      ? [operator === "==" ? "!= 0" : `${operator} -1e18`]
      : [0.8, 1.25].map((factor) => `${operator} ${Number(bound) * factor}`);
    for (const other of others) yield changed(index, found, other);
  }
  for (const { 0: found, 1: factor, index } of expr.matchAll(/(0\.\d+) \*/g))
    for (const by of [0.8, 1.25]) yield changed(index, found, `${Number(factor) * by} *`);
  for (const { 0: found, index } of expr.matchAll(/>=? on/g))
    for (const other of found === ">= on" ? ["< on", "> on"] : ["< on"]) yield changed(index, found, other);
  for (const time of ["for", "keep"] as const) {
    const { [time]: length, ...without } = alert;
    if (length === undefined) continue;
    yield { what: `without \`${time}\``, alert: without as Alert };
    yield { what: `with \`${time}\` doubled`, alert: { ...alert, [time]: doubled(length) } };
  }

  function changed(index: number, found: string, other: string) {
    return {
      what: `${found} → ${other} at ${index}`,
      alert: { ...alert, expr: expr.slice(0, index) + other + expr.slice(index + found.length) },
    };
  }
}

const doubled = (length: string) => `${Number.parseInt(length, 10) * 2}${length.at(-1)}`;

/** Only asked whether it is 0, or there: twice as much is no other answer. */
const ONLY_WHETHER: Readonly<Record<string, readonly string[]>> = {
  SeatsExhausted: ["seatmeter:full_seconds:increase5m"],
  SaturationSustained: ["seatmeter:seats_entitled"],
  UsedAboveEntitlement: ["seatmeter:seats_entitled"],
  NoticeDateUnknown: ["seatmeter:notice_deadline_timestamp_seconds"],
  EntitlementEnded: ["seatmeter:seats_entitled", "seatmeter:seats_in_use"],
};

describe("the file of rules", () => {
  test("is what the tables say, and Prometheus accepts it", ({ skip }) => {
    expect(textOf("dashboards/prometheus/rules.yaml")).toBe(rulesYaml());
    const file = join(PROJECT, "dashboards/prometheus/rules.yaml");
    const checked = spawnSync(promtool ?? skip("promtool is not installed"), ["check", "rules", file]);
    expect(`${checked.stdout}${checked.stderr}`).toContain(`SUCCESS: ${RECORDING_RULES.length + ALERTS.length} rules`);
    expect(checked.status).toBe(0);
  });

  test("nothing that concerns renewals wakes anybody", () => {
    const waking = ALERTS.filter(({ severity }) => severity === "critical");
    expect(waking.map(({ name }) => name)).toEqual(["SeatsExhausted", "SeatmeterDown", "LedgerDown", "RedisEvicting"]);
    expect(waking.every(({ to }) => to === "ict")).toBe(true);
  });

  test("alerts read a shared metric only as it is recorded", () => {
    const shared = RECORDING_RULES.flatMap(({ expr }) => expr.match(/^max.*\b(seatmeter_\w+)/)?.[1] ?? []);
    expect(shared).toContain("seatmeter_seats_in_use");
    const raw = ALERTS.filter(({ expr }) => shared.some((name) => mentions(expr, name)));
    expect(raw.map(({ name }) => name)).toEqual([]);
  });

  test("each alert has stories in which it rings and in which it does not, and of two daemons", () => {
    expect(Object.keys(STORIES)).toEqual(names);
    for (const name of names) {
      const stories = STORIES[name] ?? [];
      expect(
        stories.some(({ rings }) => rings),
        name,
      ).toBe(true);
      expect(
        stories.some(({ rings }) => !rings),
        name,
      ).toBe(true);
      expect(
        stories.some(({ daemons }) => daemons === 2),
        name,
      ).toBe(true);
    }
  });
});

describe.each(names)("%s", (name) => {
  const alerts = ALERTS.filter((alert) => alert.name === name);
  const cases = casesOf(name);

  test("rings when it should, says why, and is quiet otherwise", ({ skip }) => {
    expect(complaints(promtool ?? skip("promtool is not installed"), groupsFor(alerts), cases)).toBe("");
  });

  test("changed a little, does not", ({ skip }) => {
    const survived = alerts.flatMap((alert) =>
      [...mutants(alert)]
        .filter(({ alert: mutant }) => {
          const changed = alerts.map((one) => (one === alert ? mutant : one));
          return complaints(promtool ?? skip("promtool is not installed"), groupsFor(changed), cases) === "";
        })
        .map(({ what }) => what),
    );
    expect(survived).toEqual([]);
  });

  test("adding up what two daemons show alike is noticed", ({ skip }) => {
    const recordings = recordingsFor(alerts.map(({ expr }) => expr));
    const unnoticed = recordings
      .filter(({ expr }) => expr.startsWith("max"))
      .filter((rule) => {
        const summed = recordings.map((one) =>
          one === rule ? { ...one, expr: one.expr.replace(/^max/, "sum") } : one,
        );
        return complaints(promtool ?? skip("promtool is not installed"), groupsFor(alerts, summed), cases) === "";
      });
    expect(unnoticed.map(({ record }) => record).sort()).toEqual([...(ONLY_WHETHER[name] ?? [])].sort());
  });
});
