import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Wire } from "../../client-shim/connection.ts";
import { Journal } from "../../client-shim/journal-files.ts";
import { KeepAlive } from "../../client-shim/keep-alive.ts";
import { newLeaseId } from "../../client-shim/lease-id.ts";
import type { Way } from "../../client-shim/route.ts";
import { granted, isCheckin, scriptedDaemon, sound, WELCOME } from "../support/scripted-daemon.ts";
import { emptyStateFolder, program, shim } from "../support/shim.ts";

const WAIT = program("setInterval(() => {}, 60000)");

/** A program that waits, started through a daemon; ended when the test is. */
async function running(url: string) {
  const started = shim(["run", "demo", "--version", "2026", "--", ...WAIT], { SEATMETER_URL: url });
  await started.says("ready");
  return {
    ...started,
    end: () => {
      started.child.kill("SIGTERM");
      return started.finished;
    },
  };
}

test("a seat is renewed at the pace that the daemon tells, for as long as the program runs", async () => {
  await using daemon = await scriptedDaemon(sound);
  const { end } = await running(daemon.url);
  const { leaseId } = await daemon.hears(({ type }) => type === "checkout");
  await expect.poll(() => daemon.heard.filter(({ type }) => type === "heartbeat").length).toBeGreaterThan(2);

  expect(daemon.heard.findLast(({ type }) => type === "heartbeat")).toEqual({ type: "heartbeat", leaseIds: [leaseId] });
  expect(await end()).toMatchObject({ exit: 143, stderr: "" });
});

test("a ttl that became shorter quickens the pace, before the seat of a running program expires", async () => {
  await using daemon = await scriptedDaemon((message, nth) => {
    if (message.type === "checkout") return { ...granted(message), ttlMs: 4_500, heartbeatEveryMs: 1_500 };
    if (message.type === "heartbeat") return { type: "alive", ttlMs: 30, gone: [] };
    return sound(message, nth);
  });
  const { end } = await running(daemon.url);

  // At the pace of the grant these would take longer than they are waited for.
  await expect.poll(() => daemon.heard.filter(({ type }) => type === "heartbeat").length).toBeGreaterThan(50);
  expect(await end()).toMatchObject({ exit: 143, stderr: "" });
});

test("after a lost connection the checkout is said again, with the same lease, as of a running program", async () => {
  await using daemon = await scriptedDaemon(sound);
  const { end } = await running(daemon.url);
  const first = await daemon.hears(({ type }) => type === "checkout");
  daemon.disconnectAll();
  const again = await daemon.hears(({ alreadyRunning }) => alreadyRunning === true);

  expect(again).toEqual({ ...first, alreadyRunning: true, runningSinceMs: expect.any(Number) });
  expect(daemon.heard.filter(({ type }) => type === "hello")).toHaveLength(2);
  expect(await end()).toMatchObject({ exit: 143, stderr: "" });
  expect(await daemon.hears(isCheckin)).toMatchObject({ leaseId: first.leaseId });
});

test("a lease that the daemon says is gone is asked for again, and renewed from then on", async () => {
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "heartbeat" && nth === 1
      ? { type: "alive", ttlMs: 120, gone: message.leaseIds }
      : sound(message, nth),
  );
  const { end } = await running(daemon.url);
  await daemon.hears(({ alreadyRunning }) => alreadyRunning === true);
  const heard = daemon.heard.length;
  await expect.poll(() => daemon.heard.slice(heard).map(({ type }) => type)).toContain("heartbeat");

  expect(await end()).toMatchObject({ exit: 143, stderr: "" });
});

