import { afterAll, beforeAll, expect, test } from "vitest";
import { measured, Pressure } from "../../daemon/front/pressure.ts";
import { isReport, REPORTS } from "../../daemon/front/shedding.ts";
import { type Front, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

/** An event loop that is as late as a test says. */
function loop() {
  const late = { ms: 0 };
  return {
    late,
    delay: {
      get max() {
        return late.ms * 1e6;
      },
      reset() {},
    },
  };
}

let redis: TestRedis;
let front: Front;
const { late, delay } = loop();
beforeAll(async () => {
  redis = await startRedis();
  front = await openFront({ redis, delay });
});
afterAll(async () => {
  await front?.close();
  await redis?.stop();
});

/** As the daemon looks once a second. */
const busy = (ms: number) => {
  late.ms = ms;
  front.app.shims.pressure.look();
  front.app.shims.pressure.look();
};
const get = (path: string, accept = "application/json") => fetch(front.url + path, { headers: { accept } });

test("reports are the first to go, after two busy seconds in a row, and one moment keeps only new shims out", () => {
  const { late, delay } = loop();
  const pressure = new Pressure({ busyAboveMs: 400, overloadedAboveMs: 1000 }, delay);
  const after = (...ms: number[]) =>
    ms.map((one) => {
      late.ms = one;
      pressure.look();
      return [pressure.busy, pressure.overloaded];
    });
  expect(after(0, 500, 500)).toEqual([
    [false, false],
    [false, false],
    [true, false],
  ]);
  expect(after(1500, 100, 1500)).toEqual([
    [true, true],
    [false, false],
    [false, true],
  ]);
});

test("an event loop that stood still from one look to the next, and had no turn in between, is late", () => {
  const pressure = new Pressure({ busyAboveMs: 20, overloadedAboveMs: 40 }, measured());
  pressure.look();
  const untilMs = performance.now() + 50;
  while (performance.now() < untilMs);
  pressure.look();
  expect(pressure.overloaded).toBe(true);
  pressure.stop();
});

test("a report is refused with one sentence, its code and when to come again, to programs and to people", async () => {
  busy(500);
  const answer = await get("/api/v1/denials");
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "10"]);
  expect(await answer.json()).toEqual({
    code: "overloaded",
    message: "the daemon has too much to do for reports just now; seats are counted as ever, so ask again in 10 s",
    retry: true,
  });
  const page = await get("/denials", "text/html");
  expect(page.status).toBe(503);
  expect(await page.text()).toContain("There is too much to do for reports just now");
});

test("whoever launches, gives back or looks after it is served all the same", async () => {
  busy(500);
  const shim = await front.connect();
  await shim.greet("pc-9");
  for (const path of ["/", "/healthz", "/readyz", "/metrics", "/api/v1/pools", "/api/v1/leases?pool=cad"]) {
    expect((await get(path, "*/*")).status, path).toBe(200);
  }
  busy(0);
  expect((await get("/api/v1/denials")).status).toBe(200);
});

test("each line of the table is there, and no route of a launch is under one", () => {
  const paths = [...new Set(front.routes.map(({ url }) => url))];
  for (const report of REPORTS)
    expect(
      paths.filter((path) => path.startsWith(report)),
      report,
    ).not.toEqual([]);
  expect(
    paths.filter(isReport).filter((path) => /checkouts|leases|devices|pools|explain/.test(path.split("/:")[0]!)),
  ).toEqual([]);
});
