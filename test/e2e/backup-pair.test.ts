import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { demoRegister, startDaemon } from "../support/daemon.ts";
import { hasPostgres, startPostgres } from "../support/postgres.ts";
import { startRedis } from "../support/redis.ts";
import { textOf } from "../support/source.ts";
import { Wire } from "../support/wire.ts";

/** The commands for a history in PostgreSQL, as docs/backup.md has them. */
const documented = [...textOf("docs/backup.md").matchAll(/`(pg_(?:dump|restore) [^`]+)`/g)].map(
  ([, line = ""]) => line,
);

test.skipIf(!hasPostgres())(
  "a pair's history is there again in an empty database, by the documented commands, and its daemons go on with it",
  async () => {
    const [dump = "", restore = ""] = documented;
    expect(documented.map((line) => line.split(" ")[0])).toEqual(["pg_dump", "pg_restore"]);
    const [postgres, redis] = [await startPostgres({ fsync: "off" }), await startRedis()];
    onTestFinished(async () => {
      await redis.stop();
      await postgres.end();
    });
    const folder = mkdtempSync(join(tmpdir(), "seatmeter-dump-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const shell = (text: string, url: string) =>
      execFileSync("sh", ["-e", "-c", text], {
        cwd: folder,
        env: { PATH: process.env.PATH, DATABASE_URL: url },
        stdio: "pipe",
      });
    const [first, second] = [await postgres.newDatabase(), await postgres.newDatabase()];
    const start = (url: string) =>
      startDaemon({
        register: demoRegister(),
        env: { REDIS_URL: redis.url, SEATMETER_HISTORY: "on", DATABASE_URL: url },
      });
    const launch = async (url: string, leaseId: string) => {
      const daemon = await start(url);
      const wire = await Wire.open(daemon.url, "pc-1");
      expect(await wire.checkout(leaseId)).toMatchObject({ type: "granted" });
      expect(await wire.checkin(leaseId)).toMatchObject({ type: "returned" });
      wire.close();
      await daemon.stop();
    };
    const sessions = (url: string) => postgres.query(url, "select lease_id, why from sessions order by start_ms");
    const [one, other] = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"];
    await launch(first, one);
    expect(await sessions(first)).toEqual([{ lease_id: one, why: "checked_in" }]);

    shell(dump, first);
    shell(restore, second);
    expect(await sessions(second)).toEqual(await sessions(first));
    await launch(second, other);
    expect(await sessions(second)).toEqual([one, other].map((lease_id) => ({ lease_id, why: "checked_in" })));
    const gaps = await postgres.query(second, "select * from gaps where kind = 'events'");
    expect(gaps).toEqual([]);
  },
);

test("a Redis takes every line of the pair's redis.conf, and has what a ledger asks for", async () => {
  const [conf = ""] = [...textOf("docs/pair.md").matchAll(/```conf\n(.*?)```/gs)].map(([, text = ""]) => text);
  const lines = conf.split("\n").filter((line) => line && !line.startsWith("#"));
  const settings = Object.fromEntries(lines.map((line) => [line.split(" ")[0]!, line.split(" ").slice(1).join(" ")]));
  expect(Object.keys(settings)).toContain("appendonly");
  // Another server has that port, perhaps.
  const { port: _, ...rest } = settings;
  const server = await startRedis(rest);
  onTestFinished(() => server.stop());
  const redis = new Redis({ path: server.socket });
  onTestFinished(() => redis.disconnect());
  for (const [name, value] of Object.entries(rest)) {
    expect(await redis.config("GET", name), name).toEqual([name, value]);
  }
});
