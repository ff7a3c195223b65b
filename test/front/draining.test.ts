import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Front, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

/** A daemon that drains while it owes somebody an answer, which it cannot give before `release`. */
async function owing({ drainWithinMs = 60_000 } = {}) {
  const front = await openFront({ redis, patience: { drainWithinMs } });
  onTestFinished(() => front.close());
  const { promise, resolve: release } = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const checkout = front.ledger.checkout.bind(front.ledger);
  front.ledger.checkout = async (pool, request) => {
    asked.resolve();
    await promise;
    return checkout(pool, request);
  };
  const leaseId = randomUUID();
  const answer = ask(front, leaseId);
  answer.catch(() => {});
  await asked.promise;
  return { front, answer, leaseId, release, closed: front.app.close() };
}

const ask = ({ url }: Front, leaseId: string) =>
  fetch(`${url}/api/v1/checkouts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ leaseId, product: "cad", user: "asmith", device: "pc-1" }),
  });

test("a daemon that drains answers over HTTP what it was asked, and says of whatever else is asked that it drains", async () => {
  const { front, answer, leaseId, release, closed } = await owing();

  const ready = await fetch(`${front.url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([503, expect.objectContaining({ ledger: "up", draining: true })]);
  const alive = await fetch(`${front.url}/healthz`);
  expect([alive.status, await alive.json()]).toEqual([200, { status: "alive" }]);
  const refused = await ask(front, randomUUID());
  expect([refused.status, await refused.json()]).toEqual([
    503,
    { code: "draining", message: expect.stringContaining("the daemon stops"), retry: true },
  ]);
  const page = await fetch(front.url, { headers: { accept: "text/html" } });
  expect([page.status, await page.text()]).toEqual([503, expect.stringContaining("seatmeter stops just now")]);
  expect(await (await fetch(`${front.url}/nowhere`)).json()).toMatchObject({ code: "draining" });

  release();
  const granted = await answer;
  expect([granted.status, await granted.json()]).toEqual([201, expect.objectContaining({ type: "granted", leaseId })]);
  await closed;
  await expect(fetch(front.url)).rejects.toThrow();
});

test("a daemon that drains waits neither for an answer that does not come, nor for those who watch the board or went away", async () => {
  const { closed, answer, release } = await owing({ drainWithinMs: 10 });
  await closed;
  await expect(answer).rejects.toThrow();
  release();

  const front = await openFront({ redis, patience: { drainWithinMs: 10 ** 9 } });
  onTestFinished(() => front.close());
  const watched = await fetch(`${front.url}/live`);
  // Of a body that was announced only half comes, and then its sender goes.
  const half = connect(front.port, "127.0.0.1");
  await once(half, "connect");
  half.write(
    "POST /api/v1/explain HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{",
  );
  await once(front.app.server, "request");
  const stopped = front.app.close();
  half.destroy();
  await stopped;
  expect(await watched.text()).toContain("retry: 5000");
});

test("whoever asks for the head of the board's stream takes nobody's place at it", async () => {
  const front = await openFront({ redis });
  onTestFinished(() => front.close());
  const heads = Array.from({ length: 500 }, () => fetch(`${front.url}/live`, { method: "HEAD" }));
  await Promise.all(heads);
  const watched = await fetch(`${front.url}/live`);
  expect(watched.status).toBe(200);
  await watched.body?.cancel();
});
