import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { agentFolder, startAgent } from "../support/agent.ts";
import { demoRegister } from "../support/daemon.ts";
import { hostOf, installation, leases, SESSIONS } from "../support/installation.ts";
import { redisOfFile } from "../support/of-file.ts";
import { program, shim } from "../support/shim.ts";

const WAIT = program("setInterval(() => {}, 60000)");
const LENT = demoRegister({ product: "whenUnreachable: refuse", pool: "borrow: { maxDays: 14 }" });

const own = redisOfFile();
const journalOf = (state: string) => (existsSync(join(state, "journal")) ? readdirSync(join(state, "journal")) : []);

test("a borrowed seat starts its program by the agent while the daemon is off, and is its only seat, also by the next agent and without one", async () => {
  const { start, rows } = installation(own.redis, LENT);
  const daemon = await start();
  const first = await startAgent(daemon.url);
  const mine = { SEATMETER_STATE: agentFolder(), SEATMETER_USER: "ann" };
  const command = (...args: string[]) => shim(args, { ...mine, SEATMETER_URL: daemon.url }).finished;
  await expect.poll(async () => (await first.status()).products).toBe(1);
  expect(await command("borrow", "demo", "--until", "3d")).toMatchObject({ exit: 0 });
  const [borrowed] = await leases(daemon);
  await daemon.stop();

  const [stays, goes] = [first.run(["demo", "--", ...WAIT], mine), first.run(["demo", "--", ...WAIT], mine)];
  await Promise.all([stays.says("ready"), goes.says("ready")]);
  // The register says that nobody launches without a daemon: only the ticket lets them.
  expect(await first.run(["demo", "--", "echo", "ran"]).finished).toMatchObject({ exit: 69, stdout: "" });
  await first.stop();
  goes.child.kill("SIGTERM");
  expect(await goes.finished).toMatchObject({ exit: 143, stderr: "" });
  const second = await startAgent(daemon.url, { state: first.state });
  await expect
    .poll(async () => (await second.status()).running)
    .toMatchObject([{ product: "demo", user: "ann", by: "run", pid: expect.any(Number) }]);
  expect([...journalOf(first.state), ...journalOf(mine.SEATMETER_STATE)]).toEqual([]);

  const back = await start(hostOf(daemon));
  expect(await second.run(["demo", "--", "echo", "ran"]).finished).toMatchObject({ exit: 0, stdout: "ran\n" });
  expect((await leases(back)).map(({ leaseId }) => leaseId)).toEqual([borrowed?.leaseId]);
  stays.child.kill("SIGTERM");
  expect(await stays.finished).toMatchObject({ exit: 143, stderr: "" });
  expect(await command("return", "demo")).toMatchObject({ exit: 0 });
  expect(await leases(back)).toEqual([]);

  const ended = () => rows(SESSIONS).filter(({ why }) => why !== null);
  await expect.poll(() => ended().length).toBe(2);
  const [lent, other, ...more] = rows(SESSIONS);
  expect([lent, other]).toMatchObject([
    { lease_id: borrowed?.leaseId, why: "borrow_returned" },
    { why: "program_exited" },
  ]);
  expect(more).toEqual([]);
  // What was given back lets nobody in any more.
  await back.stop();
  await expect.poll(async () => (await second.status()).daemon).toBe(null);
  expect(await second.run(["demo", "--", "echo", "ran"], mine).finished).toMatchObject({ exit: 69, stdout: "" });
});
