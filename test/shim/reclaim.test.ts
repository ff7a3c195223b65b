import { expect, test } from "vitest";
import { granted, isCheckin, policy, type Script, scriptedDaemon, sound, WELCOME } from "../support/scripted-daemon.ts";
import { program, shim } from "../support/shim.ts";

/** Says when it is asked to close, and does it or not. */
const PROGRAM = (closes: boolean) =>
  program(`process.on("SIGTERM", () => { console.log("asked"); if (${closes}) process.exit(0); });
    process.on("SIGUSR2", () => process.exit(0)); setInterval(() => {}, 60000)`);

const countdown = (leaseId: unknown, change = {}) => ({
  ...{ type: "reclaiming", leaseId, reason: "reclaimed_by_admin", graceMs: 120_000, postponable: true },
  ...{ message: "Please save your work: the seat is needed elsewhere.", ...change },
});

/** A daemon that says of the lease, with each heartbeat, what `now` says; what is reclaimed runs on as excess. */
function reclaiming(onReclaimed: "tell" | "close") {
  const state = { now: "held" as "held" | "reclaiming" | "gone", graceMs: 120_000 };
  const script: Script = (message, nth) => {
    if (message.type === "checkout") {
      const flags = message.alreadyRunning && state.now === "gone" ? ["excess"] : [];
      if (flags.length > 0) state.now = "held";
      return [policy({ onReclaimed, name: "Demo CAD" }), { ...granted(message), flags }];
    }
    if (message.type !== "heartbeat") return sound(message, nth);
    const gone = state.now === "gone" ? message.leaseIds : [];
    const alive = { type: "alive", ttlMs: 120, gone };
    return state.now === "reclaiming" ? [countdown(message.leaseIds[0], { graceMs: state.graceMs }), alive] : alive;
  };
  return { state, script };
}

const beats = (daemon: { heard: { type: string }[] }) => daemon.heard.filter(({ type }) => type === "heartbeat").length;

test("that a seat is to be reclaimed is told once, with how long and how to put it off; then it runs on, as said once", async () => {
  const { state, script } = reclaiming("tell");
  await using daemon = await scriptedDaemon(script);
  const { child, says, tells, finished, stderr } = shim(["run", "demo", "--", ...PROGRAM(false)], {
    SEATMETER_URL: daemon.url,
  });
  await says("ready");
  const { leaseId } = await daemon.hears(({ type }) => type === "checkout");
  Object.assign(state, { now: "reclaiming", graceMs: 1_000 });
  await tells("Please save your work");
  const before = beats(daemon);
  await expect.poll(() => beats(daemon)).toBeGreaterThan(before + 3);
  state.now = "gone";
  const again = await daemon.hears(({ alreadyRunning }) => alreadyRunning === true);
  const after = beats(daemon);
  await expect.poll(() => beats(daemon)).toBeGreaterThan(after + 3);

  expect(again).toMatchObject({ leaseId });
  expect(stderr().split("\n")).toEqual([
    "seatmeter: Please save your work: the seat is needed elsewhere. Demo CAD loses its seat in 1 second. " +
      `Still needed? \`seatmeter postpone ${leaseId}\` puts it off.`,
    "seatmeter: the seat of Demo CAD was reclaimed. Demo CAD runs on, which is reported.",
    "",
  ]);
  child.kill("SIGUSR2");
  expect(await finished).toMatchObject({ exit: 0, stdout: "ready\n" });
  expect(await daemon.hears(isCheckin)).toMatchObject({ leaseId });
});

test("where the register says so, the program is asked to close when its seat has gone, and not before", async () => {
  const { state, script } = reclaiming("close");
  await using daemon = await scriptedDaemon(script);
  const { says, tells, finished, stdout } = shim(["run", "demo", "--", ...PROGRAM(true)], {
    SEATMETER_URL: daemon.url,
  });
  await says("ready");
  Object.assign(state, { now: "reclaiming", graceMs: 1_000 });
  await tells("Demo CAD is asked to close in 1 second");
  expect(stdout()).toBe("ready\n");
  state.now = "gone";

  expect(await finished).toMatchObject({
    exit: 0,
    stdout: "ready\nasked\n",
    stderr: expect.stringContaining("the seat of Demo CAD was reclaimed, and Demo CAD is asked to close."),
  });
});

test("a program that goes on though it was asked to close is asked once, never killed, and reported as excess", async () => {
  const { state, script } = reclaiming("close");
  await using daemon = await scriptedDaemon(script);
  const { child, says, tells, finished } = shim(["run", "demo", "--", ...PROGRAM(false)], {
    SEATMETER_URL: daemon.url,
  });
  await says("ready");
  for (const _ of ["one", "other"]) {
    Object.assign(state, { now: "reclaiming", graceMs: 1_000 });
    await tells("Please save");
    const before = beats(daemon);
    await expect.poll(() => beats(daemon)).toBeGreaterThan(before + 1);
    state.now = "gone";
    // Set again by the checkout that says what runs.
    await expect.poll(() => state.now).toBe("held");
  }
  await says("asked");
  const before = beats(daemon);
  await expect.poll(() => beats(daemon)).toBeGreaterThan(before + 2);
  child.kill("SIGUSR2");

  expect(await finished).toMatchObject({ exit: 0, stdout: "ready\nasked\n" });
  await daemon.hears(isCheckin);
});

