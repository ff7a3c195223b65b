import { describe, expect, test } from "vitest";
import { ALERTS, runbookOf } from "../../dashboards/alerts.ts";
import { textOf } from "../support/source.ts";

const [, ...sections] = textOf("docs/runbooks.md").split(/^## /m);
const named = new Map(sections.map((section) => [section.split("\n")[0] ?? "", section]));
const names = [...new Set(ALERTS.map(({ name }) => name))];

describe("the runbooks", () => {
  test("have a section for each alert, in the order of the table, where its link leads", () => {
    expect([...named.keys()].slice(0, -1)).toEqual(names);
    const anchors = names.map((name) => `docs/runbooks.md#${name.toLowerCase()}`);
    expect([...new Set(ALERTS.map(runbookOf))]).toEqual(anchors);
  });

  test.each(names)("of %s: what it means, whether anybody is held up, what to look at, what to do", (name) => {
    const parts = [...(named.get(name) ?? "").matchAll(/^- \*\*(.+?)\*\*:? \S/gm)].map(([, part]) => part);
    expect(parts).toEqual(["It means", "Is anybody held up?", "Look at", "Do"]);
  });
});
