import type { FromAgent, ToAgent } from "./frames.ts";
import { AgentSocket } from "./through-agent.ts";
import { agentSockets } from "./where.ts";

const ANSWER_WITHIN_MS = 10_000;

/** @returns what the agent of this computer answers; nothing where none does */
export async function asked(
  question: Extract<ToAgent, { type: "status" | "postpone" }>,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<FromAgent | undefined> {
  for (const path of agentSockets(environment, process.platform, process.getuid?.())) {
    const agent = await AgentSocket.open(path);
    if (!agent) continue;
    agent.say(question);
    const answer = await agent.next(ANSWER_WITHIN_MS);
    agent.leave();
    if (answer) return answer;
  }
  return undefined;
}
