/**
 * THE TABLE of keys that the register will have and this version has not: where they stand, and what they are called.
 * They are refused by name, because a rule that is silently not kept is worse than none.
 */
const LATER: ReadonlyMap<string, readonly string[]> = new Map();

/** Behind its name. */
export const NOT_YET = "is known, but this version of seatmeter does not support it yet: leave it out";

/** Whether a key at that place belongs to a later version. */
export const isLater = (parents: readonly PropertyKey[], key: string) =>
  LATER.get(parents.map(String).join("."))?.includes(key) ?? false;
