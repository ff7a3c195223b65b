import { PanelBuilder as RankingBuilder } from "@grafana/grafana-foundation-sdk/bargauge";
import {
  BigValueGraphMode,
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  FieldColorBuilder,
  FieldColorModeId,
  type Panel as GrafanaPanel,
  type GridPos,
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as NumberBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as StatesBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as LinesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import type { Alarm, Panel, Query } from "./board.ts";
import { UNITS } from "./board.ts";
import { LABELS, leadsTo, shapedAsTable, thresholdSteps } from "./grafana-tables.ts";

/** Whichever Prometheus the board's first variable says. */
export const DATASOURCE = { type: "prometheus", uid: "$datasource" };

type Builder = NumberBuilder | LinesBuilder | StatesBuilder | RankingBuilder | TableBuilder;

/** A panel in Grafana's form, at its place. */
export function grafanaPanel(panel: Panel, at: GridPos): { build(): GrafanaPanel } {
  const builder = drawn(panel)
    .id(panel.id)
    .title(panel.title)
    .description(panel.description)
    .datasource(DATASOURCE)
    .gridPos(at)
    .unit(UNITS[panel.unit])
    .noValue(panel.whenEmpty)
    .thresholds(thresholds(panel.alarms ?? NO_ALARM))
    .targets(panel.queries.map((query, index) => target(panel, query, REFS[index] ?? "")));
  if (panel.min !== undefined) builder.min(panel.min);
  if (panel.max !== undefined) builder.max(panel.max);
  if (panel.decimals !== undefined) builder.decimals(panel.decimals);
  if (panel.words) builder.mappings([mapping(panel.words)]);
  if (panel.days) builder.timeFrom(`${panel.days}d`).interval("1d");
  const [label] = Object.keys(LABELS).filter((name) => panel.queries[0]?.legend === `{{${name}}}`);
  const url = label && leadsTo(label, `\${__field.labels.${label}}`);
  if (url) builder.dataLinks([new DashboardLinkBuilder("Open").type(DashboardLinkType.Link).url(url)]);
  return builder;
}

const REFS = ["A", "B", "C", "D", "E", "F"];

function target(panel: Panel, { expr, legend }: Query, refId: string) {
  const query = new DataqueryBuilder().expr(expr).refId(refId).datasource(DATASOURCE).legendFormat(legend);
  if (panel.draws === "table") return query.instant().format(PromQueryFormat.Table);
  return isOfNow(panel) ? query.instant() : query.range();
}

const isOfNow = ({ draws }: Panel) => draws === "number" || draws === "ranking" || draws === "table";

function drawn(panel: Panel): Builder {
  switch (panel.draws) {
    case "number":
      return new NumberBuilder().graphMode(BigValueGraphMode.None).reduceOptions(lastValue());
    case "ranking":
      return new RankingBuilder().orientation(VizOrientation.Horizontal).reduceOptions(lastValue());
    case "states":
      return new StatesBuilder().colorScheme(byThreshold());
    case "table":
      return shapedAsTable(new TableBuilder(), panel);
    default:
      return overTime(panel);
  }
}

function lastValue() {
  return new ReduceDataOptionsBuilder().calcs(["lastNotNull"]).values(false);
}

function byThreshold() {
  return new FieldColorBuilder().mode(FieldColorModeId.Thresholds);
}

function overTime(panel: Panel): LinesBuilder {
  const isBars = panel.draws === "bars";
  const lines = new LinesBuilder()
    .drawStyle(isBars ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .fillOpacity(isBars || panel.stacked ? 60 : 10)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .calcs([]),
    );
  if (panel.stacked) lines.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group("A"));
  if (panel.alarms)
    lines.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  for (const { legend } of panel.queries.filter(({ dashed }) => dashed)) lines.overrideByName(legend, DASHED_STEP);
  return lines;
}

/** Told from what is used by its form too, not by colour alone. */
const DASHED_STEP = [
  { id: "custom.drawStyle", value: "line" },
  { id: "custom.lineInterpolation", value: "stepAfter" },
  { id: "custom.lineStyle", value: { fill: "dash", dash: [10, 10] } },
  { id: "custom.lineWidth", value: 2 },
  { id: "custom.fillOpacity", value: 0 },
];

const NO_ALARM = [{ from: 0, colour: "blue" }] as const;

function thresholds(alarms: readonly Alarm[]) {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(thresholdSteps(alarms));
}

function mapping(words: NonNullable<Panel["words"]>): ValueMapping {
  const options = Object.fromEntries(
    Object.entries(words).map(([value, { text, colour }], index) => [value, { text, color: colour, index }]),
  );
  return { type: MappingType.ValueToText, options };
}
