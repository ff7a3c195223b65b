import { userInfo } from "node:os";
import { Audit } from "../daemon/audit/audit.ts";
import { AuditBook } from "../daemon/audit/book.ts";
import type { Act, ActName } from "../daemon/domain/acts.ts";
import type { Database } from "../daemon/history/database.ts";

const QUIET = { info: () => {}, warn: () => {}, error: () => {} };

/** The audit in a history that a command has opened itself. */
export const auditIn = (db: Database) => new Audit({ book: new AuditBook({ db }), log: QUIET, timezone: () => "UTC" });

/** Whoever types a command is known by the name that the operating system has. */
export const commandAct = (act: ActName, about: string): Act => ({
  ...{ who: `command of ${userInfo().username}`, role: "", site: "", act, about, subject: "", reason: "" },
});
