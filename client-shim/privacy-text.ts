import {
  endedInWords,
  HELD_WORDS,
  type HeldItem,
  type KeptFor,
  nothingHeld,
  type PersonTold,
} from "../daemon/domain/held.ts";
import { plain } from "./denial.ts";

/** What is held of a person, to be handed to that person. */
export function personText({ user, organisation, madeAtMs, years, parts, never }: PersonTold): string {
  const lines = [
    `What ${plain(organisation)} holds about the use of licences by ${plain(user)}`,
    `As of ${moment(madeAtMs)}. Looked for in all years of which there is a key: ${years.join(", ")}.`,
  ];
  for (const { title, what, why, kept, from, items, elsewhere } of parts) {
    const held =
      items.length === 0
        ? plain(nothingHeld({ elsewhere }))
        : `${items.length} ${items.length === 1 ? "entry" : "entries"}:`;
    lines.push("", plain(title).toUpperCase(), plain(what), `Why: ${plain(why)}`);
    lines.push(`How long: ${plain(kept)}.`, `From: ${plain(from)}.`, held, ...items.map(lineOf));
  }
  return `${[...lines, "", plain(never)].join("\n")}\n`;
}

function lineOf(item: HeldItem): string {
  const until = item.untilMs === null ? "not over" : item.untilMs === item.fromMs ? undefined : item.untilMs;
  const time = item.fromMs === undefined ? undefined : moment(item.fromMs);
  const span = typeof until === "number" ? `${time} until ${moment(until)}` : until ? `${time}, ${until}` : time;
  const facts = HELD_WORDS.flatMap((name) => (item[name] ? [`${name} ${plain(endedInWords(item[name]))}`] : []));
  const seats = item.seats !== undefined && item.seats !== 1 ? [`seats ${item.seats}`] : [];
  return `  - ${[...(span ? [span] : []), ...facts, ...seats].join(", ")}`;
}

export function keptText({ kept, keyYears, runs, erased, unfinished }: KeptFor): string {
  const [last] = runs;
  const deleted = Object.entries(last?.deleted ?? {}).map(([table, rows]) => `${rows} of ${plain(table)}`);
  const night = last
    ? `Last looked for what is old on ${moment(last.atMs)}, and deleted ${deleted.join(", ") || "nothing"}.`
    : "Nothing was looked for yet: it is done once a day, a minute after the daemon's start.";
  const waiting = last?.waiting.length
    ? [`Kept for longer, because their days cannot be worked out: ${last.waiting.map(plain).join(", ")}.`]
    : [];
  return `${[
    ...kept.map(({ period, what, where }) => `${period.padEnd(10)} ${plain(what)} (${plain(where)})`),
    `Keys of pseudonyms: ${keyYears.join(", ")}.`,
    night,
    ...waiting,
    `Erased: ${erased} ${erased === 1 ? "person" : "people"}, ${unfinished} of whom something is not over yet.`,
  ].join("\n")}\n`;
}

const moment = (atMs: number) => `${new Date(atMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
