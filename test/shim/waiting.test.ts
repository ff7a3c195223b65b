import { expect, test } from "vitest";
import { granted, isCheckin, policy, type Script, scriptedDaemon, sound, WELCOME } from "../support/scripted-daemon.ts";
import { COMMAND, program, shim } from "../support/shim.ts";
import { hasTerminals, onTerminal } from "../support/terminal.ts";

const RUN = ["run", "demo", "--wait", "10m", "--", "echo", "ran"];
/** What names a lease. */
type Lease = Record<string, unknown>;

const queued = ({ leaseId }: Lease, position = 1) => ({
  type: "queued",
  leaseId,
  pool: "demo",
  position,
});
const offered = ({ leaseId }: Lease) => ({
  type: "offered",
  leaseId,
  pool: "demo",
  takeWithinMs: 30_000,
});

/** A daemon whose seats are all in use: the first checkout waits, and so does each that `waits` says. */
const full = (waits: (nth: number) => boolean = (nth) => nth === 1): Script => {
  return (message, nth) => {
    if (message.type === "checkout") return waits(nth) ? queued(message, 3) : granted(message);
    return sound(message, nth);
  };
};

test("who waits is told their place, keeps it by heartbeats, and takes the seat that is offered", async () => {
  await using daemon = await scriptedDaemon(full());
  const { tells, finished } = shim(RUN, { SEATMETER_URL: daemon.url });
  await tells("all seats are in use; you are number 3 in the queue");
  const asked = await daemon.hears(({ type }) => type === "checkout");
  await expect.poll(() => daemon.heard.filter(({ type }) => type === "heartbeat").length).toBeGreaterThan(2);
  daemon.say(offered(asked));

  expect(await finished).toMatchObject({ exit: 0, stdout: "ran\n" });
  expect(asked).toMatchObject({ waitMs: 600_000 });
  expect(daemon.heard.find(({ type }) => type === "heartbeat")).toEqual({
    type: "heartbeat",
    leaseIds: [asked.leaseId],
  });
  // Said again as it was, at once, and given back by the same id.
  const checkouts = daemon.heard.filter(({ type }) => type === "checkout");
  expect(checkouts).toEqual([asked, asked]);
  expect(await daemon.hears(isCheckin)).toMatchObject({ leaseId: asked.leaseId, why: "program_exited" });
});

test("an offer that comes in one breath with the place is not missed", async () => {
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "checkout" && nth === 1 ? [queued(message), offered(message)] : sound(message, nth),
  );

  expect(await shim(RUN, { SEATMETER_URL: daemon.url }).finished).toMatchObject({ exit: 0, stdout: "ran\n" });
});

test("an offer that a daemon repeats instead of granting is asked for at the pace of heartbeats, not in a circle", async () => {
  await using daemon = await scriptedDaemon((message, nth) => {
    if (message.type !== "checkout") return sound(message, nth);
    return nth === 1 ? queued(message) : nth < 4 ? offered(message) : granted(message);
  });
  const { tells, finished } = shim(RUN, { SEATMETER_URL: daemon.url });
  await tells("in the queue");
  const asked = await daemon.hears(({ type }) => type === "checkout");
  for (const times of [1, 2, 3]) {
    daemon.say(offered(asked));
    await expect.poll(() => daemon.heard.filter(({ type }) => type === "checkout").length).toBe(times + 1);
  }

  expect(await finished).toMatchObject({ exit: 0, stdout: "ran\n" });
});

test("where the line cannot be written over, places that follow each other quickly are told once", async () => {
  await using daemon = await scriptedDaemon((message, nth) => {
    if (message.type === "heartbeat") {
      return [queued({ leaseId: message.leaseIds[0] }, Math.max(1, 3 - nth)), { type: "alive", ttlMs: 120, gone: [] }];
    }
    return full()(message, nth);
  });
  const { finished } = shim(RUN, { SEATMETER_URL: daemon.url });
  const asked = await daemon.hears(({ type }) => type === "checkout");
  await expect.poll(() => daemon.heard.filter(({ type }) => type === "heartbeat").length).toBeGreaterThan(3);
  daemon.say(offered(asked));

  expect(await finished).toMatchObject({
    exit: 0,
    stderr: "seatmeter: all seats are in use; you are number 3 in the queue\n",
  });
});

test("a connection lost in the queue is made again, to another daemon too, and the place is kept by the same lease", async () => {
  await using other = await scriptedDaemon(full());
  await using daemon = await scriptedDaemon(full());
  const { tells, finished } = shim(RUN, { SEATMETER_URL: `${daemon.url},${other.url}` });
  await tells("in the queue");
  const asked = await daemon.hears(({ type }) => type === "checkout");
  daemon.disconnectAll();
  const again = await other.hears(({ type }) => type === "checkout");
  await other.hears(({ type }) => type === "heartbeat");
  other.say(offered(asked));

  expect(again).toEqual(asked);
  expect(await finished).toMatchObject({ exit: 0, stdout: "ran\n" });
});

test("a place that was lost, while the computer slept, is asked for again", async () => {
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "heartbeat" && nth === 1
      ? { type: "alive", ttlMs: 120, gone: message.leaseIds }
      : full()(message, nth),
  );

  expect(await shim(RUN, { SEATMETER_URL: daemon.url }).finished).toMatchObject({ exit: 0, stdout: "ran\n" });
  expect(daemon.heard.filter(({ type }) => type === "checkout")).toHaveLength(2);
});

