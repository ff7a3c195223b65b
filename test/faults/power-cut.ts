import { globSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import type { TestRedis } from "../support/redis.ts";

/** The file that a Redis of version 7 appends to, in the folder of its append-only files. */
export const appendedFile = ({ directory }: TestRedis) =>
  globSync(join(directory, "appendonlydir", "*.incr.aof"))
    .sort()
    .at(-1) ?? "";

export const appendedBytes = (redis: TestRedis) => statSync(appendedFile(redis)).size;

/** Power is cut: of what was appended only so many bytes had reached the disk. It is started again from them. */
export async function cutPower(redis: TestRedis, bytesOnDisk: number): Promise<void> {
  await redis.kill();
  truncateSync(appendedFile(redis), bytesOnDisk);
  await redis.start();
}

/** The disk is lost: it is started again with nothing. */
export async function loseDisk(redis: TestRedis): Promise<void> {
  await redis.kill();
  rmSync(join(redis.directory, "appendonlydir"), { recursive: true });
  await redis.start();
}
