import type { FaultRun } from "./fault-run.ts";

export interface FaultReport {
  runs: number;
  sound: number;
  operations: number;
  unknown: number;
  granted: number;
  denied: number;
  overCapacity: number;
  falseDenials: number;
  /** Of runs that are not sound, or broke off. */
  seeds: number[];
  /** By fault: how often, and how long nobody was answered at most. */
  faults: Record<string, { times: number; longestSilenceMs: number }>;
}

export function reportOf(runs: readonly FaultRun[], brokenOff: readonly number[]): FaultReport {
  const sum = (of: (run: FaultRun) => number) => runs.reduce((total, run) => total + of(run), 0);
  const faults: FaultReport["faults"] = {};
  for (const { fault, silentMs } of runs.flatMap((run) => run.faults)) {
    const known = faults[fault] ?? { times: 0, longestSilenceMs: 0 };
    faults[fault] = { times: known.times + 1, longestSilenceMs: Math.max(known.longestSilenceMs, silentMs) };
  }
  const broken = runs.filter(({ verdict }) => verdict !== "sound");
  return {
    runs: runs.length + brokenOff.length,
    sound: runs.length - broken.length,
    operations: sum(({ operations }) => operations),
    unknown: sum(({ unknown }) => unknown),
    granted: sum(({ granted }) => granted),
    denied: sum(({ denied }) => denied),
    overCapacity: sum(({ overCapacity }) => overCapacity),
    falseDenials: sum(({ falseDenials }) => falseDenials),
    seeds: [...broken.map(({ seed }) => seed), ...brokenOff].sort((one, other) => one - other),
    faults: Object.fromEntries(Object.entries(faults).sort(([one], [other]) => one.localeCompare(other))),
  };
}

/** For a document. */
export function tableOf({ faults, seeds, ...numbers }: FaultReport): string {
  const { runs, sound, operations, unknown, granted, denied, overCapacity, falseDenials } = numbers;
  return [
    `${runs} seeded runs, ${sound} of them sound: ${operations} operations, of which ${unknown} without a certain answer; `,
    `${granted} granted, ${denied} denied. Leases above the seats: ${overCapacity}. Denied while a seat was free: ${falseDenials}.`,
    ...(seeds.length > 0 ? [`Not sound: the seeds ${seeds.join(", ")}.`] : []),
    "",
    "| what went wrong | times | nobody was answered for at most |",
    "| --- | --- | --- |",
    ...Object.entries(faults).map(
      ([fault, { times, longestSilenceMs }]) => `| ${fault} | ${times} | ${(longestSilenceMs / 1000).toFixed(1)} s |`,
    ),
    "",
  ].join("\n");
}
