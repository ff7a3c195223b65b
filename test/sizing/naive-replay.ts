import type { Span } from "../../daemon/domain/usage.ts";
import type { Refused } from "../../daemon/sizing/replay.ts";
import { asTheyCome, inGap, type NaiveUse } from "./naive.ts";

interface Launch {
  startMs: number;
  endMs: number;
  seats: number;
  asks: boolean;
}
type Fate = "coming" | "inside" | "over" | "outside" | "gone";

function launchesOf({ holdings, gaps }: NaiveUse, span: Span): Launch[] {
  return holdings
    .filter(({ grantedAs }) => grantedAs !== "observed")
    .map((one) => ({ ...one, endMs: Math.max(one.endMs, one.startMs + 1) }))
    .filter(({ startMs, endMs }) => startMs < span.untilMs && endMs > span.fromMs)
    .toSorted(asTheyCome)
    .map((one) => ({ ...one, asks: one.startMs >= span.fromMs && !inGap(gaps, one.startMs) }));
}

/**
 * The replay once more, moment by moment: at each of them everybody is looked at. First those leave whose time is up, then
 * whoever waits is looked at, in the order in which they came, and then who comes. Starts are taken to differ.
 */
export function naiveReplay(use: NaiveUse, span: Span, seats: number, refused: Refused) {
  const launches = launchesOf(use, span);
  const fate = launches.map((): Fate => "coming");
  const endsMs = launches.map(() => Number.POSITIVE_INFINITY);
  const found = { seats, launches: 0, turnedAway: 0, keptWaiting: 0, waitedMs: 0 };
  const all = (wanted: Fate) => launches.map((_, i) => i).filter((i) => fate[i] === wanted);
  const free = () => seats - all("inside").reduce((sum, i) => sum + launches[i]!.seats, 0);
  const comes = (i: number, atMs: number) => {
    fate[i] = "inside";
    endsMs[i] = launches[i]!.endMs + atMs - launches[i]!.startMs;
    if (atMs === launches[i]!.startMs) return;
    found.keptWaiting += 1;
    found.waitedMs += atMs - launches[i]!.startMs;
  };
  const goes = (i: number) => {
    fate[i] = "gone";
    found.turnedAway += 1;
  };
  const patienceMs = refused.does === "queue" ? refused.maxWaitMs : 0;
  const triesMs = ({ startMs }: Launch) => {
    let atMs = startMs;
    return refused.does === "human" ? refused.triesAgainAfterMs.map((ms) => (atMs += ms)) : [];
  };
  const nextMs = (afterMs: number) => {
    const moments = [
      ...all("coming").map((i) => launches[i]!.startMs),
      ...all("inside").map((i) => endsMs[i]!),
      ...all("outside").flatMap((i) => [...triesMs(launches[i]!), launches[i]!.startMs + patienceMs]),
    ];
    return Math.min(...moments.filter((ms) => ms > afterMs && Number.isFinite(ms)));
  };
  for (let nowMs = nextMs(Number.NEGATIVE_INFINITY); Number.isFinite(nowMs); nowMs = nextMs(nowMs)) {
    for (const i of all("inside")) if (endsMs[i]! <= nowMs) fate[i] = "over";
    if (refused.does === "human") {
      for (const i of all("outside")) {
        const tries = triesMs(launches[i]!);
        if (!tries.includes(nowMs)) continue;
        if (launches[i]!.seats <= free()) comes(i, nowMs);
        else if (nowMs === tries.at(-1)) goes(i);
      }
    }
    if (refused.does === "queue") {
      for (const i of all("outside")) {
        if (launches[i]!.seats <= free()) comes(i, nowMs);
        else if (nowMs === launches[i]!.startMs + patienceMs) goes(i);
        // Nobody is served before those who came earlier.
        else break;
      }
    }
    for (const i of all("coming").filter((i) => launches[i]!.startMs === nowMs)) {
      const launch = launches[i]!;
      const mayEnter = launch.seats <= free() && (refused.does !== "queue" || all("outside").length === 0);
      if (launch.asks) found.launches += 1;
      if (!launch.asks || mayEnter) comes(i, nowMs);
      else if (refused.does === "lost" || launch.seats > seats) goes(i);
      else fate[i] = "outside";
    }
  }
  return found;
}
