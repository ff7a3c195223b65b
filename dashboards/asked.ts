import { grown, recorded, type SharedCounter, type Window } from "./recording.ts";

/*
 * What several boards ask, said once. Grafana's variables stand in braces as they choose: `$pool` and `$site` any number
 * of names, on the board of one pool a single one.
 */

/** What Prometheus calls what it scrapes here, in `prometheus.yaml` and under Kubernetes. */
export const JOB = "seatmeter";

export const ANY_POOL = '{pool=~"$pool"}';
export const ONE_POOL = '{pool="$pool"}';
export const ANY_SITE = '{pool=~"$pool", site=~"$site"}';
export const ANY_DAEMON = '{instance=~"$daemon"}';

export const POOLS = {
  name: "pool",
  label: "Pool",
  of: { series: recorded("seatmeter_seats_entitled"), label: "pool" },
} as const;
export const SITES = {
  name: "site",
  label: "Site",
  of: { series: recorded("seatmeter_site_seats_in_use"), label: "site" },
  mayBeEmpty: true,
} as const;
export const DAEMONS = {
  name: "daemon",
  label: "Daemon",
  of: { series: `up{job="${JOB}"}`, label: "instance" },
} as const;

export const inUse = recorded("seatmeter_seats_in_use");
export const owned = recorded("seatmeter_seats_entitled");
export const dayPeak = recorded("seatmeter_seats_in_use_day_peak");
export const ends = recorded("seatmeter_entitlement_end_timestamp_seconds");
export const deadline = recorded("seatmeter_notice_deadline_timestamp_seconds");

export const DAY_SECONDS = 86_400;

/** How many, or 0 where there is none: nothing to count is no series to Prometheus. */
export const numberOf = (found: string) => `count(${found}) or vector(0)`;

/** One value for each day, drawn where the day begins; today's is of the day so far. */
export const mostOfDay = (series: string) => `max_over_time(${series}[1d] offset -1d)`;

/**
 * What a day's hours add up to. Each hour is written down at its end; the range is a second short of a day, because an
 * older Prometheus counts both its ends, and so the hour before it.
 */
export const hoursOfDay = (counter: SharedCounter, which: string) =>
  `sum_over_time(${grown(counter, "1h")}${which}[${DAY_SECONDS - 1}s:1h] offset -1d)`;

/**
 * People refused, which tries of one person are folded into. Long windows are made of whole hours; before there is one,
 * the hour so far stands for it.
 */
export function refused(window: Window, which: string): string {
  const people = (over: Window) => `${grown("seatmeter_people_refused_total", over)}${which}`;
  return window === "1d" || window === "30d" ? `(${people(window)} or ${people("1h")})` : people(window);
}

/** Days until notice can no longer be given; below 0, since then. */
export const daysToNotice = (which: string) => `(${deadline}${which} - time()) / ${DAY_SECONDS}`;

/** Ends that are to come, in a table. A register keeps contracts of years ago, which want no notice and no decision. */
export const notEnded = (which: string) => `(${ends}${which} > time())`;

/** Of contracts, those that have not ended. */
export const ofNotEnded = (found: string, which: string) => `${found} and on (pool, reference) ${notEnded(which)}`;

/** Entitlements that end, and nobody told the register until when notice has to be given. */
export const noticeUnknown = (which: string) => `${notEnded(which)} unless on (pool, reference) ${deadline}${which}`;

/** From a quarter of a year on one is late to prepare a tender, from a month on to do anything. */
export const NOTICE_DAYS = [
  { from: 0, colour: "red" },
  { from: 30, colour: "orange" },
  { from: 90, colour: "green" },
] as const;

/** One is one too many. */
export const ANY_IS_BAD = [
  { from: 0, colour: "green" },
  { from: 1, colour: "red" },
] as const;
export const ANY_IS_WORTH_A_LOOK = [
  { from: 0, colour: "green" },
  { from: 1, colour: "orange" },
] as const;
/** Of the seats owned. */
export const FULLNESS = [
  { from: 0, colour: "green" },
  { from: 0.9, colour: "orange" },
  { from: 1, colour: "red" },
] as const;
