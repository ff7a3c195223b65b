import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { computer, kept, lender, said, ticketFile } from "../support/lender.ts";
import { granted, isCheckin, WELCOME } from "../support/scripted-daemon.ts";
import { emptyStateFolder, shim } from "../support/shim.ts";
import { DAY_MS } from "../support/tickets.ts";

const RUN = ["run", "demo", "--", "echo", "ran"];
const BORROW = ["borrow", "demo", "--until", "3d"];

test("borrowed again it is renewed: the same lease, a later moment", async () => {
  const me = computer();
  await using daemon = await lender();
  const env = { ...me, SEATMETER_URL: daemon.url };
  await shim(["borrow", "demo", "--until", "1d"], env).finished;
  const before = kept(me);
  await shim(["borrow", "demo", "--until", "2d"], env).finished;

  const [first, second] = said(daemon, "checkout");
  expect(second?.leaseId).toBe(first?.leaseId);
  expect(kept(me).untilMs).toBeGreaterThan(before.untilMs);
});

test("a borrow that the daemon did not take leaves nothing to give back", async () => {
  const me = computer();
  const forbidden = { type: "error", code: "forbidden", message: "this computer is not known", retry: false };
  await using daemon = await lender({
    script: (message) => (message.type === "checkout" ? { ...forbidden, leaseId: message.leaseId } : undefined),
  });
  const env = { ...me, SEATMETER_URL: daemon.url };
  expect(await shim(BORROW, env).finished).toMatchObject({ exit: 77, stdout: "" });

  expect(await shim(["return", "demo"], env).finished).toMatchObject({
    exit: 64,
    stderr: expect.stringContaining("Nothing of demo is borrowed"),
  });
  expect(said(daemon, "checkin")).toEqual([]);
});

test("a borrow whose answer was lost asks for the same lease when it is said again", async () => {
  const me = computer();
  await using daemon = await lender({
    script: (message) => {
      if (message.type !== "checkout" || said(daemon, "checkout").length > 1) return undefined;
      daemon.disconnectAll();
      return [];
    },
  });
  const env = { ...me, SEATMETER_URL: daemon.url };
  expect(await shim(BORROW, env).finished).toMatchObject({ exit: 69, stdout: "" });
  // What is asked for and not had yet covers nothing, and says nothing.
  expect((await shim(RUN, me).finished).stderr).toMatch(/^[^\n]*starts without a seat[^\n]*\n$/);
  expect(await shim(BORROW, env).finished).toMatchObject({ exit: 0 });

  const [first, second] = said(daemon, "checkout");
  expect(second?.leaseId).toBe(first?.leaseId);
});

test("a borrow that is denied gives 75 with the sentence; a renewal that is denied leaves what is borrowed", async () => {
  const me = computer();
  const message = "No more seats of Demo may be taken along for use without the network now: try again later.";
  await using generous = await lender();
  await using mean = await lender({
    script: ({ type, leaseId }) =>
      type === "checkout" ? { type: "denied", leaseId, reason: "borrow_limit", message, owner: "" } : undefined,
  });
  const denied = await shim(BORROW, { ...me, SEATMETER_URL: mean.url }).finished;
  expect(denied).toMatchObject({ exit: 75, stdout: "", stderr: `seatmeter: ${message}\n` });
  expect(existsSync(ticketFile(me))).toBe(false);

  await shim(BORROW, { ...me, SEATMETER_URL: generous.url }).finished;
  const renewal = await shim(BORROW, { ...me, SEATMETER_URL: mean.url }).finished;
  expect(renewal).toMatchObject({ exit: 75, stderr: expect.stringMatching(/borrowed until .* stays so/) });
  expect(await shim(RUN, me).finished).toMatchObject({ exit: 0, stderr: "" });
});

test("a seat that is lent for less than was asked says until when", async () => {
  const me = computer();
  await using daemon = await lender({ mostMs: DAY_MS });

  expect((await shim(BORROW, { ...me, SEATMETER_URL: daemon.url }).finished).stdout).toContain("not lent for longer");
  // On its last day each launch says so.
  expect((await shim(RUN, me).finished).stderr).toMatch(/^seatmeter: the borrowed seat ends at .* renews it\.\n$/);
});