test("a program that lost its seat runs on, its person is told once, and the seat is asked for at each beat", async () => {
  const denied = { type: "denied", reason: "no_seats", message: "All 3 seats of Demo are in use.", owner: "it.desk@x" };
  await using daemon = await scriptedDaemon((message, nth) => {
    if (message.type === "heartbeat") return { type: "alive", ttlMs: 120, gone: message.leaseIds };
    if (message.type === "checkout" && message.alreadyRunning) return { ...denied, leaseId: message.leaseId };
    return sound(message, nth);
  });
  const { end, tells } = await running(daemon.url);
  await tells("All 3 seats of Demo are in use.");
  await expect.poll(() => daemon.heard.filter(({ type }) => type === "checkout").length).toBeGreaterThan(3);
  const { exit, stderr } = await end();

  expect(exit).toBe(143);
  expect(stderr).toBe("seatmeter: demo runs on without a seat: All 3 seats of Demo are in use. Ask it.desk@x.\n");
  expect(daemon.heard.filter(({ type }) => type === "heartbeat")).toHaveLength(1);
});

test("while the ledger is away the connection is kept, and heartbeats go on until it is back", async () => {
  const away = { type: "error", code: "ledger_unavailable", message: "The ledger is away.", retry: true };
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "heartbeat" && nth < 3 ? away : sound(message, nth),
  );
  const { end } = await running(daemon.url);
  await expect.poll(() => daemon.heard.filter(({ type }) => type === "heartbeat").length).toBeGreaterThan(3);

  expect(daemon.heard.filter(({ type }) => type === "hello")).toHaveLength(1);
  expect(await end()).toMatchObject({ exit: 143, stderr: "" });
});

test("a daemon is told only fields that it says it accepts", async () => {
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "hello" ? { ...WELCOME, accepts: [] } : sound(message, nth),
  );
  const { end } = await running(daemon.url);
  await end();

  expect(daemon.heard.map((message) => Object.keys(message))).toEqual(
    expect.arrayContaining([
      ["type", "device", "shim"],
      ["type", "leaseId", "product", "user"],
      ["type", "leaseId"],
    ]),
  );
  expect(daemon.heard.flatMap((message) => Object.keys(message))).not.toContain("version");
  expect(daemon.heard.flatMap((message) => Object.keys(message))).not.toContain("why");
});

test("what a newer daemon says is passed over, and fields that we do not know do no harm", async () => {
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "checkout"
      ? [
          { type: "horoscope", sign: "leo" },
          { ...granted(message), colour: "green", flags: ["unheard-of"] },
        ]
      : sound(message, nth),
  );
  const ended = await shim(["run", "demo", "--", "echo", "ran"], { SEATMETER_URL: daemon.url }).finished;

  expect(ended).toEqual({ exit: 0, signal: null, stdout: "ran\n", stderr: "" });
});

test("a connection that is there only when its program has ended is closed, and keeps nobody", async () => {
  const wires: { closed: boolean }[] = [];
  const wire = (): Wire => {
    const made = { closed: false };
    wires.push(made);
    return {
      welcome: WELCOME as Wire["welcome"],
      closed: new Promise(() => {}),
      onNews: () => {},
      ask: async () => ({ type: "returned" }) as never,
      close: () => {
        made.closed = true;
      },
      daemonsMoment: (atMs) => atMs,
      journalSignature: async () => undefined,
    };
  };
  const late = Promise.withResolvers<Wire>();
  const route: Way = {
    reach: () => late.promise,
    attempt: async () => {
      late.resolve(wire());
      await setImmediate();
      return wire();
    },
  };
  const checkout = { type: "checkout", leaseId: newLeaseId(), product: "demo", user: "asmith" } as const;
  const seat = new KeepAlive(
    route,
    { checkout, heardAtMs: Date.now(), atOnce: true },
    {
      ...{ tell: () => {}, called: () => "demo", journal: new Journal(emptyStateFolder()) },
      ...{ onReclaimed: () => "tell", close: () => {} },
    },
  );
  seat.start();
  await seat.end("program_exited");

  expect(wires).toEqual([{ closed: true }, { closed: true }]);
});

test("a program whose checkin is not answered ends all the same", async () => {
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "checkin" ? undefined : sound(message, nth),
  );

  expect(await shim(["run", "demo", "--", "true"], { SEATMETER_URL: daemon.url }).finished).toMatchObject({ exit: 0 });
});
