import { addDays, addMonths, type IsoDate } from "../domain/calendar.ts";
import { isReplaced } from "../domain/capacity.ts";
import type { Entitlement, Register } from "../domain/register.ts";
import { noticeDeadline } from "../domain/working-time.ts";

/** Until when something has to be decided about a pool, and how that follows from what was bought. */
export interface Deadline {
  reference: string;
  ends: IsoDate;
  notice?: { days: number } | { months: number };
  /** The last day to give notice; absent where the notice period is not known. */
  noticeBy?: IsoDate;
  /** The day that the notice period leads to, where that is no working day and `noticeBy` lies before it. */
  movedFrom?: IsoDate;
  /** From today on; below 0: late. */
  daysLeft?: number;
  autoRenews: boolean;
}

/**
 * The decision that comes next: of what has not ended and is not replaced yet, the one with the earliest deadline, or end
 * where no deadline is known. Undefined where nothing ends any more.
 */
export function nextDeadline(
  entitlements: readonly Entitlement[],
  register: Register,
  today: IsoDate,
): Deadline | undefined {
  return entitlements
    .filter((one) => one.ends !== undefined && today <= one.ends && !isReplaced(one, entitlements))
    .map((entitlement) => deadlineOf(entitlement, register, today))
    .sort((one, other) => (dayOf(one) < dayOf(other) ? -1 : 1))[0];
}

const dayOf = ({ noticeBy, ends }: Deadline) => noticeBy ?? ends;

function deadlineOf(entitlement: Entitlement, register: Register, today: IsoDate): Deadline {
  const { reference, notice, autoRenews = false } = entitlement;
  const ends = entitlement.ends!;
  const noticeBy = noticeDeadline(entitlement, register);
  if (!notice || !noticeBy) return { reference, ends, autoRenews };
  const asWritten = "months" in notice ? addMonths(ends, -notice.months) : addDays(ends, -notice.days);
  return {
    reference,
    ends,
    notice,
    noticeBy,
    ...(noticeBy !== asWritten && { movedFrom: asWritten }),
    daysLeft: (Date.parse(noticeBy) - Date.parse(today)) / 86_400_000,
    autoRenews,
  };
}

/** The last day on which anything was owned, where that is over. */
export function endedOn(entitlements: readonly Entitlement[], today: IsoDate): IsoDate | undefined {
  if (entitlements.length === 0 || entitlements.some(({ ends }) => ends === undefined || ends >= today))
    return undefined;
  return entitlements
    .map(({ ends }) => ends!)
    .sort()
    .at(-1);
}
