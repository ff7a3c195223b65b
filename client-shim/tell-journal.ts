import { SeatmeterError } from "../daemon/domain/errors.ts";
import { JOURNAL_ENTRIES } from "../daemon/domain/journal.ts";
import type { Wire } from "./connection.ts";
import { plain } from "./denial.ts";
import { FRAME_ROOM_BYTES } from "./frame-room.ts";
import type { Journal, Unheard } from "./journal-files.ts";

/**
 * Tell a daemon what ran here while none could be asked, and forget what it says is journalled. Any shim of this person
 * tells of all launches; who is told twice counts once.
 *
 * @param within how often it is asked, and how long each waits; as for any question where nothing is said
 * Errors: SeatmeterError unreachable, or what the daemon says; then it is told again later.
 */
export async function tellJournal(
  connection: Wire,
  journal: Journal,
  tell: (sentence: string) => void,
  ...within: [tries?: number, withinMs?: number]
): Promise<number> {
  if (!connection.welcome.accepts.includes("journal")) return 0;
  const { entries, dropped } = journal.ended(Date.now());
  if (dropped > 0)
    tell(
      `of what ran without the licence service, ${dropped} cannot be told any more: too old, damaged, or changed by somebody.`,
    );
  let told = 0;
  for (const some of inFrames(entries.map((entry) => onTheWire(entry, connection)))) {
    const ids = await idsTaken(connection, some, tell, within);
    journal.forget(ids);
    told += ids.length;
  }
  return told;
}

type OnTheWire = ReturnType<typeof onTheWire>;

/** By the daemon's clock, which is everybody's. */
function onTheWire({ untilMs, startedAtMs, pid: _, ...launch }: Unheard, connection: Wire) {
  return {
    ...launch,
    startedAtMs: connection.daemonsMoment(startedAtMs),
    endedAtMs: connection.daemonsMoment(Math.max(startedAtMs, untilMs)),
  };
}

async function idsTaken(
  connection: Wire,
  entries: readonly OnTheWire[],
  tell: (sentence: string) => void,
  within: [tries?: number, withinMs?: number],
): Promise<string[]> {
  try {
    const signature = await connection.journalSignature(entries);
    const journal = { type: "journal" as const, entries: [...entries], ...(signature !== undefined && { signature }) };
    return (await connection.ask(journal, ...within)).ids;
  } catch (error) {
    // One that the daemon does not understand must not keep the others from being told.
    if (!(error instanceof SeatmeterError) || error.code !== "message_invalid") throw error;
    const [first, ...others] = entries as [OnTheWire, ...OnTheWire[]];
    if (others.length === 0) {
      tell(
        `a launch of ${plain(first.product)} cannot be told to the licence service, and is dropped: ${plain(error.message)}.`,
      );
      return [first.id];
    }
    const alone: string[] = [];
    for (const entry of entries) alone.push(...(await idsTaken(connection, [entry], tell, within)));
    return alone;
  }
}

function inFrames(entries: readonly OnTheWire[]): OnTheWire[][] {
  const frames: OnTheWire[][] = [];
  let bytes = FRAME_ROOM_BYTES;
  for (const entry of entries) {
    const length = Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (bytes + length > FRAME_ROOM_BYTES || frames.at(-1)!.length === JOURNAL_ENTRIES) {
      frames.push([]);
      bytes = 0;
    }
    frames.at(-1)!.push(entry);
    bytes += length;
  }
  return frames;
}
