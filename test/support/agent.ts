import { chmodSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { dataFolder } from "./daemon.ts";
import { type Finished, type Shim, shim } from "./shim.ts";

export interface TestAgent {
  /** For commands that go through it. */
  env: Record<string, string> & { SEATMETER_AGENT: string };
  state: string;
  process: Shim;
  /** `seatmeter run …` through it. */
  run(args: readonly string[], env?: Record<string, string>): Shim;
  status(): Promise<AgentStatus>;
  stop(): Promise<Finished>;
}

export interface AgentStatus {
  daemon: string | null;
  journal: number;
  products: number;
  running: { product: string; user: string; leaseId: string; pid: number | null; sinceMs: number; by: string }[];
}

/**
 * An agent that listens; it ends with the test.
 *
 * @param state of an earlier one, which is to be carried on
 */
export async function startAgent(
  url: string,
  {
    state = agentFolder(),
    env = {},
    args = [],
  }: { state?: string; env?: Record<string, string>; args?: string[] } = {},
): Promise<TestAgent> {
  const socket = join(state, "agent.sock");
  const own = { SEATMETER_AGENT: socket, SEATMETER_STATE: state };
  const process = shim(["agent", ...args], { ...own, SEATMETER_URL: url, ...env });
  await process.tells("the agent listens");
  onTestFinished(() => void process.child.kill("SIGKILL"));
  // Alone there would be no daemon for them.
  const alone = { ...THROUGH, SEATMETER_AGENT: socket, SEATMETER_URL: "ws://127.0.0.1:1" };
  return {
    env: { ...THROUGH, SEATMETER_AGENT: socket },
    state,
    process,
    run: (words, more = {}) => shim(["run", ...words], { ...alone, ...more }),
    async status() {
      const { stdout } = await shim(["agent", "--status", "--json"], alone).finished;
      return JSON.parse(stdout);
    },
    stop() {
      process.child.kill("SIGTERM");
      return process.finished;
    },
  };
}

/** A machine that is busy is no reason to go round the agent here. */
const THROUGH = { SEATMETER_AGENT_WITHIN_MS: "60000" };

/** Whose path is short enough for a socket. */
export function agentFolder(): string {
  const folder = dataFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  chmodSync(folder.path, 0o700);
  return folder.path;
}
