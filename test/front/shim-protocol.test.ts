import { afterAll, beforeAll, expect, test } from "vitest";
import { type Front, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

let redis: TestRedis;
let front: Front;
beforeAll(async () => {
  redis = await startRedis();
  front = await openFront({ redis });
});
afterAll(async () => {
  await front.close();
  await redis.stop();
});

test("after its hello a shim is told where it is and how often to beat", async () => {
  const shim = await front.connect();
  expect(await shim.greet()).toMatchObject({ site: "elsewhere", heartbeatEveryMs: 10_000, reconnectWithinMs: 10_000 });
  expect(await shim.checkout()).toMatchObject({ pool: "cad", seats: 1 });
  await shim.close();
});
