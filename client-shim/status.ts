import { setTimeout as pause } from "node:timers/promises";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { didYouMean, parsed } from "./arguments.ts";
import { clock, plain } from "./denial.ts";
import { HttpApi } from "./http-api.ts";
import { isRead, print } from "./print.ts";
import { type Column, table } from "./table.ts";

export const usage = `
Usage: seatmeter status [POOL] [--json] [--watch] [--format lmstat] [--url URL]

Without POOL: every pool, with the seats that are used, owned and free now, the highest use of today, and the use by
site; where there are any, launches that wait, seats that are kept (reserved, assigned, lingering after a checkin), and
borrowed ones. With POOL: who has its seats, with what is out of the ordinary about them: "excess" runs above what was
bought, "overdraft" was granted above it by a rule, "at risk" was recalled and not returned yet.

  --json           the daemon's own answer, one object: { "pools": [..] } or { "pool": {..}, "leases": [..] }
  --watch          again every two seconds, until Ctrl-C
  --format lmstat  in the layout of FlexNet's lmstat -a, for scripts that read that; a pool stands for a feature
  --url URL        a daemon's address, instead of SEATMETER_URL

SEATMETER_TOKEN, or SEATMETER_TOKEN_FILE, is a token of yours that may read, where people are authenticated.
Exit code: 0 · 64 no such pool · 69 no daemon answers · 77 not allowed
`;

/** As `/api/v1/pools` says it. */
interface PoolStatus {
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
}

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
interface LeaseStatus {
  user: string;
  device: string;
  site: string;
  product: string;
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
};

const WATCH_EVERY_MS = 2_000;
const CLEAR_SCREEN = "\u001b[2J\u001b[H";

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, {
    json: { type: "boolean" },
    watch: { type: "boolean" },
    format: { type: "string" },
    url: { type: "string" },
  });
  if (positionals.length > 1) throw new SeatmeterError("usage", "One POOL at a time.");
  const form = formOf(values);
  const api = await HttpApi.open(values.url);
  const shown = () => FORMS[form](api, positionals[0]);
  while (values.watch && isRead()) {
    const text = await shown();
    print(process.stdout.isTTY && form === "tables" ? CLEAR_SCREEN + text : text);
    await pause(WATCH_EVERY_MS);
  }
  if (!values.watch) print(await shown());
  return 0;
}

/** THE TABLE of how it can be shown. */
const FORMS = { tables: asTables, json: asJson, lmstat: asLmstat } as const;

function formOf({ json, format }: { json?: boolean | undefined; format?: string | undefined }): keyof typeof FORMS {
  if (format === undefined) return json ? "json" : "tables";
  if (format !== "lmstat") {
    throw new SeatmeterError(
      "usage",
      `there is no format ${format}.${didYouMean(format, ["lmstat"])} There is lmstat.`,
    );
  }
  if (json) throw new SeatmeterError("usage", "--json or --format lmstat, not both.");
  return "lmstat";
}

async function asLmstat(api: HttpApi, pool: string | undefined): Promise<string> {
  const { lmstat } = await import("./lmstat.ts");
  const names = pool === undefined ? (await poolsOf(api)).map((level) => level.pool) : [pool];
  const found = await Promise.all(names.map((name) => onePool(api, name)));
  return lmstat(
    found.map(({ level, leases }) => ({ ...level, leases })),
    api.server,
  );
}

async function asJson(api: HttpApi, pool: string | undefined): Promise<string> {
  if (pool === undefined) return `${JSON.stringify({ pools: await poolsOf(api) })}\n`;
  const { level, leases } = await onePool(api, pool);
  return `${JSON.stringify({ pool: level, leases })}\n`;
}

async function asTables(api: HttpApi, pool: string | undefined): Promise<string> {
  if (pool === undefined) {
    const pools = await poolsOf(api);
    return pools.length === 0 ? "The register has no pools.\n" : poolTable(pools);
  }
  const { level, leases } = await onePool(api, pool);
  return `${poolTable([level])}\n${leases.length === 0 ? "Nobody has a seat.\n" : leaseTable(leases)}`;
}

const poolsOf = (api: HttpApi) => api.list<PoolStatus>("/api/v1/pools");

async function onePool(api: HttpApi, name: string): Promise<{ level: PoolStatus; leases: LeaseStatus[] }> {
  const level = await api.ask<PoolStatus>("GET", `/api/v1/pools/${encodeURIComponent(name)}`);
  return { level, leases: await api.list<LeaseStatus>(`/api/v1/leases?pool=${encodeURIComponent(level.pool)}`) };
}

function poolTable(pools: readonly PoolStatus[]): string {
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

function leaseTable(leases: readonly LeaseStatus[]): string {
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
