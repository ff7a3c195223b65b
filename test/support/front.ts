import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance, RouteOptions } from "fastify";
import { Access } from "../../daemon/access/access.ts";
import { Enrolment } from "../../daemon/access/enrolment.ts";
import { isShimRole } from "../../daemon/access/roles.ts";
import { TicketKeys } from "../../daemon/access/ticket-keys.ts";
import { newToken, ROLES, type Role } from "../../daemon/access/tokens.ts";
import { Audit, type AuditParts } from "../../daemon/audit/audit.ts";
import type { Incident } from "../../daemon/domain/incidents.ts";
import { NO_POOL } from "../../daemon/domain/names.ts";
import { poolPolicy } from "../../daemon/domain/policy.ts";
import type { InForce } from "../../daemon/domain/register.ts";
import { Administration } from "../../daemon/front/administration.ts";
import { registerApi } from "../../daemon/front/api.ts";
import { registerAudited, signsIn, signsOut } from "../../daemon/front/audited.ts";
import type { KnownComputers } from "../../daemon/front/computers.ts";
import { registerDownloads } from "../../daemon/front/downloads.ts";
import { Enrolled } from "../../daemon/front/enrolled.ts";
import { forged, RefusedComputers } from "../../daemon/front/incidents.ts";
import { Inventories, type KeepInventory } from "../../daemon/front/inventories.ts";
import { Launches } from "../../daemon/front/launches.ts";
import { openLog } from "../../daemon/front/log.ts";
import { registerMetrics } from "../../daemon/front/metrics.ts";
import type { LoopDelay } from "../../daemon/front/pressure.ts";
import { buildServer } from "../../daemon/front/server.ts";
import type { Patience } from "../../daemon/front/shim-connections.ts";
import { registerSignIn } from "../../daemon/front/sign-in.ts";
import { registerSignOn } from "../../daemon/front/sign-on.ts";
import { readTls } from "../../daemon/front/tls.ts";
import { Ledger } from "../../daemon/ledger/ledger.ts";
import { Metrics } from "../../daemon/metrics/metrics.ts";
import { registerPages } from "../../daemon/pages/pages.ts";
import { Pseudonyms } from "../../daemon/privacy/pseudonyms.ts";
import { readRegister } from "../../daemon/register/read.ts";
import { withRetired } from "../../daemon/register/retired.ts";
import type { Renewals } from "../../daemon/renewals/renewals.ts";
import type { TestRedis } from "./redis.ts";
import { type ConnectOptions, TestShim } from "./test-shim.ts";

/** All doors of a daemon in this process, over a real ledger. */
export interface Front {
  app: FastifyInstance;
  /** `http://127.0.0.1:PORT` */
  url: string;
  port: number;
  /** Where the register's files lie. */
  directory: string;
  access: Access;
  ledger: Ledger;
  routes: RouteOptions[];
  /** Everything that the daemon logged, a line each. */
  log: string[];
  incidents: Incident[];
  connect(options?: ConnectOptions): Promise<TestShim>;
  /** Put another register in force. */
  adopt(text: string): Promise<{ revision: number }>;
  /** The token of somebody with that role; of the shims, that of the device `pc-1`. */
  token(role: Role): string;
  close(): Promise<void>;
}

export interface FrontOptions {
  redis: TestRedis;
  /** The whole register, instead of what follows. */
  text?: string;
  /** More of the register. */
  register?: string;
  /** Products beside `cad` and `gis`. */
  products?: string;
  /** Its pools, instead of a thousand seats of `cad` and one of `gis`. */
  pools?: string;
  patience?: Partial<Patience>;
  /** How late the event loop is, as the test says; never, if it says nothing. */
  delay?: LoopDelay;
  /** Have people, or shims, say who they are. */
  people?: boolean;
  shims?: boolean;
  exposed?: boolean;
  /** Instead of everything. */
  logLevel?: string;
  /** Routes of the test's own. */
  routes?: (app: FastifyInstance) => void;
  /** Put files where the register looks for them. */
  prepare?: (directory: string) => void;
  now?: () => number;
  /** Instead of once a second. */
  pulseMs?: number;
  /** What is known of the past; else no history is kept. */
  renewals?: (register: () => InForce) => Renewals;
  /** Where inventories are written down; else no history is kept. */
  keepInventory?: KeepInventory;
  /** What is installed where; else no history is kept. */
  computers?: Pick<KnownComputers, "compliance" | "list">;
  /** Of another front, to share its ledger. */
  prefix?: string;
  /** Where acts are written down; else nowhere. */
  book?: AuditParts["book"];
}