test("a seat that was reclaimed while the connection was lost is known by what is said when it is back", async () => {
  const { state, script } = reclaiming("close");
  await using daemon = await scriptedDaemon(script);
  const { says, tells, finished } = shim(["run", "demo", "--", ...PROGRAM(true)], { SEATMETER_URL: daemon.url });
  await says("ready");
  Object.assign(state, { now: "reclaiming", graceMs: 1_000 });
  await tells("Demo CAD is asked to close in 1 second");
  state.now = "gone";
  daemon.disconnectAll();

  expect(await finished).toMatchObject({ exit: 0, stdout: "ready\nasked\n" });
});

test("a lease that goes for another reason than a reclaim closes nothing", async () => {
  const { state, script } = reclaiming("close");
  await using daemon = await scriptedDaemon(script);
  const { child, says, tells, finished } = shim(["run", "demo", "--", ...PROGRAM(true)], { SEATMETER_URL: daemon.url });
  await says("ready");
  // Called off, an hour before it would have been over; then the computer sleeps.
  Object.assign(state, { now: "reclaiming", graceMs: 3_600_000 });
  await tells("in 60 minutes");
  state.now = "gone";
  await tells("Demo CAD runs on above what was bought, which is reported.");
  child.kill("SIGUSR2");

  expect(await finished).toMatchObject({ exit: 0, stdout: "ready\n" });
});

test("a lease that went at the end of its countdown and gets a seat again had only expired: nothing is closed or told", async () => {
  await using daemon = await scriptedDaemon((message, nth) => {
    if (message.type === "checkout") return [policy({ onReclaimed: "close" }), granted(message)];
    if (message.type !== "heartbeat" || nth > 2) return sound(message);
    const alive = { type: "alive", ttlMs: 120, gone: nth === 2 ? message.leaseIds : [] };
    return [countdown(message.leaseIds[0], { graceMs: 1 }), alive];
  });
  const { child, says, finished } = shim(["run", "demo", "--", ...PROGRAM(true)], { SEATMETER_URL: daemon.url });
  await says("ready");
  await daemon.hears(({ alreadyRunning }) => alreadyRunning === true);
  const before = beats(daemon);
  await expect.poll(() => beats(daemon)).toBeGreaterThan(before + 2);
  child.kill("SIGUSR2");

  expect(await finished).toMatchObject({
    exit: 0,
    stdout: "ready\n",
    stderr: expect.stringMatching(/^seatmeter: Please save[^\n]*\n$/),
  });
});

test("a countdown that was put off is told as a new one; one that cannot be put off names no way to do it", async () => {
  await using daemon = await scriptedDaemon(sound);
  const { child, says, tells, finished, stderr } = shim(["run", "demo", "--", ...PROGRAM(false)], {
    SEATMETER_URL: daemon.url,
  });
  await says("ready");
  const { leaseId } = await daemon.hears(({ type }) => type === "checkout");
  daemon.say(countdown(leaseId, { graceMs: 100_000 }));
  daemon.say(countdown(leaseId, { graceMs: 99_000 }));
  daemon.say(countdown("01900000-0000-7000-8000-000000000000"));
  daemon.say(countdown(leaseId, { graceMs: 300_000, postponable: false }));
  await tells("in 5 minutes");
  child.kill("SIGUSR2");
  await finished;

  expect(stderr().match(/loses its seat in .*/g)).toEqual([
    `loses its seat in 100 seconds. Still needed? \`seatmeter postpone ${leaseId}\` puts it off.`,
    "loses its seat in 5 minutes.",
  ]);
});

const LEASE = "01900000-0000-7000-8000-000000000000";

test.each([
  [true, "The seat is reclaimed in 2 minutes. It can be put off again.\n"],
  [false, "The seat is reclaimed in 2 minutes. It cannot be put off again.\n"],
])(
  "postpone says which lease, as the same computer, and how long there is now (again: %s)",
  async (postponable, said) => {
    await using daemon = await scriptedDaemon((message, nth) =>
      message.type === "postpone" ? countdown(message.leaseId, { postponable }) : sound(message, nth),
    );
    const env = { SEATMETER_URL: daemon.url, SEATMETER_DEVICE: "PC-12" };

    expect(await shim(["postpone", LEASE], env).finished).toMatchObject({ exit: 0, stdout: said, stderr: "" });
    expect(daemon.heard).toEqual([
      expect.objectContaining({ type: "hello", device: "PC-12" }),
      { type: "postpone", leaseId: LEASE },
    ]);
  },
);

test.each([
  ["lease_unknown", 64],
  ["message_invalid", 64],
  ["not_holder", 77],
  ["ledger_unavailable", 69],
])("a postpone that is answered %s gives %i and the daemon's sentence", async (code, exit) => {
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "postpone" ? { type: "error", code, message: "No, and why.", retry: false } : sound(message, nth),
  );

  expect(await shim(["postpone", LEASE], { SEATMETER_URL: daemon.url }).finished).toMatchObject({
    exit,
    stdout: "",
    stderr: "seatmeter: No, and why.\n",
  });
});

test("an older daemon is not asked to put anything off, and one that is away gives 69", async () => {
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "hello" ? { ...WELCOME, accepts: [] } : sound(message, nth),
  );

  expect(await shim(["postpone", LEASE], { SEATMETER_URL: daemon.url }).finished).toMatchObject({ exit: 77 });
  expect(await shim(["postpone", LEASE]).finished).toMatchObject({ exit: 69 });
  expect(daemon.heard.map(({ type }) => type)).toEqual(["hello"]);
});
