import { expect, test } from "vitest";
import { UNITS } from "../../dashboards/board.ts";
import { BOARDS } from "../../dashboards/boards.ts";
import { GENERATED } from "../../dashboards/generated.ts";
import { sourceFiles, textOf } from "../support/source.ts";

/** What we read of Grafana's form of a board; what is committed, and so what somebody imports. */
interface GrafanaPanel {
  id: number;
  type: string;
  title: string;
  description: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource: { type: string; uid: string };
  fieldConfig: {
    defaults: { unit: string; noValue: string; thresholds: { mode: string; steps: { value: number | null }[] } };
    overrides: { matcher: { id: string; options: string }; properties: { id: string; value: unknown }[] }[];
  };
  targets: { refId: string; expr: string; datasource: { uid: string }; range?: boolean; instant?: boolean }[];
}
interface GrafanaBoard {
  uid: string;
  title: string;
  description: string;
  schemaVersion: number;
  editable: boolean;
  panels: GrafanaPanel[];
  templating: { list: { name: string; type: string; query: unknown; hide?: number; skipUrlSync?: boolean }[] };
  links: { title: string; url: string; tooltip: string }[];
}

const COLUMNS = 24;
/** The longest that Grafana takes, and what it takes in one. */
const UID = /^[a-zA-Z0-9_-]{1,40}$/;
/** The kinds of panels that come with Grafana, and we use. */
const KINDS = ["stat", "timeseries", "state-timeline", "bargauge", "table"];
/** What Grafana fills in on any board. */
const GRAFANA_KNOWS = /^__(rate_interval|value|field|all)$/;

const texts = GENERATED.filter(({ path }) => path.startsWith("grafana/")).map(({ path }) =>
  textOf(`dashboards/${path}`),
);
const boards = texts.map((text) => JSON.parse(text) as GrafanaBoard);
const panels = boards.flatMap((board) =>
  board.panels.map((panel) => ({ board, panel, at: `${board.uid}, ${panel.title}` })),
);
const titlesWhere = (holds: (panel: GrafanaPanel) => boolean) =>
  panels.filter(({ panel }) => holds(panel)).map(({ at }) => at);
const twice = <Item>(items: readonly Item[]) => items.filter((item, index) => items.indexOf(item) < index);

test("every board has a name of its own that Grafana takes, and says what it answers", () => {
  expect(boards.map(({ uid }) => uid)).toEqual(BOARDS.map(({ uid }) => uid));
  expect(twice(boards.map(({ uid }) => uid))).toEqual([]);
  expect(twice(boards.map(({ title }) => title))).toEqual([]);
  for (const { uid, description, schemaVersion, editable } of boards) {
    expect(uid).toMatch(UID);
    expect(description).toMatch(/\?$/);
    expect(schemaVersion).toBeGreaterThan(0);
    // What is provisioned from a file is changed there.
    expect(editable).toBe(false);
  }
});

test("panels of a board have numbers of their own", () => {
  for (const { uid, panels } of boards) expect(twice(panels.map(({ id }) => id)), uid).toEqual([]);
});

test("no panel reaches past the last column, lies on another, or leaves a hole in its row", () => {
  for (const { uid, panels } of boards) {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    const height = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h));
    expect(twice(cells), uid).toEqual([]);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w)), uid).toBe(COLUMNS);
    expect(cells.length, uid).toBe(COLUMNS * height);
  }
});

test("every panel has a unit, thresholds, and a word for when there is nothing to show", () => {
  const units: string[] = Object.values(UNITS);
  expect(titlesWhere(({ fieldConfig: { defaults } }) => !units.includes(defaults.unit))).toEqual([]);
  expect(titlesWhere(({ fieldConfig: { defaults } }) => !defaults.noValue)).toEqual([]);
  expect(titlesWhere(({ fieldConfig: { defaults } }) => defaults.thresholds.steps[0]?.value !== null)).toEqual([]);
  const isRising = (steps: { value: number | null }[]) =>
    steps.every(
      ({ value }, index) => index === 0 || (value ?? 0) > (steps[index - 1]?.value ?? Number.NEGATIVE_INFINITY),
    );
  expect(titlesWhere(({ fieldConfig: { defaults } }) => !isRising(defaults.thresholds.steps))).toEqual([]);
});

