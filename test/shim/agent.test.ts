import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { agentFolder, startAgent } from "../support/agent.ts";
import { granted, type Heard, policy, scriptedDaemon, sound, WELCOME } from "../support/scripted-daemon.ts";
import { program, shim } from "../support/shim.ts";

const WAIT = program("setInterval(() => {}, 60000)");

const said = (daemon: { heard: Heard[] }, type: string) => daemon.heard.filter((message) => message.type === type);
const leaseIds = (messages: readonly Heard[]) => messages.map((message) => (message as { leaseId: string }).leaseId);
const denial = (leaseId: string, reason = "no_seats") => ({
  ...{ type: "denied", leaseId, reason, owner: "it.desk@x" },
  message: "All 3 seats of Demo are in use.",
});

test("launches go through the agent, many over its one connection, and their seats are renewed together", async () => {
  await using daemon = await scriptedDaemon(sound);
  const agent = await startAgent(daemon.url);
  const launches = ["ann", "ben", "cleo"].map((user) => agent.run(["demo", "--", ...WAIT], { SEATMETER_USER: user }));
  for (const { says } of launches) await says("ready");
  const beat = await daemon.hears((message) => message.type === "heartbeat" && message.leaseIds.length === 3);

  expect(said(daemon, "hello")).toEqual([expect.objectContaining({ agent: true })]);
  expect(new Set((beat as { leaseIds: string[] }).leaseIds)).toEqual(new Set(leaseIds(said(daemon, "checkout"))));
  expect(
    said(daemon, "checkout")
      .map((one) => (one as { user: string }).user)
      .sort(),
  ).toEqual(["ann", "ben", "cleo"]);
  const { running } = await agent.status();
  expect(running.map(({ pid }) => pid)).toEqual(expect.arrayContaining([expect.any(Number)]));
  for (const { child } of launches) child.kill("SIGTERM");
  for (const { finished } of launches)
    expect(await finished).toMatchObject({ exit: 143, stdout: "ready\n", stderr: "" });
  await expect.poll(() => said(daemon, "checkin").length).toBe(3);
  expect(said(daemon, "checkin")[0]).toMatchObject({ why: "program_exited" });
});

test("who answers at the agent's socket and is no agent is done without", async () => {
  await using daemon = await scriptedDaemon(sound);
  const socket = join(agentFolder(), "other.sock");
  const other = createServer((caller) => caller.once("data", () => caller.end("HTTP/1.1 400 Bad Request\r\n\r\n")));
  other.listen(socket);
  await once(other, "listening");
  onTestFinished(() => void other.close());
  const env = { SEATMETER_AGENT: socket, SEATMETER_AGENT_WITHIN_MS: "60000", SEATMETER_URL: daemon.url };

  expect(await shim(["run", "demo", "--", "echo", "ran"], env).finished).toMatchObject({
    ...{ exit: 0, stdout: "ran\n", stderr: "" },
  });
  expect(await shim(["agent", "--status"], env).finished).toMatchObject({
    ...{ exit: 69, stderr: expect.stringMatching(/^seatmeter: [^\n]*\n$/) },
  });
});

test.each([
  { name: "denied for want of seats", answer: denial, exit: 75, stderr: "All 3 seats of Demo are in use." },
  { name: "not allowed", answer: (id: string) => denial(id, "not_entitled"), exit: 77, stderr: "Ask it.desk@x." },
  {
    name: "let in no more",
    answer: (leaseId: string) => ({ type: "error", code: "forbidden", message: "Not you.", retry: false, leaseId }),
    exit: 77,
    stderr: "Not you.",
  },
])("through the agent a launch that is $name ends as it does alone", async ({ answer, exit, stderr }) => {
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "checkout" ? answer(message.leaseId) : sound(message, nth),
  );
  const agent = await startAgent(daemon.url);
  const through = await agent.run(["demo", "--", "echo", "started"]).finished;
  const alone = await shim(["run", "demo", "--", "echo", "started"], { SEATMETER_URL: daemon.url }).finished;

  expect(through).toMatchObject({ exit, stdout: "", stderr: expect.stringContaining(stderr) });
  expect(through).toEqual(alone);
});

test("all options of a launch reach the daemon through the agent, and so does the exit code of the program", async () => {
  await using daemon = await scriptedDaemon(sound);
  const agent = await startAgent(daemon.url);
  const words = ["demo", "--version", "2026", "--seats", "2", "--wait", "9s", "--attest", "--break-glass", "fire"];
  const { exit } = await agent.run([...words, "--", "sh", "-c", "exit 3"]).finished;

  expect(exit).toBe(3);
  expect(said(daemon, "checkout")[0]).toMatchObject({
    ...{ product: "demo", version: "2026", seats: 2, waitMs: 9000, attested: true, breakGlassReason: "fire" },
  });
});

