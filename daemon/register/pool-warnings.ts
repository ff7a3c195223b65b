import { addDays, type IsoDate, startOfDayMs, wallTime } from "../domain/calendar.ts";
import { capacityAt } from "../domain/capacity.ts";
import { folded } from "../domain/names.ts";
import type { Limit, Pool, Register, Rule } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import { networkPrefix } from "../domain/site.ts";
import type { Inspected, Warn } from "./warnings.ts";

/** What of a pool can never work, or is seldom meant. */
export function poolWarnings(name: string, inspected: Inspected, warnInFile: Warn) {
  const { register } = inspected;
  const pool = register.pools[name]!;
  const warn: Warn = (path, message, at) => warnInFile(["pools", name, ...path], message, at);
  const products = Object.values(register.products).filter(({ pools }) => pools.includes(name));
  if (products.length === 0) warn([], "no product takes seats of this pool", "key");
  else if (pool.queue && !products.some(({ pools }) => pools[0] === name)) {
    warn(["queue"], "is never joined: launches wait at a product's first pool, and this is none", "key");
  }
  if (pool.entitlements.length === 0) warn([], "has no entitlements, and so no seats", "key");

  const most = mostSeats(name, inspected);
  if (pool.metric === "site") warnOfSite(pool, warn);
  else {
    if (most > 0) warnOfCapacity(pool, most, warn);
    warnOfReservations(name, pool, inspected, warn);
  }
  warnOfRules(pool, inspected, warn);
  warnOfLimits(pool, warn);
  warnOfEmptyGroups(pool, inspected, warn);
  for (const key of ["overdraft", "breakGlass"] as const) {
    if (pool.observed && pool[key]) warn([key], "never decides: with enforcement: observe nobody is denied", "key");
  }
}

/** From now on; 0 where nothing is in force any more. */
function mostSeats(name: string, { register, nowMs }: Inspected): number {
  const steps = indexOf(register).steps(name);
  const ahead = [capacityAt(steps, nowMs), ...steps.filter(({ fromMs }) => fromMs > nowMs)];
  return Math.max(...ahead.map(({ seats }) => seats));
}

function warnOfSite(pool: Pool, warn: Warn) {
  if (!pool.onlySites) warn(["metric"], "never runs out anywhere: say in onlySites where it may be used", "key");
  const idle = { overdraft: pool.overdraft, reservations: pool.reservations.length, queue: pool.queue };
  for (const [key, isThere] of Object.entries(idle)) {
    if (isThere) warn([key], "has no effect: with the metric site there are always seats", "key");
  }
}

function warnOfCapacity({ sites, limits, borrow, overdraft }: Pool, most: number, warn: Warn) {
  const grantable = most + (overdraft?.seats ?? 0);
  for (const [site, { seats }] of Object.entries(sites)) {
    if (seats >= grantable) warn(["sites", site], `never decides: the pool has ${grantable} seats at most`, "key");
  }
  for (const [i, { kind, name, seats }] of limits.entries()) {
    if (kind === "each" && seats >= grantable)
      warn(["limits", i], `never decides: each ${name} may have ${seats}, and the pool has ${grantable} seats at most`);
  }
  if (!borrow) return;
  if (borrow.seats === 0) warn(["borrow", "seats"], "lets nobody borrow: to have that, leave borrow out");
  if (borrow.keepFree >= most)
    warn(["borrow", "keepFree"], `lets nobody borrow: the pool has ${most} seats at most, and all are kept free`);
}

