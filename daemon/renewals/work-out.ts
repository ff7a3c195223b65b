import type { OnPool } from "../history/rollups.ts";
import { type NightlyParts, nightly } from "./nightly.ts";

/**
 * All that follows from what was recorded, as far as it is behind: days, then what is worked out of them once a day. A
 * daemon does it each minute; whoever has written down years at once does it before he says that they are there.
 *
 * @param onPool hears how far it is
 * @returns false where another daemon is at it
 */
export async function workOut(parts: NightlyParts, onPool: OnPool = () => {}): Promise<boolean> {
  const days = await parts.rollups.run((pool, share) => onPool(pool, share / 2));
  const nights = days && (await nightly(parts, (pool, share) => onPool(pool, (1 + share) / 2)));
  return nights !== undefined;
}
