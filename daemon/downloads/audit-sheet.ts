import type { Recorded } from "../audit/recorded.ts";
import type { Sheet } from "./sheet.ts";

/** THE TABLE of columns of the audit: all that its hashes are of, so that whoever has the file can work them out. */
const COLUMNS = {
  seq: "row",
  atMs: "at_ms",
  who: "who",
  role: "role",
  site: "site",
  act: "act",
  about: "about",
  subject: "subject",
  subjectSalt: "subject_salt",
  subjectHash: "subject_hash",
  reason: "reason",
  phase: "phase",
  outcome: "outcome",
  intent: "intent",
  prevHash: "previous_hash",
  hash: "hash",
} as const satisfies Record<keyof Recorded, string>;

/** In the order in which it happened. */
export const auditSheet = (rows: readonly Recorded[]): Sheet => ({
  name: "Audit",
  columns: ["at", ...Object.values(COLUMNS)],
  rows: [...rows]
    .reverse()
    .map((row) => [
      new Date(row.atMs).toISOString(),
      ...(Object.keys(COLUMNS) as (keyof Recorded)[]).map((column) => row[column]),
    ]),
});
