/**
 * THE TABLE of keys that the register will have and this version has not: where they stand (`*` is any name or number)
 * and what they are called. They are refused by name, because a limit that is silently not kept is worse than none.
 */
const LATER: Record<string, readonly string[]> = {
  "": ["privacy", "notices"],
  "groups.*": ["directory"],
  "groups.*.members.*": ["contractEnds", "from", "until"],
  "access.people": ["oidc"],
  "access.shims": ["enrolment", "certificateAuthority"],
};

/** Columns of a members file that are refused likewise. */
export const LATER_COLUMNS: readonly string[] = LATER["groups.*.members.*"]!;

/** Behind its name. */
export const NOT_YET = "is known, but this version of seatmeter does not support it yet: leave it out";

/** Whether a key at that place belongs to a later version. */
export function isLater(parents: readonly PropertyKey[], key: string): boolean {
  return Object.entries(LATER).some(
    ([place, keys]) => keys.includes(key) && matches(place === "" ? [] : place.split("."), parents),
  );
}

const matches = (place: readonly string[], parents: readonly PropertyKey[]) =>
  place.length === parents.length && place.every((step, i) => step === "*" || step === String(parents[i]));
