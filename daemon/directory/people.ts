import { type IsoDate, isIsoDate } from "../domain/calendar.ts";
import { folded, printable, UserName } from "../domain/names.ts";
import type { Directory } from "../domain/register.ts";
import { lastDayOf } from "./contract-end.ts";

/** Somebody whom a directory names, with a folded name. */
export interface FoundPerson {
  user: string;
  department?: string;
  contractEnds?: IsoDate;
}

/** An entry as it is read: each attribute's first value, by the attribute's name in small letters. */
export type Entry = ReadonlyMap<string, string>;

/** In Active Directory and elsewhere; an entry that has both is Active Directory's. */
const USER_ATTRIBUTES = ["sAMAccountName", "uid"];

/** What is asked of each entry. */
export function attributesOf({ userAttribute, departmentAttribute, contractEndsAttribute }: Directory): string[] {
  const user = userAttribute === undefined ? USER_ATTRIBUTES : [userAttribute];
  return [...user, departmentAttribute, ...(contractEndsAttribute === undefined ? [] : [contractEndsAttribute])];
}

const Department = printable(200);

/**
 * The person of each entry, once.
 *
 * @returns `unread`: how many have no name that somebody could sign in with, or an end of their contract that is no day
 */
export function peopleOf(entries: readonly Entry[], directory: Directory, timezone: string) {
  const people = new Map<string, FoundPerson>();
  let unread = 0;
  for (const entry of entries) {
    const value = (attribute = "") => entry.get(attribute.toLowerCase())?.replace(/\s+/g, " ").trim() ?? "";
    const names = directory.userAttribute === undefined ? USER_ATTRIBUTES : [directory.userAttribute];
    const name = UserName.safeParse(names.map(value).find((name) => name !== "") ?? "");
    if (!name.success) {
      unread += 1;
      continue;
    }
    const user = folded(name.data);
    const department = Department.safeParse(value(directory.departmentAttribute));
    const ends = lastDayOf(value(directory.contractEndsAttribute), timezone);
    if (ends === undefined) unread += 1;
    people.set(user, {
      user,
      ...(department.success && { department: department.data }),
      ...(ends !== undefined && isIsoDate(ends) && { contractEnds: ends }),
    });
  }
  return { people: [...people.values()], unread };
}