test("while the ledger is away nobody loses their place by it", async () => {
  const away = { type: "error", code: "ledger_unavailable", message: "The ledger is away.", retry: true };
  await using daemon = await scriptedDaemon((message, nth) => {
    if (message.type === "heartbeat" && nth < 3) return away;
    if (message.type === "heartbeat" && nth === 3)
      return [{ type: "alive", ttlMs: 120, gone: [] }, offered({ leaseId: message.leaseIds[0] })];
    return full()(message, nth);
  });

  expect(await shim(RUN, { SEATMETER_URL: daemon.url }).finished).toMatchObject({ exit: 0, stdout: "ran\n" });
  expect(daemon.heard.filter(({ type }) => type === "hello")).toHaveLength(1);
});

test("when the time is over the place is given up, and the launch ends with 75 and a sentence", async () => {
  await using daemon = await scriptedDaemon(full(() => true));
  const args = ["run", "demo", "--wait", "1s", "--", "echo", "ran"];

  expect(await shim(args, { SEATMETER_URL: daemon.url }).finished).toMatchObject({
    exit: 75,
    stdout: "",
    stderr: expect.stringMatching(/\nseatmeter: no seat of demo came free within 1s\.\n$/),
  });
  expect(await daemon.hears(isCheckin)).toEqual({ type: "checkin", leaseId: daemon.heard[1]?.leaseId });
});

test.each([
  ["allow", { exit: 0, stdout: "ran\n", stderr: expect.stringContaining("starts without a seat") }],
  ["refuse", { exit: 69, stdout: "", stderr: expect.stringContaining("may not be used while") }],
])("when the time is over and no daemon is there any more, the product's own rule applies: %s", async (rule, ended) => {
  const daemon = await scriptedDaemon((message, nth) =>
    message.type === "checkout" ? [policy({ whenUnreachable: rule }), queued(message)] : sound(message, nth),
  );
  const { tells, finished } = shim(["run", "demo", "--wait", "2s", "--", "echo", "ran"], { SEATMETER_URL: daemon.url });
  await tells("in the queue");
  await daemon[Symbol.asyncDispose]();

  expect(await finished).toMatchObject(ended);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s gives the place up", async (signal, exit) => {
  await using daemon = await scriptedDaemon(full(() => true));
  const { child, tells, finished } = shim(RUN, { SEATMETER_URL: daemon.url });
  await tells("in the queue");
  child.kill(signal);

  expect(await finished).toMatchObject({ exit, stdout: "" });
  expect(await daemon.hears(isCheckin)).toEqual({ type: "checkin", leaseId: daemon.heard[1]?.leaseId });
});

test("a denial in the queue ends the launch with its sentence: an offer that was not taken in time", async () => {
  await using daemon = await scriptedDaemon(full(() => true));
  const { tells, finished } = shim(RUN, { SEATMETER_URL: daemon.url });
  await tells("in the queue");
  const { leaseId } = await daemon.hears(({ type }) => type === "checkout");
  const message = "A seat of Demo was kept for you and went to somebody else, as you did not take it: try again later.";
  daemon.say({ type: "denied", leaseId, reason: "queue_lapsed", message, owner: "" });

  expect(await finished).toMatchObject({ exit: 75, stdout: "", stderr: expect.stringContaining(message) });
});

test("a daemon that will not talk to us any more ends the waiting", async () => {
  const forbidden = { type: "error", code: "forbidden", message: "this token is PC-9's", retry: false };
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "heartbeat" ? forbidden : full()(message, nth),
  );

  expect(await shim(RUN, { SEATMETER_URL: daemon.url }).finished).toMatchObject({
    exit: 77,
    stdout: "",
    stderr: expect.stringContaining("this token is PC-9's"),
  });
});

test("an older daemon is asked without what it does not know, and the person told so", async () => {
  const denied = { type: "denied", reason: "no_seats", message: "All 3 seats are in use.", owner: "" };
  await using daemon = await scriptedDaemon((message, nth) => {
    if (message.type === "hello") return { ...WELCOME, accepts: [] };
    return message.type === "checkout" ? { ...denied, leaseId: message.leaseId } : sound(message, nth);
  });
  const { exit, stderr } = await shim(RUN, { SEATMETER_URL: daemon.url }).finished;

  expect(exit).toBe(75);
  expect(stderr).toContain("does not know --wait");
  expect(daemon.heard[1]).not.toHaveProperty("waitMs");
});

test("a seat that was waited for is kept like any other, and a program that runs never waits", async () => {
  await using daemon = await scriptedDaemon(full());
  const wait = program("setInterval(() => {}, 60000)");
  const { child, tells, says, finished } = shim(["run", "demo", "--wait", "10m", "--", ...wait], {
    SEATMETER_URL: daemon.url,
  });
  await tells("in the queue");
  daemon.say(offered(await daemon.hears(({ type }) => type === "checkout")));
  await says("ready");
  daemon.disconnectAll();
  const again = await daemon.hears(({ alreadyRunning }) => alreadyRunning === true);
  child.kill("SIGTERM");

  expect(again).not.toHaveProperty("waitMs");
  expect(await finished).toMatchObject({ exit: 143 });
});

test.skipIf(!hasTerminals)("on a terminal the place is written over, and Ctrl-C gives it up", async () => {
  let position = 12;
  await using daemon = await scriptedDaemon((message, nth) => {
    if (message.type === "checkout") return queued(message, position);
    if (message.type === "heartbeat") {
      return [queued({ leaseId: message.leaseIds[0] }, position), { type: "alive", ttlMs: 120, gone: [] }];
    }
    return sound(message, nth);
  });
  const terminal = onTerminal([...COMMAND, ...RUN], { SEATMETER_URL: daemon.url });
  await terminal.shows(/you are number 12 in the queue/);
  position = 3;
  await terminal.shows(/\rseatmeter: all seats are in use; you are number 3 in the queue /);
  expect(terminal.screen()).not.toContain("\n");
  terminal.press("\u0003");

  expect(await terminal.ended).toBe(130);
  await daemon.hears(isCheckin);
});
