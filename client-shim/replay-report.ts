import type { Plan } from "./replay-plan.ts";
import type { Outcome } from "./replay-player.ts";
import type { Named } from "./replay-register.ts";
import { table } from "./table.ts";

/** One feature: what the daemon did, beside what the log shows. */
export interface FeatureReport extends Outcome, Named {
  /** Highest use that the daemon saw. */
  peak: number;
  /** The same as the log's own lines say, with the same `seatFor`. */
  logPeak: number;
  logDenials: number;
}

export interface Report {
  features: FeatureReport[];
  seatFor: string[];
  /** Leases still in use at the end, and leases that a heartbeat found gone: both 0 where all went well. */
  stillUsed: number;
  lost: number;
  unread: number;
  /** Not the whole log was played. */
  stopped: boolean;
  /** Where nobody was denied, every peak is the log's. */
  agrees: boolean;
}

export function reportOf(
  plan: Plan,
  names: readonly Named[],
  seen: {
    seatFor: string[];
    outcomes: ReadonlyMap<string, Outcome>;
    peakOf: (pool: string) => number;
    stillUsed: number;
    lost: number;
    stopped: boolean;
  },
): Report {
  const { seatFor, stillUsed, lost, stopped } = seen;
  const named = new Map(names.map((name) => [name.feature, name]));
  const features = plan.parts.map((part): FeatureReport => {
    const name = named.get(part.feature)!;
    return {
      ...name,
      ...seen.outcomes.get(part.feature)!,
      peak: seen.peakOf(name.pool),
      logPeak: seatFor.includes("session") ? part.peakSessions : part.peakUserDevice,
      logDenials: part.denials,
    };
  });
  const samePeaks = features.every(({ denied, peak, logPeak }) => denied > 0 || peak === logPeak);
  const agrees = samePeaks && stillUsed === 0 && lost === 0 && !stopped;
  return { features, seatFor, stillUsed, lost, unread: plan.unread, stopped, agrees };
}

export function reportAsText({ features, seatFor, stillUsed, lost, unread, stopped, agrees }: Report): string {
  const number = true;
  const columns = [
    { heading: "FEATURE" },
    { heading: "LAUNCHES", number },
    { heading: "GRANTED", number },
    { heading: "DENIED", number },
    { heading: "PEAK", number },
    { heading: "LOG'S PEAK", number },
    { heading: "LOG'S DENIALS", number },
  ];
  const rows = features.map(({ feature, launches, granted, denied, peak, logPeak, logDenials }) => [
    feature,
    launches,
    granted,
    denied,
    peak,
    logPeak,
    logDenials,
  ]);
  const denied = features.some((feature) => feature.denied > 0);
  const lasting = `${stillUsed} seats are still in use, ${lost} leases were lost`;
  const verdict = agrees
    ? `Every lease has ended, and ${denied ? "where nobody was denied " : ""}every peak is the log's.`
    : stopped
      ? `Stopped before the log's end: ${lasting}.`
      : `This is not what the log shows: ${lasting}, or peaks differ.`;
  return [
    table(columns, rows),
    `A seat is shared by launches that agree on: ${seatFor.join(", ")}.`,
    verdict,
    ...(unread > 0 ? [`${unread} lines of the log look like OUT, IN or DENIED and could not be read.`] : []),
    "",
  ].join("\n");
}
