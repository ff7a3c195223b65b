import { clock, plain } from "./denial.ts";
import { type Column, table } from "./table.ts";

/** As `/api/v1/pools` says it. */
export interface PoolStatus {
  pool: string;
  used: number;
  owned: number;
  free: number;
  sites: { site: string; used: number; ceiling?: number | null }[];
  dayPeak: number;
  waiting?: number;
  offered?: number;
  reservedIdle?: number;
  assignedIdle?: number;
  lingering?: number;
  borrowed?: number;
  metric?: string;
  ends?: string;
  reservations?: { group: string; idle: number }[];
}

/** As `/api/v1/waiting` says it. */
export type WaitingStatus = Omit<LeaseStatus, "sinceMs" | "flags" | "borrowedUntilMs">;

/** Seats, and launches, that are neither used nor free without more ado: shown where there are any. */
const BESIDES = {
  waiting: "waiting",
  offered: "offered",
  reservedIdle: "reserved",
  assignedIdle: "assigned",
  lingering: "lingering",
  borrowed: "borrowed",
} as const satisfies Partial<Record<keyof PoolStatus, string>>;

/** As `/api/v1/leases` says it. */
export interface LeaseStatus {
  leaseId: string;
  user: string;
  device: string;
  site: string;
  product: string;
  version?: string;
  seats: number;
  sinceMs: number;
  flags?: string[];
  borrowedUntilMs?: number;
}

/** What people read of a lease's flags. The others say how it came about, and nothing that one must know. */
const FLAGS: Record<string, string> = {
  overdraft: "overdraft",
  excess: "excess",
  observed: "observed",
  break_glass: "break-glass",
  borrowed: "borrowed",
  recalled: "at risk",
  rebuilt: "rebuilt",
};

export function poolTable(pools: readonly PoolStatus[]): string {
  const bySite = ({ sites }: PoolStatus) =>
    sites.map(({ site, used, ceiling }) => `${site} ${used}${ceiling == null ? "" : ` of ${ceiling}`}`).join(", ");
  const columns = [
    { heading: "POOL" },
    { heading: "USED", number: true },
    { heading: "OWNED", number: true },
    { heading: "FREE", number: true },
    { heading: "TODAY'S PEAK", number: true },
    { heading: "BY SITE" },
  ];
  const rows = pools.map((pool) => [pool.pool, pool.used, pool.owned, pool.free, pool.dayPeak, bySite(pool)]);
  return table(...withNotes(columns, rows, "BESIDES", pools.map(besides)));
}

export function leaseTable(leases: readonly LeaseStatus[]): string {
  const columns = [
    { heading: "USER" },
    { heading: "DEVICE" },
    { heading: "SITE" },
    { heading: "PRODUCT" },
    { heading: "SEATS", number: true },
    { heading: "SINCE" },
  ];
  const rows = leases.map(({ user, device, site, product, seats, sinceMs }) => [
    plain(user),
    plain(device),
    site,
    product,
    seats,
    clock(sinceMs),
  ]);
  return table(...withNotes(columns, rows, "NOTE", leases.map(note)));
}

/** `2 waiting, 1 borrowed` */
function besides(pool: PoolStatus): string {
  const names = Object.keys(BESIDES) as (keyof typeof BESIDES)[];
  return names.flatMap((name) => (pool[name] ? [`${pool[name]} ${BESIDES[name]}`] : [])).join(", ");
}

/** `borrowed until 17:00 on 03/12/2026, at risk` */
function note({ flags = [], borrowedUntilMs }: LeaseStatus): string {
  const until = borrowedUntilMs === undefined ? "" : ` until ${clock(borrowedUntilMs)}`;
  return flags
    .flatMap((flag) => (FLAGS[flag] === undefined ? [] : [flag === "borrowed" ? `borrowed${until}` : FLAGS[flag]]))
    .join(", ");
}

/** With a column more, where there is anything to stand in it. */
function withNotes(
  columns: readonly Column[],
  rows: readonly (readonly (string | number)[])[],
  heading: string,
  notes: readonly string[],
): [readonly Column[], readonly (readonly (string | number)[])[]] {
  if (notes.every((text) => text === "")) return [columns, rows];
  return [[...columns, { heading }], rows.map((row, i) => [...row, notes[i]!])];
}
