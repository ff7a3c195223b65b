import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import {
  granted,
  type Heard,
  policy,
  type Script,
  scriptedDaemon,
  sound,
  WELCOME,
} from "../support/scripted-daemon.ts";
import { emptyStateFolder, program, shim } from "../support/shim.ts";
import { DAY_MS, type TicketKey, ticket, ticketKey } from "../support/tickets.ts";

let key: TicketKey;
beforeAll(async () => {
  key = await ticketKey();
});

const RUN = ["run", "demo", "--", "echo", "ran"];
const BORROW = ["borrow", "demo", "--until", "3d"];

/** One computer's state, and what it is told of the daemon. */
const computer = (change: Record<string, string> = {}) => ({
  SEATMETER_STATE: emptyStateFolder(),
  SEATMETER_DEVICE: "PC-12",
  ...change,
});
const ticketFile = (state: { SEATMETER_STATE: string }, product = "demo") =>
  join(state.SEATMETER_STATE, "tickets", `${product}.json`);
const kept = (state: { SEATMETER_STATE: string }) => JSON.parse(readFileSync(ticketFile(state), "utf8"));

interface Lender {
  /** What else stands on its tickets. */
  claims?: Record<string, unknown>;
  /** It lends for no longer. */
  mostMs?: number;
  by?: TicketKey;
  /** What its register says of the product, told before each answer. */
  told?: Record<string, unknown>;
  /** What it says instead. */
  script?: Script;
}

/** A daemon that lends seats. */
async function lender(terms: Lender = {}) {
  const { claims = {}, mostMs = Number.POSITIVE_INFINITY, by = key, script = () => undefined, told } = terms;
  const daemon = await scriptedDaemon((message, nth) => {
    if (told && message.type === "checkout") daemon.say(policy(told));
    const scripted = script(message, nth);
    if (scripted) return scripted;
    if (message.type === "hello") return { ...WELCOME, nowMs: Date.now(), ticketKeys: [by.told] };
    if (message.type !== "checkout" || message.borrowUntilMs === undefined) return sound(message);
    const untilMs = Math.min(Number(message.borrowUntilMs), Date.now() + mostMs);
    const signed = { leaseId: message.leaseId, exp: Math.floor(untilMs / 1000), ...claims };
    return ticket(by, signed).then((text) => ({
      ...{ ...granted(message), flags: ["borrowed"], borrowedUntilMs: untilMs, ticket: text },
    }));
  });
  return daemon;
}
const said = (daemon: { heard: Heard[] }, type: string) => daemon.heard.filter((message) => message.type === type);

test("a borrowed seat starts its program with the network and without, and nothing is asked or counted for it", async () => {
  const me = computer();
  await using daemon = await lender();
  const borrowed = await shim(BORROW, { ...me, SEATMETER_URL: daemon.url }).finished;
  const [asked] = said(daemon, "checkout");
  const online = await shim(RUN, { ...me, SEATMETER_URL: daemon.url }).finished;

  expect(borrowed).toMatchObject({
    exit: 0,
    stdout: expect.stringMatching(/^A seat of demo is borrowed until \d\d:\d\d on [\d/]+\.\n.*seatmeter return demo/),
    stderr: "",
  });
  expect(Number(asked?.borrowUntilMs)).toBeGreaterThan(Date.now() + 2.9 * DAY_MS);
  expect(online).toMatchObject({ exit: 0, stdout: "ran\n", stderr: "" });
  expect(await shim(RUN, me).finished).toMatchObject({ exit: 0, stdout: "ran\n", stderr: "" });
  expect(await shim(["run", "DEMO", "--", "echo", "ran"], me).finished).toMatchObject({ exit: 0, stderr: "" });
  expect(daemon.heard.map(({ type }) => type)).toEqual(["hello", "checkout"]);
  // Another product's seat it is not.
  expect((await shim(["run", "other", "--", "true"], me).finished).stderr).toContain("starts without a seat");
});

