import { SeatmeterError } from "../../daemon/domain/errors.ts";
import { clock, plain } from "../denial.ts";
import { howLong } from "../moments.ts";
import { print } from "../print.ts";
import { table } from "../table.ts";
import { asked } from "./asked.ts";
import type { Status } from "./frames.ts";
import { OTHERS_THAN_THE_AGENTS } from "./where.ts";

/** Errors: SeatmeterError unreachable where no agent answers. */
export async function showStatus(asJson: boolean): Promise<number> {
  // Wherever one's own launches would go: the agent is asked after.
  const others = Object.fromEntries(OTHERS_THAN_THE_AGENTS.map((name) => [name, undefined]));
  const answer = await asked({ type: "status" }, { ...process.env, ...others });
  if (answer?.type !== "status")
    throw new SeatmeterError(
      "unreachable",
      "No agent runs on this computer, or none for you. Start one: seatmeter agent",
    );
  const { type: _, ...status } = answer;
  print(asJson ? `${JSON.stringify(status, undefined, 2)}\n` : inWords(status));
  return 0;
}

function inWords({ version, pid, sinceMs, daemon, trouble, journal, products, running }: Status): string {
  const lines = [
    `The agent (${plain(version)}, process ${pid}) has run since ${clock(sinceMs)}.`,
    daemon ? `It is connected to ${plain(daemon)}.` : `It reaches no daemon: ${plain(trouble ?? "not yet")}.`,
    `Products that it knows: ${products}. Launches that ran without a daemon and are not told yet: ${journal}.`,
  ];
  if (running.length === 0) return `${[...lines, "Nothing runs."].join("\n")}\n`;
  const columns = ["PRODUCT", "USER", "PROCESS", "FOR", "STARTED BY"].map((heading) => ({ heading }));
  const rows = running.map((one) => [
    ...[plain(one.product), plain(one.user), String(one.pid ?? ""), howLong(Date.now() - one.sinceMs), one.by],
  ]);
  return `${lines.join("\n")}\n\n${table(columns, rows)}`;
}
