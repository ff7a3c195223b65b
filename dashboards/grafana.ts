import {
  ConstantVariableBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableHide,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { type Board, boardPath, type Variable } from "./board.ts";
import { BOARDS } from "./boards.ts";
import { DATASOURCE, grafanaPanel } from "./grafana-panels.ts";

/** Where seatmeter's own pages are, unless one makes boards with an address of one's own. */
export const USUAL_ADDRESS = "http://127.0.0.1:7070";
const TAG = "seatmeter";

/**
 * A board in Grafana's form.
 *
 * @param address of seatmeter's own pages, for links to them
 */
export function grafanaBoard(board: Board, address = USUAL_ADDRESS): Dashboard {
  const builder = new DashboardBuilder(board.title)
    .uid(board.uid)
    .description(board.answers)
    .tags([TAG])
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: board.from, to: "now" })
    .weekStart("monday")
    .refresh("1m")
    .variables([dataSource(), ...board.variables.map(choice), seatmeter(address)])
    .links([...otherBoards(board), ...pages(board)]);
  let y = 0;
  for (const { height, panels } of board.rows) {
    let x = 0;
    for (const panel of panels) {
      builder.withPanel(grafanaPanel(panel, { x, y, w: panel.width, h: height }));
      x += panel.width;
    }
    y += height;
  }
  return builder.build();
}

function dataSource() {
  return new DatasourceVariableBuilder("datasource").label("Prometheus").type("prometheus");
}

function choice({ name, label, of, single }: Variable) {
  const query = `label_values(${of.series}, ${of.label})`;
  const variable = new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query({ query, refId: `choice-${name}` })
    .definition(query)
    .refresh(VariableRefresh.OnDashboardLoad)
    .sort(VariableSort.AlphabeticalAsc);
  if (single) return variable;
  // Metrics without the label, such as those of products that no pool has, belong to all as well.
  return variable
    .multi(true)
    .includeAll(true)
    .allValue(".*")
    .current({ text: ["All"], value: ["$__all"] });
}

/** Hidden, and not to be set by an address: a link to a board could else make its links lead astray. */
function seatmeter(address: string): { build(): VariableModel } {
  const variable = new ConstantVariableBuilder("seatmeter").label("seatmeter's own pages").value(address).build();
  return { build: () => ({ ...variable, hide: VariableHide.HideVariable, skipUrlSync: true }) };
}

function otherBoards(board: Board) {
  return BOARDS.filter(({ uid }) => uid !== board.uid).map(({ uid, title, answers }) =>
    link(title.replace(/^seatmeter: /, ""), boardPath(uid), answers)
      .icon("dashboard")
      .keepTime(true),
  );
}

function pages(board: Board) {
  return Object.entries(board.pages).map(([title, url]) =>
    link(title, url, "A page of seatmeter").icon("external link").targetBlank(true),
  );
}

function link(title: string, url: string, tooltip: string) {
  return new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url).tooltip(tooltip);
}
