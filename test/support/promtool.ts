import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Group, yamlOf } from "../../dashboards/rules.ts";

/** One story that rules are told, minute by minute, and the alerts that must then ring: all of that name, and no other. */
export interface AlertCase {
  alert: string;
  fact: string;
  /** Values by series, in promtool's notation. */
  series: Readonly<Record<string, string>>;
  at: string;
  /** Minutes from one value and evaluation to the next. */
  every: number;
  rings: readonly { labels: Record<string, string>; annotations: Record<string, string> }[];
}

/** What promtool has to say against these rules and cases; nothing: they hold. */
export function complaints(promtool: string, groups: readonly Group[], cases: readonly AlertCase[]): string {
  const directory = mkdtempSync(join(tmpdir(), "seatmeter-rules-"));
  try {
    writeFileSync(join(directory, "rules.yaml"), yamlOf(groups));
    writeFileSync(join(directory, "cases.yaml"), casesYaml(groups, cases));
    const { stdout, stderr, status } = spawnSync(promtool, ["test", "rules", "cases.yaml"], {
      cwd: directory,
      encoding: "utf8",
    });
    return status === 0 ? "" : `${stdout}${stderr}`;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function casesYaml(groups: readonly Group[], cases: readonly AlertCase[]): string {
  const tests = cases.map(({ alert, fact, series, at, every, rings }) => ({
    name: `${alert}: ${fact}`,
    interval: `${every}m`,
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [
      {
        eval_time: at,
        alertname: alert,
        exp_alerts: rings.map(({ labels, annotations }) => ({ exp_labels: labels, exp_annotations: annotations })),
      },
    ],
  }));
  return stringify(
    {
      rule_files: ["rules.yaml"],
      evaluation_interval: `${Math.max(...cases.map(({ every }) => every))}m`,
      group_eval_order: groups.map(({ name }) => name),
      tests,
    },
    { aliasDuplicateObjects: false },
  );
}
