/**
 * THE TABLE of goals: each an id that stays, and what its value has to be. Ratios hold on any machine, whatever its speed,
 * because both sides are measured in one run. What has no other side is told in seconds of one core and milliseconds.
 */
export const GOALS = {
  "redis-cpu": ">= 6",
  "batch-ceiling": ">= 0.2",
  grouping: "<= 1.25",
  heartbeat: "<= 0.125",
  "lease-memory": "<= 300",
  "million-leases": "<= 1.5",
  "front-door": "<= 1.25",
  "end-to-end": ">= 1",
  "end-to-end-multiplexed": ">= 0.5",
  "fsync-always": ">= 0.9",
  latency: "<= 2",
  "connection-memory": "<= 8",
  authentication: "<= 2",
  "pairs-500": ">= 2",
  "pairs-50": ">= 1",
  "pairs-1": ">= 0.6",
  refusals: ">= 3",
  "agent-bandwidth": "< 300",
  "agent-cpu": "< 1",
  "agent-memory": "<= 80",
  scrape: "< 50",
  "scrape-delay": "< 20",
  sweep: "<= 5",
  "sweep-delay": "< 20",
  report: "< 50",
  "recorder-sqlite": ">= 20000",
  "recorder-postgres": ">= 10000",
  "launch-file": "<= 0.25",
  "launch-tls": "<= 0.5",
  "launch-agent": "<= 0.2",
  watching: "< 1",
} as const;
export type GoalId = keyof typeof GOALS;

export function holds(id: GoalId, value: number): boolean {
  const [comparison, limit] = GOALS[id].split(" ");
  if (comparison === "<") return value < Number(limit);
  return comparison === ">=" ? value >= Number(limit) : value <= Number(limit);
}
