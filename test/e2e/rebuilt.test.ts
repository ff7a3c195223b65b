import { afterAll, beforeAll, expect, test } from "vitest";
import { loseDisk } from "../faults/power-cut.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { emptyStateFolder, shim } from "../support/shim.ts";

const REGISTER = `
organisation: Exampleshire Council
products:
  demo: { owner: it@exampleshire.example, pools: [demo] }
  named: { owner: it@exampleshire.example, pools: [named] }
pools:
  demo:
    seatFor: [session]
    lease: { ttl: 5s, heartbeatEvery: 1s }
    borrow: { maxDays: 14 }
    entitlements: [{ reference: PO-1, seats: 1, starts: 2020-01-01 }]
  named:
    metric: named-user
    lease: { ttl: 5s, heartbeatEvery: 1s }
    entitlements: [{ reference: PO-2, seats: 1, starts: 2020-01-01 }]
`;

let redis: TestRedis;
let daemon: TestDaemon;
beforeAll(async () => {
  redis = await startRedis({ appendonly: "yes", appendfsync: "always" });
  daemon = await startDaemon({ register: REGISTER, env: { REDIS_URL: redis.url, SEATMETER_HISTORY: "on" } });
});
afterAll(async () => {
  await daemon?.stop();
  await redis?.stop();
});

const json = async (path: string) => (await fetch(daemon.httpUrl + path)).json() as Promise<Record<string, unknown>>;

test("Redis is killed and its disk is lost: a borrowed and an assigned seat are nobody else's, and the laptop gives its own back", async () => {
  const laptop = { SEATMETER_DEVICE: "PC-12", SEATMETER_STATE: emptyStateFolder(), SEATMETER_USER: "ann" };
  const online = (env: Record<string, string>, ...args: string[]) =>
    shim(args, { ...env, SEATMETER_URL: daemon.url }).finished;
  const other = { SEATMETER_DEVICE: "PC-13", SEATMETER_USER: "ben" };
  expect(await online(laptop, "borrow", "demo", "--until", "3d")).toMatchObject({ exit: 0, stderr: "" });
  expect(await online(laptop, "run", "named", "--", "true")).toMatchObject({ exit: 0 });
  const backlog = async () => (await json("/readyz")).backlog;
  const rows = async () => ((await json("/api/v1/leases?pool=demo")).items as Record<string, unknown>[]) ?? [];
  const before = await rows();
  expect(before).toMatchObject([{ user: "ann", flags: ["borrowed"] }]);
  // As soon as the history has it.
  await expect.poll(backlog).toBe(0);

  await loseDisk(redis);
  await expect
    .poll(rows)
    .toMatchObject([
      { leaseId: before[0]!.leaseId, borrowedUntilMs: before[0]!.borrowedUntilMs, flags: ["rebuilt", "borrowed"] },
    ]);
  expect((await rows())[0]!.user).not.toBe("ann");
  // Others are refused, and not only while shims are listened to.
  const launched = async (product: string) => (await online(other, "run", product, "--", "true")).exit;
  for (const product of ["demo", "named"]) await expect.poll(() => launched(product)).toBe(75);

  expect(await online(laptop, "return", "demo")).toMatchObject({ exit: 0 });
  expect(
    await online({ ...other, SEATMETER_STATE: emptyStateFolder() }, "run", "demo", "--", "echo", "ran"),
  ).toMatchObject({
    stdout: "ran\n",
    exit: 0,
  });
});
