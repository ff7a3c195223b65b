import { SeatmeterError } from "../daemon/domain/errors.ts";
import { parsed } from "./arguments.ts";
import { clock, plain } from "./denial.ts";
import type { Unheard } from "./journal-files.ts";
import { Kept } from "./kept.ts";
import { howLong } from "./moments.ts";
import { print } from "./print.ts";
import { reached } from "./reached.ts";
import { Route } from "./route.ts";
import { daemonsAt } from "./settings.ts";
import { table } from "./table.ts";
import { tell } from "./tell.ts";
import { tellJournal } from "./tell-journal.ts";

export const usage = `
Usage: seatmeter journal [--send] [--json]

What you ran on this computer while no daemon could be asked, has ended, and is not told yet. "seatmeter run" tells it
when it has reached a daemon, so there is mostly nothing to do. It is kept for 7 days, of 1,000 launches at most.

  --send   tell it now, and show what is left
  --json   for programs: a list of { id, product, user, startedAtMs, untilMs, reason, … }, by this computer's clock

Exit code: 0 · 69 no daemon can be reached: it is kept · 77 the daemon does not let this computer in
  64 the daemon is of a version that takes no journals: it is kept
`;

export async function run(args: readonly string[]): Promise<number> {
  const { positionals, values } = parsed(args, { send: { type: "boolean" }, json: { type: "boolean" } });
  const [word] = positionals;
  if (word !== undefined) throw new SeatmeterError("usage", `${word} is one argument too many; to tell it: --send.`);
  const kept = new Kept("");
  if (values.send) await send(kept);
  const { entries } = kept.journal.ended(Date.now());
  if (values.json) print(`${JSON.stringify(entries, undefined, 2)}\n`);
  else print(entries.length === 0 ? "Nothing is left to tell.\n" : listOf(entries));
  return 0;
}

async function send(kept: Kept): Promise<void> {
  const connection = await reached(new Route(await daemonsAt(), kept));
  try {
    if (!connection.welcome.accepts.includes("journal"))
      throw new SeatmeterError("usage", "This licence service is of a version that takes no journals.");
    const told = await tellJournal(connection, kept.journal, tell);
    if (told > 0) tell(`${told} told.`);
  } finally {
    connection.close();
  }
}

const listOf = (entries: readonly Unheard[]) =>
  table(
    [{ heading: "PRODUCT" }, { heading: "USER" }, { heading: "STARTED" }, { heading: "RAN FOR" }, { heading: "WHY" }],
    entries.map(({ product, user, startedAtMs, untilMs, reason }) => [
      ...[plain(product), plain(user), clock(startedAtMs), howLong(untilMs - startedAtMs), plain(reason)],
    ]),
  );
