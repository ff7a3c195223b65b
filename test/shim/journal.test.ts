import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Journal, type Unheard } from "../../client-shim/journal-files.ts";
import { newLeaseId } from "../../client-shim/lease-id.ts";
import { JOURNAL_ENTRIES, JOURNAL_KEPT_MS } from "../../daemon/domain/journal.ts";
import { smallDisk } from "../support/full-disk.ts";
import { type Heard, scriptedDaemon, sound } from "../support/scripted-daemon.ts";
import { emptyStateFolder, program, shim } from "../support/shim.ts";

const NOBODY = "ws://127.0.0.1:1";
/** No process has it. */
const NO_PID = 4_194_305;
const WAIT = program("setInterval(() => {}, 60000)");

const entry = (change: Partial<Unheard> = {}): Unheard => ({
  ...{ id: newLeaseId(), product: "demo", user: "asmith", reason: "unreachable" },
  ...{ startedAtMs: Date.now() - 2000, untilMs: Date.now() - 1000 },
  ...change,
});

const filesIn = (state: string) => readdirSync(join(state, "journal"));
const kept = (state: string) =>
  filesIn(state).map((name) => JSON.parse(readFileSync(join(state, "journal", name), "utf8")) as Unheard);
const journalsHeard = (heard: readonly Heard[]) =>
  heard.flatMap((message) => (message.type === "journal" ? [message.entries] : []));

const run = (state: string, url = NOBODY, command = ["true"]) =>
  shim(["run", "demo", "--version", "2026", "--", ...command], { SEATMETER_STATE: state, SEATMETER_URL: url });

test("a launch while nobody answers is written down at its start and at its end, and told to the next daemon once", async () => {
  const state = emptyStateFolder();
  const { says, child, finished } = run(state, NOBODY, WAIT);
  await says("ready");
  const [begun] = kept(state);
  expect(begun).toMatchObject({ product: "demo", version: "2026", reason: "unreachable", pid: child.pid });
  child.kill("SIGTERM");
  await finished;
  const [ended] = kept(state);
  expect(ended).toMatchObject({ id: begun?.id, startedAtMs: begun?.startedAtMs, why: "program_exited" });
  expect(ended).not.toHaveProperty("pid");

  await using daemon = await scriptedDaemon(sound);
  await run(state, daemon.url).finished;
  await run(state, daemon.url).finished;

  expect(journalsHeard(daemon.heard)).toMatchObject([[{ id: begun?.id, user: begun?.user, why: "program_exited" }]]);
  expect(filesIn(state)).toEqual([]);
});

test("a program that could not be started is no launch, and is not written down", async () => {
  const state = emptyStateFolder();
  expect(await run(state, NOBODY, ["/no/such/program"]).finished).toMatchObject({ exit: 127 });
  expect(filesIn(state)).toEqual([]);
});

test("moments are told by the daemon's clock", async () => {
  const state = emptyStateFolder();
  const journal = new Journal(state);
  const one = entry();
  journal.keep(one);
  const aheadMs = 3_600_000;
  await using daemon = await scriptedDaemon((message, nth) => {
    const answer = sound(message, nth);
    return message.type === "hello" ? { ...answer, nowMs: Date.now() + aheadMs } : answer;
  });
  await run(state, daemon.url).finished;

  const [[told]] = journalsHeard(daemon.heard) as unknown as [[{ startedAtMs: number; endedAtMs: number }]];
  expect(told.endedAtMs - told.startedAtMs).toBe(one.untilMs - one.startedAtMs);
  // As exact as a welcome is fast.
  expect(told.startedAtMs - one.startedAtMs).toBeGreaterThan(aheadMs - 30_000);
  expect(told.startedAtMs - one.startedAtMs).toBeLessThanOrEqual(aheadMs);
});

test("what is not acknowledged is kept, and told again", async () => {
  const state = emptyStateFolder();
  new Journal(state).keep(entry());
  const away = { type: "error", code: "ledger_unavailable", message: "The ledger is away.", retry: true };
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "journal" && nth < 3 ? away : sound(message, nth),
  );
  const { says, child, finished } = run(state, daemon.url, WAIT);
  await says("ready");
  await expect.poll(() => filesIn(state)).toEqual([]);
  child.kill("SIGTERM");

  expect(await finished).toMatchObject({ exit: 143, stderr: "" });
  expect(journalsHeard(daemon.heard)).toHaveLength(3);
});

test("an older daemon, which takes no journals, is not told; a newer one is, later", async () => {
  const state = emptyStateFolder();
  new Journal(state).keep(entry());
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "hello"
      ? { ...sound(message, nth), accepts: ["checkout", "heartbeat", "checkin"] }
      : sound(message),
  );
  await run(state, daemon.url).finished;

  expect(journalsHeard(daemon.heard)).toEqual([]);
  expect(filesIn(state)).toHaveLength(1);
});

