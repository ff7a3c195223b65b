import type { FastifyRequest } from "fastify";
import type { Audit } from "../audit/audit.ts";
import { headText, readHead } from "../domain/acts.ts";
import { type AuditItem, AuditQuery, type AuditVerdict, VerifyQuery } from "./audit-shapes.ts";
import { readInput } from "./inputs.ts";

export type AuditRead = Pick<Audit, "rows" | "verify">;

/** The audit, for programs. Errors: history_off, history_unavailable */
export const httpAudit = (audit: AuditRead) => ({
  audit(request: FastifyRequest): Promise<{ items: AuditItem[]; next?: string }> {
    return audit.rows(readInput(AuditQuery, request.query));
  },

  async verifyAudit(request: FastifyRequest): Promise<AuditVerdict> {
    const { head: wanted } = readInput(VerifyQuery, request.query);
    const { rows, first, head, broken } = await audit.verify(wanted === undefined ? undefined : readHead(wanted));
    return { sound: !broken, rows, first, head: headText(head), ...(broken && { broken }) };
  },
});
