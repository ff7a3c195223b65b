import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { startDaemon } from "../support/daemon.ts";
import { startMailServer } from "../support/mail-server.ts";
import { startRedis } from "../support/redis.ts";
import { day } from "../support/rules.ts";

const registerFor = (port: number) => `
organisation: Exampleshire Council
workingHours: Mon-Sun 00:00-24:00
products: { cad: { owner: owner@exampleshire.example, pools: [cad] } }
pools:
  cad:
    entitlements: [{ reference: PO-1, seats: 1, starts: 2020-01-01, ends: ${day(1)} }]
notices: { mail: { host: 127.0.0.1, port: ${port}, security: none, from: seats@exampleshire.example } }
`;

test("two daemons on one Redis send one mail, also when they start again", async () => {
  await using mails = await startMailServer();
  const redis = await startRedis();
  const options = { register: registerFor(mails.port), env: { REDIS_URL: redis.url } };
  const daemons = await Promise.all([startDaemon(options), startDaemon(options)]);
  await mails.received(1);
  // Who starts looks at once, and who stops has looked to the end.
  const again = await startDaemon(options);
  await expect.poll(() => [...daemons, again].filter(({ output }) => output().includes("notice sent")).length).toBe(1);
  for (const daemon of [...daemons, again]) expect(await daemon.stop()).toBe(0);
  await redis.stop();

  expect(mails.mails).toHaveLength(1);
  expect(mails.mails[0]).toMatchObject({ to: ["owner@exampleshire.example"] });
  expect([...daemons, again].map(({ output }) => output()).join("")).not.toContain("owner@");
});

test("a daemon whose mail server never answers starts, counts and stops as ever", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const connected = once(silent, "connection");
  const daemon = await startDaemon({ register: registerFor((silent.address() as AddressInfo).port) });
  await connected;

  const answer = await fetch(`${daemon.httpUrl}/api/v1/checkouts`, {
    method: "POST",
    headers: { "content-type": "application/json", "seatmeter-device": "pc-1" },
    body: JSON.stringify({ leaseId: crypto.randomUUID(), product: "cad", user: "asmith" }),
  });
  expect(answer.status).toBe(201);
  expect(await daemon.stop()).toBe(0);
  silent.close();
});
