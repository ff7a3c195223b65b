import type { Holding } from "./usage.ts";

/** A use of a seat that stays its holder's after it, or somebody's wish for one. */
export interface AssignedUse extends Pick<Holding, "startMs" | "endMs" | "seats" | "department"> {
  /** Whose seat it is, by pseudonym: of the year of the use, and of the year before. */
  who: string;
  whoLastYear: string;
}

/** Somebody's seat is nobody's any more, whenever it was used last. */
export interface Unassigned {
  who: string;
  /** Who has seats of several weights may lose one and keep another. */
  seats: number;
  atMs: number;
}

/**
 * Seats as they are assigned: from the first use until nobody used it for so long. Who comes back within that time has
 * one seat all along; a second one that is used beside it is held while it is used.
 *
 * @param holdMs how long a seat stays assigned after its use
 * @param ends   those that came to an end in another way
 * @see licensing.md, "metric"
 */
export function assignments(uses: readonly AssignedUse[], holdMs: number, ends: readonly Unassigned[] = []): Holding[] {
  const endsOf = Map.groupBy(ends, ({ who, seats }) => `${seats} ${who}`);
  const all: Holding[] = [];
  const open = new Map<string, { holding: Holding; names: Set<string>; usedUntilMs: number }>();
  const inTime = (one: AssignedUse, other: AssignedUse) => one.startMs - other.startMs || one.endMs - other.endMs;
  for (const { who, whoLastYear, startMs, endMs, seats, department } of uses.toSorted(inTime)) {
    const known = open.get(`${seats} ${who}`) ?? (whoLastYear === "" ? undefined : open.get(`${seats} ${whoLastYear}`));
    const names = (known?.names ?? new Set()).add(who).add(whoLastYear);
    const endedMs = [...names].flatMap((name) => (endsOf.get(`${seats} ${name}`) ?? []).map(({ atMs }) => atMs));
    const heldUntilMs = Math.min(endMs + holdMs, ...endedMs.filter((atMs) => atMs >= endMs));
    const holding: Holding = { startMs, endMs: heldUntilMs, seats, department, grantedAs: "usual" };
    if (known && startMs < known.usedUntilMs) {
      all.push({ ...holding, endMs: Math.min(endMs, known.usedUntilMs) });
    } else if (!known || startMs > known.holding.endMs) {
      all.push(holding);
      open.set(`${seats} ${who}`, { holding, names, usedUntilMs: endMs });
      continue;
    }
    known.holding.endMs = Math.max(known.holding.endMs, heldUntilMs);
    known.usedUntilMs = Math.max(known.usedUntilMs, endMs);
    open.set(`${seats} ${who}`, known);
  }
  return all;
}