const PRODUCTS = `
products:
  cad: { owner: cad@exampleshire.example, pools: [cad], executables: [acad.exe] }
  gis: { owner: gis@exampleshire.example, pools: [gis], whenUnreachable: refuse }`;

const POOLS = `
  cad:
    seatFor: [session]
    lease: { ttl: 60s, heartbeatEvery: 20s }
    entitlements: [{ reference: A, seats: 100000, starts: 2020-01-01 }]
  gis:
    lease: { ttl: 30s, heartbeatEvery: 10s }
    entitlements: [{ reference: B, seats: 1, starts: 2020-01-01 }]`;

/** However busy the machine is that tests run on, nothing is refused for it. */
const PUNCTUAL: LoopDelay = { max: 0, reset() {} };

const NAME_OF: Partial<Record<Role, string>> = { shim: "pc-1", gateway: "gateway-1" };

export async function openFront(options: FrontOptions): Promise<Front> {
  const directory = mkdtempSync(join(tmpdir(), "seatmeter-front-"));
  options.prepare?.(directory);
  const tokens = writeTokens(directory);
  const metrics = new Metrics("0.1.0");
  // Who waits is known at the doors, which open last.
  const offered = { tell: () => {} };
  const ledger = await Ledger.open({
    redis: { path: options.redis.socket },
    prefix: options.prefix ?? `${randomUUID()}:`,
    watcher: {
      call: (operations, seconds) => metrics.call(operations, seconds),
      ranOut: (pool, why, leases) => metrics.ranOut(pool, why, leases),
      offered: () => offered.tell(),
    },
    ...(options.pulseMs !== undefined && { pulseMs: options.pulseMs }),
  });
  const obeyed = { text: options.text ?? textOf(options), inForce: {} as InForce };
  const adopt = async (text: string) => {
    const read = readRegister(text, {});
    if ("mistakes" in read) throw new Error(JSON.stringify(read.mistakes));
    const { register } = read;
    const revision = (obeyed.inForce.revision ?? 0) + 1;
    const pools = [...Object.keys(register.pools), NO_POOL];
    await ledger.adopt(new Map(pools.map((pool) => [pool, poolPolicy(register, revision, pool, Date.now())])));
    obeyed.text = text;
    obeyed.inForce = { register, revision };
    return { revision };
  };
  await adopt(obeyed.text);

  const log: string[] = [];
  const logger = openLog(options.logLevel ?? "debug", { write: (line) => log.push(line) });
  const current = () => obeyed.inForce;
  const pseudonyms = Pseudonyms.open(directory);
  const tickets = TicketKeys.open(directory);
  const timezone = () => obeyed.inForce.register.timezone;
  const audit = new Audit({ book: options.book, log: logger, timezone });
  const incidents: Incident[] = [];
  const report = (incident: Incident) => void incidents.push(incident);
  const launches = new Launches({
    denied: new RefusedComputers(report, pseudonyms).denied,
    ...{ ledger, inForce: current, counters: metrics, pseudonyms, tickets },
    ...(options.now && { now: options.now }),
  });
  const retireInRegister = (device: string, day: string, { reason }: { reason: string }) =>
    adopt(withRetired(obeyed.text, device, day, reason));
  const enrolment = new Enrolment(ledger.devices);
  const enrolled = new Enrolled({
    ...{ enrolment, endings: ledger.devices, inForce: current, pseudonyms, log: logger, report },
  });
  const acts = new Administration({
    ...{ ledger, inForce: current, pseudonyms, enrolment, log: logger, retireInRegister },
    tellHolder: (message) => app.shims.tellHolder(message),
  });
  const access = new Access({
    ...{ inForce: current, directory, log: logger },
    sessions: ledger.sessions,
    host: options.exposed ? "0.0.0.0" : "127.0.0.1",
    ...(options.now && { now: options.now }),
  });
  access.reload();
  const tls = readTls(current().register, directory);
  const app = buildServer({
    ...{ log: logger, launches, inForce: current, access, enrolled, report, version: "0.1.0" },
    ticketKeys: () => tickets.publicKeys,
    ...(options.keepInventory && {
      inventories: new Inventories({ keep: options.keepInventory, now: options.now ?? Date.now }),
    }),
    ...(tls && { tls }),
    ...(options.patience && { patience: options.patience }),
    delay: options.delay ?? PUNCTUAL,
  });
  const routes: RouteOptions[] = [];
  app.addHook("onRoute", (route) => {
    routes.push(route);
  });
  registerAudited(app, { audit, inForce: current, pseudonyms });
  options.routes?.(app);
  const state = () => ({ draining: app.shims.draining, fileDiffers: false });
  const renewals = options.renewals?.(current);
  const { computers } = options;
  const send = registerPages(app, {
    ledger,
    inForce: current,
    version: "0.1.0",
    state,
    renewals,
    computers,
    retire: acts.retire.bind(acts),
    audit,
  });
  registerDownloads(app, { inForce: current, audit, renewals, computers });
  const signing = {
    ...{ access, inForce: current, send, signsIn: signsIn(audit, current), signsOut: signsOut(audit, current) },
    guesses: ({ address }: { address: string }) => report(forged(address, current().register)),
  };
  registerSignIn(app, signing);
  registerSignOn(app, signing);
  registerApi(app, {
    ...{ launches, acts, access, enrolled, audit, ledger, computers, inForce: current, state, version: "0.1.0" },
    ...(renewals && { past: { renewals, searchDenials: renewals.denials } }),
    applyRegister: async () => ({ revision: 2 }),
    changeRegister: async () => ({ revision: 2 }),
  });
  registerMetrics(app, {
    ...{ metrics, ledger, inForce: current },
    connections: () => app.shims.size,
    lastReloadSuccessful: () => true,
  });
  offered.tell = () => void app.shims.waiting.look();
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const url = `${tls ? "https" : "http"}://127.0.0.1:${port}`;

  return {
    ...{ app, url, port, directory, access, ledger, log, routes, incidents },
    connect: (how) => TestShim.connect(url, how),
    adopt,
    token: (role) => tokens.get(role)!,
    async close() {
      await app.close();
      await ledger.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function textOf({ register = "", products = "", pools = POOLS, people, shims }: FrontOptions) {
  const text = `organisation: Exampleshire Council
access:
  ${shims ? "shims: { tokensFile: shims.txt }" : ""}
  ${people ? "people: { tokensFile: people.txt }" : ""}
${PRODUCTS}
${products}
pools:${pools}
${register}
`;
  return people || shims ? text : text.replace(/^access:$/m, "");
}

/** A token for every role, in the file where it belongs. */
function writeTokens(directory: string): Map<Role, string> {
  const tokens = new Map<Role, string>();
  const lines = ROLES.map((role) => {
    const { token, line } = newToken(NAME_OF[role] ?? `the-${role}`, role);
    tokens.set(role, token);
    return { role, line };
  });
  const write = (file: string, forShims: boolean) => {
    const own = lines.filter(({ role }) => isShimRole(role) === forShims);
    writeFileSync(join(directory, file), own.map(({ line }) => `${line}\n`).join(""));
  };
  write("shims.txt", true);
  write("people.txt", false);
  return tokens;
}
