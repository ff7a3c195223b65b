import { type DynamicConfigValue, type Threshold, ThresholdsMode } from "@grafana/grafana-foundation-sdk/dashboard";
import type { PanelBuilder } from "@grafana/grafana-foundation-sdk/table";
import type { MetricName } from "../daemon/metrics/table.ts";
import { type Alarm, boardPath, type Panel, UNITS } from "./board.ts";
import { HEALTH } from "./boards/health.ts";
import { POOL } from "./boards/pool.ts";
import { SITES_BOARD } from "./boards/sites.ts";

type Label = typeof import("../daemon/metrics/table.ts").METRICS[MetricName]["labels"][number] | "instance";

/** The labels that a table may show, as people call them, and the board that has more of one. */
export const LABELS: Readonly<Partial<Record<Label, { title: string; board?: string; variable?: string }>>> = {
  pool: { title: "Pool", board: POOL.uid, variable: "pool" },
  site: { title: "Site", board: SITES_BOARD.uid, variable: "site" },
  instance: { title: "Daemon", board: HEALTH.uid, variable: "daemon" },
  reference: { title: "Contract" },
  reason: { title: "Reason" },
  version: { title: "Version" },
  node: { title: "Node" },
};

/** What Prometheus says besides, which tells nobody anything. */
const HIDDEN = ["Time", "__name__", "job"];

/** The address of the board that has more of what a label names, where there is one. */
export function leadsTo(label: string, value: string): string | undefined {
  const { board, variable } = LABELS[label as Label] ?? {};
  return board && boardPath(board, `&var-${variable}=${value}`);
}

/** One row for what has the same labels, columns named as people call them. */
export function shapedAsTable(table: PanelBuilder, panel: Panel): PanelBuilder {
  return panel.matrix ? asMatrix(table, panel.matrix) : asRows(table, panel);
}

function asRows(table: PanelBuilder, { queries, sortedBy }: Panel): PanelBuilder {
  const one = queries.length === 1;
  const columns = queries.map(({ legend }, index) => [one ? "Value" : `Value #${"ABCDEF"[index]}`, legend]);
  const labels = Object.entries(LABELS).map(([label, { title }]) => [label, title]);
  if (!one) table.withTransformation({ id: "merge", options: {} });
  table.withTransformation(organized([...labels, ...columns]));
  for (const [label, { title }] of Object.entries(LABELS)) {
    const url = leadsTo(label, `\${__value.raw}`);
    if (url) table.overrideByName(title, [{ id: "links", value: [{ title: `Open ${title.toLowerCase()}`, url }] }]);
  }
  for (const { legend, unit, alarms } of queries) {
    const said: DynamicConfigValue[] = unit ? [{ id: "unit", value: UNITS[unit] }] : [];
    if (alarms) said.push(...coloured(alarms));
    if (said.length > 0) table.overrideByName(legend, said);
  }
  if (sortedBy) table.sortBy([{ build: () => ({ displayName: sortedBy.column, desc: sortedBy.descending ?? false }) }]);
  return table;
}

function asMatrix(table: PanelBuilder, { down, across, names }: NonNullable<Panel["matrix"]>): PanelBuilder {
  const corner = `${down}\\${across}`;
  return table
    .withTransformation({ id: "sortBy", options: { fields: {}, sort: [{ field: down, desc: false }] } })
    .withTransformation({
      id: "groupingToMatrix",
      options: { rowField: down, columnField: across, valueField: "Value" },
    })
    .withTransformation(organized([[corner, `${down[0]?.toUpperCase()}${down.slice(1)}`], ...names]))
    .cellOptions({ type: "color-background", mode: "basic" } as never);
}

/** Fields under new names and in this order. */
function organized(names: readonly (readonly string[])[]) {
  return {
    id: "organize",
    options: {
      excludeByName: Object.fromEntries(HIDDEN.map((name) => [name, true])),
      indexByName: Object.fromEntries(names.map(([field], index) => [field, index])),
      renameByName: Object.fromEntries(names),
    },
  };
}

function coloured(alarms: readonly Alarm[]): DynamicConfigValue[] {
  return [
    { id: "thresholds", value: { mode: ThresholdsMode.Absolute, steps: thresholdSteps(alarms) } },
    { id: "custom.cellOptions", value: { type: "color-text" } },
  ];
}

/** In Grafana's form the first holds from the lowest value on, whatever that is. */
export function thresholdSteps(alarms: readonly Alarm[]): Threshold[] {
  return alarms.map(({ from, colour }, index) => ({ value: index === 0 ? null : from, color: colour }));
}
