import type { Away } from "./away.ts";
import type { Day } from "./day.ts";
import type { FaultRun } from "./fault-run.ts";
import type { FleetLoss } from "./fleet-loss.ts";
import type { FuzzReport } from "./fuzz.ts";
import type { LossReport } from "./losses.ts";
import type { Soak } from "./soak.ts";

export interface FaultReport {
  runs: number;
  sound: number;
  operations: number;
  unknown: number;
  granted: number;
  denied: number;
  overCapacity: number;
  falseDenials: number;
  /** Of the runs whose daemons keep a history: events, those that are not in it exactly once, and seat-seconds in it. */
  recorded: { runs: number; events: number; missingOrTwice: number; unknownLeases: number; seatSeconds: number };
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
    recorded: recordedIn(runs),
    seeds: [...broken.map(({ seed }) => seed), ...brokenOff].sort((one, other) => one - other),
    faults: Object.fromEntries(Object.entries(faults).sort(([one], [other]) => one.localeCompare(other))),
  };
}

function recordedIn(runs: readonly FaultRun[]): FaultReport["recorded"] {
  const accounts = runs.flatMap((run) => run.accounts ?? []);
  const sum = (of: (one: (typeof accounts)[number]) => number) => accounts.reduce((total, one) => total + of(one), 0);
  return {
    runs: accounts.length,
    events: sum(({ events }) => events),
    missingOrTwice: sum(({ missingOrTwice }) => missingOrTwice),
    unknownLeases: sum(({ unknownLeases }) => unknownLeases),
    seatSeconds: Math.round(sum(({ historyS }) => historyS)),
  };
}

/** For a document. */
export function tableOf({ faults, seeds, ...numbers }: FaultReport): string {
  const { runs, sound, operations, unknown, granted, denied, overCapacity, falseDenials } = numbers;
  return [
    `${runs} seeded runs, ${sound} of them sound: ${operations} operations, of which ${unknown} without a certain answer; `,
    `${granted} granted, ${denied} denied. Leases above the seats: ${overCapacity}. Denied while a seat was free: ${falseDenials}.`,
    ...(numbers.recorded.runs > 0 ? [recordedText(numbers.recorded)] : []),
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

const recordedText = ({ runs, events, missingOrTwice, unknownLeases, seatSeconds }: FaultReport["recorded"]) =>
  `With a history, ${runs} runs: of ${events} events ${missingOrTwice} are not in it exactly once, of ${unknownLeases} answered ` +
  `leases it knows nothing, and its ${seatSeconds} seat-seconds are what the shims measured.`;

const failures = (broken: readonly string[]) =>
  broken.length > 0 ? ["", "Does not hold:", ...broken.map((one) => `- ${one}`)] : [];

export function fleetText(report: FleetLoss): string {
  const { shims, seatedAgain, seatedWithinMs, lost, expired, loopDelay, idleLoopDelay, drainedMs, broken } = report;
  return [
    `${shims} shims, their daemon killed: ${seatedAgain} seated at the other one within ${seconds(seatedWithinMs)} s, ` +
      `${lost} leases lost, ${expired} expired.`,
    `Its event loop was late by up to ${loopDelay.p99Ms} ms (99 of 100) and ${loopDelay.longestMs} ms (all); that of a ` +
      `process beside it that does nothing, by ${idleLoopDelay.p99Ms} and ${idleLoopDelay.longestMs} ms.`,
    `Told to stop with all of them connected, it had drained after ${seconds(drainedMs)} s.`,
    ...failures(broken),
    "",
  ].join("\n");
}

export function fuzzText({ messages, requests, undocumented, residentMiB, broken }: FuzzReport): string {
  return [
    `${messages} messages of shims and ${requests} requests of programs, right or nearly right: ${undocumented.length} ` +
      `answers that are documented nowhere. Resident memory without garbage: ${residentMiB[0]} MiB after a warm-up, then ` +
      `${residentMiB.slice(1).join(", ")} MiB after each third of them.`,
    ...failures(broken),
    "",
  ].join("\n");
}

export function soakText(report: Soak): string {
  const { minutes, faults, operations, unknown, overCapacity, falseDenials, events, missingOrTwice, broken } = report;
  const times = Object.values(faults).reduce((sum, n) => sum + n, 0);
  return [
    `${minutes} minutes, ${times} faults of ${Object.keys(faults).length} kinds, ${operations} operations, of which ${unknown} ` +
      `without a certain answer. Leases above the seats: ${overCapacity}. Denied while a seat was free: ${falseDenials}.`,
    `From the second quarter to the last: resident memory ${report.residentMiB.join(" to ")} MiB, descriptors ` +
      `${report.descriptors.join(" to ")}. Of ${events} events, ${missingOrTwice} are not in the history exactly once.`,
    `Resident memory without garbage: ${report.withoutGarbageMiB.join(" MiB at half the time, ")} MiB at the end.`,
    ...failures(broken),
    "",
  ].join("\n");
}

export function awayText(report: Away): string {
  const { minutes, stayed, stopped, otherLease, programs, sessions, offByMs, refused, started, broken } = report;
  return [
    `A daemon was off for ${minutes} minutes. Of ${stayed} programs that ran, ${stopped} were stopped, and ${otherLease} had another ` +
      `lease afterwards. ${programs} that began and ended meanwhile, half of them by themselves, are ${sessions} sessions after ` +
      `their journal was told twice; no beginning or end is wrong by more than ${offByMs} ms.`,
    `Of what must not start without a daemon, ${refused} launches were refused and ${started} started.`,
    ...failures(broken),
    "",
  ].join("\n");
}

export function dayText(report: Day): string {
  const { minutes, faults, programs, leases, inParts, crashed, crashedOverMs, offByMs, broken } = report;
  const times = Object.values(faults).reduce((sum, n) => sum + n, 0);
  return [
    `${minutes} minutes, ${times} faults of ${Object.keys(faults).length} kinds: ${programs} programs have ${leases} leases in the history; ` +
      `${inParts} times the rest of one was told afterwards, and is a session of its own. By their own account they ran for ` +
      `${report.measuredS} s, and in the history they have ${report.historyS} seat-seconds.`,
    `One that ended by itself is off by ${offByMs[0]} ms (half of them) and ${offByMs[1]} ms (all). Under ${crashed} their computer ` +
      `crashed: none of these sessions is longer than its program by more than ${crashedOverMs} ms.`,
    ...failures(broken),
    "",
  ].join("\n");
}

export function lossText({ losses, broken }: LossReport): string {
  const middle = (ascending: readonly number[]) => seconds(ascending[ascending.length >> 1] ?? Number.NaN);
  const most = (ascending: readonly number[]) => seconds(ascending.at(-1) ?? Number.NaN);
  return [
    "| what was lost | times | promised | nobody was answered for: median | at most | one launch waited: median | at most |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...losses.map(({ fault, withinMs, silentMs, waitedMs }) =>
      [
        `| ${fault} | ${silentMs.length} | ${withinMs / 1000} s `,
        ...[silentMs, waitedMs].map((all) => `| ${middle(all)} s | ${most(all)} s `),
        "|",
      ].join(""),
    ),
    ...failures(broken),
    "",
  ].join("\n");
}

const seconds = (ms: number) => (ms / 1000).toFixed(1);
