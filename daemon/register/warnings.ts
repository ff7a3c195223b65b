import { type IsoDate, wallTime } from "../domain/calendar.ts";
import { isMailAddress } from "../domain/mail-address.ts";
import type { Mistake } from "../domain/mistake.ts";
import { folded } from "../domain/names.ts";
import type { Group, Member, Register } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import { isOverheard } from "./group-rules.ts";
import * as noticeRules from "./notice-rules.ts";
import { poolWarnings } from "./pool-warnings.ts";
import type { Source } from "./source.ts";

/** Says what is odd at a place. No warning names a person: they are logged. */
export type Warn = (path: (string | number)[], message: string, at?: "key" | "value") => void;

/** A register in which somebody looks for what cannot work. */
export interface Inspected {
  register: Register;
  nowMs: number;
  /** In the register's zone. */
  today: IsoDate;
  /** Groups in which nobody is, now or later. One whose directory was not read yet is none of them. */
  emptyGroups: ReadonlySet<string>;
}

/** Twelve whole ones, and the one that is under way. */
const COUNTED_MONTHS = 13;

/** What is no mistake and can never work, or is seldom meant. */
export function registerWarnings(register: Register, source: Source, nowMs: number): Mistake[] {
  const warnings: Mistake[] = [];
  const warn: Warn = (path, message, at) => warnings.push(source.mistake(path, message, at));
  const today = wallTime(nowMs, register.timezone).date;
  const empty = Object.entries(register.groups).filter(([, group]) => isEmpty(group, today));
  const inspected = { register, nowMs, today, emptyGroups: new Set(empty.map(([name]) => name)) };

  for (const [name, group] of empty) warn(["groups", name], whyEmpty(group), "key");
  for (const [name, { directory }] of Object.entries(register.groups)) {
    if (directory && isOverheard(directory)) {
      const why =
        "has no TLS: whoever is on the way could put people into the group; write ldaps://, or add startTls: true";
      warn(["groups", name, "directory", "url"], why);
    }
  }
  warnOfContracts(inspected, warn);
  warnOfOrder(register, warn);
  warnOfNotices(register, warn);
  const { keepSessions } = register.privacy;
  if (("months" in keepSessions ? keepSessions.months : keepSessions.days / 31) < COUNTED_MONTHS) {
    const why = `is less than ${COUNTED_MONTHS} months: how many people used a pool in a year cannot be counted any more`;
    warn(["privacy", "keepSessions"], why);
  }
  const hasDirectory = Object.values(register.groups).some(({ directory }) => directory);
  if (register.revision !== undefined && hasDirectory) {
    warn(["revision"], "is overtaken whenever somebody joins or leaves a directory's group: leave it out", "key");
  }
  for (const name of Object.keys(register.pools)) poolWarnings(name, inspected, warn);
  return warnings;
}

const isEmpty = ({ members, directory }: Group, today: IsoDate) =>
  members.every((member) => isOver(member, today)) && !(directory && members.length === 0);

const isOver = ({ until, contractEnds }: Member, today: IsoDate) =>
  (until !== undefined && until < today) || (contractEnds !== undefined && contractEnds < today);

function whyEmpty({ members }: Group): string {
  return members.length === 0 ? "has no members" : "has no members left: all have gone, or their contracts have ended";
}

/** Whose contract has ended in one group and who stands in another without a day may go on, which is seldom meant. */
function warnOfContracts({ register, nowMs, today }: Inspected, warn: Warn) {
  for (const [name, { members }] of Object.entries(register.groups)) {
    const ended = members.filter(
      ({ contractEnds, until }) => contractEnds !== undefined && contractEnds < today && (until ?? today) >= today,
    );
    const goOn = new Set(ended.map(({ user }) => folded(user))).values();
    const count = [...goOn].filter((user) => indexOf(register).person(user, nowMs).contractEnds === undefined).length;
    if (count === 0) continue;
    const who =
      count === 1 ? "one member whose contract has ended is" : `${count} members whose contracts have ended are`;
    warn(
      ["groups", name],
      `${who} named without contractEnds elsewhere, and may go on: give those rows a contractEnds or until`,
      "key",
    );
  }
}

/** A later pool is asked for want of seats alone, and of some there are always seats. */
function warnOfOrder({ products, pools }: Register, warn: Warn) {
  for (const [name, product] of Object.entries(products)) {
    const endless = product.pools.findIndex((pool) => pools[pool]?.metric === "site");
    for (let i = endless + 1; endless >= 0 && i < product.pools.length; i++) {
      warn(
        ["products", name, "pools", i],
        `is never asked: ${product.pools[endless]} before it has the metric site, and never runs out`,
      );
    }
  }
}

/** Notices that reach nobody, or others too. */
function warnOfNotices({ notices, products }: Register, warn: Warn) {
  for (const [i, { url }] of notices?.webhooks.entries() ?? []) {
    if (noticeRules.isOverheard(url))
      warn(["notices", "webhooks", i, "url"], "has no TLS: whoever is on the way can read along; write https://");
  }
  if (!notices?.mail || notices.mail.to.length > 0) return;
  for (const [name, { owner }] of Object.entries(products)) {
    if (isMailAddress(owner)) continue;
    const message = "is no mail address, so its notices reach nobody by mail: write one, or notices.mail.to";
    warn(["products", name, "owner"], message);
  }
}
