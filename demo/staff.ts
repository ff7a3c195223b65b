import { addDays, type IsoDate } from "../daemon/domain/calendar.ts";
import { DEPARTMENTS, PRODUCTS } from "./council.ts";

export interface Person {
  user: string;
  device: string;
  department: string;
  /** How often at home, and whether in the depot otherwise. */
  homeShare: number;
  depot: boolean;
  /** The last day of a contractor's contract. */
  contractEnds?: IsoDate;
  /** First day, of those who came within the last years. */
  joined?: IsoDate;
}

export interface Staff {
  people: readonly Person[];
  /** Who uses a product, and on what share of working days. */
  usersOf: ReadonlyMap<string, readonly { person: Person; habit: number }[]>;
}

const FIRST =
  "adam aisha ben carol chloe dan dev ella emma farah gwen harry ian jade joe kate liam lucy maya mo nia owen pat priya ray rosa sam sara tom zoe".split(
    " ",
  );
const LAST =
  "adams ahmed baker brown carter clark davies evans fox green hall hughes jones khan lewis lloyd mason mills moore patel price reed shah smith stone taylor turner walker ward young".split(
    " ",
  );
const CONTRACTORS = 12;

/** The people of the made-up council, the same for the same numbers. */
export function staffOf(random: () => number, today: IsoDate): Staff {
  const names = new Set<string>();
  const people: Person[] = [];
  const pick = <One>(from: readonly One[]) => from[Math.floor(random() * from.length)] as One;
  const add = (department: string, more: Partial<Person> = {}) => {
    let user = `${pick(FIRST)}.${pick(LAST)}`;
    for (let i = 2; names.has(user); i++) user = `${user.replace(/\d+$/, "")}${i}`;
    names.add(user);
    const depot = ["Highways", "Environment", "Housing"].includes(department) && random() < 0.4;
    const device = `${random() < 0.6 ? "LT" : "PC"}-${String(1000 + people.length)}`;
    people.push({ user, device, department, homeShare: random() * 0.6, depot, ...more });
  };
  for (const [department, size] of Object.entries(DEPARTMENTS)) {
    for (let i = 0; i < size - (i % 9 === 8 ? 1 : 0); i++) {
      const isNew = random() < 0.06;
      add(department, isNew ? { joined: addDays(today, -Math.floor(20 + random() * 300)) } : {});
    }
  }
  for (let i = 0; i < CONTRACTORS; i++) {
    // The first two have left; one of them tried again, and was refused.
    const ends = addDays(today, i < 2 ? -(9 + i * 40) : 14 + i * 22);
    add(pick(["Planning", "Highways", "Property"]), { contractEnds: ends, joined: addDays(today, -(120 + i * 15)) });
  }
  const usersOf = new Map(
    Object.entries(PRODUCTS).map(([product, { departments, users, habit }]) => {
      const all = people.filter(({ department }) => departments.includes(department));
      const order = all.map((person) => ({ person, at: random() })).sort((one, other) => one.at - other.at);
      // Some use it every day and some now and then; together they make the usual share.
      const whose = order
        .slice(0, users)
        .map(({ person }) => ({ person, habit: Math.min(0.95, habit * (0.3 + 1.4 * random())) }));
      return [product, whose];
    }),
  );
  return { people, usersOf };
}