test("what the next agent may have to ask for again is written down: how many seats, which version, and that its use was agreed to", async () => {
  await using daemon = await scriptedDaemon(sound);
  const agent = await startAgent(daemon.url);
  const launch = agent.run(["demo", "--version", "2026", "--seats", "2", "--attest", "--", ...WAIT]);
  await launch.says("ready");
  const running = () => JSON.parse(readFileSync(join(agent.state, "running.json"), "utf8"));

  await expect.poll(running).toMatchObject([{ checkout: { version: "2026", seats: 2, attested: true } }]);
  launch.child.kill("SIGTERM");
  await launch.finished;
});

test("who waits for a seat through the agent reads their place, and starts when it is theirs", async () => {
  await using daemon = await scriptedDaemon((message, nth) => {
    if (message.type !== "checkout") return sound(message, nth);
    if (nth === 1)
      return [
        { type: "queued", leaseId: message.leaseId, pool: "demo", position: 2 },
        { type: "offered", leaseId: message.leaseId, pool: "demo", takeWithinMs: 1000 },
      ];
    return granted(message);
  });
  const agent = await startAgent(daemon.url);
  const { exit, stdout, stderr } = await agent.run(["demo", "--wait", "1m", "--", "echo", "started"]).finished;

  expect([exit, stdout]).toEqual([0, "started\n"]);
  expect(stderr).toContain("you are number 2 in the queue");
});

test("Ctrl-C gives a place in the queue up, through the agent too", async () => {
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "checkout"
      ? { type: "queued", leaseId: message.leaseId, pool: "demo", position: 1 }
      : message.type === "heartbeat"
        ? [{ type: "alive", ttlMs: 120, gone: [] }]
        : sound(message, nth),
  );
  const agent = await startAgent(daemon.url);
  const waits = agent.run(["demo", "--wait", "1m", "--", "true"]);
  await waits.tells("number 1");
  waits.child.kill("SIGINT");

  expect(await waits.finished).toMatchObject({ exit: 130, stdout: "" });
  await daemon.hears(({ type }) => type === "checkin");
});

test("a program that must not start without a daemon does not, and one that may is told of when there is one", async () => {
  const rules: Record<string, unknown> = { whenUnreachable: "refuse" };
  const folder = agentFolder();
  let first: Heard[];
  let url: string;
  {
    await using daemon = await scriptedDaemon((message) =>
      message.type === "hello" ? [WELCOME, { ...policy(rules), all: true }] : sound(message),
    );
    const agent = await startAgent(daemon.url, { state: folder });
    await expect.poll(async () => (await agent.status()).products).toBe(1);
    await agent.stop();
    [first, url] = [daemon.heard, daemon.url];
  }
  const agent = await startAgent(url, { state: folder });
  const refused = await agent.run(["demo", "--", "echo", "started"]).finished;
  const allowed = await agent.run(["other", "--", "echo", "started"]).finished;

  expect(said({ heard: first }, "checkout")).toEqual([]);
  expect(refused).toMatchObject({ exit: 69, stdout: "", stderr: expect.stringContaining("demo may not be used") });
  expect(allowed).toMatchObject({ exit: 0, stdout: "started\n", stderr: expect.stringContaining("cannot be asked") });
  expect(await agent.status()).toMatchObject({ daemon: null, journal: 1, products: 1, running: [] });
});

test("an agent that is not there, that refuses or that hangs is done without", async () => {
  await using daemon = await scriptedDaemon(sound);
  const folder = agentFolder();
  const hangs = join(folder, "hangs.sock");
  const server = createServer(() => {}).listen(hangs);
  onTestFinished(() => void server.close());
  writeFileSync(join(folder, "refuses.sock"), "");
  for (const name of ["nowhere", "refuses.sock", "hangs.sock"]) {
    const env = { SEATMETER_AGENT: join(folder, name), SEATMETER_URL: daemon.url };
    const launch = shim(["run", "demo", "--", "echo", "started"], env);
    expect(await launch.finished, name).toMatchObject({ exit: 0, stdout: "started\n", stderr: "" });
  }
  expect(said(daemon, "hello").map(({ agent }) => agent)).toEqual([undefined, undefined, undefined]);
});