test("one entry that a daemon does not understand keeps none of the others from being told", async () => {
  const state = emptyStateFolder();
  const journal = new Journal(state);
  const [good, odd, better] = [entry(), entry({ product: "odd" }), entry()];
  for (const one of [good, odd, better]) journal.keep(one);
  const invalid = { type: "error", code: "message_invalid", message: "product: is odd", retry: false };
  await using daemon = await scriptedDaemon((message, nth) => {
    const at = message.type === "journal" ? message.entries.findIndex(({ product }) => product === "odd") : -1;
    return at < 0 ? sound(message, nth) : { ...invalid, field: `entries.${at}.product` };
  });
  const { stderr } = await run(state, daemon.url).finished;

  expect(filesIn(state)).toEqual([]);
  const told = journalsHeard(daemon.heard).filter((entries) => entries.every(({ product }) => product !== "odd"));
  expect(
    told
      .flat()
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual([good.id, better.id].toSorted());
  expect(stderr).toMatch(/^seatmeter: a launch of odd [^\n]*dropped[^\n]*product: is odd\.\n$/);
});

test("many are told in frames that a daemon reads", async () => {
  const state = emptyStateFolder();
  const journal = new Journal(state);
  const all = Array.from({ length: 100 }, (_, i) => entry({ user: "ü".repeat(i % 3 ? 8 : 128) }));
  for (const one of all) journal.keep(one);
  await using daemon = await scriptedDaemon(sound);
  await run(state, daemon.url).finished;

  const frames = journalsHeard(daemon.heard);
  expect(frames.flat().map(({ id }) => id)).toEqual(all.map(({ id }) => id).toSorted());
  for (const entries of frames) {
    expect(entries.length).toBeLessThanOrEqual(JOURNAL_ENTRIES);
    expect(Buffer.byteLength(JSON.stringify({ type: "journal", entries }))).toBeLessThan(16 * 1024);
  }
});

test("what a shim that was killed wrote down is told as far as it goes; what runs is not told yet", () => {
  const journal = new Journal(emptyStateFolder());
  const killed = entry({ pid: NO_PID });
  journal.keep(killed);
  journal.keep(entry({ pid: process.pid }));

  expect(journal.ended(Date.now())).toEqual({ entries: [killed], dropped: 0 });
});

test("a journal keeps a thousand launches, drops the oldest, and says how many; what is a week old is told to nobody", () => {
  const state = emptyStateFolder();
  const journal = new Journal(state);
  const folder = join(state, "journal");
  const old = entry({ untilMs: Date.now() - JOURNAL_KEPT_MS - 1, startedAtMs: 1 });
  const ids = Array.from({ length: 1001 }, (_, i) => newLeaseId(1_000_000 + i));
  mkdirSync(folder);
  for (const id of ids) writeFileSync(join(folder, `${id}.json`), JSON.stringify({ ...entry(), id }));

  expect(journal.keep(old)).toBe(2);
  expect(journal.keep(old)).toBe(0);
  expect(filesIn(state)).toHaveLength(1000);
  const { entries, dropped } = journal.ended(Date.now());
  expect([entries.length, dropped]).toEqual([999, 1]);
  expect(entries[0]?.id).toBe(ids[2]);
});

test("a journal takes no more than a megabyte, and what somebody left half written goes", () => {
  const state = emptyStateFolder();
  const journal = new Journal(state);
  const folder = join(state, "journal");
  mkdirSync(folder);
  for (let i = 0; i < 2; i++) writeFileSync(join(folder, `${newLeaseId(i)}.json`), "x".repeat(1024 * 1024));
  writeFileSync(join(folder, `${newLeaseId()}.json.${NO_PID}`), "{");
  const one = entry();

  expect(journal.keep(one)).toBe(2);
  expect(filesIn(state)).toEqual([`${one.id}.json`]);
});

test("broken files are dropped with one warning, and the rest is told", async () => {
  const state = emptyStateFolder();
  const journal = new Journal(state);
  const good = entry();
  journal.keep(good);
  const broken = ["", "{", "[]", '"x"', JSON.stringify({ ...entry(), user: "" }), JSON.stringify({ product: "demo" })];
  for (const text of broken) writeFileSync(join(state, "journal", `${newLeaseId()}.json`), text);
  await using daemon = await scriptedDaemon(sound);
  const { exit, stderr } = await run(state, daemon.url).finished;

  expect(journalsHeard(daemon.heard).flat()).toMatchObject([{ id: good.id }]);
  expect({ exit, stderr }).toMatchObject({
    exit: 0,
    stderr: expect.stringMatching(new RegExp(`^seatmeter: [^\\n]*, ${broken.length} cannot be told[^\\n]*\\n$`)),
  });
  expect(filesIn(state)).toEqual([]);
});

test("where nothing can be written the program starts all the same, and its person is told once", async () => {
  const state = emptyStateFolder();
  writeFileSync(join(state, "journal"), "a file in the place of the folder");
  const { exit, stdout, stderr } = await run(state, NOBODY, ["echo", "ran"]).finished;

  expect({ exit, stdout }).toEqual({ exit: 0, stdout: "ran\n" });
  expect(stderr.match(/cannot be written down/g)).toHaveLength(1);
});

test("a disk that is full costs the record and nothing else; with room again, the same launch is written down", async ({
  skip,
}) => {
  const disk = smallDisk(16) ?? skip("only root may make a disk that is full");
  disk.fill();
  const state = disk.path;
  const { says, tells, child, finished } = run(state, NOBODY, WAIT);
  await says("ready");
  await tells("cannot be written down");
  disk.makeRoom();
  child.kill("SIGTERM");
  const { exit, stderr } = await finished;

  expect(exit).toBe(143);
  expect(stderr.match(/cannot be written down/g)).toHaveLength(1);
  expect(kept(state)).toMatchObject([{ product: "demo", why: "program_exited" }]);
});

test("a program that lost its daemon and ended before another one answered is told from when it was last heard of", async () => {
  const state = emptyStateFolder();
  let leaseId: unknown;
  {
    await using daemon = await scriptedDaemon(sound);
    const { says, child, finished } = run(state, daemon.url, WAIT);
    await says("ready");
    ({ leaseId } = await daemon.hears(({ type }) => type === "heartbeat").then(() => daemon.heard[1]!));
    await daemon[Symbol.asyncDispose]();
    await expect.poll(() => filesIn(state)).toHaveLength(1);
    child.kill("SIGTERM");
    expect(await finished).toMatchObject({ exit: 143, stderr: "" });
  }
  await using other = await scriptedDaemon(sound);
  await run(state, other.url).finished;

  expect(journalsHeard(other.heard)).toMatchObject([[{ id: leaseId }]]);
});

test("a program that another daemon heard of again leaves nothing in the journal, and says since when it was unheard", async () => {
  const state = emptyStateFolder();
  await using daemon = await scriptedDaemon((message, nth) => {
    const answer = sound(message, nth);
    return message.type === "hello" ? { ...answer, nowMs: Date.now() } : answer;
  });
  const beganMs = Date.now();
  const { says, child, finished } = run(state, `${NOBODY},${daemon.url}`, WAIT);
  await says("ready");
  await daemon.hears(({ type }) => type === "heartbeat");
  daemon.disconnectAll();
  const again = await daemon.hears(({ alreadyRunning }) => alreadyRunning === true);
  expect(again.runningSinceMs).toBeGreaterThanOrEqual(beganMs - 30_000);
  expect(again.runningSinceMs).toBeLessThanOrEqual(Date.now());
  await expect.poll(() => filesIn(state)).toEqual([]);
  child.kill("SIGTERM");
  await finished;

  expect(filesIn(state)).toEqual([]);
  expect(journalsHeard(daemon.heard)).toEqual([]);
});

test("the journal command lists what is not told, and tells it; without a daemon it is kept, and says 69", async () => {
  const state = emptyStateFolder();
  new Journal(state).keep(entry({ product: "autocad", reason: "ledger_unavailable" }));
  const journal =
    (...args: string[]) =>
    (url: string) =>
      shim(["journal", ...args], { SEATMETER_STATE: state, SEATMETER_URL: url }).finished;

  expect((await journal()(NOBODY)).stdout).toMatch(
    /^PRODUCT +USER +STARTED +RAN FOR +WHY\nautocad +asmith +\d\d:\d\d +1 second +ledger_unavailable\n$/,
  );
  expect(JSON.parse((await journal("--json")(NOBODY)).stdout)).toMatchObject([{ product: "autocad", user: "asmith" }]);
  expect(await journal("--send")(NOBODY)).toMatchObject({
    exit: 69,
    stdout: "",
    stderr: expect.stringContaining("No daemon could be asked ("),
  });
  await using older = await scriptedDaemon((message, nth) => ({ ...sound(message, nth), accepts: [] }));
  expect(await journal("--send")(older.url)).toMatchObject({ exit: 64, stdout: "" });
  expect(filesIn(state)).toHaveLength(1);
  await using daemon = await scriptedDaemon(sound);
  expect(await journal("--send")(daemon.url)).toMatchObject({
    exit: 0,
    stdout: "Nothing is left to tell.\n",
    stderr: "seatmeter: 1 told.\n",
  });
  expect(filesIn(state)).toEqual([]);
});

test("where a ledger is unsure the same is asked again, with the same lease, before the program starts", async () => {
  const unsure = { type: "error", code: "ledger_unsure", message: "No replica confirmed in time.", retry: true };
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "checkout" && nth < 3 ? { ...unsure, leaseId: message.leaseId } : sound(message, nth),
  );
  const state = emptyStateFolder();
  const ended = await run(state, daemon.url, ["echo", "ran"]).finished;

  expect(ended).toMatchObject({ exit: 0, stdout: "ran\n", stderr: "" });
  const checkouts = daemon.heard.filter(({ type }) => type === "checkout");
  expect(checkouts).toHaveLength(3);
  expect(new Set(checkouts.map(({ leaseId }) => leaseId)).size).toBe(1);
  expect(journalsHeard(daemon.heard)).toEqual([]);
});
