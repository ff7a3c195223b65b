import { type IsoDate, wallTime } from "../domain/calendar.ts";
import type { Register } from "../domain/register.ts";
import type { Computer, Retired } from "./compliance.ts";

const DAY_MS = 86_400_000;
/** A computer that is retired for ever, since whenever, is there still when it was heard of in this time. */
const HEARD_DAYS = 8;

export interface RetiredParts {
  register: Pick<Register, "timezone">;
  nowMs: number;
  computers: readonly Computer[];
  retired: readonly Retired[];
  /** By pseudonym, when a launch was last refused because the computer is retired. */
  refused: ReadonlyMap<string, number>;
}

/** A computer that is retired by now, and the day of which it was last heard of where that was since. */
interface Known {
  computer: Retired;
  heard: IsoDate | undefined;
}

function known({ register, nowMs, computers, retired, refused }: RetiredParts): Known[] {
  const dayOf = (atMs: number) => wallTime(atMs, register.timezone).date;
  const toldMs = new Map(computers.map((computer) => [computer.device, computer.toldMs]));
  return retired.flatMap((computer) => {
    const { from, devices } = computer;
    if (from !== true && from > dayOf(nowMs)) return [];
    const heardMs = Math.max(
      ...devices.map((device) => Math.max(toldMs.get(device) ?? 0, refused.get(device) ?? 0)),
      0,
    );
    const isAlive = from === true ? heardMs > nowMs - HEARD_DAYS * DAY_MS : heardMs > 0 && dayOf(heardMs) > from;
    return [{ computer, heard: isAlive ? dayOf(heardMs) : undefined }];
  });
}

/** Those that are there still: they tell what is installed on them, or want to launch something. */
export const aliveThough = (parts: RetiredParts): { computer: Retired; heard: IsoDate }[] =>
  known(parts).flatMap(({ computer, heard }) => (heard === undefined ? [] : [{ computer, heard }]));

/** Those that are gone, as their register says: what was installed on them is installed nowhere any more. */
export const goneDevices = (parts: RetiredParts): string[] => {
  const told = new Set(parts.computers.map(({ device }) => device));
  return known(parts).flatMap(({ computer, heard }) =>
    heard === undefined ? computer.devices.filter((device) => told.has(device)) : [],
  );
};
