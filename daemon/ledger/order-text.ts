import type { Order, Reclaiming, ReclaimWhy, Standing, Terms } from "./answers.ts";

/** As lua/call/64-judge.lua reads them, each between spaces; empty for a launch like most. */
export function encodeTerms(terms: Terms | undefined): string {
  if (!terms) return "";
  const { running, sinceMs, back, waitMs, borrowUntilMs, from = [], glass, rebuiltIn, recalled } = terms;
  const words = [
    ...from.map((group) => `from=${group}`),
    ...(running ? ["running=1"] : []),
    ...(sinceMs ? [`since=${sinceMs}`] : []),
    ...(back ? ["back=1"] : []),
    ...(waitMs ? [`wait=${waitMs}`] : []),
    ...(borrowUntilMs ? [`borrow=${borrowUntilMs}`] : []),
    ...(glass ? [`glass=${glass}`] : []),
    ...(rebuiltIn ? [`rebuilt=${rebuiltIn}`] : []),
    ...(recalled ? ["recalled=1"] : []),
  ];
  return words.length === 0 ? "" : ` ${words.join(" ")} `;
}

/** As lua/call/62-act.lua reads it. */
export function encodeOrder(order: Order): string {
  switch (order.order) {
    case "reclaim":
      return ["reclaim", order.why, order.graceMs, order.postponable ? 1 : 0].join("\t");
    case "postpone":
      return `postpone\t${order.holder}`;
    case "spare":
      return `spare\t${order.why}`;
    case "assign":
      return `assign\t${order.epoch}\t${order.usedMs}`;
    case "over":
      return `over\t${order.epoch}\t${order.why}`;
    case "rebuilt":
      return `rebuilt\t${order.epoch}`;
    default:
      return order.order;
  }
}

/** `queued⇥3`, `offered⇥30000`, `reclaiming⇥120000⇥why⇥1`; anything else is a word by itself. */
export function decodeStanding<Word extends string>(answer: string): Standing | Reclaiming | { outcome: Word } {
  const [outcome = "", number, why, postponable] = answer.split("\t");
  switch (outcome) {
    case "queued":
      return { outcome, position: Number(number) };
    case "offered":
      return { outcome, withinMs: Number(number) };
    case "reclaiming":
      return { outcome, graceMs: Number(number), why: why as ReclaimWhy, postponable: postponable === "1" };
    default:
      return { outcome: outcome as Word };
  }
}
