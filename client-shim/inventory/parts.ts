import { createHash } from "node:crypto";
import { keyOf, type Software } from "../../daemon/domain/inventory.ts";
import { FRAME_ROOM_BYTES } from "../frame-room.ts";
import { installedSoftware } from "./installed.ts";

/** After so long it is told again, changed or not: so a computer that is heard of no more can be told from one that stays. */
const AGAIN_AFTER_MS = 7 * 86_400_000;

export interface InventoryPart {
  /** From 1 to `of`. */
  part: number;
  of: number;
  software: Software[];
}

export interface Inventory {
  /** To be shown when the next one is asked for. */
  hash: string;
  parts: InventoryPart[];
}

/**
 * What this computer would tell the daemon is installed on it, in messages that fit frames.
 *
 * @param previousHash of the one that was told last, and stored; none: never
 * @returns null where nothing has changed in the same week
 * Errors: SeatmeterError internal, where it cannot be read
 */
export async function inventoryParts(
  previousHash: string | undefined,
  read: () => Promise<Software[]> = installedSoftware,
  nowMs = Date.now(),
): Promise<Inventory | null> {
  const software = await read();
  const hash = hashOf(software, nowMs);
  return hash === previousHash ? null : { hash, parts: inParts(software) };
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
