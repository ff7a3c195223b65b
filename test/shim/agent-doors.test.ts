import { chmodSync, mkdirSync, statSync, symlinkSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { DeviceJournal } from "../../client-shim/agent/device-journal.ts";
import { ownDoor } from "../../client-shim/agent/where.ts";
import { newLeaseId } from "../../client-shim/lease-id.ts";
import { agentFolder, startAgent } from "../support/agent.ts";
import { scriptedDaemon, sound } from "../support/scripted-daemon.ts";
import { BIN, emptyStateFolder, shim } from "../support/shim.ts";

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

/** A command as another person types it. */
const as = (uid: number, args: readonly string[], env: Record<string, string>) =>
  shim(args, env, ["setpriv", `--reuid=${uid}`, "--clear-groups", process.execPath, BIN]);

/** What is answered at a socket to what is said there; nothing: the door is shut. */
function answerAt(path: string, said: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let heard = "";
  connect(path)
    .on("connect", function (this: import("node:net").Socket) {
      this.write(said);
    })
    .on("data", (part) => {
      heard += part;
      if (heard.includes("\n")) resolve(heard);
    })
    .on("error", () => resolve(heard))
    .on("close", () => resolve(heard));
  return promise;
}

/** An agent of the whole computer, in a folder that everybody may look into. */
async function systemAgent(url: string) {
  const state = agentFolder();
  chmodSync(state, 0o755);
  return startAgent(url, { state, args: ["--system"] });
}

test("at the agent of a whole computer a launch is in the name that the system knows, whatever its command says", async ({
  skip,
}) => {
  if (!isRoot) skip("only root can be somebody else");
  await using daemon = await scriptedDaemon(sound);
  const agent = await systemAgent(daemon.url);
  const env = { ...agent.env, SEATMETER_USER: "chief-executive", SEATMETER_URL: "ws://127.0.0.1:1" };
  const first = await as(NOBODY, ["run", "demo", "--", "echo", "started"], env).finished;
  const second = await as(NOBODY, ["run", "demo", "--", "echo", "started"], env).finished;
  const checkouts = daemon.heard.filter(({ type }) => type === "checkout");

  for (const launch of [first, second]) expect(launch).toMatchObject({ exit: 0, stdout: "started\n", stderr: "" });
  expect(checkouts.map(({ user }) => user)).toEqual(["nobody", "nobody"]);
  expect(daemon.heard.filter(({ type }) => type === "hello")).toHaveLength(1);
  const door = statSync(ownDoor(agent.env.SEATMETER_AGENT, NOBODY));
  expect([door.uid, door.mode & 0o777]).toEqual([NOBODY, 0o600]);
  // Where somebody could put a link of their own in its place.
  expect(statSync(dirname(ownDoor(agent.env.SEATMETER_AGENT, NOBODY)))).toMatchObject({ uid: 0, mode: 0o40755 });
});

test("everybody sees what they run themselves, and whoever has started the agent sees all", async ({ skip }) => {
  if (!isRoot) skip("only root can be somebody else");
  await using daemon = await scriptedDaemon(sound);
  const agent = await systemAgent(daemon.url);
  const launch = agent.run([
    "demo",
    "--",
    process.execPath,
    "-e",
    'setInterval(() => {}, 60000); console.log("ready")',
  ]);
  await launch.says("ready");
  await as(NOBODY, ["run", "demo", "--", "true"], { ...agent.env, SEATMETER_URL: "" }).finished;
  const theirs = await as(NOBODY, ["agent", "--status", "--json"], agent.env).finished;
  const others = await as(NOBODY, ["postpone", newLeaseId()], { ...agent.env, SEATMETER_URL: "ws://127.0.0.1:1" })
    .finished;

  expect((await agent.status()).running).toHaveLength(1);
  expect(JSON.parse(theirs.stdout).running).toEqual([]);
  expect(others.exit).not.toBe(0);
  launch.child.kill("SIGTERM");
  expect((await launch.finished).exit).toBe(143);
});

test("a door is made for nobody who has no process here, and what is not understood is refused", async ({ skip }) => {
  if (!isRoot) skip("only root can be somebody else");
  await using daemon = await scriptedDaemon(sound);
  const agent = await systemAgent(daemon.url);
  const socket = agent.env.SEATMETER_AGENT;
  const launch = { type: "launch", pid: process.pid, product: "demo" };
  const answers = await Promise.all([
    answerAt(socket, `${JSON.stringify({ type: "door", uid: 12_345, pid: process.pid })}\n`),
    answerAt(socket, `${JSON.stringify({ type: "door", uid: 12_345, pid: 4_000_000 })}\n`),
    answerAt(socket, `${JSON.stringify(launch)}\n`),
    answerAt(socket, `${"x".repeat(17 * 1024)}\n`),
    answerAt(socket, "GET / HTTP/1.1\n"),
  ]);

  expect(answers.map((answer) => answer && JSON.parse(answer.split("\n")[0] ?? "").code)).toEqual([
    ...["forbidden", "forbidden", "own_door", "usage", "usage"],
  ]);
  expect(daemon.heard.filter(({ type }) => type === "checkout")).toEqual([]);
});

test("an agent listens in no folder that others may write to", async () => {
  const folder = agentFolder();
  const open = join(folder, "open");
  mkdirSync(open);
  chmodSync(open, 0o777);
  const env = { SEATMETER_AGENT: join(open, "agent.sock"), SEATMETER_STATE: folder };
  expect(await shim(["agent"], env).finished).toMatchObject({
    exit: 78,
    stderr: expect.stringContaining("a folder of the agent's own"),
  });
});

test("where the disk is full, what runs without a daemon is kept in memory, which is said once, and written when there is room", () => {
  const folder = emptyStateFolder();
  const said: string[] = [];
  const journal = new DeviceJournal(folder, (sentence) => said.push(sentence));
  const entry = (change = {}) => ({
    ...{ id: newLeaseId(), product: "demo", user: "ann", startedAtMs: Date.now() - 1000, untilMs: Date.now() },
    ...{ reason: "unreachable", ...change },
  });
  symlinkSync("/dev/full/nowhere", join(folder, "journal"));
  const [over, runs] = [entry(), entry({ pid: process.pid })];
  journal.keep(over);
  journal.keep(runs);
  expect(journal.ended(Date.now()).entries).toEqual([over]);
  expect(said).toEqual([expect.stringContaining("cannot be written down")]);
  unlinkSync(join(folder, "journal"));
  const later = entry();
  journal.keep(later);

  expect(said).toEqual([said[0], expect.stringContaining("can be written down again")]);
  const anew = new DeviceJournal(folder, () => {});
  expect(
    anew
      .ended(Date.now())
      .entries.map(({ id }) => id)
      .sort(),
  ).toEqual([over.id, later.id].sort());
  expect(anew.since(runs.id)).toBe(runs.startedAtMs);
  anew.forget([over.id, later.id]);
  expect(anew.waiting).toBe(0);
});
