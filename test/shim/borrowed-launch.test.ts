import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startAgent } from "../support/agent.ts";
import { computer, kept, lender, said, ticketFile } from "../support/lender.ts";
import { isCheckin, policy, WELCOME } from "../support/scripted-daemon.ts";
import { program, shim } from "../support/shim.ts";
import { clockStands } from "../support/standing-clock.ts";
import { DAY_MS, ticket, ticketKey } from "../support/tickets.ts";

const RUN = ["run", "demo", "--", "echo", "ran"];
const BORROW = ["borrow", "demo", "--until", "3d"];

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

test("a ticket whose time is over by the daemon's clock is forgotten, and said once", async () => {
  const me = computer();
  await using daemon = await lender({ mostMs: 1_000 });
  const env = { ...me, SEATMETER_URL: daemon.url };
  await shim(BORROW, env).finished;
  await expect.poll(() => Date.now() - kept(me).untilMs).toBeGreaterThan(0);

  expect((await shim(RUN, env).finished).stderr).toContain("it ended at");
  expect(await shim(RUN, env).finished).toMatchObject({ exit: 0, stdout: "ran\n", stderr: "" });
});

test("a program that runs on after the end of its borrowed seat asks for a seat of its own, and gives that back", async () => {
  const me = computer();
  await using daemon = await lender({ mostMs: 1_000 });
  const env = { ...me, SEATMETER_URL: daemon.url };
  const borrowedAtMs = Date.now();
  await shim(BORROW, env).finished;
  const wait = program("setInterval(() => {}, 60000)");
  // It starts in time, and when it runs it is later.
  const isLater = join(me.SEATMETER_STATE, "later");
  const clock = clockStands(borrowedAtMs, isLater);
  const { child, says, finished } = shim(["run", "demo", "--", ...wait], { ...env, ...clock });
  await says("ready");
  writeFileSync(isLater, "");
  const running = await daemon.hears(({ alreadyRunning }) => alreadyRunning === true);
  child.kill("SIGTERM");

  expect(await finished).toMatchObject({ exit: 143 });
  expect(running.leaseId).not.toBe(said(daemon, "checkout")[0]?.leaseId);
  expect(await daemon.hears(isCheckin)).toMatchObject({ leaseId: running.leaseId });
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

test("the agent of all people is brought the ticket too, by whichever name", async () => {
  const me = computer();
  const by = await ticketKey();
  const welcome = { ...WELCOME, nowMs: Date.now(), ticketKeys: [by.told] };
  const told = { product: "demo-2026", aliases: ["demo"] };
  await using daemon = await lender({
    ...{ by, claims: { product: "demo-2026" }, told },
    script: ({ type }) => (type === "hello" ? [welcome, { ...policy(told), all: true }] : undefined),
  });
  await shim(BORROW, { ...me, SEATMETER_URL: daemon.url }).finished;
  const agent = await startAgent(daemon.url, { env: { SEATMETER_DEVICE: me.SEATMETER_DEVICE } });

  for (const name of ["demo-2026", "demo"]) {
    expect(await agent.run([name, "--", "true"], me).finished).toMatchObject({ exit: 0, stderr: "" });
  }
  expect(said(daemon, "checkout")).toEqual([expect.objectContaining({ borrowUntilMs: expect.any(Number) })]);
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
