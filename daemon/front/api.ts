import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { wallTime } from "../domain/calendar.ts";
import { nextEnd } from "../domain/capacity.ts";
import { SeatmeterError } from "../domain/errors.ts";
import type { LedgerEvent } from "../domain/events.ts";
import { freeSeats, type PoolLevel } from "../domain/level.ts";
import { NO_POOL } from "../domain/names.ts";
import type { InForce, Register } from "../domain/register.ts";
import { knownPool } from "../domain/register-index.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Change } from "../register/changed.ts";
import { ROUTES, type Route, type RouteName } from "./api-routes.ts";
import {
  type Denial,
  DenialsQuery,
  LeasesQuery,
  NewRegister,
  type PoolCounts,
  PoolPath,
  RegisterChanges,
  WaitingQuery,
} from "./api-shapes.ts";
import type { KnownComputers } from "./computers.ts";
import { ExplainQuestion } from "./explanations.ts";
import { type Acts, byWhom, httpActs } from "./http-acts.ts";
import { type AuditRead, httpAudit } from "./http-audit.ts";
import { httpCheckouts } from "./http-checkouts.ts";
import { httpCompliance } from "./http-compliance.ts";
import { type EnrolmentParts, httpEnrolment } from "./http-enrolment.ts";
import { httpPrivacy, type Persons } from "./http-privacy.ts";
import { httpRenewals, type Past } from "./http-renewals.ts";
import { readInput } from "./inputs.ts";
import type { Launches } from "./launches.ts";
import { openApi } from "./openapi.ts";
import { readinessOf } from "./readiness.ts";

export interface ApiParts extends EnrolmentParts {
  audit: AuditRead;
  acts: Acts & EnrolmentParts["acts"];
  launches: Pick<Launches, "checkout" | "heartbeat" | "checkin" | "explain">;
  ledger: Pick<Ledger, "levels" | "leases" | "waiting" | "recentDenials" | "publication" | "health">;
  inForce: () => InForce;
  /** Errors: register_invalid with every mistake, register_stale. */
  applyRegister: (text: string, files: Record<string, string>, author: string) => Promise<{ revision: number }>;
  /** Errors: message_invalid, register_invalid with every mistake, register_stale. */
  changeRegister: (
    changes: readonly Change[],
    seen: number | undefined,
    author: string,
  ) => Promise<{ revision: number }>;
  state: Parameters<typeof readinessOf>[0]["state"];
  /** None: no history is kept. */
  past?: Past | undefined;
  /** The same of one person. */
  persons?: Persons | undefined;
  computers?: Pick<KnownComputers, "compliance" | "list"> | undefined;
  /** Of the daemon. */
  version: string;
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/** All that is there for programs, as the table of routes says. */
export function registerApi(app: FastifyInstance, parts: ApiParts): void {
  const handlers = handlersOf(parts);
  app.register(async (api) => {
    readBodies(api);
    // Many name persons, and all are of this moment.
    api.addHook("onRequest", async (_request, reply) => void reply.header("cache-control", "no-store"));
    for (const [name, { method, path, roles, act, bodyBytes, whileDraining }] of Object.entries<Route>(ROUTES)) {
      const limit = bodyBytes === undefined ? {} : { bodyLimit: bodyBytes };
      api.route({
        method,
        url: path,
        config: { roles, ...(act && { act }), ...(whileDraining && { whileDraining }) },
        ...limit,
        handler: handlers[name as RouteName],
      });
    }
  });
  app.register(
    async (nowhere) => {
      // Whatever a browser says that it accepts: nothing here is a page.
      nowhere.setNotFoundHandler((request) => {
        throw new SeatmeterError("not_found", `there is nothing at ${request.method} ${request.url.split("?")[0]}`);
      });
    },
    { prefix: "/api" },
  );
}

function handlersOf(parts: ApiParts): Record<RouteName, Handler> {
  const { launches, ledger, inForce } = parts;
  return {
    ...httpCheckouts(launches),
    ...httpActs(parts.acts, (name) => knownPool(inForce().register, name)),
    ...httpAudit(parts.audit),
    ...httpEnrolment(parts),
    ...httpRenewals(() => inForce().register, knownPool, parts.past),
    ...httpPrivacy(parts.persons),
    ...httpCompliance(parts.computers),
    alive: () => ({ status: "alive" }),
    ready: async (_request, reply) => {
      const { ready, body } = await readinessOf(parts);
      return reply.status(ready ? 200 : 503).send(body);
    },
    pools: async () => {
      const { register } = inForce();
      const levels = await ledger.levels(Object.keys(register.pools));
      return { items: levels.map((level) => poolCounts(register, level)) };
    },
    pool: async (request) => {
      const { register } = inForce();
      const [level] = await ledger.levels([knownPool(register, readInput(PoolPath, request.params).pool)]);
      return level && poolCounts(register, level);
    },
    leases: (request) => {
      const { pool, cursor } = readInput(LeasesQuery, request.query);
      return ledger.leases(knownPool(inForce().register, pool), cursor);
    },
    waiting: async (request) => {
      const { pool } = readInput(WaitingQuery, request.query);
      return { items: await ledger.waiting(knownPool(inForce().register, pool)) };
    },
    denials: async (request) => {
      const { pool, most } = readInput(DenialsQuery, request.query);
      const { register } = inForce();
      const pools = pool === undefined ? [...Object.keys(register.pools), NO_POOL] : [knownPool(register, pool)];
      return { items: (await ledger.recentDenials(pools, most)).map(denial) };
    },
    register: async () => {
      const publication = await ledger.publication();
      if (!publication) throw new SeatmeterError("not_found", "no register is in force");
      return publication;
    },
    apply: async (request) => {
      const { text, files } = await newRegister(request, ledger);
      const applied = await parts.applyRegister(text, files, byWhom(request));
      request.actedOn = `revision ${applied.revision}`;
      return applied;
    },
    change: async (request) => {
      const { changes, revision } = readInput(RegisterChanges, request.body);
      const changed = await parts.changeRegister(changes, revision, byWhom(request));
      request.actedOn = `revision ${changed.revision}`;
      return changed;
    },
    explain: (request) => launches.explain(readInput(ExplainQuestion, request.body)),
    openapi: () => openApi(parts.version),
  };
}

/** An empty body is none, and a register may come as it lies in its file. */
function readBodies(api: FastifyInstance) {
  api.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, body === "" ? undefined : JSON.parse(String(body)));
    } catch (cause) {
      done(new SeatmeterError("message_invalid", `the body is no JSON: ${(cause as Error).message}`, { cause }));
    }
  });
  const asText = ["text/yaml", "text/plain", "application/yaml", "text/x-yaml", "application/x-yaml"];
  api.addContentTypeParser(asText, { parseAs: "string" }, (_request, body, done) => done(null, body));
}

