import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { findRedis } from "../daemon/ledger/redis-program.ts";

/** Where something was measured, and when. */
export interface Machine {
  cores: number;
  cpu: string;
  memoryGiB: number;
  node: string;
  redis: string;
  date: string;
}

export function thisMachine(): Machine {
  const [first] = cpus();
  return {
    cores: cpus().length,
    cpu: first?.model.trim() ?? "unknown",
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    redis: /v=([\d.]+)/.exec(execFileSync(findRedis(), ["--version"], { encoding: "utf8" }))?.[1] ?? "unknown",
    date: new Date().toISOString().slice(0, 10),
  };
}

export const inWords = ({ date, cores, cpu, memoryGiB, node, redis }: Machine) =>
  `${date}, ${cores} cores of ${cpu}, ${memoryGiB} GiB, Node ${node}, Redis ${redis}`;
