import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cpSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { agentFolder, startAgent } from "../support/agent.ts";
import { demoRegister, UNHURRIED } from "../support/daemon.ts";
import { hostOf, installation, leases, SESSIONS } from "../support/installation.ts";
import { redisOfFile } from "../support/of-file.ts";
import { program, shim } from "../support/shim.ts";

const WAIT = program("setInterval(() => {}, 60000)");

const own = redisOfFile();
const journalOf = (state: string) => readdirSync(join(state, "journal")).filter((name) => name.endsWith(".json"));

test("twenty programs start and stop by the agent while the daemon is off, and are twenty sessions, also when told twice", async () => {
  const { start, rows } = installation(own.redis);
  const daemon = await start();
  const agent = await startAgent(daemon.url);
  const run = (user: string) => agent.run(["demo", "--", "true"], { SEATMETER_USER: user }).finished;
  expect(await run("before")).toMatchObject({ exit: 0, stderr: "" });
  const offMs = Date.now();
  await daemon.stop();
  const users = Array.from({ length: 20 }, (_, i) => `user-${i}`);
  for (let i = 0; i < users.length; i += 5) {
    const ends = await Promise.all(users.slice(i, i + 5).map(run));
    expect(ends.map(({ exit }) => exit)).toEqual(Array(5).fill(0));
  }
  // An agent hears of an end when the command that told it may be over already.
  await expect.poll(async () => (await agent.status()).journal).toBe(20);
  const onMs = Date.now();
  const copy = agentFolder();
  cpSync(agent.state, copy, { recursive: true, filter: (name) => !name.endsWith(".sock") });

  const back = await start(hostOf(daemon));
  await expect.poll(() => journalOf(agent.state)).toEqual([]);
  await agent.stop();
  // The same once more, by an agent that knows nothing of its having been told.
  const twice = await startAgent(back.url, { state: copy });
  await expect.poll(() => journalOf(copy)).toEqual([]);
  expect((await twice.run(["demo", "--", "true"], { SEATMETER_USER: "after" }).finished).exit).toBe(0);

  await expect.poll(() => rows(SESSIONS).length).toBe(22);
  const away = rows(SESSIONS).filter(({ flags }) => String(flags).includes("ungoverned"));
  expect(new Set(away.map(({ person }) => person)).size).toBe(20);
  expect(away).toHaveLength(20);
  for (const session of away) {
    expect(session).toMatchObject({ reason: "unreachable", why: "program_exited" });
    expect(session.start_ms).toBeGreaterThanOrEqual(offMs);
    expect(session.end_ms).toBeLessThanOrEqual(onMs);
  }
});

test("what the register refuses without a daemon starts nowhere, by an agent that was started without one", async () => {
  const { start, rows } = installation(own.redis, demoRegister({ product: "whenUnreachable: refuse" }));
  const daemon = await start();
  const first = await startAgent(daemon.url);
  await expect.poll(async () => (await first.status()).products).toBe(1);
  await first.stop();
  await daemon.stop();
  const agent = await startAgent(daemon.url, { state: first.state });
  const run = () => agent.run(["demo", "--", "echo", "started"]).finished;
  const refused = await Promise.all(Array.from({ length: 5 }, run));

  expect(refused.map(({ exit, stdout }) => [exit, stdout])).toEqual(Array(5).fill([69, ""]));
  expect((await agent.status()).journal).toBe(0);
  const back = await start(hostOf(daemon));
  await expect.poll(async () => (await run()).exit).toBe(0);
  await expect.poll(() => rows(SESSIONS).length).toBe(1);
  expect(await leases(back)).toEqual([]);
});

test("programs run on while the daemon is dead, each has its seat again under its lease, and what ended meanwhile is told", async () => {
  const { start, rows } = installation(own.redis, demoRegister({ lease: UNHURRIED }));
  const daemon = await start();
  const agent = await startAgent(daemon.url);
  const [stays, ends] = ["ann", "ben"].map((user) => agent.run(["demo", "--", ...WAIT], { SEATMETER_USER: user }));
  await Promise.all([stays?.says("ready"), ends?.says("ready")]);
  const begun = await leases(daemon);
  const killedMs = Date.now();
  await daemon.kill();
  // The agent finds out before the program ends.
  await expect.poll(async () => (await agent.status()).daemon).toBe(null);
  ends?.child.kill("SIGTERM");
  expect(await ends?.finished).toMatchObject({ exit: 143, stderr: "" });
  await expect.poll(async () => (await agent.status()).running.length).toBe(1);
  const backMs = Date.now();
  const back = await start(hostOf(daemon));
  const held = begun.find(({ user }) => user === "ann");
  await expect.poll(() => leases(back)).toEqual([expect.objectContaining({ leaseId: held?.leaseId })]);
  stays?.child.kill("SIGTERM");
  expect(await stays?.finished).toMatchObject({ exit: 143, stderr: "" });

  const ended = () => rows(SESSIONS).filter(({ why }) => why !== null);
  await expect.poll(() => ended().length).toBe(2);
  expect(rows(SESSIONS)).toHaveLength(2);
  expect(ended().map(({ why }) => why)).toEqual(["program_exited", "program_exited"]);
  const [meanwhile] = ended().filter(({ end_ms }) => Number(end_ms) <= backMs);
  expect(Number(meanwhile?.end_ms)).toBeGreaterThanOrEqual(killedMs - 1);
});

test("a register that is changed reaches the agent at once: a program that is new in it is metered where it runs", async () => {
  const { start } = installation(own.redis);
  const daemon = await start();
  const agent = await startAgent(daemon.url);
  await expect.poll(async () => (await agent.status()).products).toBe(1);
  const folder = agentFolder();
  const name = `editor-${randomUUID().slice(0, 8)}`;
  const file = join(folder, name);
  cpSync("/bin/sleep", file);
  const child = spawn(file, ["600"], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  const register = join(folder, "changed.yaml");
  writeFileSync(register, demoRegister({ product: `executables: [${name}]` }));
  const applied = await shim(["register", "apply", register], { SEATMETER_URL: daemon.url }).finished;
  expect(applied).toMatchObject({ exit: 0 });

  await expect
    .poll(async () => (await agent.status()).running)
    .toMatchObject([{ product: "demo", pid: child.pid, by: "itself" }]);
  expect(await leases(daemon)).toHaveLength(1);
  child.kill("SIGTERM");
  await expect.poll(() => leases(daemon)).toEqual([]);
});
