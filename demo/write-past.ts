import type { LedgerEvent } from "../daemon/domain/events.ts";
import { type History, openHistory } from "../daemon/history/database.ts";
import type { HistoryPlace } from "../daemon/history/troubles.ts";
import { Writer } from "../daemon/history/writer.ts";
import type { DemoPast, PastDay } from "./past.ts";

/** So many events are one transaction: each waits for the disk. */
const MOST_IN_TRANSACTION = 10_000;

/** The same writer that records what a ledger tells. @returns how many events were written down */
export async function writePast(
  past: DemoPast,
  place: HistoryPlace,
  onDay: (day: PastDay, share: number) => void | Promise<void>,
): Promise<number> {
  const history: History = await openHistory(place);
  try {
    const writer = new Writer(history, "demo");
    let [waiting, count, all, done] = [new Map<string, LedgerEvent[]>(), 0, 0, 0];
    const flush = async () => {
      const { missing } = await writer.write(waiting);
      if (missing.length > 0) throw new Error(`events are missing of ${missing.join(", ")}`);
      all += count;
      [waiting, count] = [new Map(), 0];
    };
    for (const day of past.play()) {
      for (const [pool, events] of day.events) {
        const theirs = waiting.get(pool);
        if (theirs) theirs.push(...events);
        else waiting.set(pool, events);
        count += events.length;
      }
      done += 1;
      if (count >= MOST_IN_TRANSACTION) await flush();
      await onDay(day, done / past.days.length);
    }
    await flush();
    return all;
  } finally {
    await history.close();
  }
}
