import type { Register } from "../domain/register.ts";
import { periodInWords } from "../domain/retention.ts";

const PURPOSE = "To plan licences, and to comply with their terms.";
const asSessions = ({ privacy }: Register) =>
  `${periodInWords(privacy.keepSessions)} after it was over, then it is deleted`;

/** One kind of what is held of a person, in plain words: for that person. */
interface Held {
  title: string;
  what: string;
  why: string;
  /** How long. */
  kept: (register: Register) => string;
  from: string;
}

/** THE TABLE of what is held of a person, in the order in which it is told. */
export const HELD = {
  leases: {
    title: "Programs running now",
    what: "The names of the user and the computer, the program and its version, the site, and since when it runs.",
    why: "To count the seats in use, and so that whoever looks after licences can see who has them.",
    kept: () => "until the program ends or gives its seat back; the names go with it",
    from: "the command on the computer that started the program; the site from the network's address",
  },
  waiting: {
    title: "Programs waiting for a seat",
    what: "The names of the user and the computer, the program, and the site.",
    why: "To keep the place in the queue.",
    kept: () => "until a seat is there, or the person gives up",
    from: "the command on the computer that started the program",
  },
  launches: {
    title: "Programs that ran",
    what: "Under a code in place of the names: the program, when it began and ended and why, department, site, seats.",
    why: PURPOSE,
    kept: asSessions,
    from: "the seats that were counted, or another licence server's log that was read in",
  },
  denials: {
    title: "Programs that were refused",
    what: "Under a code in place of the names: the program, when, why, department and site.",
    why: "To see where seats or rules keep people from their work.",
    kept: asSessions,
    from: "the seats that were counted, or another licence server's log that was read in",
  },
  refusals: {
    title: "Times without a seat",
    what: "Several refusals close together, told as one: from when to when, and whether a seat came in the end.",
    why: "To work out how many seats are needed.",
    kept: asSessions,
    from: "the refusals above",
  },
  assignments: {
    title: "Seats kept or assigned",
    what: "Under a code: that a seat was kept for the person for a while, or assigned, and when that ended.",
    why: "Because a seat can be bought for a named person, or kept for a moment after use.",
    kept: asSessions,
    from: "the seats that were counted",
  },
  computers: {
    title: "Software on a computer that nobody else uses",
    what: "Under a code in place of the computer's name: what is installed on it, and since when.",
    why: "To know whether what is installed is licensed and still needed.",
    kept: ({ privacy }) => `${periodInWords(privacy.keepInventory)} after the computer was last heard of`,
    from: "the agent on the computer",
  },
  traces: {
    title: "Short-lived marks",
    what: "Under a code: a seat that is kept or assigned now, a pause after a seat was taken back, a refusal just now.",
    why: "So that the rules about seats can be kept.",
    kept: () =>
      "minutes; an assigned seat for as long as its licence says; the count of emergency launches for the month",
    from: "the seats that were counted",
  },
  register: {
    title: "Rules that name the person",
    what: "Groups and rules in the register in which the user's name stands, with department and contract's end where known.",
    why: "To decide who may use what.",
    kept: () => "as long as the register, or the directory that it is read from, names the person",
    from: "the register of licences, written by whoever looks after it, or the organisation's directory",
  },
} as const satisfies Record<string, Held>;
export type HeldPart = keyof typeof HELD;

/** What people may wonder about, and is never held. */
export const NEVER_HELD =
  "Never held: titles of windows, names of files, keys pressed, what is on the screen, or any address beyond the logs of the servers.";

/** One thing that is held. Moments are epoch milliseconds; what is not known is not there. */
export interface HeldItem {
  fromMs?: number;
  /** Null: it is not over. */
  untilMs?: number | null;
  product?: string;
  pool?: string;
  site?: string;
  department?: string;
  user?: string;
  device?: string;
  version?: string;
  seats?: number;
  /** How it ended, why it was refused, what kind it is. */
  outcome?: string;
  /** What the person wrote. */
  words?: string;
}

/** Where a register names somebody. */
export function inRegister(register: Register, user: string): HeldItem[] {
  const groups = Object.entries(register.groups).flatMap(([name, group]) =>
    group.members
      .filter((member) => member.user === user)
      .map((member): HeldItem => {
        const department = member.department ?? group.department;
        const days = [
          member.from && `from ${member.from}`,
          member.until && `until ${member.until}`,
          member.contractEnds && `contract ends ${member.contractEnds}`,
        ].filter(Boolean);
        return { outcome: [`group ${name}`, ...days].join(", "), ...(department && { department }) };
      }),
  );
  const rules = Object.entries(register.pools).flatMap(([pool, rules]) => [
    ...(["allow", "deny"] as const).flatMap((list) =>
      rules[list]
        .filter(({ kind, value }) => kind === "user" && value === user)
        .map((): HeldItem => ({ pool, outcome: list })),
    ),
    ...rules.limits
      .filter(({ kind, name }) => kind === "user" && name === user)
      .map(({ seats }): HeldItem => ({ pool, seats, outcome: "limit" })),
  ]);
  return [...groups, ...rules];
}
