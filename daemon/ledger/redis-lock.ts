import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";

const RETRY_MS = 20;

/**
 * Do something about the Redis of a directory while nobody else does: not two daemons that start at once, and not one
 * that stops while another starts.
 *
 * The lock is SQLite's on an empty file, because that is one which the kernel takes back when its holder dies. A file
 * made with O_EXCL stays behind, and of two daemons that find a stale one each can remove the other's new one.
 */
export async function whileLocked<Result>(directory: string, work: () => Promise<Result>): Promise<Result> {
  const lock = new DatabaseSync(join(directory, "lock"), { timeout: 0 });
  try {
    while (!taken(lock)) await delay(RETRY_MS);
    return await work();
  } finally {
    lock.close();
  }
}

function taken(lock: DatabaseSync): boolean {
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    const SQLITE_BUSY = 5;
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false;
    throw error;
  }
}
