import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { onTestFinished } from "vitest";
import { dataFolder, demoRegister, startDaemon } from "./daemon.ts";
import { freePort, type TestRedis } from "./redis.ts";

/** A daemon with a history, that may be started again where it was. */
export function installation(redis: TestRedis, register = demoRegister()) {
  const folder = dataFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const env = { REDIS_URL: redis.url, SEATMETER_PREFIX: `${randomUUID()}:`, SEATMETER_HISTORY: "on" };
  return {
    async start(listen?: string) {
      // That nobody else is given while it is away.
      const own = listen ?? `127.0.0.1:${await freePort()}`;
      const daemon = await startDaemon({ register, data: folder.path, env, listen: own });
      onTestFinished(async () => void (await daemon.stop()));
      return daemon;
    },
    rows(text: string): Record<string, unknown>[] {
      const file = new DatabaseSync(join(folder.path, "history.sqlite"), { readOnly: true });
      try {
        return file.prepare(text).all();
      } finally {
        file.close();
      }
    },
  };
}

export const SESSIONS = "select lease_id, person, start_ms, end_ms, why, reason, flags from sessions order by start_ms";

export const hostOf = ({ httpUrl }: { httpUrl: string }) => new URL(httpUrl).host;

/** What is held of the pool of the demo. */
export async function leases({ httpUrl }: { httpUrl: string }) {
  const answer = await fetch(`${httpUrl}/api/v1/leases?pool=demo`);
  return ((await answer.json()) as { items: { leaseId: string; user: string }[] }).items;
}
