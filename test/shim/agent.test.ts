import { expect, test } from "vitest";
import { startAgent } from "../support/agent.ts";
import { scriptedDaemon, sound } from "../support/scripted-daemon.ts";
import { program } from "../support/shim.ts";

const WAIT = program("setInterval(() => {}, 60000)");

test("launches go through the agent, many over its one connection, and their seats are renewed together", async () => {
  await using daemon = await scriptedDaemon(sound);
  const agent = await startAgent(daemon.url);
  const launches = Array.from({ length: 3 }, (_, i) => agent.run(["demo", "--", ...WAIT], { SEATMETER_USER: `user-${i}` }));
  for (const { says } of launches) await says("ready");
  const ids = daemon.heard.filter(({ type }) => type === "checkout").map((checkout) => (checkout as { leaseId: string }).leaseId);
  const beat = await daemon.hears((message) => message.type === "heartbeat" && message.leaseIds.length === 3);

  expect(daemon.heard.filter(({ type }) => type === "hello")).toEqual([expect.objectContaining({ agent: true })]);
  expect(new Set((beat as { leaseIds: string[] }).leaseIds)).toEqual(new Set(ids));
  for (const { child } of launches) child.kill("SIGTERM");
  for (const { finished } of launches) expect(await finished).toMatchObject({ exit: 143, stdout: "ready\n", stderr: "" });
  await expect.poll(() => daemon.heard.filter(({ type }) => type === "checkin").length).toBe(3);
});
