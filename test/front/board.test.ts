import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { demoRegister, startDaemon, UNHURRIED } from "../support/daemon.ts";
import { type Front, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());

/** What a browser without script shows. */
async function pageOf(url: string, path = "/") {
  const answer = await fetch(url + path, { headers: { accept: "text/html" } });
  const html = await answer.text();
  const text = html.replace(/<[^>]*>/g, "").replace(/\s+/g, " ");
  return { status: answer.status, html, text, rows: html.match(/id="pool-/g)?.length ?? 0 };
}

const take = (url: string, product: string) =>
  fetch(`${url}/api/v1/checkouts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ leaseId: randomUUID(), product, user: `user-${randomUUID()}`, device: "pc-1" }),
  });

test("a register of one pool is not counted as if there were more", async () => {
  await using daemon = await startDaemon({ register: demoRegister({ seats: 1, lease: UNHURRIED }) });
  expect((await pageOf(daemon.httpUrl)).text).toContain("Yes: there is a free seat.");
  await take(daemon.httpUrl, "demo");
  const { text } = await pageOf(daemon.httpUrl);
  expect(text).toMatch(/No: Demo\w* has no free seat\./);
  expect(text).not.toContain("Sign in or out");
});

test("of several pools those without a free seat are counted and named", async () => {
  const front = await openFront({ redis });
  expect((await pageOf(front.url)).text).toContain("Yes: every pool has a free seat.");
  await take(front.url, "gis");
  expect((await pageOf(front.url)).text).toContain("1 of 2 pools has no free seat: gis.");
  await front.close();
  const none = await openFront({ redis, pools: "\n  cad: {}\n  gis: {}" });
  expect((await pageOf(none.url)).text).toContain("None of the 2 pools has a free seat: cad, gis.");
  await none.close();
});

test("where people have to sign in, every page says where", async () => {
  const front = await openFront({ redis, people: true });
  expect((await pageOf(front.url, "/sign-in")).text).toContain("Sign in or out");
  await front.close();
});

const COUNT = 600;
const LAST = COUNT - 1;
const each = (line: (i: number) => string) => Array.from({ length: COUNT }, (_, i) => line(i)).join("\n");

test("of many hundred pools two hundred are shown, first those in which people cannot work", async () => {
  const front: Front = await openFront({
    redis,
    register: "sites: { here: { networks: [127.0.0.0/8] } }",
    products: each((i) => `  p${i}: { owner: ict@exampleshire.example, pools: [p${i}] }`),
    pools: `
  cad: {}
  gis: {}
${each((i) => {
  const sites = i === LAST ? "sites: { here: { seats: 1 } }, " : "";
  // The last fifty have ended.
  const ends = i !== LAST && i >= COUNT - 50 ? ", ends: 2021-01-01" : "";
  return `  p${i}: { ${sites}entitlements: [{ reference: R, seats: 2, starts: 2020-01-01${ends} }] }`;
})}`,
  });
  await take(front.url, `p${LAST}`);

  const { status, html, text, rows } = await pageOf(front.url);
  expect({ status, rows }).toEqual({ status: 200, rows: 200 });
  expect(text).toContain("51 of 602 pools have no free seat: cad, gis, p550,");
  expect(text).toMatch(/, p567 and 31 more\./);
  expect(text).toContain(`At one site every seat is in use: p${LAST} at here.`);
  expect(text).toContain("Of 602 pools 200 are shown here, those without a free seat first. All are in the register.");
  const shown = [...html.matchAll(/id="pool-([^"]*)"/g)].map(([, pool]) => pool);
  expect(shown.slice(0, 3)).toEqual(["cad", "gis", "p550"]);
  expect(shown.slice(50, 53)).toEqual(["p598", `p${LAST}`, "p0"]);
  await front.close();
});
