import { openFront } from "./front.ts";
import { startRedis } from "./redis.ts";

/*
 * A front in a process of its own, whose memory is the daemon's alone. Forked with `--expose-gc`; says its port, then
 * answers each message with what it has become.
 */

export interface FrontState {
  residentBytes: number;
  /** In use. */
  heapBytes: number;
  connections: number;
  /** Lines of the log that somebody has to act on. */
  errors: string[];
}

const redis = await startRedis();
const front = await openFront({ redis, logLevel: "error", patience: { helloWithinMs: 500, inspectEveryMs: 50 } });

process.on("message", () => {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const state = { residentBytes: rss, heapBytes: heapUsed, connections: front.app.shims.size, errors: front.log };
  process.send?.(state satisfies FrontState);
});
process.on("disconnect", async () => {
  await front.close();
  await redis.stop();
});
process.send?.({ url: front.url, port: front.port });
