import type { Board } from "./board.ts";
import { DENIALS_BOARD } from "./boards/denials.ts";
import { HEALTH } from "./boards/health.ts";
import { OVERVIEW } from "./boards/overview.ts";
import { POOL } from "./boards/pool.ts";
import { RENEWALS } from "./boards/renewals.ts";
import { SITES_BOARD } from "./boards/sites.ts";

/** THE BOARDS, in the order in which each links to the others. */
export const BOARDS: readonly Board[] = [OVERVIEW, POOL, SITES_BOARD, DENIALS_BOARD, RENEWALS, HEALTH];

/** What the boards ask of Prometheus. */
export interface Asked {
  board: string;
  panel: string;
  /** As it stands on the board, with Grafana's variables. */
  expr: string;
  /** That it finds nothing is usual. */
  mayBeEmpty: boolean;
  /** For so many days it is asked by the day, from a midnight on: what it tells of one ends 24 hours later. */
  days?: number;
}

/** Every expression of every panel, and the series in which variables find their values. */
export function everyExpression(boards: readonly Board[] = BOARDS): Asked[] {
  return boards.flatMap(({ uid: board, variables, rows }) => [
    ...variables.map(({ name, of, mayBeEmpty = false }) => ({
      board,
      panel: `variable ${name}`,
      expr: of.series,
      mayBeEmpty,
    })),
    ...rows
      .flatMap(({ panels }) => panels)
      .flatMap(({ title: panel, queries, days }) =>
        queries.map(({ expr, mayBeEmpty = false }) => ({ board, panel, expr, mayBeEmpty, ...(days && { days }) })),
      ),
  ]);
}

/** What Grafana fills in before it asks, where everything is chosen and nothing else is said. */
const EVERYTHING = { $pool: ".*", $site: ".*", $daemon: ".*", $__rate_interval: "1m" } as const;

/**
 * An expression as Prometheus gets it.
 *
 * @param chosen what somebody chose; the board of one pool finds nothing without
 */
export function filledIn(expr: string, chosen: { [Name in keyof typeof EVERYTHING]?: string } = {}): string {
  const values = { ...EVERYTHING, ...chosen };
  return expr.replaceAll(/\$(?:__)?[a-z_]+/g, (name) => {
    if (!(name in values)) throw new Error(`Grafana does not know ${name}: ${expr}`);
    return values[name as keyof typeof values];
  });
}
