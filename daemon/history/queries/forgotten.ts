import type { Database } from "../database.ts";
import { Replacements } from "../replacements.ts";
import type { SessionRow } from "../tables.ts";

const NAMES = ["person", "person_last_year", "device", "device_last_year"] as const;

/** Who was erased: what is rebuilt from the history must not bring them back. */
export interface Forgotten {
  /** Whether an assigned seat is somebody's who was erased after its last use. */
  has(name: string, usedMs: number): boolean;
  /** The launch as it may be told, and whose it is to give back: that lies in a live lease alone, as names do. */
  launch(row: SessionRow): SessionRow & { holder: string };
}

export async function forgottenIn(db: Database): Promise<Forgotten> {
  const rows = await db.selectFrom("erasures").select(["at_ms", "people", "devices", "replacements"]).execute();
  const erasures = rows.map(({ at_ms, people, devices, replacements }) => {
    const names = [...(JSON.parse(people) as string[]), ...(JSON.parse(devices) as string[])];
    const known = JSON.parse(replacements ?? "{}") as Record<string, string>;
    const before = new Map(Object.entries(known).map(([name, next]) => [next, name]));
    return { atMs: at_ms, people: JSON.parse(people) as string[], names, before, next: new Replacements(names, known) };
  });
  return {
    has(name, usedMs) {
      const whose = name.replace(/\*\d+$/, "");
      return erasures.some(({ atMs, names, before }) => before.has(whose) || (usedMs <= atMs && names.includes(whose)));
    },
    launch(row) {
      const told = { ...row };
      let holder = row.device;
      for (const { atMs, people, before, next } of erasures) {
        holder = before.get(holder) ?? holder;
        if (row.start_ms > atMs || !people.includes(row.person)) continue;
        for (const name of NAMES) told[name] = next.of(row[name]) ?? row[name];
      }
      return { ...told, holder };
    },
  };
}