test("the ticket is this person's alone to read, and no draft of it is left", async () => {
  const me = computer();
  await using daemon = await lender();
  await shim(BORROW, { ...me, SEATMETER_URL: daemon.url }).finished;

  expect(statSync(ticketFile(me)).mode & 0o777).toBe(0o600);
  expect(statSync(join(me.SEATMETER_STATE, "tickets")).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(me.SEATMETER_STATE, "tickets"))).toEqual(["demo.json"]);
});

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
  await expect.poll(() => Date.now() - kept(me).untilMs, { timeout: 5_000 }).toBeGreaterThan(0);
  const over = await shim(RUN, me).finished;
  expect(over).toMatchObject({
    exit: 0,
    stderr: expect.stringMatching(/cannot be used: it ended at .*\n.*without a seat/),
  });
  await shim(BORROW, env).finished;

  const [first, second] = said(daemon, "checkout");
  expect(second?.leaseId).not.toBe(first?.leaseId);
});

test("a ticket whose time is over by the daemon's clock is forgotten, and said once", async () => {
  const me = computer();
  await using daemon = await lender({ mostMs: 1_000 });
  const env = { ...me, SEATMETER_URL: daemon.url };
  await shim(BORROW, env).finished;
  await expect.poll(() => Date.now() - kept(me).untilMs, { timeout: 5_000 }).toBeGreaterThan(0);

  expect((await shim(RUN, env).finished).stderr).toContain("it ended at");
  expect(await shim(RUN, env).finished).toMatchObject({ exit: 0, stdout: "ran\n", stderr: "" });
});

test("a program that runs on after the end of its borrowed seat asks for a seat of its own, and gives that back", async () => {
  const me = computer();
  await using daemon = await lender({ mostMs: 2_000 });
  const env = { ...me, SEATMETER_URL: daemon.url };
  await shim(BORROW, env).finished;
  const wait = program("setInterval(() => {}, 60000)");
  const { child, says, finished } = shim(["run", "demo", "--", ...wait], env);
  await says("ready");
  const running = await daemon.hears(({ alreadyRunning }) => alreadyRunning === true);
  child.kill("SIGTERM");

  expect(await finished).toMatchObject({ exit: 143 });
  expect(running.leaseId).not.toBe(said(daemon, "checkout")[0]?.leaseId);
  expect(daemon.heard.at(-1)).toMatchObject({ type: "checkin", leaseId: running.leaseId });
});