test("who names another daemon is not served by the agent, nor who wants none", async () => {
  await using daemon = await scriptedDaemon(sound);
  await using other = await scriptedDaemon(sound);
  const folder = agentFolder();
  // Where a person's own agent listens.
  await startAgent(daemon.url, { state: folder });
  const run = (env: Record<string, string>) =>
    shim(["run", "demo", "--", "true"], { SEATMETER_AGENT_WITHIN_MS: "60000", SEATMETER_STATE: folder, ...env })
      .finished;
  await run({ SEATMETER_URL: other.url });
  await run({ SEATMETER_URL: other.url, SEATMETER_AGENT: "none" });
  expect([said(daemon, "checkout").length, said(other, "checkout").length]).toEqual([0, 2]);
  await run({ SEATMETER_URL: "" });
  expect([said(daemon, "checkout").length, said(other, "checkout").length]).toEqual([1, 2]);
});

test("a second agent does not start, and one that was killed leaves its place to the next", async () => {
  await using daemon = await scriptedDaemon(sound);
  const first = await startAgent(daemon.url);
  const second = shim(["agent"], { ...first.env, SEATMETER_STATE: first.state, SEATMETER_URL: daemon.url });
  expect(await second.finished).toMatchObject({ exit: 69, stderr: expect.stringContaining("an agent runs already") });
  expect((await first.status()).daemon).toBe(new URL(daemon.url).host);
  first.process.child.kill("SIGKILL");
  await first.process.finished;
  expect(existsSync(first.env.SEATMETER_AGENT)).toBe(true);
  const third = await startAgent(daemon.url, { state: first.state });

  expect(await third.run(["demo", "--", "echo", "started"]).finished).toMatchObject({ exit: 0, stdout: "started\n" });
});

test("a program outlives its agent, and the next agent has its seat under the same lease", async () => {
  await using daemon = await scriptedDaemon(sound);
  const first = await startAgent(daemon.url);
  const launch = first.run(["demo", "--", ...WAIT]);
  await launch.says("ready");
  const [leaseId] = leaseIds(said(daemon, "checkout"));
  await expect.poll(async () => (await first.status()).running[0]?.pid).toEqual(expect.any(Number));
  const since = async (agent: typeof first) => (await agent.status()).running.map(({ sinceMs }) => sinceMs);
  const before = await since(first);
  const stopped = await first.stop();
  expect(stopped).toMatchObject({ exit: 0, stderr: expect.stringContaining("what runs runs on") });
  expect(said(daemon, "checkin")).toEqual([]);
  const second = await startAgent(daemon.url, { state: first.state });
  const again = await daemon.hears(({ alreadyRunning }) => alreadyRunning === true);

  expect(again).toMatchObject({ leaseId, runningSinceMs: expect.any(Number) });
  expect(said(daemon, "hello")).toHaveLength(2);
  // For as long as the program, and not only since the agent.
  expect((await second.status()).running).toMatchObject([{ leaseId, product: "demo" }]);
  await expect.poll(() => since(second)).toEqual(before);
  launch.child.kill("SIGTERM");
  expect(await launch.finished).toMatchObject({ exit: 143, stderr: "" });
  expect(await daemon.hears(({ type }) => type === "checkin")).toMatchObject({ leaseId, why: "program_exited" });
});

test("a program whose agent is no more gives its seat back by itself, and keeps what nobody heard of", async () => {
  await using daemon = await scriptedDaemon(sound);
  const agent = await startAgent(daemon.url);
  const state = agentFolder();
  const heard = agent.run(["demo", "--", ...WAIT], { SEATMETER_URL: daemon.url, SEATMETER_STATE: state });
  const unheard = agent.run(["demo", "--", ...WAIT], { SEATMETER_STATE: state });
  await Promise.all([heard.says("ready"), unheard.says("ready")]);
  agent.process.child.kill("SIGKILL");
  await agent.process.finished;
  heard.child.kill("SIGTERM");
  expect(await heard.finished).toMatchObject({ exit: 143 });
  await daemon.hears(({ type }) => type === "checkin");
  expect(existsSync(join(state, "journal")) ? readdirSync(join(state, "journal")) : []).toEqual([]);
  unheard.child.kill("SIGTERM");
  expect(await unheard.finished).toMatchObject({ exit: 143 });
  expect(readdirSync(join(state, "journal"))).toHaveLength(1);
});

test("where the command is killed the seat stays with the program that it has started, until that ends", async () => {
  await using daemon = await scriptedDaemon(sound);
  const agent = await startAgent(daemon.url);
  const launch = agent.run(["demo", "--", ...program("console.log(process.pid); setInterval(() => {}, 60000)")]);
  await launch.says("ready");
  const pid = Number.parseInt(launch.stdout(), 10);
  await expect.poll(async () => (await agent.status()).running[0]?.pid).toBe(pid);
  launch.child.kill("SIGKILL");
  await once(launch.child, "exit");
  const beats = said(daemon, "heartbeat").length;
  await expect.poll(() => said(daemon, "heartbeat").length).toBeGreaterThan(beats + 2);
  expect(said(daemon, "checkin")).toEqual([]);
  process.kill(pid, "SIGKILL");

  await daemon.hears(({ type }) => type === "checkin");
});

