import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { LinuxProcesses, processIds } from "../client-shim/programs/linux-processes.ts";
import { Sightings } from "../client-shim/programs/sightings.ts";
import { type Measured, measured, median } from "./measure.ts";

const PROCESSES = 300;
const ROUNDS = 5;
const LOOKS = 50;
/** A process that is younger may be left for the next look. */
const GROWN_UP_MS = 1_000;

/** What it costs an agent to see programs start: a look at all processes, of which few are new. */
export async function watching(): Promise<Measured[]> {
  const others = Math.max(0, PROCESSES - processIds().length);
  const children: ChildProcess[] = Array.from({ length: others }, () => spawn("sleep", ["600"], { stdio: "ignore" }));
  try {
    await pause(GROWN_UP_MS);
    const listing = new LinuxProcesses();
    const sightings = new Sightings(listing.fold);
    const look = async () => sightings.look((await listing.list(sightings.running())).processes, new Set(["acad"]));
    const first = process.cpuUsage();
    await look();
    const firstMs = msSince(first);
    const ms: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const before = process.cpuUsage();
      for (let i = 0; i < LOOKS; i++) await look();
      ms.push(msSince(before) / LOOKS);
    }
    return [
      { name: "processes looked at", unit: "count", value: processIds().length },
      { name: "first look, CPU", unit: "ms", value: firstMs },
      measured("each later look, CPU", "ms", ms),
      { name: "of a core, with a look each second", unit: "%", value: median(ms) / 10, id: "watching" },
    ];
  } finally {
    for (const child of children) child.kill();
  }
}

function msSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