function warnOfReservations(name: string, pool: Pool, inspected: Inspected, warn: Warn) {
  const { register, today } = inspected;
  const steps = indexOf(register).steps(name);
  const days = [
    today,
    ...steps.map(({ fromMs }) => wallTime(fromMs, register.timezone).date),
    ...pool.reservations.flatMap(({ from, until }) => [from ?? today, until ? addDays(until, 1) : today]),
  ];
  for (const day of [...new Set(days)].filter((day) => day >= today).sort()) {
    const capacity = capacityAt(steps, startOfDayMs(day, register.timezone)).seats;
    const kept = pool.reservations.filter((one) => isOn(day, one)).reduce((sum, { seats }) => sum + seats, 0);
    if (capacity === 0 || kept <= capacity) continue;
    const when = day === today ? "now" : `from ${day} on`;
    const less = `${kept - capacity} fewer are kept`;
    warn(
      ["reservations"],
      `keep ${kept} seats ${when}, and the pool has ${capacity}: they are scaled down, ${less}`,
      "key",
    );
    break;
  }
  for (const [i, { group }] of pool.reservations.entries()) {
    const refused = refusal(pool, group, register);
    if (refused) warn(["reservations", i], `keeps seats for the group ${group}, which ${refused}`);
  }
}

const isOn = (day: IsoDate, { from, until }: { from?: IsoDate; until?: IsoDate }) =>
  (from === undefined || from <= day) && (until === undefined || day <= until);

/** Which rule refuses all of a group, wherever they are. */
function refusal({ allow, deny }: Pool, group: string, register: Register): string | undefined {
  const denying = deny.findIndex(({ kind, value }) => kind === "group" && folded(value) === folded(group));
  if (denying >= 0) return `deny[${denying}] refuses`;
  // From a certain place, or at a certain computer, anybody may come.
  if (allow.length === 0 || allow.some(({ kind }) => kind !== "user" && kind !== "group")) return undefined;
  const membersOf = (name: string) => register.groups[name]?.members.map(({ user }) => folded(user)) ?? [];
  const allowed = new Set(allow.flatMap(({ kind, value }) => (kind === "user" ? [folded(value)] : membersOf(value))));
  const isNamed = allow.some(({ kind, value }) => kind === "group" && folded(value) === folded(group));
  return isNamed || membersOf(group).some((user) => allowed.has(user)) ? undefined : "allow does not admit";
}

function warnOfRules({ allow, deny, sites, onlySites }: Pool, { register, today }: Inspected, warn: Warn) {
  for (const [i, rule] of allow.entries()) {
    const stronger = deny.findIndex((other) => isSame(rule, other));
    if (stronger >= 0) warn(["allow", i], `has no effect: deny[${stronger}] says the same, and deny beats allow`);
    const device = rule.kind === "device" ? register.devices[folded(rule.value)] : undefined;
    if (device?.retired === true || (device?.retired !== undefined && device.retired <= today))
      warn(["allow", i], "has no effect: this computer is retired, as devices says");
  }
  for (const site of Object.keys(sites)) {
    if (onlySites && !onlySites.includes(site))
      warn(["sites", site], "never decides: it is not among onlySites, so everybody there is refused", "key");
  }
}

const isSame = (one: Rule, other: Rule) => one.kind === other.kind && sameness(one) === sameness(other);
const sameness = ({ kind, value }: Rule) => (kind === "network" ? networkPrefix(value) : folded(value));

function warnOfLimits({ limits }: Pool, warn: Warn) {
  const isSameLimit = (one: Limit, other: Limit) => one.kind === other.kind && folded(one.name) === folded(other.name);
  for (const [i, limit] of limits.entries()) {
    const first = limits.findIndex((other) => isSameLimit(limit, other));
    if (first < i) warn(["limits", i], `is for the same ${limit.kind} as limits[${first}]: leave one of them out`);
  }
}

function warnOfEmptyGroups({ limits, reservations, breakGlass }: Pool, { emptyGroups }: Inspected, warn: Warn) {
  for (const [i, { kind, name }] of limits.entries()) {
    if (kind === "group" && emptyGroups.has(name)) warn(["limits", i], `limits nobody: ${name} has no members`);
  }
  for (const [i, { group }] of reservations.entries()) {
    if (emptyGroups.has(group)) warn(["reservations", i], `keeps seats for nobody: ${group} has no members`);
  }
  for (const [i, group] of (breakGlass?.groups ?? []).entries()) {
    if (emptyGroups.has(group)) warn(["breakGlass", "groups", i], `lets nobody launch: ${group} has no members`);
  }
}
