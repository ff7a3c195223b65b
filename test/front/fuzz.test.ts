import { afterAll, beforeAll, expect, test } from "vitest";
import { fuzzHttp, fuzzShims } from "../faults/fuzz.ts";
import { REGISTER } from "../faults/fuzz-values.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";

// A part of `npm run test:faults -- --fuzz 10000`. What fast-check makes of the seed is the same each time.
const TIMES = 500;
const SEED = 1;

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startDaemon({ register: REGISTER, env: { SEATMETER_HISTORY: "on" } });
});
afterAll(() => daemon?.stop());

const alive = async () => (await fetch(`${daemon.httpUrl}/healthz`)).json();

test("whatever a shim says is answered as the tables of messages, errors and denials say", async () => {
  const { said, undocumented, answers } = await fuzzShims(daemon.url, TIMES, SEED);

  expect(undocumented).toEqual([]);
  expect(said).toBe(TIMES);
  const deep = ["granted", "denied", "queued", "alive", "returned", "journalled", "lease_unknown", "message_invalid"];
  expect(Object.keys(answers)).toEqual(expect.arrayContaining(deep));
  expect(await alive()).toEqual({ status: "alive" });
});

test("whatever a program asks over HTTP is answered as the tables of routes and errors say", async () => {
  const { said, undocumented, answers } = await fuzzHttp(daemon.httpUrl, TIMES, SEED);

  expect(undocumented).toEqual([]);
  expect(said).toBe(TIMES);
  const deep = ["POST /api/v1/checkouts 201", "PUT /api/v1/register 200", "POST /api/v1/devices/retire 200"];
  expect(Object.keys(answers)).toEqual(expect.arrayContaining(deep));
  expect(await alive()).toEqual({ status: "alive" });
});
