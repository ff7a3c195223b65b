import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { COLLECTING } from "../test/support/without-garbage.ts";
import { Load } from "./load.ts";
import type { Measured } from "./measure.ts";
import { residentKiB } from "./process-cpu.ts";
import { Product } from "./product.ts";

/** The first ones make the daemon's own structures grow; they are not what is asked about. */
const BEFORE = 1000;
const MOST = 18_000;
/** Files that are not connections. */
const OTHER_FILES = 500;
const COLLECTIONS = 3;
const COLLECTION_MS = 400;

/** How much memory the daemon has resident when it has thrown away what it can. */
async function settled({ pid }: Product): Promise<number> {
  for (let i = 0; i < COLLECTIONS; i++) {
    process.kill(pid, "SIGUSR2");
    await delay(COLLECTION_MS);
  }
  return residentKiB(pid);
}

/** As many connections beyond `before` as this machine lets one process have, but `MOST` at most. */
export function possible(before: number): number {
  const files = Number(/Max open files\s+(\d+)/.exec(readFileSync("/proc/self/limits", "utf8"))?.[1]);
  return Math.min(MOST, files - OTHER_FILES - before);
}

/** Resident memory of the daemon for each connection that has said hello and is idle. */
export async function connectionMemory(): Promise<Measured[]> {
  await using product = await Product.start({ nodeOptions: COLLECTING.NODE_OPTIONS });
  using load = new Load();
  await load.connect(product.port, { connections: BEFORE });
  const before = await settled(product);
  const connections = possible(BEFORE);
  await load.connect(product.port, { connections });
  const uncollected = (residentKiB(product.pid) - before) / connections;
  const after = await settled(product);
  return [
    { name: "idle connections beyond the first thousand", unit: "", value: connections },
    { name: "a daemon with a thousand connections", unit: "KiB", value: before },
    { name: "a connection, with the garbage of its arrival", unit: "KiB", value: uncollected },
    { name: "a connection", unit: "KiB", value: (after - before) / connections, id: "connection-memory" },
  ];
}
