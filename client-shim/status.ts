import { setTimeout as pause } from "node:timers/promises";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { didYouMean, parsed } from "./arguments.ts";
import { HttpApi } from "./http-api.ts";
import { isRead, print } from "./print.ts";
import { type LeaseStatus, leaseTable, type PoolStatus, poolTable, type WaitingStatus } from "./status-tables.ts";

export const usage = `
Usage: seatmeter status [POOL] [--json] [--watch] [--format lmstat] [--url URL]

Without POOL: every pool, with the seats that are used, owned and free now, the highest use of today, and the use by
site; where there are any, launches that wait, seats that are kept (reserved, assigned, lingering after a checkin), and
borrowed ones. With POOL: who has its seats, with what is out of the ordinary about them: "excess" runs above what was
bought, "overdraft" was granted above it by a rule, "at risk" was recalled and not returned yet.

  --json           the daemon's own answer, one object: { "pools": [..] } or { "pool": {..}, "leases": [..] }
  --watch          again every two seconds, until Ctrl-C
  --format lmstat  in the layout of FlexNet's lmstat -a, for scripts that read that: docs/from-flexnet.md
  --url URL        a daemon's address, instead of SEATMETER_URL

SEATMETER_TOKEN, or SEATMETER_TOKEN_FILE, is a token of yours that may read, where people are authenticated.
Exit code: 0 · 64 no such pool · 69 no daemon answers · 77 not allowed
`;

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
  const { lmstat, lmstatDown, lmstatWithoutLedger } = await import("./lmstat.ts");
  try {
    const names = pool === undefined ? (await poolsOf(api)).map((level) => level.pool) : [pool];
    const found = [];
    // One after the other: of hundreds of pools, all at once would be a burden to the daemon.
    for (const name of names) {
      const { level, leases } = await onePool(api, name);
      found.push({ ...level, leases, queue: level.waiting ? await waitingFor(api, level.pool) : [] });
    }
    return lmstat(found, api.server);
  } catch (error) {
    // What reads lmstat looks for its words for this, on stdout; ours, and the exit code, are as ever.
    const code = error instanceof SeatmeterError ? error.code : undefined;
    if (code === "unreachable") print(lmstatDown(api.server));
    if (code === "ledger_unavailable") print(lmstatWithoutLedger(api.server));
    throw error;
  }
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
  const leases = await api.list<LeaseStatus>(`/api/v1/leases?pool=${encodeURIComponent(level.pool)}`);
  // While many move, a page may tell of a lease that the one before told of.
  const once = new Map(leases.map((lease) => [lease.leaseId, lease])).values();
  return { level, leases: [...once].sort((one, other) => one.sinceMs - other.sinceMs) };
}

const waitingFor = (api: HttpApi, pool: string) =>
  api.list<WaitingStatus>(`/api/v1/waiting?pool=${encodeURIComponent(pool)}`);
