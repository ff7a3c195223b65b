import { addDays, type IsoDate, startOfDayMs } from "./calendar.ts";
import { folded } from "./names.ts";
import type { Member, Register } from "./register.ts";

/** What the register knows of somebody at a moment. */
export interface Person {
  /** In the register's order. */
  groups: readonly string[];
  /** Empty where no group says one. */
  department: string;
  /** Last day of the contract, where all that the register says of it ends. */
  contractEnds?: IsoDate;
  /** From when on it is over, and where the register says so. */
  contract?: { overAtMs: number; rule: string };
}

interface Membership extends Member {
  group: string;
  /** Of the group. */
  groupDepartment?: string;
}

/** From this moment until the next one. */
interface Since {
  fromMs: number;
  person: Person;
}

const NOBODY: Person = { groups: [], department: "" };

/**
 * Who somebody is at a moment. Memberships have days, so that a restructuring does not rewrite history; nearly nobody's
 * have any, and those are answered without looking at the moment.
 */
export class PeopleIndex {
  readonly #people = new Map<string, Person | readonly Since[]>();
  readonly #timezone: string;
  readonly #midnights = new Map<IsoDate, number>();

  constructor({ groups, timezone }: Register) {
    this.#timezone = timezone;
    const memberships = new Map<string, Membership[]>();
    for (const [group, { members, department }] of Object.entries(groups)) {
      for (const member of members) {
        const user = folded(member.user);
        const theirs = memberships.get(user) ?? [];
        theirs.push({ ...member, group, ...(department !== undefined && { groupDepartment: department }) });
        memberships.set(user, theirs);
      }
    }
    for (const [user, theirs] of memberships) this.#people.set(user, this.#ofAll(theirs));
  }

  person(user: string, atMs: number): Person {
    const known = this.#people.get(folded(user));
    if (known === undefined) return NOBODY;
    return "groups" in known ? known : (known.findLast(({ fromMs }) => fromMs <= atMs)?.person ?? NOBODY);
  }

  #ofAll(memberships: readonly Membership[]): Person | readonly Since[] {
    const terms = memberships.map((membership) => ({
      membership,
      fromMs: membership.from === undefined ? 0 : this.#startOf(membership.from),
      untilMs: membership.until === undefined ? Number.POSITIVE_INFINITY : this.#endOf(membership.until),
    }));
    const changes = [...new Set(terms.flatMap(({ fromMs, untilMs }) => [fromMs, untilMs]))].filter(Number.isFinite);
    const since = [...new Set([0, ...changes])]
      .sort((one, other) => one - other)
      .map((fromMs): Since => {
        const current = terms.filter((term) => term.fromMs <= fromMs && fromMs < term.untilMs);
        return { fromMs, person: this.#person(current.map(({ membership }) => membership)) };
      });
    return since.length === 1 ? since[0]!.person : since;
  }

  /** The department is that of the first group that knows one: of the member's own there, the last, before the group's. */
  #person(current: readonly Membership[]): Person {
    const groups = [...new Set(current.map(({ group }) => group))];
    const departments = groups.map((group) => {
      const inGroup = current.filter((membership) => membership.group === group);
      return inGroup.findLast(({ department }) => department)?.department ?? inGroup[0]?.groupDepartment;
    });
    return { groups, department: departments.find(Boolean) ?? "", ...this.#contract(current) };
  }

  /** A contract ends with the last of those that say when; not at all where one of them does not say. */
  #contract(current: readonly Membership[]): Pick<Person, "contractEnds" | "contract"> {
    let last: { ends: IsoDate; group: string } | undefined;
    for (const { contractEnds, group } of current) {
      if (contractEnds === undefined) return {};
      if (last === undefined || contractEnds > last.ends) last = { ends: contractEnds, group };
    }
    if (!last) return {};
    const contract = { overAtMs: this.#endOf(last.ends), rule: `groups.${last.group}.members` };
    return { contractEnds: last.ends, contract };
  }

  /** Thousands of people share a few days, and each midnight takes a while to find. */
  #startOf(day: IsoDate): number {
    const known = this.#midnights.get(day) ?? startOfDayMs(day, this.#timezone);
    this.#midnights.set(day, known);
    return known;
  }

  #endOf(day: IsoDate): number {
    return this.#startOf(addDays(day, 1));
  }
}
