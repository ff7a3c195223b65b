import type { DenialReason } from "../domain/denials.ts";
import type { DayNoteRow, DecisionRow, DenialRow } from "../history/tables.ts";
import type { DayNote, Decision, DecisionKind, PastDenial } from "./renewals.ts";

/** What was written down, as it is told. */
export function denialOf(row: DenialRow): PastDenial {
  const { pool, epoch, number, product, site, version, department, seats } = row;
  return {
    ...{ id: `${pool}:${epoch}:${number}`, atMs: row.at_ms, pool, product, reason: row.reason as DenialReason },
    ...{ site, version, department, user: row.person, device: row.device, seats },
  };
}

export const noteOf = ({ date, at_ms, note, author }: DayNoteRow): DayNote => ({ date, note, by: author, atMs: at_ms });

export const decisionOf = ({
  pool,
  at_ms,
  kind,
  seats,
  name,
  reason,
  author,
  reference,
  ends,
}: DecisionRow): Decision => ({
  ...{ pool, atMs: at_ms, kind: kind as DecisionKind, name, reason, by: author },
  ...(seats !== null && { seats }),
  ...(reference && { reference }),
  ...(ends && { ends }),
});