test("return gives the seat back by its lease, and the ticket is gone", async () => {
  const me = computer();
  await using daemon = await lender();
  const env = { ...me, SEATMETER_URL: daemon.url };
  await shim(BORROW, env).finished;
  const { leaseId } = kept(me);

  expect(await shim(["return", "demo"], env).finished).toMatchObject({ exit: 0, stderr: "" });
  expect(daemon.heard.at(-1)).toEqual({ type: "checkin", leaseId, why: "borrow_returned" });
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

test("a ticket that was copied to another computer, altered, or is no file of ours is refused in a sentence; then it is asked as ever", async () => {
  const me = computer();
  await using daemon = await lender();
  const env = { ...me, SEATMETER_URL: daemon.url };
  await shim(BORROW, env).finished;
  const good = kept(me);
  const refusedFor = async (change: Record<string, string>, text?: string) => {
    if (text !== undefined) writeFileSync(ticketFile(me), text);
    const ended = await shim(RUN, { ...env, ...change }).finished;
    expect(ended).toMatchObject({ exit: 0, stdout: "ran\n" });
    return ended.stderr;
  };
  const [head, , signature] = good.ticket.split(".");
  const [, longer] = (await ticket(await ticketKey(), { exp: 9_999_999_999 })).split(".");

  expect(await refusedFor({ SEATMETER_DEVICE: "PC-9" })).toBe(
    "seatmeter: the borrowed seat of demo cannot be used: it was given to the computer pc-12, and this is PC-9.\n",
  );
  expect(await refusedFor({}, JSON.stringify({ ...good, ticket: `${head}.${longer}.${signature}` }))).toContain(
    "altered",
  );
  expect(await refusedFor({}, "{")).toContain("its file cannot be read");
  expect(await refusedFor({}, JSON.stringify({ ...good, ticket: await ticket(await ticketKey()) }))).toContain(
    "a key that the licence service does not use",
  );
  // Each was asked for, and given back, as without a ticket.
  expect(said(daemon, "checkin")).toHaveLength(4);
  expect(await shim(["return", "demo"], env).finished).toMatchObject({ exit: 0 });
});

test("a refused ticket without a daemon: the product's own rule applies", async () => {
  const me = computer();
  await using daemon = await lender({ told: { whenUnreachable: "refuse" } });
  await shim(BORROW, { ...me, SEATMETER_URL: daemon.url }).finished;

  expect(await shim(RUN, me).finished).toMatchObject({ exit: 0, stderr: "" });
  expect(await shim(RUN, { ...me, SEATMETER_DEVICE: "PC-9" }).finished).toMatchObject({
    exit: 69,
    stdout: "",
    stderr: expect.stringMatching(/this is PC-9\.\n.*may not be used while/),
  });
});

test("keys that the daemons do not use any more check nothing; a welcome with them again does", async () => {
  const me = computer();
  await using daemon = await lender();
  await shim(BORROW, { ...me, SEATMETER_URL: daemon.url }).finished;
  {
    await using renewed = await lender({ by: await ticketKey() });
    await shim(["run", "other", "--", "true"], { ...me, SEATMETER_URL: renewed.url }).finished;
  }
  expect((await shim(RUN, me).finished).stderr).toContain("a key that the licence service does not use");
  await shim(["run", "other", "--", "true"], { ...me, SEATMETER_URL: daemon.url }).finished;
  expect((await shim(RUN, me).finished).stderr).toBe("");
});

test("a computer whose clock is behind what it has seen refuses its ticket, until a daemon has told it the time", async () => {
  const me = computer();
  await using daemon = await lender();
  const env = { ...me, SEATMETER_URL: daemon.url };
  await shim(BORROW, env).finished;
  const seen = join(me.SEATMETER_STATE, "latest-moment.json");
  expect(Math.abs(JSON.parse(readFileSync(seen, "utf8")) - Date.now())).toBeLessThan(60_000);
  writeFileSync(seen, JSON.stringify(Date.now() + DAY_MS));

  expect((await shim(RUN, me).finished).stderr).toMatch(
    /this computer's clock is wrong: it shows .*\n.*without a seat/,
  );
  await shim(["run", "other", "--", "true"], env).finished;
  expect(await shim(RUN, me).finished).toMatchObject({ exit: 0, stdout: "ran\n", stderr: "" });
});

test("a product that was borrowed by another of its names is found by either", async () => {
  const me = computer();
  await using daemon = await lender({ claims: { product: "demo-2026" }, told: { product: "demo-2026" } });
  const env = { ...me, SEATMETER_URL: daemon.url };

  expect((await shim(BORROW, env).finished).stdout).toContain("seatmeter return demo-2026");
  for (const name of ["demo", "demo-2026"]) {
    expect(await shim(["run", name, "--", "true"], me).finished).toMatchObject({ exit: 0, stderr: "" });
  }
  expect(await shim(["return", "demo"], env).finished).toMatchObject({ exit: 0 });
});

test("what a product may be used for holds for borrowed seats too: shown at each launch, agreed to at each", async () => {
  const me = computer();
  await using daemon = await lender({
    told: { permittedUse: { text: "For council work only.", attest: true } },
    script: (message) => {
      if (message.type !== "checkout") return undefined;
      if (message.attested) return undefined;
      const denial = { reason: "use_not_attested", message: "Only for those who say yes.", owner: "" };
      return { type: "denied", leaseId: message.leaseId, ...denial };
    },
  });
  const env = { ...me, SEATMETER_URL: daemon.url };
  expect(await shim(BORROW, env).finished).toMatchObject({ exit: 77, stderr: expect.stringContaining("--attest") });
  expect(existsSync(ticketFile(me))).toBe(false);
  expect(await shim([...BORROW, "--attest"], env).finished).toMatchObject({ exit: 0 });

  expect(await shim(RUN, me).finished).toMatchObject({
    exit: 77,
    stdout: "",
    stderr: expect.stringContaining("--attest"),
  });
  expect(await shim(["run", "demo", "--attest", "--", "echo", "ran"], me).finished).toMatchObject({
    exit: 0,
    stdout: "ran\n",
    stderr: expect.stringContaining("For council work only."),
  });
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
  expect(daemon.heard.at(-1)).toMatchObject({ type: "checkin" });
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
