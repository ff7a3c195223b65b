import type { LeaseStatus, PoolStatus, WaitingStatus } from "./status-tables.ts";
import { VERSION } from "./version.ts";

export interface Feature extends PoolStatus {
  leases: readonly LeaseStatus[];
  queue: readonly WaitingStatus[];
}

export interface Server {
  host: string;
  port: string;
}

/** What stands where FlexNet writes the version of a launch that did not say any. */
const UNTOLD_VERSION = "1.0";
const VENDOR = "seatmeter";
/** The numbers alone: what follows them in a version before its release is none to FlexNet. */
const RELEASE = /^[\d.]*\d/.exec(VERSION)?.[0] ?? UNTOLD_VERSION;

/**
 * Pools and their leases in the layout of FlexNet's `lmstat -a`, for scripts that were written for that. A pool stands for
 * a feature. FlexNet counts seats that are kept as in use, and so does this: issued less in use is what anybody may take.
 */
export function lmstat(pools: readonly Feature[], server: Server, nowMs = Date.now()): string {
  const usage = pools.flatMap((pool) => [...feature(pool, server, nowMs), ""]);
  return lines([...upTo(server, nowMs), ` ${VENDOR}: UP v${RELEASE}`, "", "Feature usage info:", "", ...usage]);
}

/** While the daemon answers and its ledger does not: as of a licence server whose vendor daemon is down. */
export function lmstatWithoutLedger(server: Server, nowMs = Date.now()): string {
  return lines([...upTo(server, nowMs), ` ${VENDOR}: The desired vendor daemon is down. (-97,121)`, ""]);
}

/** While no daemon answers. */
export function lmstatDown(server: Server, nowMs = Date.now()): string {
  return lines([
    ...heading(server, nowMs),
    "Error getting status: Cannot connect to license server system. (-15,570)",
    "",
  ]);
}

const lines = (all: readonly string[]) => `${all.join("\n")}\n`;

function heading({ host, port }: Server, nowMs: number): string[] {
  return [
    `Flexible License Manager status on ${weekday(nowMs)} ${day(nowMs)}/${new Date(nowMs).getFullYear()} ${time(nowMs)}`,
    "",
    `License server status: ${port}@${plainName(host)}`,
    `    License file(s) on ${plainName(host)}: seatmeter.yaml:`,
    "",
  ];
}

function upTo(server: Server, nowMs: number): string[] {
  const host = plainName(server.host);
  const up = `${host}: license server UP (MASTER) v${RELEASE}`;
  return [...heading(server, nowMs), up, "", `Vendor daemon status (on ${host}):`, ""];
}

function feature(pool: Feature, { host, port }: Server, nowMs: number): string[] {
  const name = plainName(pool.pool);
  const isCounted = pool.metric !== "site";
  const reservations = [
    ...(pool.reservations ?? []),
    // Kept for people or computers, whose names are no matter of what is free.
    ...(pool.assignedIdle ? [{ group: "assigned", idle: pool.assignedIdle }] : []),
  ];
  const kept = reservations.reduce((sum, { idle }) => sum + idle, 0);
  const place = `${plainName(host)}/${port}`;
  const counts = `Total of ${licences(pool.owned)} issued;  Total of ${licences(pool.used + kept)} in use`;
  return [
    `Users of ${name}:  (${isCounted ? counts : "Uncounted, node-locked"})`,
    "",
    `  "${name}" v${UNTOLD_VERSION}, vendor: ${VENDOR}, expiry: ${expiry(pool.ends)}`,
    isCounted ? "  floating license" : "  uncounted nodelocked license",
    "",
    ...reservations.map(
      ({ group, idle }) => `\t${idle} RESERVATION${idle === 1 ? "" : "s"} for GROUP ${plainName(group)} (${place})`,
    ),
    ...pool.leases.map((lease) => `${holder(lease, place)}, start ${start(lease.sinceMs)}${more(lease, nowMs)}`),
    ...pool.queue.map((launch) => `${holder(launch, place)} queued for ${licences(launch.seats)}`),
  ];
}

/** User, host, display, version, and the handle, which stays a lease's own while it lasts. */
function holder({ leaseId, user, device, version }: WaitingStatus, place: string): string {
  const told = version ? version.replace(/[^\w.]+/g, "_") : UNTOLD_VERSION;
  const handle = Number.parseInt(leaseId.slice(-7), 16) || 0;
  return `    ${word(user)} ${plainName(device)} ${word(device)} (v${told}) (${place} ${handle})`;
}

/** How many where they are several, and of what is borrowed the seconds that are left of all. */
function more({ seats, sinceMs, borrowedUntilMs }: LeaseStatus, nowMs: number): string {
  const several = seats > 1 ? `, ${licences(seats)}` : "";
  if (borrowedUntilMs === undefined) return several;
  const seconds = (fromMs: number) => Math.max(0, Math.round((borrowedUntilMs - fromMs) / 1000));
  return `${several}  (linger: ${seconds(nowMs)} / ${seconds(sinceMs)})`;
}

/** `31-mar-2027` */
function expiry(lastDay: string | undefined): string {
  if (lastDay === undefined) return "permanent(no expiration date)";
  const atMs = Date.parse(`${lastDay}T00:00:00Z`);
  const month = new Date(atMs).toLocaleDateString("en-US", { month: "short", timeZone: "UTC" }).toLowerCase();
  return `${new Date(atMs).getUTCDate()}-${month}-${new Date(atMs).getUTCFullYear()}`;
}

const licences = (count: number) => `${count} license${count === 1 ? "" : "s"}`;
/** Columns are told apart by spaces, and what reads them often knows no letters but A to Z: `büro 7` is `buro_7`. */
const word = (text: string) => unmarked(text).replace(/[^!-~]+/g, "_");
/** Names of hosts, features and groups have letters, digits, dots and dashes only. */
const plainName = (text: string) => unmarked(text).replace(/[^\w.-]+/g, "_");
const unmarked = (text: string) => text.normalize("NFKD").replace(/\p{M}/gu, "");
const weekday = (atMs: number) => new Date(atMs).toLocaleDateString("en-US", { weekday: "short" });
const day = (atMs: number) => `${new Date(atMs).getMonth() + 1}/${new Date(atMs).getDate()}`;
const time = (atMs: number) => {
  const at = new Date(atMs);
  return `${at.getHours()}:${String(at.getMinutes()).padStart(2, "0")}`;
};
const start = (atMs: number) => `${weekday(atMs)} ${day(atMs)} ${time(atMs)}`;
