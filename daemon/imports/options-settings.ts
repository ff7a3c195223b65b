import { durationAsText } from "../domain/duration.ts";
import type { Pool, SeatPart } from "../domain/register.ts";
import type { Context } from "./options-rules.ts";
import type { Statement } from "./options-statements.ts";

/*
 * Options that set one thing of a pool. What the register would refuse is listed instead.
 */

const DAY_MS = 86_400_000;
/** What vendor daemons take for less. */
const LEAST_TIMEOUT_MS = 900_000;
/** How long a licence is borrowed where nothing says otherwise. */
const USUAL_BORROW_DAYS = 7;
const MOST_BORROW_DAYS = 366;

export function idle({ line, amount = 0 }: Statement, pool: string, { draft }: Context) {
  const afterMs = Math.max(amount * 1_000, LEAST_TIMEOUT_MS);
  if (afterMs > DAY_MS)
    return draft.refuse(line, `${amount} seconds are more than a day, the most that idle.after may be`);
  // biome-ignore lint/suspicious/noThenProperty: it is the register's word, and its reader never awaits it.
  const value = { after: durationAsText(afterMs), then: "reclaim" };
  draft.set("idle", pool, value, line, (one) => one.idle?.afterMs === afterMs && one.idle.reclaims);
  if (draft.converted.has(line) && afterMs > amount * 1_000)
    draft.remark(line, "15 minutes, the least that FlexNet takes for it");
}

/** What a feature's own line says comes before what one says of all. */
export function idleUnlessSet(statement: Statement, pool: string, context: Context) {
  const { draft } = context;
  const own = draft.pools.get(pool)?.settings.get("idle");
  const ofAll = own?.lines.every((line) => /^"?timeoutall/i.test(draft.textOf(line)));
  if (own && !ofAll) draft.done(statement.line);
  else idle(statement, pool, context);
}

export function linger({ line, amount = 0 }: Statement, pool: string, { draft }: Context) {
  const lingerMs = amount * 1_000;
  if (lingerMs > DAY_MS)
    return draft.refuse(line, `${amount} seconds are more than a day, the most that linger may be`);
  const assigned = assignment(draft.register?.pools[pool]);
  if (assigned && lingerMs > 0) return draft.refuse(line, `does not go with the metric ${assigned} of ${pool}`);
  draft.set("linger", pool, durationAsText(lingerMs), line, (one) => one.lingerMs === lingerMs);
}

export function borrowFor({ line, amount = 0 }: Statement, pool: string, { draft }: Context) {
  const days = Math.ceil(amount / 24);
  if (days === 0) return draft.refuse(line, "0 hours: a pool without borrow lends nothing");
  if (days > MOST_BORROW_DAYS)
    return draft.refuse(line, `${days} days are more than ${MOST_BORROW_DAYS}, the most of borrow.maxDays`);
  draft.set("borrow.maxDays", pool, days, line, (one) => one.borrow?.maxMs === days * DAY_MS);
  if (draft.converted.has(line) && amount % 24 !== 0)
    draft.remark(line, `${amount} hours are rounded up to ${days === 1 ? "a day" : `${days} days`}`);
}

export function keepFree({ line, amount = 0 }: Statement, pool: string, { draft }: Context) {
  draft.set("borrow.keepFree", pool, amount, line, (one) => one.borrow?.keepFree === amount);
}

/** A register that lends says how long, so what only keeps seats free gets FlexNet's own week. */
export function completeBorrowing({ draft }: Context) {
  for (const { settings } of draft.pools.values()) {
    const kept = settings.get("borrow.keepFree");
    if (!kept || settings.has("borrow.maxDays")) continue;
    settings.set("borrow.maxDays", { value: USUAL_BORROW_DAYS, lines: [...kept.lines] });
    for (const line of kept.lines) {
      draft.remark(
        line,
        `maxDays: ${USUAL_BORROW_DAYS} is FlexNet's usual 168 hours, as no MAX_BORROW_HOURS says otherwise`,
      );
    }
  }
}

export function overdraft({ line, amount = 0 }: Statement, pool: string, { draft }: Context) {
  if (amount === 0 && draft.register?.pools[pool]?.overdraft === undefined) {
    draft.done(line);
    return draft.remark(line, "no overdraft, which is what holds without it");
  }
  if (amount === 0) return draft.refuse(line, `the register has overdraft of ${pool} already, and says otherwise`);
  draft.set("overdraft.seats", pool, amount, line, (one) => one.overdraft?.seats === amount);
}

const PARTS: Record<string, SeatPart> = { U: "user", H: "device", D: "device" };

export function seatFor({ line, letters = "" }: Statement, pool: string, { draft }: Context) {
  if (letters === "SITE")
    return draft.refuse(line, "is one seat for everybody: metric: site counts without an end, at the sites named");
  if (letters !== "NONE" && letters.includes("V")) {
    return draft.refuse(line, "V is what the program says of itself, which seats are not shared by here");
  }
  if (letters.includes("D") && letters !== "NONE")
    draft.remark(line, "a display is taken for the computer that it is at");
  const parts =
    letters === "NONE" ? (["session"] as const) : [...new Set([...letters].map((letter) => PARTS[letter]!))];
  const value = (["user", "device", "session"] as SeatPart[]).filter((part) =>
    (parts as readonly SeatPart[]).includes(part),
  );
  const existing = draft.register?.pools[pool];
  const same = (one: Pool) => [...one.seatFor].sort().join() === [...value].sort().join();
  const assigned = assignment(existing);
  if (existing && assigned && !same(existing))
    return draft.refuse(line, `does not go with the metric ${assigned} of ${pool}`);
  if (existing?.sharedBy && value.includes("session"))
    return draft.refuse(line, `does not go with sharedBy of ${pool}`);
  draft.set("seatFor", pool, value, line, same);
}

/** The metric of a pool whose seats are assigned, which then are shared and kept by that alone. */
const assignment = (pool: Pool | undefined) =>
  pool?.metric === "named-user" || pool?.metric === "device" ? pool.metric : undefined;
