import { setTimeout as pause } from "node:timers/promises";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { parsed } from "./arguments.ts";
import { clock, plain } from "./denial.ts";
import { HttpApi } from "./http-api.ts";
import { isRead, print } from "./print.ts";
import { table } from "./table.ts";

export const usage = `
Usage: seatmeter status [POOL] [--json] [--watch] [--url URL]

Without POOL: every pool, with the seats that are used, owned and free now, the highest use of today, and the use by
site. With POOL: who has its seats.

  --json      the daemon's own answer, for scripts: one object, { "pools": [..] } or { "pool": {..}, "leases": [..] }
  --watch     again every two seconds, until Ctrl-C
  --url URL   a daemon's address, instead of SEATMETER_URL

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
}

/** As `/api/v1/leases` says it. */
interface LeaseStatus {
  user: string;
  device: string;
  site: string;
  product: string;
  seats: number;
  sinceMs: number;
}

const WATCH_EVERY_MS = 2_000;
const CLEAR_SCREEN = "\u001b[2J\u001b[H";

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, {
    json: { type: "boolean" },
    watch: { type: "boolean" },
    url: { type: "string" },
  });
  if (positionals.length > 1) throw new SeatmeterError("usage", "One POOL at a time.");
  const api = await HttpApi.open(values.url);
  const shown = () => (values.json ? asJson(api, positionals[0]) : asTables(api, positionals[0]));
  while (values.watch && isRead()) {
    const text = await shown();
    print(process.stdout.isTTY && !values.json ? CLEAR_SCREEN + text : text);
    await pause(WATCH_EVERY_MS);
  }
  if (!values.watch) print(await shown());
  return 0;
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
  const columns = [
    { heading: "POOL" },
    { heading: "USED", number: true },
    { heading: "OWNED", number: true },
    { heading: "FREE", number: true },
    { heading: "TODAY'S PEAK", number: true },
    { heading: "BY SITE" },
  ];
  const bySite = ({ sites }: PoolStatus) =>
    sites.map(({ site, used, ceiling }) => `${site} ${used}${ceiling == null ? "" : ` of ${ceiling}`}`).join(", ");
  return table(
    columns,
    pools.map((pool) => [pool.pool, pool.used, pool.owned, pool.free, pool.dayPeak, bySite(pool)]),
  );
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
  return table(columns, rows);
}
