import { mkdirSync, mkdtempSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { RedisPlace } from "./redis-process.ts";

/** `sockaddr_un` holds 108 bytes on Linux and 104 on macOS, the zero at its end included. */
const MOST_SOCKET_PATH_BYTES = 103;

/**
 * Where the Redis of a data directory lies: `redis` below it, for nobody but its owner. A socket's path must be short;
 * where the data's is not, the socket gets a private directory among the temporary files, and a note says which, so
 * that the next daemon finds the same Redis.
 *
 * Called under the lock of the directory.
 */
export function redisPlace(directory: string): RedisPlace {
  const near = join(directory, "redis.sock");
  if (Buffer.byteLength(near) <= MOST_SOCKET_PATH_BYTES) return { directory, socket: near };

  const note = join(directory, "socket-path");
  const noted = readNote(note);
  if (noted !== undefined && isPrivate(dirname(noted))) return { directory, socket: noted };
  const socket = join(mkdtempSync(join(tmpdir(), "seatmeter-")), "redis.sock");
  writeFileSync(note, `${socket}\n`, { mode: 0o600 });
  return { directory, socket };
}

/** Make the directory of a data directory's Redis, and say its name as Redis itself would. */
export function makeRedisDirectory(dataDirectory: string): string {
  const directory = join(dataDirectory, "redis");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return realpathSync(directory);
}

function readNote(note: string): string | undefined {
  try {
    return readFileSync(note, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** Temporary directories are cleared, and names in them taken by others: only one of our own with no other reader will do. */
function isPrivate(directory: string): boolean {
  const found = statSync(directory, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return false;
  return found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
}
