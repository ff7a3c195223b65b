import assert from "node:assert/strict";
import type { PoolModel } from "./pool-model.ts";
import type { RealPool, Snapshot, StreamRecord } from "./real-pool.ts";

/** Every key of the pool, against the model. */
export function compareState(model: PoolModel, real: RealPool, now: Snapshot) {
  assert.deepEqual(now.leases, model.lines());
  assert.deepEqual(new Map(now.due), model.due());
  assert.deepEqual(now.seats, model.seatLines());
  const counts = Object.entries(model.counts()).filter(([, seats]) => seats !== 0);
  assert.deepEqual(now.counts, Object.fromEntries(counts));
  assert.deepEqual(new Map(now.dated), model.dated());
  assert.deepEqual(new Map(now.linger), model.lingerDue());
  assert.deepEqual(new Map(now.journal), model.journal);
  assert.deepEqual(now.queue, [...model.excess, ...model.waits.keys()]);
  const memory = model.memory.map(({ virtualMs, ranOut, ids }) =>
    [`${virtualMs} ${ranOut ? "expired" : "ended"}`, ...ids].join("\n"),
  );
  assert.deepEqual(now.ended, memory);
  compareTally(model, now);

  const { used, capacity, seatMs, fullMs, overMs, refusals, minutePeaks, dayPeak, termMs, emptyReason, reserved } =
    model;
  const numbers = {
    ...{ used, capacity, seatMs, fullMs, overMs, refusals, minutePeak: minutePeaks[0], dayPeak, termMs },
    ...{ remembered: model.memory.reduce((sum, entry) => sum + entry.ids.length, 0), changes: real.changes },
  };
  const seen = Object.keys(numbers).map((name) => [name, Number(now.state[name] ?? 0)]);
  assert.deepEqual(Object.fromEntries(seen), numbers);
  assert.equal((now.state.minutePeaks ?? "").trim(), minutePeaks.slice(1).join(" "));
  assert.equal(now.state.emptyReason, emptyReason);
  const groups = reserved.map(({ group, seats }) => `${group}:${seats}`).join(",");
  assert.equal(now.state.reserved ?? "", groups);
}

/** The tickets of the queue, and when to look at it or at what is dated again, are the script's own affair. */
function compareTally(model: PoolModel, now: Snapshot) {
  const { tickets: _, stirred: __, dated = 0, ...counted } = now.tally;
  assert.deepEqual(counted, model.tally());
  const first = Math.min(...model.dated().values());
  if (model.dated().size > 0) assert.ok(dated > 0 && dated <= first, "what is dated is looked at in time");
}

/** What the call told, event by event, and that the stream proves itself. */
export function compareEvents(model: PoolModel, real: RealPool, records: readonly StreamRecord[]) {
  const { atMs, virtualMs } = model.moment;
  assert.ok(records.length <= 1, "a call tells in one record");
  for (const record of records) {
    assert.deepEqual([record.number, record.atMs, record.virtualMs], [real.changes + 1, atMs, virtualMs]);
    const before = real.told.reduce((level, [, , moved]) => level + Number(moved), 0);
    assert.equal(record.used, before, "the level before is what all events before add up to");
    real.changes += record.events.length;
    real.told.push(...record.events);
  }
  assert.deepEqual(
    records.flatMap(({ events }) => events),
    model.told,
  );
}
