import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

const LOCK_WAIT_MS = 5000;

/** A file that its owner alone reads. A crash leaves the old one or the new one, never half of one. */
export function writeWhole(path: string, value: unknown): void {
  const next = `${path}.next`;
  const file = openSync(next, "w", 0o600);
  try {
    writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(next, path);
}

/** SQLite's lock on an empty file, because that is one which the kernel takes back when its holder dies. */
export function whileLocked<Result>(file: string, work: () => Result): Result {
  const lock = new DatabaseSync(file, { timeout: LOCK_WAIT_MS });
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return work();
  } finally {
    lock.close();
  }
}
