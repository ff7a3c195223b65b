import { parser } from "@prometheus-io/lezer-promql";

/** A series that an expression asks for. */
export interface Selector {
  name: string;
  /** Names of labels that are compared with something. */
  labels: string[];
}

export interface Parsed {
  /** Pieces that are no PromQL, with what stands there. */
  mistakes: string[];
  selectors: Selector[];
  /** Labels that something is grouped or joined by. */
  grouping: string[];
}

/** An expression taken apart by the grammar that Prometheus's own editor uses. */
export function parsed(expr: string): Parsed {
  const found: Parsed = { mistakes: [], selectors: [], grouping: [] };
  parser.parse(expr).iterate({
    enter({ name, type, from, to, node }) {
      const text = expr.slice(from, to);
      if (type.isError) found.mistakes.push(`${expr} at ${from}: ${text || expr.slice(from, from + 10) || "its end"}`);
      if (name === "VectorSelector") {
        const identifier = node.getChild("Identifier");
        found.selectors.push({ name: identifier ? expr.slice(identifier.from, identifier.to) : "", labels: [] });
      }
      if (name !== "LabelName") return;
      if (node.parent?.name === "GroupingLabels") found.grouping.push(text);
      else found.selectors.at(-1)?.labels.push(text);
    },
  });
  return found;
}