test("every panel says what it shows and what to do, in sentences of its own", () => {
  expect(titlesWhere(({ description }) => !/^[A-Z].+[.?]$/s.test(description))).toEqual([]);
  expect(twice(panels.map(({ panel }) => panel.description))).toEqual([]);
  expect(titlesWhere(({ description }) => description.length < 60)).toEqual([]);
});

test("every panel is of a kind that comes with Grafana, and asks the Prometheus that the board says", () => {
  expect(titlesWhere(({ type }) => !KINDS.includes(type))).toEqual([]);
  expect(titlesWhere(({ datasource }) => datasource.uid !== "$datasource")).toEqual([]);
  expect(titlesWhere(({ targets }) => targets.length === 0)).toEqual([]);
  for (const { panel, at } of panels) {
    expect(twice(panel.targets.map(({ refId }) => refId)), at).toEqual([]);
    for (const { datasource, range, instant } of panel.targets) {
      expect(datasource.uid, at).toBe("$datasource");
      expect(range, at).not.toBe(instant);
    }
  }
});

test("whatever a board's texts leave to be filled in is one of its variables, and each of those is used", () => {
  for (const [index, { uid, templating }] of boards.entries()) {
    const names = templating.list.map(({ name }) => name);
    const used = [...(texts[index] ?? "").matchAll(/\$\{?([A-Za-z_]+)/g)].map(([, name]) => name ?? "");
    expect(
      used.filter((name) => !names.includes(name) && !GRAFANA_KNOWS.test(name)),
      uid,
    ).toEqual([]);
    expect(
      names.filter((name) => !used.includes(name)),
      uid,
    ).toEqual([]);
  }
});

test("the address of seatmeter's pages cannot be set by a link to a board", () => {
  for (const { uid, templating } of boards) {
    const address = templating.list.find(({ name }) => name === "seatmeter");
    expect(address, uid).toMatchObject({ type: "constant", hide: 2, skipUrlSync: true });
  }
});

test("every link to a board finds it, with a variable that it has", () => {
  const links = texts.flatMap((text) => [...text.matchAll(/"\/d\/([\w-]+)\?([^"]*)"/g)]);
  const broken = links.filter(([, uid, words = ""]) => {
    const names = boards.find((board) => board.uid === uid)?.templating.list.map(({ name }) => name);
    const asked = [...words.matchAll(/var-(\w+)=/g)].map(([, name]) => name ?? "");
    return !names || asked.some((name) => !names.includes(name));
  });
  expect(links.length).toBeGreaterThan(0);
  expect(broken.map(([link]) => link)).toEqual([]);
});

test("every board leads to all the others", () => {
  for (const { uid, links } of boards) {
    const others = links.flatMap(({ url }) => /^\/d\/([\w-]+)/.exec(url)?.[1] ?? []);
    expect(others.sort(), uid).toEqual(
      boards
        .map((one) => one.uid)
        .filter((one) => one !== uid)
        .sort(),
    );
  }
});

test("every link to a page of seatmeter leads to one that it has", () => {
  const daemon = sourceFiles("daemon").map(textOf).join("\n");
  const paths = boards.flatMap(({ links }) =>
    links.filter(({ url }) => url.startsWith("$seatmeter")).map(({ url }) => url.slice("$seatmeter".length)),
  );
  expect(paths).toContain("/renewals/$pool");
  expect(paths.filter((path) => !daemon.includes(`"${path.replaceAll("$", ":")}"`))).toEqual([]);
});

test("what is said of one column or line is said of one that the panel has", () => {
  const strays = panels.flatMap(({ panel, at }) => {
    const { transformations = [] } = panel as { transformations?: { options: { renameByName?: object } }[] };
    const columns = transformations.flatMap(({ options }) => Object.values(options.renameByName ?? {}));
    const lines = BOARDS.flatMap(({ rows }) => rows.flatMap((row) => row.panels))
      .filter(({ title }) => title === panel.title)
      .flatMap(({ queries }) => queries.map(({ legend }) => legend));
    return panel.fieldConfig.overrides
      .map(({ matcher }) => matcher.options)
      .filter((name) => !columns.includes(name) && !lines.includes(name))
      .map((name) => `${at}: ${name}`);
  });
  expect(strays).toEqual([]);
});
