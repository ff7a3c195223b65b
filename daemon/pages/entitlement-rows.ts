import type { IsoDate } from "../domain/calendar.ts";
import { termOf } from "../domain/capacity.ts";
import type { Register } from "../domain/register.ts";
import { noticeDeadline } from "../domain/working-time.ts";

/** What was bought for a pool, as a table shows it. */
export interface EntitlementRow {
  pool: string;
  reference: string;
  seats: number;
  starts: IsoDate;
  ends?: IsoDate;
  /** The last day on which notice can be given. */
  noticeBy?: IsoDate;
  supplier?: string;
  now: "in force" | "not begun" | "ended";
}

export function entitlementRows(register: Register, pool: string, nowMs: number): EntitlementRow[] {
  return (register.pools[pool]?.entitlements ?? []).map((entitlement) => {
    const { reference, seats, starts, ends, supplier } = entitlement;
    const { fromMs, untilMs } = termOf(entitlement, register.timezone);
    const noticeBy = noticeDeadline(entitlement, register);
    return {
      ...{ pool, reference, seats, starts },
      ...(ends && { ends }),
      ...(noticeBy && { noticeBy }),
      ...(supplier && { supplier }),
      now: nowMs < fromMs ? "not begun" : nowMs < untilMs ? "in force" : "ended",
    };
  });
}
