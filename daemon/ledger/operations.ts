import { DENIALS } from "../domain/denials.ts";
import { JOURNAL_REMEMBERED_MS } from "../domain/journal.ts";
import { FOLD_MS } from "../domain/refusals.ts";
import { POOL_KEYS } from "./keys.ts";

/**
 * What a call tells the script before its operations, all in text.
 *
 * Ended ids are remembered so long (by virtual time) and at most so many; so many leases at most expire in one call; of
 * those who wait so many are looked at in one call; an offer stands so long; whose seat was reclaimed cannot retake it for
 * so long; denials of one person are one refusal so close together, those of one attempt for so long after the last, and
 * so many people's are folded at once; and ids of journals are remembered so long (by the wall's clock) and at most so many.
 */
export const CALL_SETTINGS = {
  rememberMs: 15 * 60_000,
  rememberMost: 20_000,
  sweepMost: 500,
  queueMost: 200,
  offerMs: 30_000,
  coolOffMs: 2 * 60_000,
  foldMs: FOLD_MS,
  attemptMs: 24 * 60 * 60_000,
  foldMost: 10_000,
  journalMs: JOURNAL_REMEMBERED_MS,
  journalMost: 100_000,
} as const;
/**
 * Next it says what is known of the pool's last event: a ledger that is behind it lost something
 * (lua/call/12-recovery.lua).
 */
export interface LastEvent {
  epoch: string;
  number: number;
}
export const NOTHING_KNOWN: LastEvent = { epoch: "0", number: 0 };
const KNOWN = ["knownEpoch", "knownNumber"];

export type CallSettings = Record<keyof typeof CALL_SETTINGS, number>;

/**
 * THE TABLE of what can be asked of a pool: the columns that each kind of operation sends, and what it answers. A column
 * in `optional` is sent only in a call where some operation fills it. lua/call/ decides the kinds in this order.
 */
export const OPERATIONS = {
  checkin: {
    columns: ["Ids", "Holders"],
    optional: ["Whys"],
    answers: "returned | gone | not_holder",
  },
  journal: {
    columns: ["Ids", "Records"],
    optional: [],
    answers: "told | ended | known | not_holder",
  },
  renew: {
    columns: ["Ids", "Holders"],
    optional: [],
    answers:
      "only what is not simply alive, each with its id: gone | not_holder | queued ⇥place | offered ⇥ms | " +
      "reclaiming ⇥ms ⇥why ⇥postponable",
  },
  act: {
    columns: ["Ids", "Orders"],
    optional: [],
    answers:
      "reclaiming ⇥ms ⇥why ⇥postponable | borrowed | spared | recalled | freed | forgotten | assigned | over | rebuilt | queued ⇥place | offered ⇥ms | lapsed | held | not_holder | gone",
  },
  checkout: {
    columns: ["Ids", "Records"],
    optional: ["Verdicts", "Nexts", "Terms"],
    answers:
      "granted | flagged ⇥lease | live ⇥lease | queued ⇥place | passed ⇥pool | returned | not_holder | again | " +
      "recovering | a denial's reason ⇥rule",
  },
  explain: {
    columns: ["Ids", "Records"],
    optional: ["Terms"],
    answers: "granted ⇥flag | again | recovering | a denial's reason ⇥rule",
  },
} as const;
export type Kind = keyof typeof OPERATIONS;
export const KINDS = Object.keys(OPERATIONS) as Kind[];

/** What a call must say in these words; scripts.ts refuses to start where lua/call says otherwise. */
export function statedLines(): string[] {
  const counts = KINDS.map((kind) => `${kind}s`);
  const numbers = [...Object.keys(CALL_SETTINGS), ...KNOWN, ...counts];
  const forSeats = Object.entries(DENIALS).filter(([, { seats }]) => seats);
  return [
    `local FOR_SEATS = { ${forSeats.map(([reason]) => `${reason} = true`).join(", ")} }`,
    `local ${POOL_KEYS.map((key) => key.toUpperCase()).join(", ")} = unpack(KEYS)`,
    `local ${numbers.join(", ")} = ${numbers.map((_, i) => `tonumber(ARGV[${i + 1}])`).join(", ")}`,
    `local named, place = ARGV[${numbers.length + 1}], ${numbers.length + 1}`,
    ...KINDS.map((kind) => {
      const { columns, optional } = OPERATIONS[kind];
      const names = [...columns, ...optional].map((column) => kind + column);
      const places = [
        ...columns.map(() => `column(${kind}s)`),
        ...optional.map((column) => `optional("${kind + column}", ${kind}s)`),
      ];
      return `local ${names.join(", ")} = ${places.join(", ")}`;
    }),
  ];
}
