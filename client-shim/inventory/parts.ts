import { createHash } from "node:crypto";
import { keyOf, type Software, tidied } from "../../daemon/domain/inventory.ts";
import { FRAME_ROOM_BYTES } from "../frame-room.ts";
import { type Installed, installedSoftware, type Lists, type Unread } from "./installed.ts";

/** After so long it is told again, changed or not: so a computer that is heard of no more can be told from one that stays. */
const AGAIN_AFTER_MS = 7 * 86_400_000;

export interface InventoryPart {
  /** From 1 to `of`. */
  part: number;
  of: number;
  software: Software[];
}

/** What is kept of an inventory that a daemon has, to be shown when the next one is asked for. */
export interface Told {
  hash: string;
  lists: Lists;
}

export interface Inventory {
  told: Told;
  /** None where nothing has changed in the same week. */
  parts: InventoryPart[];
  unread: readonly Unread[];
}

/**
 * What this computer would tell the daemon is installed on it, in messages that fit frames. The daemon puts it in place of
 * what it had, so what a source listed that cannot be read this time is told again: nobody knows that it went.
 *
 * @param before what was told last, and stored; none: never
 * Errors: SeatmeterError internal, where nothing can be read
 */
export async function inventoryParts(
  before: Told | undefined,
  read: () => Promise<Installed> = installedSoftware,
  nowMs = Date.now(),
): Promise<Inventory> {
  const { lists: found, unread } = await read();
  const stays = unread.flatMap(({ source }) => Object.entries(before?.lists ?? {}).filter(([name]) => name === source));
  const lists: Lists = { ...found, ...Object.fromEntries(stays) };
  const software = tidied(Object.values(lists).flat());
  const hash = hashOf(software, nowMs);
  return { told: { hash, lists }, parts: hash === before?.hash ? [] : inParts(software), unread };
}

function hashOf(software: readonly Software[], nowMs: number): string {
  const hash = createHash("sha256").update(`${Math.floor(nowMs / AGAIN_AFTER_MS)}\n`);
  for (const one of software) hash.update(`${keyOf(one)}\n\n`);
  return hash.digest("base64url");
}

/** A computer without any software says so, too. */
export function inParts(software: readonly Software[]): InventoryPart[] {
  const parts: Software[][] = [[]];
  let bytes = 0;
  for (const one of software) {
    const length = Buffer.byteLength(JSON.stringify(one)) + 1;
    if (bytes + length > FRAME_ROOM_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)!.push(one);
    bytes += length;
  }
  return parts.map((some, i) => ({ part: i + 1, of: parts.length, software: some }));
}
