import { durationAsText, readDuration } from "../domain/duration.ts";
import { IN_OUR_WORDS } from "../domain/issue-words.ts";
import type { Mistake } from "../domain/mistake.ts";
import { DeviceName, ELSEWHERE, folded } from "../domain/names.ts";
import { didYouMean } from "../domain/nearest.ts";
import { networkPrefix } from "../domain/site.ts";
import { checkGroups } from "./group-rules.ts";
import { checkNames } from "./name-rules.ts";
import { checkNotices } from "./notice-rules.ts";
import type { Outline } from "./outline.ts";
import type { Source } from "./source.ts";
import { readRule } from "./written.ts";

/** What was probably meant is looked for in what is told only: among thousands of names it takes a while. */
export type Found = Mistake & { meant?: () => string };
type Complain = (path: (string | number)[], message: string, at?: "key" | "value", meant?: () => string) => void;

/**
 * What the parts of a register must agree on: what is named must be declared, and once.
 *
 * It reads an outline of the file rather than what the schema made of it, so that a file with a misspelt key is told
 * about its missing pool in the same breath.
 */
export function checkRules(outline: Outline, source: Source): Found[] {
  const mistakes: Found[] = [];
  const complain: Complain = (path, message, at, meant) =>
    mistakes.push({ ...source.mistake(path, message, at), ...(meant && { meant }) });
  checkNames(outline, complain);
  checkGroups(outline, complain);
  checkDevices(outline, complain);
  checkNetworks(outline, complain);
  checkProducts(outline, complain);
  checkNotices(outline, complain);
  checkShims(outline, complain);
  for (const name of Object.keys(outline.pools)) checkPool(name, outline, complain);
  for (const key of ["behindProxy", "proxyProtocol"] as const) {
    if (!outline[key] || outline.trustedProxies.length > 0) continue;
    complain([key], "needs trustedProxies: without them every launch would seem to come from the proxy", "key");
  }
  return mistakes;
}

function checkShims({ shims, tls }: Outline, complain: Complain) {
  const path = ["access", "shims"];
  if (shims?.length === 0) complain(path, "lets nobody in: add enrolment, certificateAuthority or tokensFile", "key");
  if (shims?.includes("certificateAuthority") && !tls) {
    const why = "needs tls: computers show their certificates to the daemon itself, and never to a proxy's far side";
    complain([...path, "certificateAuthority"], why, "key");
  }
}

function checkNetworks({ sites }: Outline, complain: Complain) {
  const owners = new Map<string, string>();
  for (const [site, { networks }] of Object.entries(sites)) {
    for (const [i, network] of networks.entries()) {
      const prefix = networkPrefix(network);
      if (prefix === undefined) continue;
      const owner = owners.get(prefix);
      if (owner !== undefined)
        complain(["sites", site, "networks", i], `${network} belongs to the site ${owner} already`);
      else owners.set(prefix, site);
    }
  }
}

/** Computers have no names of their own choice, so they may be called whatever a launch may say. */
function checkDevices({ devices }: Outline, complain: Complain) {
  const known = new Set<string>();
  for (const name of devices) {
    const wrong = DeviceName.safeParse(name, IN_OUR_WORDS).error?.issues[0]?.message;
    if (wrong) complain(["devices", name], wrong, "key");
    if (known.has(folded(name))) complain(["devices", name], "stands here twice; case does not count", "key");
    known.add(folded(name));
  }
}

function checkProducts({ products, pools }: Outline, complain: Complain) {
  const flexnet = new Map<string, string>();
  const installed = new Map<string, string>();
  const poolNames = Object.keys(pools);
  for (const [name, product] of Object.entries(products)) {
    const asked = new Set<string>();
    for (const [i, pool] of product.pools.entries()) {
      const path = ["products", name, "pools", i];
      if (pool && !Object.hasOwn(pools, pool))
        complain(path, `there is no pool ${pool}`, "value", near(pool, poolNames));
      if (pool && asked.has(pool)) complain(path, `${pool} is asked already: leave one of them out`);
      asked.add(pool);
    }
    for (const [i, feature] of product.flexnet.entries()) {
      const owner = flexnet.get(feature);
      if (owner !== undefined) complain(["products", name, "flexnet", i], `${feature} is counted for ${owner} already`);
      else flexnet.set(feature, name);
    }
    for (const [i, rule] of product.installed.entries()) {
      const key = folded(JSON.stringify(rule));
      const owner = installed.get(key);
      if (rule.name && owner !== undefined)
        complain(["products", name, "installed", i], `is what ${owner} says already: leave one of them out`);
      installed.set(key, owner ?? name);
    }
  }
}

