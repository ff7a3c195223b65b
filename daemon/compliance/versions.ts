import type { IsoDate } from "../domain/calendar.ts";
import { covers } from "../domain/eligibility.ts";
import type { Software } from "../domain/inventory.ts";
import type { VersionWindow } from "../domain/register.ts";

/**
 * Whether an installed version lies outside the window, on that day. What is installed may say more than what is launched:
 * a package's own revision behind the version, and the year that people call it by in its name alone. Any of these may be
 * what the register means, so only what lies outside by all of them is told of.
 *
 * @returns nothing where it lies inside, or no version is known; `""` for outside, or the last day of an exception
 */
export function outsideWindow(
  window: VersionWindow,
  { name, version }: Software,
  today: IsoDate,
): IsoDate | "" | undefined {
  if (version === "") return undefined;
  const said = [version, version.split(/[-+~ ]/, 1)[0]!, ...(name.match(/\d[\w.]*/g) ?? [])];
  const isCovered = (pattern: string) => said.some((one) => covers(pattern, one));
  if ([window.current, window.previous].some((pattern) => pattern !== undefined && isCovered(pattern)))
    return undefined;
  const days = window.exceptions.filter((exception) => isCovered(exception.version)).map(({ until }) => until);
  const last = days.sort().at(-1);
  if (last === undefined) return "";
  return last < today ? last : undefined;
}