test("a program that cannot be started has used nothing, and its seat is free at once", async () => {
  await using daemon = await scriptedDaemon(sound);
  const agent = await startAgent(daemon.url);
  const { exit, stderr } = await agent.run(["demo", "--", "/no/such/program"]).finished;

  expect([exit, stderr]).toEqual([127, "seatmeter: /no/such/program: there is no such program.\n"]);
  const back = await daemon.hears(({ type }) => type === "checkin");
  expect(back).not.toHaveProperty("why");
});

test("a seat that is reclaimed is announced to whoever launched, who puts it off without naming it", async () => {
  await using daemon = await scriptedDaemon((message, nth) => {
    const reclaiming = {
      type: "reclaiming",
      reason: "reclaimed",
      graceMs: 600_000,
      postponable: true,
      message: "Please save.",
    };
    if (message.type === "heartbeat" && nth === 1)
      return [
        { type: "alive", ttlMs: 120, gone: [] },
        { ...reclaiming, leaseId: message.leaseIds[0] },
      ];
    if (message.type === "postpone") return { ...reclaiming, leaseId: message.leaseId, graceMs: 900_000 };
    return sound(message, nth);
  });
  const agent = await startAgent(daemon.url);
  const launch = agent.run(["demo", "--", ...WAIT]);
  await launch.tells("Please save. demo loses its seat in 10 minutes.");
  const { exit, stdout } = await shim(["postpone"], agent.env).finished;

  expect([exit, stdout]).toEqual([0, "The seat is reclaimed in 15 minutes. It can be put off again.\n"]);
  expect(leaseIds(said(daemon, "postpone"))).toEqual(leaseIds(said(daemon, "checkout")));
  launch.child.kill("SIGTERM");
  expect((await launch.finished).exit).toBe(143);
});

test("what an agent does is told in words, too; and where there is none, that is", async () => {
  await using daemon = await scriptedDaemon(sound);
  const agent = await startAgent(daemon.url);
  await agent.process.tells("connected to a daemon");
  const there = await shim(["agent", "--status"], agent.env).finished;
  await agent.stop();
  const gone = await shim(["agent", "--status"], agent.env).finished;

  expect(there.stdout).toMatch(
    /^The agent \(.*\) has run since .*\nIt is connected to 127\.0\.0\.1:\d+\.\n.*\nNothing runs\.\n$/,
  );
  expect(gone).toMatchObject({ exit: 69, stderr: expect.stringContaining("No agent runs on this computer") });
});

test("a return that the daemon does not answer takes nobody else's connection", async () => {
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "checkin" ? undefined : sound(message, nth),
  );
  const agent = await startAgent(daemon.url);
  const stays = agent.run(["demo", "--", ...program("setInterval(() => {}, 60_000)")]);
  await stays.says("ready");
  await agent.run(["demo", "--", "true"]).finished;
  // What nobody answered is written down.
  const heard = (type: string) => daemon.heard.filter((message) => message.type === type);
  await expect.poll(async () => (await agent.status()).journal + heard("journal").length).toBe(1);
  const beats = () => heard("heartbeat").length;
  const before = beats();
  await expect.poll(() => beats() > before + 2).toBe(true);

  expect(heard("hello")).toHaveLength(1);
  stays.child.kill("SIGTERM");
});

test.each([
  { name: "killed", signal: "SIGKILL", withinMs: 60_000, under: "the same lease" },
  // It may ask yet, and gives back what nobody waits for any more. Who has heard of an agent waits for it so long anyway.
  { name: "frozen", signal: "SIGSTOP", withinMs: 3_000, under: "another lease" },
] as const)("a launch whose agent is $name while it asks goes on alone, under $under", async (how) => {
  const { signal, withinMs, under } = how;
  const checkouts: string[] = [];
  await using daemon = await scriptedDaemon((message, nth) => {
    if (message.type === "checkout") checkouts.push(message.leaseId);
    return message.type === "checkout" && checkouts.length === 1 ? undefined : sound(message, nth);
  });
  const agent = await startAgent(daemon.url);
  const launch = agent.run(["demo", "--", "echo", "started"], {
    ...{ SEATMETER_URL: daemon.url, SEATMETER_AGENT_WITHIN_MS: String(withinMs) },
  });
  await expect.poll(() => checkouts.length).toBe(1);
  agent.process.child.kill(signal);

  expect(await launch.finished).toMatchObject({ exit: 0, stdout: "started\n" });
  const [first, second] = checkouts;
  expect(second === first).toBe(under === "the same lease");
});
