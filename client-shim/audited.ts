import { Audit } from "../daemon/audit/audit.ts";
import { AuditBook } from "../daemon/audit/book.ts";
import type { Act, ActName } from "../daemon/domain/acts.ts";
import type { Database } from "../daemon/history/database.ts";
import { userName } from "./settings.ts";

const QUIET = { info: () => {}, warn: () => {}, error: () => {} };

/** The audit in a history that a command has opened itself. */
export const auditIn = (db: Database) => new Audit({ book: new AuditBook({ db }), log: QUIET, timezone: () => "UTC" });

/** Whoever types a command is known by the name that the operating system has, and not by one that they set. */
export const commandAct = (act: ActName, about: string): Act => ({
  ...{ who: `command of ${userName({})}`, role: "", site: "", act, about, subject: "", reason: "" },
});
