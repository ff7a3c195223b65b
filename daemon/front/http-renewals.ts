import type { FastifyReply, FastifyRequest } from "fastify";
import type { IsoDate } from "../domain/calendar.ts";
import { SeatmeterError } from "../domain/errors.ts";
import type { Register } from "../domain/register.ts";
import type { CalendarRow, Renewals } from "../renewals/renewals.ts";
import { type Denial, PoolPath } from "./api-shapes.ts";
import { byWhom } from "./http-acts.ts";
import { readInput } from "./inputs.ts";
import { DenialsSearch, NewDecision, NewNote, PeriodQuery, UsageQuery, WhatIfQuery } from "./renewal-shapes.ts";

/** Which denials are asked about: by names, which are looked up under every key there is. */
export interface DenialsWanted {
  user?: string | undefined;
  device?: string | undefined;
  /** As the register has it now. */
  pool?: string | undefined;
  site?: string | undefined;
  reason?: string | undefined;
  from?: IsoDate | undefined;
  to?: IsoDate | undefined;
  most: number;
  cursor?: string | undefined;
}

/** What is known of the past, where a history is kept. */
export interface Past {
  renewals: Renewals;
  searchDenials(wanted: DenialsWanted): Promise<{ items: Denial[]; next?: string }>;
}

/** Use and renewals, for programs. */
export function httpRenewals(
  register: () => Register,
  knownPool: (register: Register, name: string) => string,
  past: Past | undefined,
) {
  const poolNamed = (name: string) => knownPool(register(), name);
  const poolOf = (request: FastifyRequest) => poolNamed(readInput(PoolPath, request.params).pool);
  const kept = (): Past => {
    if (past) return past;
    throw new SeatmeterError("history_off", "no history is kept here: SEATMETER_HISTORY is off");
  };
  return {
    async searchDenials(request: FastifyRequest) {
      const { pool, ...wanted } = readInput(DenialsSearch, request.body);
      return await kept().searchDenials({ ...wanted, pool: pool === undefined ? undefined : poolNamed(pool) });
    },

    async usage(request: FastifyRequest) {
      const { pool, ...asked } = readInput(UsageQuery, request.query);
      return await kept().renewals.usage(poolNamed(pool), asked);
    },

    async whatIf(request: FastifyRequest) {
      const { seats } = readInput(WhatIfQuery, request.query);
      return await kept().renewals.whatIf(poolOf(request), seats);
    },

    async renewals() {
      const { today, late, months, undated, next90Days, behind } = await kept().renewals.calendar();
      const items = [...late, ...months.flatMap(({ rows }) => rows), ...undated].map(itemOf);
      return { today, items, months: months.map(({ rows, ...sums }) => sums), next90Days, behind };
    },

    async renewal(request: FastifyRequest) {
      const asked = readInput(PeriodQuery, request.query);
      // The arithmetic is loaded by those who ask, and not by each start.
      const { renewalAnswer } = await import("../sizing/renewal-report.ts");
      const { report, notes, decisions, behind } = await kept().renewals.report(poolOf(request), asked);
      const { recommendation } = report.decision;
      return { ...renewalAnswer(report), recommendation, deadline: report.deadline, notes, decisions, behind };
    },

    async decide(request: FastifyRequest, reply: FastifyReply) {
      const decided = { ...readInput(NewDecision, request.body), by: byWhom(request) };
      return reply.status(201).send(await kept().renewals.decide(poolOf(request), decided));
    },

    async note(request: FastifyRequest, reply: FastifyReply) {
      const noted = { ...readInput(NewNote, request.body), by: byWhom(request) };
      return reply.status(201).send(await kept().renewals.note(poolOf(request), noted));
    },
  };
}

const itemOf = ({ variants, ...item }: CalendarRow) => item;
