import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { demoRegister, startDaemon, UNHURRIED } from "../support/daemon.ts";
import { startRedis } from "../support/redis.ts";
import { Wire } from "../support/wire.ts";

/** A daemon with a Redis and a history of its own. */
async function daemonWith(env: Record<string, string> = {}) {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const daemon = await startDaemon({
    register: demoRegister({ lease: UNHURRIED }),
    env: { REDIS_URL: redis.url, SEATMETER_PREFIX: `${randomUUID()}:`, SEATMETER_HISTORY: "on", ...env },
  });
  onTestFinished(async () => {
    await daemon.stop();
  });
  const ask = async (path: string, body?: object) => {
    const answer = await fetch(daemon.httpUrl + path, {
      ...(body && { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, never> };
  };
  return { daemon, ask };
}

test("what is launched is recorded, kept by day, and told in a report that recommends something", async () => {
  const { daemon, ask } = await daemonWith();
  const wire = await Wire.open(daemon.url);
  for (const user of ["ann", "ben", "ann", "cleo"]) await wire.checkout(randomUUID(), { product: "demo", user });
  const report = async () => (await ask("/api/v1/renewals/demo")).body;
  await expect
    .poll(report, { interval: 500 })
    .toMatchObject({ pool: "demo", owned: 3, peak: 3, launches: 3, people: 2, turnedAway: 1, keptWaiting: 0 });
  expect(await report()).toMatchObject({
    recommended: expect.any(Number),
    confidence: { level: "low", why: expect.stringContaining("whole month") },
    options: expect.arrayContaining([expect.objectContaining({ seats: 3, peopleRefused: expect.any(Number) })]),
    checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect((await ask("/api/v1/what-if/demo?seats=1")).body).toMatchObject({ seats: 1, foundNoneFree: 2 });
  const { items } = (await ask("/api/v1/usage?pool=demo")).body as unknown as { items: object[] };
  expect(items.at(-1)).toMatchObject({ peak: 3, launches: 3, turnedAway: 1 });
  expect((await ask("/api/v1/renewals")).body).toMatchObject({ items: [{ pool: "demo", status: "too early" }] });

  const decided = { kind: "renew", seats: 4, name: "Head of ICT", reason: "one more" };
  expect(await ask("/api/v1/renewals/demo/decision", decided)).toMatchObject({ status: 201, body: { seats: 4 } });
  expect(await ask("/api/v1/renewals/demo/decision", { ...decided, kind: "not renew" })).toMatchObject({ status: 400 });
  const today = (report: { to: string }) => report.to;
  const date = today((await report()) as never);
  expect(await ask("/api/v1/renewals/demo/notes", { date, note: "training day" })).toMatchObject({ status: 201 });
  expect(await report()).toMatchObject({
    decisions: [{ kind: "renew", seats: 4, name: "Head of ICT" }],
    notes: [{ date, note: "training day" }],
  });

  const found = await ask("/api/v1/denials/search", { user: "CLEO" });
  expect(found.body).toMatchObject({ items: [{ pool: "demo", reason: "no_seats" }] });
  expect((await ask("/api/v1/denials/search", { user: "ann" })).body).toEqual({ items: [] });
  const metrics = await (await fetch(`${daemon.httpUrl}/metrics`)).text();
  expect(metrics).toMatch(/^seatmeter_rollup_last_success_timestamp_seconds 1\d+/m);
  wire.close();
});

test("without a history it is said that none is kept", async () => {
  const { ask } = await daemonWith({ SEATMETER_HISTORY: "off" });
  for (const path of [
    "/api/v1/renewals",
    "/api/v1/renewals/demo",
    "/api/v1/usage?pool=demo",
    "/api/v1/what-if/demo?seats=1",
  ]) {
    expect(await ask(path)).toMatchObject({ status: 501, body: { code: "history_off", retry: false } });
  }
  expect(await ask("/api/v1/denials/search", {})).toMatchObject({ status: 501, body: { code: "history_off" } });
});

test("pools that are unknown, odd days and odd numbers are refused by name", async () => {
  const { ask } = await daemonWith();
  expect(await ask("/api/v1/renewals/nothing")).toMatchObject({ status: 404, body: { code: "not_found" } });
  expect(await ask("/api/v1/renewals/demo?from=2026-02-30")).toMatchObject({ status: 400, body: { field: "from" } });
  const backwards = "/api/v1/usage?pool=demo&from=2026-03-02&to=2026-03-01";
  expect(await ask(backwards)).toMatchObject({ status: 400, body: { field: "from" } });
  expect(await ask("/api/v1/what-if/demo?seats=-1")).toMatchObject({ status: 400, body: { field: "seats" } });
  expect(await ask("/api/v1/usage?pool=demo&step=year")).toMatchObject({ status: 400, body: { field: "step" } });
});