test("the end of a borrowed seat forgets its lease: borrowed again, it is another one", async () => {
  const me = computer();
  await using daemon = await lender({ mostMs: 1_000 });
  const env = { ...me, SEATMETER_URL: daemon.url };
  await shim(BORROW, env).finished;
  await expect.poll(() => Date.now() - kept(me).untilMs).toBeGreaterThan(0);
  const over = await shim(RUN, me).finished;
  expect(over).toMatchObject({
    exit: 0,
    stderr: expect.stringMatching(/cannot be used: it ended at .*\n.*without a seat/),
  });
  await shim(BORROW, env).finished;

  const [first, second] = said(daemon, "checkout");
  expect(second?.leaseId).not.toBe(first?.leaseId);
});

test("return gives the seat back by its lease, and the ticket is gone", async () => {
  const me = computer();
  await using daemon = await lender();
  const env = { ...me, SEATMETER_URL: daemon.url };
  await shim(BORROW, env).finished;
  const { leaseId } = kept(me);

  expect(await shim(["return", "demo"], env).finished).toMatchObject({ exit: 0, stderr: "" });
  expect(await daemon.hears(isCheckin)).toEqual({ type: "checkin", leaseId, why: "borrow_returned" });
  expect(existsSync(ticketFile(me))).toBe(false);
  expect(await shim(["return", "demo"], env).finished).toMatchObject({
    exit: 64,
    stderr: "seatmeter: Nothing of demo is borrowed on this computer.\n",
  });
});

test("without a daemon nothing can be given back: 69, a sentence, and the seat still starts its program", async () => {
  const me = computer();
  await using daemon = await lender();
  await shim(BORROW, { ...me, SEATMETER_URL: daemon.url }).finished;

  expect(await shim(["return", "demo"], me).finished).toMatchObject({
    exit: 69,
    stdout: "",
    stderr: expect.stringContaining("can only be given back when the licence service is reached"),
  });
  expect(await shim(RUN, me).finished).toMatchObject({ exit: 0, stdout: "ran\n", stderr: "" });
});

test.each([
  ["lease_unknown", 0, false],
  ["ledger_unavailable", 69, true],
  ["forbidden", 77, true],
])("a return that is answered %s gives %i, and the ticket stays: %s", async (code, exit, stays) => {
  const me = computer();
  await using daemon = await lender({
    script: ({ type }) =>
      type === "checkin" ? { type: "error", code, message: "So it is.", retry: false } : undefined,
  });
  const env = { ...me, SEATMETER_URL: daemon.url };
  await shim(BORROW, env).finished;

  expect(await shim(["return", "demo"], env).finished).toMatchObject({ exit });
  expect(existsSync(ticketFile(me))).toBe(stays);
});

test("an older daemon is not asked to lend: it would grant a seat that nobody keeps alive", async () => {
  const me = computer();
  await using daemon = await lender({
    script: ({ type }) => (type === "hello" ? { ...WELCOME, accepts: ["checkout.seats"] } : undefined),
  });

  expect(await shim(BORROW, { ...me, SEATMETER_URL: daemon.url }).finished).toMatchObject({
    exit: 77,
    stderr: expect.stringContaining("lends no seats"),
  });
  expect(daemon.heard.map(({ type }) => type)).toEqual(["hello"]);
});

test("a seat that is granted without a ticket is given back", async () => {
  const me = computer();
  await using daemon = await lender({
    script: (message) => (message.type === "checkout" ? granted(message) : undefined),
  });

  expect(await shim(BORROW, { ...me, SEATMETER_URL: daemon.url }).finished).toMatchObject({ exit: 70, stdout: "" });
  await daemon.hears(isCheckin);
});

test("a state folder that cannot be written lends nothing: 78, before anything is asked", async () => {
  const file = join(emptyStateFolder(), "file");
  writeFileSync(file, "");
  await using daemon = await lender();

  expect(
    await shim(BORROW, { ...computer({ SEATMETER_STATE: file }), SEATMETER_URL: daemon.url }).finished,
  ).toMatchObject({
    exit: 78,
    stdout: "",
    stderr: expect.stringContaining("cannot be kept in"),
  });
  expect(daemon.heard).toEqual([]);
});

test.each([
  [["borrow", "demo"], /--until is missing/],
  [["borrow", "demo", "--until", "soon"], /--until is a day/],
  [["borrow", "demo", "--until", "2027-02-30"], /--until is a day/],
  [["borrow", "demo", "--until", "2020-01-01"], /--until 2020-01-01 is over already/],
  [["return"], /PRODUCT is missing/],
])("wrong words give 64: %j", async (args, sentence) => {
  expect(await shim(args).finished).toMatchObject({ exit: 64, stdout: "", stderr: expect.stringMatching(sentence) });
});
