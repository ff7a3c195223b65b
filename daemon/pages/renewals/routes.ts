import formbody from "@fastify/formbody";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type IsoDate, isIsoDate } from "../../domain/calendar.ts";
import { knownPool } from "../../domain/register-index.ts";
import type { Period, Renewals } from "../../renewals/renewals.ts";
import { FOR_READERS, type PageParts, type SendPage } from "../parts.ts";
import { NO_HISTORY } from "../problems.ts";
import { readDecision, readNote, type Typed } from "./forms.ts";

/** Who may write down what was decided, and what they know of a day. */
const DECIDERS = ["procurement", "manager", "admin"] as const;
const deciders = <Act extends "decide" | "note">(act: Act) => ({ config: { roles: DECIDERS, act } }) as const;

interface PoolRoute {
  Params: { pool: string };
  Querystring: Record<string, unknown>;
}
interface FormRoute {
  Params: { pool: string };
  Body: Record<string, unknown> | undefined;
}

/**
 * The pages of procurement: the calendar, each pool's report and its past. What draws and counts is loaded with the first
 * page that needs it, since a daemon starts without.
 */
export function registerRenewals(root: FastifyInstance, parts: PageParts, send: SendPage): void {
  // On its own, so that forms are read here and nowhere else.
  root.register(async (app) => {
    app.register(formbody);

    app.get<{ Querystring: Record<string, unknown> }>("/renewals", FOR_READERS, async ({ query }, reply) => {
      const { renewals } = parts;
      if (!renewals) return noHistory(reply);
      const calendar = await renewals.calendar();
      if (query.view === "foi") {
        const { foiView } = await import("./foi-view.ts");
        return send(reply, "foi.njk", { here: "renewals", ...(await foiView(renewals, calendar, query)) });
      }
      const { calendarView } = await import("./calendar-view.ts");
      const show = query.show === "all" ? "all" : "year";
      return send(reply, "calendar.njk", {
        here: "renewals",
        ...calendarView(calendar, { show, department: text(query.department) }),
      });
    });

    app.get<PoolRoute>("/renewals/:pool", FOR_READERS, async (request, reply) => {
      if (!parts.renewals) return noHistory(reply);
      return sendReport(request, reply, parts.renewals, poolOf(request), periodOf(request.query));
    });

    app.get<PoolRoute>("/renewals/:pool/history", FOR_READERS, async (request, reply) => {
      const { renewals } = parts;
      if (!renewals) return noHistory(reply);
      const pool = poolOf(request);
      const { register } = parts.inForce();
      const { pastView, pastPeriod } = await import("./past-view.ts");
      const { report, notes, behind } = await renewals.report(pool, periodOf(request.query));
      const usage = await renewals.usage(pool, { ...pastPeriod(report), step: "day" });
      return send(reply, "past.njk", { here: "renewals", behind, ...pastView(register, usage, notes) });
    });

    app.post<FormRoute>("/renewals/:pool/decision", deciders("decide"), async (request, reply) => {
      const { renewals } = parts;
      if (!renewals) return noHistory(reply);
      const pool = poolOf(request);
      const { report } = await renewals.report(pool);
      const { offered } = await import("./report-view.ts");
      const read = readDecision(request.body ?? {}, offered(report));
      if ("errors" in read) return sendReport(request, reply.status(422), renewals, pool, {}, read);
      await renewals.decide(pool, { ...read.decision, by: byWhom(request) });
      return reply.redirect(`/renewals/${encodeURIComponent(pool)}#decision`, 303);
    });

    app.post<FormRoute>("/renewals/:pool/notes", deciders("note"), async (request, reply) => {
      const { renewals } = parts;
      if (!renewals) return noHistory(reply);
      const pool = poolOf(request);
      const read = readNote(request.body ?? {});
      if ("errors" in read) return sendReport(request, reply.status(422), renewals, pool, {}, read);
      await renewals.note(pool, { ...read.note, by: byWhom(request) });
      return reply.redirect(`/renewals/${encodeURIComponent(pool)}`, 303);
    });
  });

  const noHistory = (reply: FastifyReply) => send(reply, "problem.njk", { here: "renewals", problem: NO_HISTORY });

  /** Its present name, by whichever it is asked for. */
  function poolOf({ params }: { params: { pool: string } }): string {
    return knownPool(parts.inForce().register, params.pool);
  }

  async function sendReport(
    request: Pick<FastifyRequest, "who" | "server">,
    reply: FastifyReply,
    renewals: Renewals,
    pool: string,
    asked: Period,
    form: Typed = { errors: {} },
  ) {
    const { reportView, METHOD } = await import("./report-view.ts");
    const view = reportView(parts.inForce().register, await renewals.report(pool, asked), parts.version);
    const { from, to } = view.period;
    return send(reply, "report.njk", {
      here: "renewals",
      ...view,
      query: `from=${from}&to=${to}`,
      methodText: METHOD,
      form,
      problems: Object.entries(form.errors).map(([field, text]) => ({ text, href: `#${field}` })),
      mayDecide: request.who === null || (DECIDERS as readonly string[]).includes(request.who.role),
    });
  }
}

const text = (value: unknown) => (typeof value === "string" ? value : "");

/** Of an address that people may have changed by hand: what is no time is the usual one. */
function periodOf(query: Record<string, unknown>): Period {
  const day = (value: unknown): IsoDate | undefined => (isIsoDate(text(value)) ? text(value) : undefined);
  const [from, to] = [day(query.from), day(query.to)];
  return from !== undefined && to !== undefined && from <= to ? { from, to } : {};
}

const byWhom = ({ who, address }: Pick<FastifyRequest, "who" | "address">) => who?.name ?? `somebody at ${address}`;
