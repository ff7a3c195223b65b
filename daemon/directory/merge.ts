import { addDays, type IsoDate } from "../domain/calendar.ts";
import type { Member } from "../domain/register.ts";
import type { FoundPerson } from "./people.ts";

/** A membership is remembered as long as the launches are that it explains: thirteen months. */
const REMEMBERED_DAYS = 396;

/**
 * The members of a group from what a directory says today, and from what it said before: who came is in it from today on,
 * who left until today, who changed departments has a row for each. A directory tells only what is; so history is not
 * rewritten by it. Asking it twice changes nothing, and the order is one that every daemon finds.
 *
 * @param before none: it was never read, and who is found has been there for as long as anybody knows
 */
export function mergedMembers(
  before: readonly Member[] | undefined,
  found: readonly FoundPerson[],
  today: IsoDate,
): Member[] {
  if (!before) return inOrder(found);
  const rows = Map.groupBy(before, ({ user }) => user);
  const now = new Map(found.map((person) => [person.user, person]));
  const users = new Set([...rows.keys(), ...now.keys()]);
  return inOrder([...users].flatMap((user) => ofOne(rows.get(user) ?? [], now.get(user), today)));
}

function ofOne(rows: readonly Member[], person: FoundPerson | undefined, today: IsoDate): Member[] {
  const current = rows.findLast(({ until }) => until === undefined || until >= today);
  const earlier = rows.filter((row) => row !== current && !isForgotten(row, today));
  if (!current) return person ? [...earlier, { ...person, from: today }] : earlier;
  if (!person) return [...earlier, { ...current, until: current.until ?? today }];

  const { until: _, department, ...since } = current;
  const isSameDepartment = department === undefined || department === person.department;
  const hasJustBegun = since.from !== undefined && since.from >= today;
  if (isSameDepartment || hasJustBegun) {
    return [...earlier, { ...person, ...(since.from !== undefined && { from: since.from }) }];
  }
  return [...earlier, { ...current, until: addDays(today, -1) }, { ...person, from: today }];
}

const isForgotten = ({ until }: Member, today: IsoDate) =>
  until !== undefined && until < addDays(today, -REMEMBERED_DAYS);

const keyOf = ({ user, from = "" }: Member) => `${user}\n${from}`;
const inOrder = (members: readonly Member[]) =>
  members.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : keyOf(one) > keyOf(other) ? 1 : 0));
