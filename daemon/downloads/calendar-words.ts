import type { CalendarRow, Decision } from "../renewals/renewals.ts";
import { counted } from "../sizing/plain-words.ts";
import { isTooEarly } from "../sizing/variants.ts";

/** What people call a line of the calendar. */
export const titleOfRow = ({ products, pool }: CalendarRow) => products.join(", ") || pool;

/** Whether anything is known of its use: without, highest use and recommendation say nothing. */
export const isUsed = ({ peak }: CalendarRow) => peak > 0;

/** Whether enough is known of its use to recommend a number. */
export const isAdvised = (row: CalendarRow) => isUsed(row) && !isTooEarly(row);

/** What to do about a line, in a few words. */
export function statusInWords({ status, deadline, decision, variants, peak }: CalendarRow): string {
  if (!deadline) return status === "ended" ? "Ended" : "Nothing to decide";
  switch (status) {
    case "decided":
      return decision ? `Decided: ${decisionInWords(decision)}` : "Decided";
    case "late":
      return deadline.autoRenews ? "Renews by itself: ring now" : "Late: ring now";
    case "notice unknown":
      return "Find the notice clause";
    case "limit reached": {
      const full = variants.find((variant) => variant.kind === "limit reached");
      return full ? `Limit reached on ${counted(full.days, "day")}: review` : "Limit reached: review";
    }
    case "too early":
      return peak > 0 ? "Too early to tell" : "No records yet";
    case "unused": {
      const unused = variants.find((variant) => variant.kind === "unused");
      return unused ? `Nobody used it for ${counted(unused.days, "day")}` : "Nobody uses it";
    }
    case "ended":
      return "Ended";
    case "report ready":
      return "Report ready";
  }
}

/** `renew 80 seats` */
export function decisionInWords({ kind, seats }: Pick<Decision, "kind" | "seats">): string {
  const many = seats === undefined ? "" : ` ${counted(seats, "seat")}`;
  return { renew: `renew${many}`, other: `renew${many}`, "not renew": "do not renew", "re-tender": `re-tender${many}` }[
    kind
  ];
}
