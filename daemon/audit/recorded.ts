import type { AuditRow } from "../history/tables.ts";

/** A row of the audit as others read it. */
export const recorded = ({ at_ms, subject_salt, subject_hash, prev_hash, hash, ...row }: AuditRow) => ({
  ...{ seq: row.seq, atMs: at_ms, who: row.who, role: row.role, site: row.site, act: row.act, about: row.about },
  ...{ subject: row.subject, subjectSalt: subject_salt, subjectHash: subject_hash, reason: row.reason },
  ...{ phase: row.phase, outcome: row.outcome, intent: row.intent, prevHash: prev_hash, hash },
});
export type Recorded = ReturnType<typeof recorded>;