/** What a YAML text alone does not say stays: the content of the files that the register in force names. */
async function newRegister(request: FastifyRequest, ledger: ApiParts["ledger"]) {
  if (typeof request.body !== "string") return readInput(NewRegister, request.body);
  return { text: request.body, files: (await ledger.publication())?.files ?? {} };
}

function poolCounts(register: Register, level: PoolLevel): PoolCounts {
  const { pool, used, capacity, reservedIdle, lingering, borrowed, assignedIdle, outside, waiting } = level;
  const { sites: ceilings = {}, metric = "concurrent", entitlements = [] } = register.pools[pool] ?? {};
  const ends = nextEnd(entitlements, wallTime(Date.now(), register.timezone).date);
  const sites = [...new Set([...Object.keys(ceilings), ...Object.keys(level.sites)])].map((site) => {
    const ceiling = ceilings[site]?.seats;
    return { site, used: level.sites[site] ?? 0, ...(ceiling !== undefined && { ceiling }) };
  });
  return {
    ...{ pool, metric, used, owned: capacity, free: freeSeats(level) },
    ...(ends !== undefined && { ends }),
    reservations: Object.entries(level.reservedIdleByGroup).map(([group, idle]) => ({ group, idle })),
    ...{ reservedIdle, lingering, borrowed, assignedIdle, outside, waiting },
    sites,
    dayPeak: level.dayPeak,
    revision: level.revision,
  };
}

function denial({ pool, epoch, number, atMs, word, seats, facts }: LedgerEvent): Denial {
  const { product, site, version, department, user, device } = facts;
  const id = `${pool}:${epoch}:${number}`;
  return { id, atMs, pool, product, reason: word as Denial["reason"], site, version, department, user, device, seats };
}
