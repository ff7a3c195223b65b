import type { IsoDate } from "./calendar.ts";
import { DENIALS, type DenialReason } from "./denials.ts";
import { ELSEWHERE } from "./names.ts";

/** What a sentence about a denial may tell. */
export interface DeniedLaunch {
  /** As people call it; for an unknown product, as it was asked for. */
  product: string;
  /** Whom to ask; empty where nobody is known. */
  owner: string;
  seatsAsked: number;
  /** The most that a launch from there can have, all from one pool. */
  most: number;
  /** Bought and in force in all pools that were asked; none where that would not be the whole truth. */
  seats?: number;
  /** Its seats are assigned to persons or computers. */
  assigned?: boolean;
  /** As people call it, or ELSEWHERE. */
  site: string;
  /** Seats that this site may have at most. */
  siteSeats?: number;
  version?: string;
  /** Those that may run: `["2026", "2025"]`. */
  versions: readonly string[];
  /** The limit that is reached: most seats, and of which group. */
  limit?: { seats: number; group?: string };
  /** It is no want of seats that none is taken along: so long one may be at most, or none at all. */
  loan?: { mostDays?: number };
  /** A day in plain words, `31 March 2026`: when the entitlement ended, or when it begins. */
  day?: string;
}

/** THE TABLE of what the person at the screen reads: what happened, without the end, which says what to do about it. */
const WHAT_HAPPENED: Record<DenialReason, (launch: DeniedLaunch) => string> = {
  no_seats: (launch) => {
    const { product, seats, seatsAsked, most } = launch;
    if (most === 0) return `There are no seats of ${product}`;
    if (isTooMany(launch)) return `You need ${seatsAsked} seats of ${product}, and a launch can have ${most} at most`;
    if (seats === undefined) return `No seat of ${product} is free`;
    if (seatsAsked > 1) return `You need ${seatsAsked} of the ${seats} seats of ${product}, and not so many are free`;
    const taken = launch.assigned ? "assigned to somebody else" : "in use";
    return seats === 1 ? `The only seat of ${product} is ${taken}` : `All ${seats} seats of ${product} are ${taken}`;
  },
  only_reserved_seats: ({ product }) => `The seats of ${product} that are free are kept for other people`,
  site_full: (launch) => {
    const { product, site, siteSeats, seatsAsked, most } = launch;
    if (isTooMany(launch)) {
      return `You need ${seatsAsked} seats of ${product}, and a launch ${at(site)} can have ${most} at most`;
    }
    if (siteSeats === undefined) return `No seat of ${product} is free ${at(site)}`;
    if (seatsAsked > 1) {
      return `You need ${seatsAsked} of the ${siteSeats} seats of ${product} ${at(site)}, and not so many are free`;
    }
    return siteSeats === 1
      ? `The only seat of ${product} ${at(site)} is in use`
      : `All ${siteSeats} seats of ${product} ${at(site)} are in use`;
  },
  group_limit: (launch) => limited(`The group ${launch.limit?.group ?? "that you are in"}`, "has", "it", launch),
  user_limit: (launch) => limited("You", "have", "you", launch),
  device_limit: (launch) => limited("This computer", "has", "it", launch),
  borrow_limit: ({ product, loan }) => {
    if (!loan) return `No more seats of ${product} may be taken along for use without the network now`;
    if (loan.mostDays === undefined) return `No seat of ${product} may be taken along for use without the network`;
    return `A seat of ${product} may be taken along for ${counted(loan.mostDays, "day")} at most`;
  },
  cooling_off: ({ product }) =>
    `Your seat of ${product} has just been given up for others, who come first for two minutes`,
  queue_lapsed: ({ product }) =>
    `A seat of ${product} was kept for you and went to somebody else, as you did not take it`,
  not_entitled: ({ product }) =>
    `${product} is there for certain people, computers or places only, and not for this one`,
  denied_by_rule: ({ product }) => `${product} may not be used by you, on this computer or from this place`,
  site_not_allowed: ({ product, site }) => `${product} may not be used ${at(site)}`,
  version_retired: ({ product, version, versions }) =>
    version === undefined
      ? `${product} may be used only as version ${versions.join(" or ")}, and this one does not say its version`
      : `Version ${version} of ${product} may not be used, only ${versions.join(" or ")}`,
  use_not_attested: ({ product }) => `${product} may be used only by those who say yes to what it may be used for`,
  device_retired: ({ product }) => `This computer has been taken out of use and may not start ${product}`,
  contract_ended: ({ product }) => `You may not use ${product}, because your contract has ended`,
  entitlement_ended: ({ product, day }) => `The licence of ${product} ended${day === undefined ? "" : ` on ${day}`}`,
  entitlement_not_started: ({ product, day }) =>
    `The licence of ${product} ${day === undefined ? "has not begun yet" : `begins only on ${day}`}`,
  product_unknown: ({ product }) => `No program is known here by the name “${product}”`,
};

/**
 * One sentence for the person at the screen: what happened, in plain words and with numbers, and whom to ask. The
 * address never stands at the end, so that no full stop is copied with it.
 */
export function denialSentence(reason: DenialReason, launch: DeniedLaunch): string {
  const happened = WHAT_HAPPENED[reason](launch);
  if (reason === "product_unknown") return `${happened}: check the name, or ask those who look after your computer.`;
  if (DENIALS[reason].seats && !isTooMany(launch) && !launch.loan)
    return `${happened}: try again later${launch.owner ? `, or ask ${launch.owner} for help` : ""}.`;
  return launch.owner ? `${happened}: ask ${launch.owner} about it.` : `${happened}.`;
}

/** `You have all 3 seats of AutoCAD that you may have`, as it is for who asks for one and for who asks for more. */
function limited(who: string, has: string, they: string, launch: DeniedLaunch): string {
  const { product, seatsAsked, limit } = launch;
  if (!limit) return `${who} ${has} as many seats of ${product} as ${they} may have`;
  const { seats } = limit;
  if (seats === 0) return `${who} may have no seat of ${product}`;
  const whose = they === "you" ? "you" : who.replace(/^T/, "t");
  if (isTooMany(launch)) return `You need ${seatsAsked} seats of ${product}, and ${whose} may have ${seats} at most`;
  if (seatsAsked > 1)
    return `You need ${seatsAsked} of the ${seats} seats of ${product} that ${whose} may have, and not so many are left`;
  return `${who} ${has} ${seats === 1 ? "the one seat" : `all ${seats} seats`} of ${product} that ${they} may have`;
}

/** However long one waits, there are never so many. */
const isTooMany = ({ seatsAsked, most, limit }: DeniedLaunch) =>
  seatsAsked > Math.min(most, limit?.seats ?? Number.POSITIVE_INFINITY);

const at = (site: string) => (site === ELSEWHERE ? "from where you are" : `at ${site}`);

/** `2 minutes`, `45 seconds`: what a person has left, rounded as people do. */
export function durationInWords(lengthMs: number): string {
  const units = [
    ["hour", 3_600_000],
    ["minute", 60_000],
    ["second", 1_000],
  ] as const;
  const [unit, ms] = units.find(([, unitMs]) => lengthMs >= unitMs) ?? units[2];
  return counted(Math.round(lengthMs / ms), unit);
}

const counted = (count: number, unit: string) => `${count} ${unit}${count === 1 ? "" : "s"}`;

const days = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "long", year: "numeric" });
/** `2026-03-31` as `31 March 2026`. */
export const dayInWords = (date: IsoDate) => days.format(Date.parse(`${date}T00:00:00Z`));
