import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NOTICE_KINDS } from "../../daemon/domain/register.ts";
import { webhookChannel } from "../../daemon/notices/webhook.ts";
import { matterOf } from "../support/matters.ts";
import { startReceiver } from "../support/receiver.ts";
import { freePort } from "../support/redis.ts";

const SECRET = "a secret of the two";
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "seatmeter-webhook-"));
  writeFileSync(join(folder, "secret.txt"), `${SECRET}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const channelTo = (url: string, secretFile = "secret.txt") =>
  webhookChannel({ url, secretFile, about: [...NOTICE_KINDS] }, { folder, organisation: "Exampleshire Council" });

test("a program is told in JSON, without a name or an address of anybody", async () => {
  await using receiver = await startReceiver();
  await channelTo(receiver.url).send(matterOf(), "0123");
  const [call] = receiver.calls;

  expect(call).toMatchObject({ method: "POST", headers: { "content-type": "application/json" } });
  expect(JSON.parse(call?.body ?? "")).toEqual({
    ...{ id: "0123", organisation: "Exampleshire Council", about: "overdraft", pool: "cad", day: "2026-06-01" },
    ...{ subject: "cad: 2 seats in use, 1 owned", text: "It is so.", facts: { used: 2, owned: 1 } },
  });
});

test("the call is signed with the secret, over its time and its body", async () => {
  await using receiver = await startReceiver();
  const beforeMs = Date.now();
  await channelTo(receiver.url).send(matterOf({ text: "Grüße" }), "1");
  const { headers, body } = receiver.calls[0]!;
  const [, seconds = "", signed] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["seatmeter-signature"])) ?? [];

  expect(signed).toBe(createHmac("sha256", SECRET).update(`${seconds}.${body}`).digest("hex"));
  expect(Number(seconds)).toBeGreaterThanOrEqual(Math.floor(beforeMs / 1000));
  expect(Number(seconds)).toBeLessThanOrEqual(Date.now() / 1000);
});

test("a redirect is not followed, and what is no success is a failure", async () => {
  await using target = await startReceiver();
  await using elsewhere = await startReceiver(307, target.url);
  await using broken = await startReceiver(500);

  await expect(channelTo(elsewhere.url).send(matterOf(), "1")).rejects.toThrow(/answers 307, and redirects are not/);
  await expect(channelTo(broken.url).send(matterOf(), "1")).rejects.toThrow(/answers 500$/);
  expect(target.calls).toEqual([]);
});

test("why it could not be told names the host and nothing else of the address", async () => {
  const port = await freePort();
  const channel = channelTo(`http://127.0.0.1:${port}/licences?key=abc`);

  await expect(channel.send(matterOf(), "1")).rejects.toThrow(
    `the webhook at 127.0.0.1:${port} cannot be reached: nobody listens there`,
  );
  expect(channel.shownAs).toBe(`webhook at 127.0.0.1:${port}`);
  await expect(channelTo("http://127.0.0.1:1/", "none.txt").send(matterOf(), "1")).rejects.toThrow(
    /none\.txt cannot be/,
  );
});