function checkPool(name: string, { sites, groups, pools }: Outline, complain: Complain) {
  const pool = pools[name]!;
  const knownSites = [...Object.keys(sites), ELSEWHERE];
  const inPool = (...path: (string | number)[]) => ["pools", name, ...path];
  for (const site of Object.keys(pool.sites)) {
    if (!knownSites.includes(site))
      complain(inPool("sites", site), "is no site of this register", "key", near(site, knownSites));
  }
  for (const [i, site] of pool.onlySites.entries()) {
    if (site && !knownSites.includes(site))
      complain(inPool("onlySites", i), `there is no site ${site}`, "value", near(site, knownSites));
  }
  for (const list of ["allow", "deny"] as const) {
    for (const [i, text] of pool[list].entries()) {
      const rule = readRule(text);
      if (!("value" in rule)) continue;
      const { kind, value } = rule.value;
      const known = { site: knownSites, group: Object.keys(groups) }[kind as string];
      if (known && !known.includes(value))
        complain(inPool(list, i), `there is no ${kind} ${value}`, "value", near(value, known));
    }
  }
  const groupNames = Object.keys(groups);
  const checkGroup = (group: string, ...path: (string | number)[]) => {
    if (group && !groupNames.includes(group))
      complain(inPool(...path), `there is no group ${group}`, "value", near(group, groupNames));
  };
  for (const [i, { group }] of pool.limits.entries()) checkGroup(group, "limits", i, "group");
  for (const [i, { group, from, until }] of pool.reservations.entries()) {
    checkGroup(group, "reservations", i, "group");
    if (from && until && until < from) complain(inPool("reservations", i, "until"), `is before it begins, ${from}`);
  }
  for (const [i, group] of pool.breakGlass.entries()) checkGroup(group, "breakGlass", "groups", i);
  checkMetric(pool, (key, message) => complain(inPool(key), message, "key"));
  if (pool.seatFor.length > 1 && pool.seatFor.includes("session")) {
    complain(inPool("seatFor"), "session stands alone: a seat for each launch is shared by none");
  }
  if (new Set(pool.seatFor).size < pool.seatFor.length) complain(inPool("seatFor"), "names the same part twice");
  for (const [i, { starts, ends }] of pool.entitlements.entries()) {
    if (starts && ends && ends < starts) complain(inPool("entitlements", i, "ends"), `is before it starts, ${starts}`);
  }
  checkLease(pool, (key, message) => complain(inPool("lease", key), message));
}

/** Seats that are assigned to persons or computers are shared, kept and given away by that alone. */
const ASSIGNED_TO: ReadonlyMap<string, string> = new Map([
  ["named-user", "user"],
  ["device", "device"],
]);

function checkMetric(pool: Outline["pools"][string], complain: (key: string, message: string) => void) {
  const assignedTo = ASSIGNED_TO.get(pool.metric);
  if (assignedTo === undefined) {
    if (pool.holdDays) complain("holdDays", "needs the metric named-user or device, which assign seats");
  } else {
    const other = pool.seatFor.length > 0 && pool.seatFor.join() !== assignedTo;
    if (other) complain("seatFor", `must be [${assignedTo}], or left out: the metric is ${pool.metric}`);
    if (readDuration(pool.linger)) complain("linger", "does not go with holdDays: an assigned seat stays its holder's");
    if (pool.sharedBy) complain("sharedBy", `does not go with the metric ${pool.metric}`);
  }
  if (pool.sharedBy && pool.seatFor.includes("session")) {
    complain("sharedBy", "does not go with seatFor: [session], by which no seat is shared");
  }
}

const HEARTBEATS_PER_TTL = 3;

/**
 * One heartbeat may be lost and one may come late, after a reconnect that is spread over up to half the time, before
 * the seat of a running program is given away: that takes three heartbeats in a ttl.
 */
function checkLease(
  { ttl, heartbeatEvery }: Outline["pools"][string],
  complain: (key: string, message: string) => void,
) {
  const beatMs = readDuration(heartbeatEvery);
  const ttlMs = readDuration(ttl);
  if (beatMs === undefined || ttlMs === undefined || ttlMs >= HEARTBEATS_PER_TTL * beatMs) return;
  const atLeast = durationAsText(HEARTBEATS_PER_TTL * beatMs);
  complain("heartbeatEvery", `is too seldom: ttl is ${ttl}, and must be ${atLeast} or more, three heartbeats`);
}

const near = (name: string, known: readonly string[]) => () => didYouMean(name, known);
