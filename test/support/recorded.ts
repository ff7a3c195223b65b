import type { Register } from "../../daemon/domain/register.ts";
import type { History } from "../../daemon/history/database.ts";
import { markStale } from "../../daemon/history/stale-days.ts";
import type { HoldingRow, RefusalRow, SessionRow } from "../../daemon/history/tables.ts";
import { putRows } from "../../daemon/history/write.ts";
import { readRegister } from "../../daemon/register/read.ts";
import { at } from "./usage.ts";

/** A launch as a test tells it; moments in UTC. */
export interface Told {
  pool?: string;
  person?: string;
  personLastYear?: string;
  device?: string;
  deviceLastYear?: string;
  department?: string;
  from: string;
  /** None: it lasts. */
  until?: string;
  seats?: number;
  flags?: string;
  askedFirst?: string;
}

let number = 0;

/** Launches of a history as its recorder would have written them, days marked as behind; each has its own seat unless shared. */
export async function record(history: Pick<History, "db">, ...launches: Told[]): Promise<void> {
  const rows = launches.map(rowsOf);
  await history.db.transaction().execute(async (db) => {
    await putRows(
      db,
      "sessions",
      rows.map(({ session }) => session),
    );
    await putRows(
      db,
      "holdings",
      rows.flatMap(({ holding }) => holding ?? []),
    );
    for (const { session } of rows) await markStale(db, session.pool, session.start_ms);
  });
}

/** An earlier launch ends, as late as it may be told. */
export async function end(history: Pick<History, "db">, person: string, until: string): Promise<void> {
  const end_ms = at(until);
  await history.db.transaction().execute(async (db) => {
    const { pool } = await db
      .updateTable("sessions")
      .set({ end_ms })
      .where("person", "=", person)
      .where("end_ms", "is", null)
      .returning("pool")
      .executeTakeFirstOrThrow();
    await db.updateTable("holdings").set({ end_ms }).where("person", "=", person).where("end_ms", "is", null).execute();
    await markStale(db, pool, end_ms);
  });
}

function rowsOf(told: Told): { session: SessionRow; holding: HoldingRow | undefined } {
  number += 1;
  const flags = told.flags ?? "";
  const person = told.person ?? `p-${number}`;
  const launch = {
    ...{ pool: told.pool ?? "cad", epoch: "1", number, product: "cad", person },
    person_last_year: told.personLastYear ?? `${person}-before`,
    ...{ device: told.device ?? `d-${number}`, device_last_year: told.deviceLastYear ?? "" },
    ...{ department: told.department ?? "", site: "hall" },
  };
  const times = { start_ms: at(told.from), end_ms: told.until === undefined ? null : at(told.until) };
  const shared = flags.includes("shared");
  const outside = (["observed", "excess", "break_glass"] as const).find((flag) => flags.includes(flag)) ?? "";
  const seats = told.seats ?? 1;
  const overdrawn = Number(flags.includes("overdraft"));
  return {
    session: {
      ...{ ...launch, ...times, seats, flags, lease_id: `lease-${number}`, version: "", attempt_id: "", attested: 0 },
      ...{ asked_first: told.askedFirst ?? "", reason: "", break_glass_reason: "", level: 1, end_number: null },
      ...{ holding: shared ? null : number, why: times.end_ms === null ? null : "checked_in" },
      ...{ borrowed_until_ms: null, seated_ms: null },
    },
    holding: shared ? undefined : { ...launch, ...times, seats, outside, overdrawn },
  };
}

/** Somebody found no seat; kept waiting, or turned away. */
export async function refuse(
  history: Pick<History, "db">,
  told: { pool?: string; person?: string; first: string; granted?: string; sizing?: boolean },
): Promise<void> {
  number += 1;
  const first_ms = at(told.first);
  const pool = told.pool ?? "cad";
  const row: RefusalRow = {
    ...{ pool, epoch: "1", number, product: "cad", person: told.person ?? `p-${number}`, person_last_year: "" },
    ...{ department: "", attempt_id: "", first_ms, last_ms: first_ms, denials: 1 },
    sizing_denials: Number(told.sizing ?? true),
    ...{ granted_ms: told.granted ? at(told.granted) : null, granted_pool: told.granted ? pool : null },
  };
  await putRows(history.db, "refusals", [row]);
  await markStale(history.db, pool, first_ms);
}

export async function gap(history: Pick<History, "db">, pool: string, from: string, until: string): Promise<void> {
  number += 1;
  const [fromMs, at_ms] = [at(from), at(until)];
  await putRows(history.db, "gaps", [
    {
      ...{ pool, epoch: "1", number, kind: "clock" as const, at_ms, virtual_ms: 0 },
      ...{ lost_ms: at_ms - fromMs, lost_events: 0 },
    },
  ]);
  await markStale(history.db, "", fromMs);
}

/** With a pool `cad` of so many seats, and whatever else stands under `pools`. */
export function registerWith({ seats = 10, pool = "", pools = "", top = "" } = {}): Register {
  return registerOfText(
    `organisation: Exampleshire Council
timezone: Europe/London
holidays: england
${top}
products:
  cad: { name: CAD, owner: cad@exampleshire.example, pools: [cad] }
pools:
  cad:
${pool && `    ${pool}\n`}    entitlements: [{ reference: A, seats: ${seats}, starts: 2020-01-01 }]
${pools}`,
  );
}

export function registerOfText(text: string): Register {
  const read = readRegister(text, {});
  if ("mistakes" in read) throw new Error(JSON.stringify(read.mistakes));
  return read.register;
}
