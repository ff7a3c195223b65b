import { join } from "node:path";
import type { TestDaemon } from "./daemon.ts";

/** In the environment of a daemon whose garbage is to be collected when somebody says so. */
export const COLLECTING = { NODE_OPTIONS: `--import=${join(import.meta.dirname, "collect-garbage.ts")}` };
export const COLLECTED = "garbage collected";

const COLLECTIONS = 3;

/** Until a daemon has collected its garbage several times: what the first one frees, another one gives back. */
export async function withoutGarbage({ pid, output, written }: TestDaemon): Promise<void> {
  const times = () => output().split(COLLECTED).length;
  for (let i = 0; i < COLLECTIONS; i++) {
    const before = times();
    const writes = written();
    process.kill(pid, "SIGUSR2");
    await writes;
    while (times() === before) await written();
  }
}
