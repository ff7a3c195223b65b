import { BOARDS } from "./boards.ts";
import { grafanaBoard } from "./grafana.ts";

/** A file that is made from tables, and committed for those who have no Node. */
export interface Generated {
  /** From the folder of the dashboards. */
  path: string;
  make(options: { address?: string }): string;
}

/** THE GENERATED FILES. */
export const GENERATED: readonly Generated[] = BOARDS.map((board) => ({
  path: `grafana/${board.uid}.json`,
  make: ({ address }) => asJson(grafanaBoard(board, address)),
}));

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
