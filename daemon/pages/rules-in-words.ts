import { durationAsText } from "../domain/duration.ts";
import type { Limit, Pool, Register, Rule } from "../domain/register.ts";
import { count, day } from "./formats.ts";
import { siteInWords } from "./words.ts";

export interface RuleRow {
  /** Its key in the register: `reservations`. */
  rule: string;
  /** What it means, in sentences without an end. */
  words: string[];
}

const METRICS: Record<Pool["metric"], string | undefined> = {
  concurrent: undefined,
  "named-user": "Seats are assigned to persons",
  device: "Seats are assigned to computers",
  site: "Seats never run out at the sites where they may be used",
};

/** What a pool’s rules say, for people who do not read the register; those that it has none of are left out. */
export function rulesInWords(register: Register, pool: Pool): RuleRow[] {
  const { metric, holdMs, sharedBy, overdraft, lingerMs, queue, idle, borrow, breakGlass } = pool;
  const rows: Record<string, (string | undefined)[]> = {
    metric: [
      METRICS[metric],
      holdMs === undefined ? undefined : `One that is not used for ${span(holdMs)} is free for somebody else`,
    ],
    sharedBy: [sharedBy === undefined ? undefined : `${count(sharedBy, "launch", "launches")} share a seat at most`],
    allow: [pool.allow.length > 0 ? `Only ${pool.allow.map((rule) => who(register, rule)).join(", ")}` : undefined],
    deny: [pool.deny.length > 0 ? `Not ${pool.deny.map((rule) => who(register, rule)).join(", ")}` : undefined],
    limits: pool.limits.map(limitInWords),
    reservations: pool.reservations.map(
      ({ group, seats, from, until }) =>
        `${count(seats, "seat")} for the group ${group}${from ? ` from ${day(from)}` : ""}${until ? ` until ${day(until)}` : ""}`,
    ),
    overdraft: [
      overdraft &&
        `${count(overdraft.seats, "seat")} above what was bought may be granted, and ${overdraft.seats === 1 ? "is" : "are"} reported` +
          (overdraft.forMs === undefined ? "" : `, for ${span(overdraft.forMs)} from the first use in a term`),
    ],
    linger: [
      lingerMs > 0 ? `A seat given back is kept ${span(lingerMs)} for its holder, unless somebody needs it` : undefined,
    ],
    queue: [queue && `Launches may wait up to ${span(queue.maxWaitMs)} for a seat`],
    idle: [
      idle &&
        `After ${span(idle.afterMs)} without input ` +
          (idle.reclaims ? "the seat is reclaimed, unless the person says otherwise" : "the person is reminded"),
    ],
    borrow: [
      borrow && `A seat may be taken along for up to ${span(borrow.maxMs)}`,
      borrow?.seats === undefined ? undefined : `${count(borrow.seats, "seat")} at once at most`,
      borrow?.keepFree ? `${count(borrow.keepFree, "seat")} must stay free` : undefined,
    ],
    enforcement: [pool.observed ? "Every rule is run and nobody is denied" : undefined],
    breakGlass: [
      breakGlass &&
        `The ${breakGlass.groups.length === 1 ? "group" : "groups"} ${breakGlass.groups.join(", ")} may launch without a ` +
          `free seat, with a written reason, each ${often(breakGlass.perUserPerMonth)} a month`,
    ],
  };
  return Object.entries(rows)
    .map(([rule, words]) => ({ rule, words: words.filter((text) => text !== undefined) }))
    .filter(({ words }) => words.length > 0);
}

function limitInWords({ kind, name, seats }: Limit): string {
  const whose = { group: `the group ${name} together`, user: name, device: name, each: eachInWords(name) }[kind];
  return `${count(seats, "seat")} at most for ${whose}`;
}

const eachInWords = (name: string) => `each ${name === "user" ? "person" : "computer"} without a limit of their own`;

function who(register: Register, { kind, value }: Rule): string {
  if (kind === "site") return `people at ${siteInWords(register, value)}`;
  return kind === "group" ? `the group ${value}` : kind === "network" ? `the network ${value}` : value;
}

const often = (times: number) => (times === 1 ? "once" : times === 2 ? "twice" : count(times, "time"));

const UNITS = { d: "day", h: "hour", m: "minute", s: "second" } as const;
/** `14 days`, as the register’s `14d` is meant. */
function span(lengthMs: number): string {
  const [, number, unit] = /^(\d+)([dhms])$/.exec(durationAsText(lengthMs)) ?? [];
  return count(Number(number), UNITS[unit as keyof typeof UNITS]);
}
