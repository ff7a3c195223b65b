import { createHash } from "node:crypto";
import type { PastDenial, PastEnd, PastLaunch, PastLog, PastWho } from "../domain/past.ts";
import { denialReason, type FlexnetFile } from "./flexnet-launches.ts";
import type { FlexnetPools } from "./flexnet-pools.ts";

export interface PastNames {
  pools: FlexnetPools;
  pseudonym: (kind: "user" | "device", name: string, atMs: number) => { thisYear: string; lastYear: string };
  departmentOf: (user: string, atMs: number) => string;
}

/**
 * One file of a log as what history may know of it: people and computers under pseudonym, each launch and denial with an
 * id made of what it is, so that the same one has the same id in every log that tells of it.
 *
 * @param lastMs when the logs end: who is in then is told to be in until then
 */
export function pastLogOf(file: FlexnetFile, lastMs: number, { pools, pseudonym, departmentOf }: PastNames): PastLog {
  const seen = new Map<string, number>();
  /** Of several alike at one moment the first is the first in every log. */
  const idOf = (...words: (string | number)[]) => {
    const what = words.join("\t");
    const count = (seen.get(what) ?? 0) + 1;
    seen.set(what, count);
    return asUuid(createHash("sha256").update(`${what}\t${count}`).digest());
  };
  const told = (names: readonly string[], who: { user: string; host: string; seats: number }, atMs: number) => {
    const { product, pool } = pools.of(names);
    const [person, device] = [pseudonym("user", who.user, atMs), pseudonym("device", who.host, atMs)];
    return {
      ...{ pool, product, person: person.thisYear, personLastYear: person.lastYear },
      ...{ device: device.thisYear, deviceLastYear: device.lastYear, seats: who.seats },
    };
  };
  const launches = file.launches.map(({ feature, names, session, forgotten }): PastLaunch => {
    const { fromMs, untilMs } = session;
    const who = told(names, session, fromMs);
    const leaseId = idOf("out", feature, who.person, who.device, fromMs, who.seats);
    const end = untilMs === undefined ? "ledger_reset" : forgotten ? "expired" : "checked_in";
    return {
      ...{ ...withDepartment(leaseId, who, departmentOf(session.user, fromMs)), fromMs },
      ...{ untilMs: Math.max(fromMs, untilMs ?? lastMs), why: end },
    };
  });
  const denials = file.denials.map(({ feature, names, event }): PastDenial => {
    const { atMs } = event;
    const who = told(names, event, atMs);
    const leaseId = idOf("denied", feature, who.person, who.device, atMs, who.seats);
    return {
      ...withDepartment(leaseId, who, departmentOf(event.user, atMs)),
      atMs,
      reason: denialReason(event.reason),
    };
  });
  const ends = file.strays.map((event): PastEnd => ({ ...told([event.feature], event, event.atMs), atMs: event.atMs }));
  const id = createHash("sha256");
  for (const { leaseId, untilMs, why } of launches) id.update(`${leaseId} ${untilMs} ${why}\n`);
  for (const { leaseId } of denials) id.update(`${leaseId}\n`);
  for (const { product, person, device, atMs } of ends) id.update(`${product} ${person} ${device} ${atMs}\n`);
  const { fromMs, untilMs } = file;
  return { id: id.digest("hex").slice(0, 32), fromMs, untilMs, launches, denials, ends };
}

type Told = Omit<PastWho, "leaseId" | "department">;

const withDepartment = (leaseId: string, told: Told, department: string): PastWho => ({ leaseId, ...told, department });

/** Version 8 is what a program makes in its own way. */
function asUuid(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  const variant = ((bytes[8]! & 0x3f) | 0x80).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(18, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
