import type { IsoDate } from "../domain/calendar.ts";
import type { Incident } from "../domain/incidents.ts";
import type { Register } from "../domain/register.ts";

interface Use {
  pool: string;
  used: number;
  capacity: number;
}

/**
 * Pools in which more is in use than is bought now, since an entitlement has ended and none has begun since. Nobody is cut
 * off when one ends. A site licence is never full, so there it takes that nothing is in force.
 */
export function endedInUse({ pools }: Register, levels: readonly Use[], today: IsoDate): Incident[] {
  return levels.flatMap(({ pool, used, capacity }) => {
    const { entitlements = [], metric } = pools[pool] ?? {};
    const ended = entitlements.flatMap(({ reference, ends }) => (ends && ends < today ? [{ reference, ends }] : []));
    const last = ended.sort((one, other) => (one.ends < other.ends ? -1 : 1)).at(-1);
    if (!last || used <= capacity || (metric === "site" && capacity > 0)) return [];
    if (entitlements.some(({ starts }) => starts !== undefined && starts > last.ends)) return [];
    const facts = { used, owned: capacity, reference: last.reference, ended: last.ends };
    return [{ kind: "entitlement_ended" as const, matter: pool, site: "", pool, facts }];
  });
}
