import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Desktop } from "../../client-shim/agent/desktop.ts";
import { Agent } from "../../client-shim/agent/the-agent.ts";
import type { SeenProgram } from "../../client-shim/programs/seen-program.ts";
import { agentFolder } from "../support/agent.ts";
import { lender } from "../support/lender.ts";
import {
  granted,
  type Heard,
  policy,
  type Said,
  type Script,
  scriptedDaemon,
  sound,
  WELCOME,
} from "../support/scripted-daemon.ts";
import { shim } from "../support/shim.ts";
import { ticketKey } from "../support/tickets.ts";

/** A desktop on which a test starts and ends programs, and reads what is shown. */
function desktop() {
  type On = Parameters<Desktop["watch"]>[1];
  let on: On | undefined;
  const shown: { user: string; title: string; text: string }[] = [];
  const closed: number[] = [];
  let pid = 1_000_000;
  return {
    shown,
    closed,
    idle: undefined as number | undefined,
    watch(executables: () => ReadonlySet<string>, watcher: On) {
      on = watcher;
      void executables;
      return { stop: () => {} };
    },
    async tell({ user, title, text }: { user: string; title: string; text: string }) {
      shown.push({ user, title, text });
      return true;
    },
    async askToClose(program: SeenProgram) {
      closed.push(program.pid);
    },
    async idleMs() {
      return this.idle;
    },
    starts(change: Partial<SeenProgram> = {}): SeenProgram {
      const program = {
        ...{ pid: ++pid, executable: "demo-program", path: "/usr/bin/demo-program", user: "ann" },
        ...{ startedAtMs: Date.now(), ancestors: [], ...change },
      };
      on?.started(program);
      return program;
    },
    ends(program: SeenProgram, why: "program_exited" | "program_crashed" = "program_exited") {
      on?.ended(program, why);
    },
  };
}

const told = (rules: Said = {}) => ({ ...policy({ executables: ["demo-program"], ...rules }), all: true });
/** A daemon that tells agents of one product, and otherwise what the script says. */
const knowing =
  (rules: Said = {}, script: Script = sound): Script =>
  (message, nth) =>
    message.type === "hello" ? [{ ...WELCOME, nowMs: Date.now() }, told(rules)] : script(message, nth);

/** An agent in this process, that knows the product. */
async function agentOf(url: string, folder = agentFolder()) {
  vi.stubEnv("SEATMETER_URL", url);
  const seen = desktop();
  const log: string[] = [];
  const agent = await Agent.start({
    ...{ isSystem: false, socket: join(folder, "agent.sock"), folder, user: () => "nobody", desktop: seen },
    log: (sentence) => log.push(sentence),
  });
  onTestFinished(() => agent.stop());
  await expect.poll(() => agent.knows).toBe(1);
  return { agent, log, folder, ...seen, desktop: seen };
}

/** What the agent has written down. */
const kept = (folder: string, name: string) =>
  existsSync(join(folder, name)) ? JSON.parse(readFileSync(join(folder, name), "utf8")) : undefined;
const said = (daemon: { heard: Heard[] }, type: string) => daemon.heard.filter((message) => message.type === type);
const denial = (leaseId: string, reason = "no_seats") => ({
  ...{ type: "denied", leaseId, reason, message: "All 3 seats of Demo are in use.", owner: "it.desk@x" },
});

test("a program that somebody starts without a wrapper gets a seat, in their name, and gives it back at its end", async () => {
  await using daemon = await scriptedDaemon(knowing());
  const { starts, ends, shown } = await agentOf(daemon.url);
  const program = starts({ version: "2026.1" });
  const checkout = await daemon.hears(({ type }) => type === "checkout");
  await daemon.hears(({ type }) => type === "heartbeat");
  ends(program, "program_crashed");
  const checkin = await daemon.hears(({ type }) => type === "checkin");

  expect(checkout).toMatchObject({
    product: "demo",
    user: "ann",
    version: "2026.1",
    program: { name: "demo-program" },
  });
  expect(checkout).not.toHaveProperty("alreadyRunning");
  expect(checkin).toMatchObject({ leaseId: (checkout as { leaseId: string }).leaseId, why: "program_crashed" });
  expect(shown).toEqual([]);
});

test("what a program starts of the same product is no launch of its own, and the seat stays until all have ended", async () => {
  await using daemon = await scriptedDaemon(knowing());
  const { starts, ends } = await agentOf(daemon.url);
  const first = starts();
  await daemon.hears(({ type }) => type === "heartbeat");
  const second = starts({ ancestors: [first.pid] });
  const others = starts({ user: "ben" });
  await expect.poll(() => said(daemon, "checkout").length).toBe(2);
  ends(first);
  await expect.poll(() => said(daemon, "heartbeat").length).toBeGreaterThan(5);
  expect(said(daemon, "checkin")).toEqual([]);
  ends(second);
  ends(others);
  await expect.poll(() => said(daemon, "checkin").length).toBe(2);
});

test("who gets no seat is told so in one window, and the program that runs on all the same is reported", async () => {
  await using daemon = await scriptedDaemon(
    knowing({}, (message, nth) =>
      message.type === "checkout" && !message.alreadyRunning ? denial(message.leaseId) : sound(message, nth),
    ),
  );
  const { starts, shown, closed } = await agentOf(daemon.url);
  starts();
  const again = await daemon.hears(({ alreadyRunning }) => alreadyRunning === true);

  expect(shown).toEqual([
    {
      ...{ user: "ann", title: "demo" },
      text: "All 3 seats of Demo are in use. Ask it.desk@x.\ndemo runs on, which is reported.",
    },
  ]);
  expect(closed).toEqual([]);
  expect((again as { leaseId: string }).leaseId).toBe(
    (said(daemon, "checkout")[0] as unknown as { leaseId: string }).leaseId,
  );
});

test("the window calls the product as people do, letter for letter", async () => {
  await using daemon = await scriptedDaemon(
    knowing({ name: "eDocs Pro", onDenied: "close" }, (message, nth) =>
      message.type === "checkout" ? denial(message.leaseId) : sound(message, nth),
    ),
  );
  const { starts, shown } = await agentOf(daemon.url);
  starts();
  await expect.poll(() => shown.length).toBe(1);

  expect(shown).toEqual([
    {
      ...{ user: "ann", title: "eDocs Pro" },
      text: "All 3 seats of Demo are in use. Ask it.desk@x.\neDocs Pro is asked to close: save your work.",
    },
  ]);
});

test("where the register says so, a program without a seat is asked to close", async () => {
  await using daemon = await scriptedDaemon(
    knowing({ onDenied: "close" }, (message, nth) =>
      message.type === "checkout" ? denial(message.leaseId, "not_entitled") : sound(message, nth),
    ),
  );
  const { starts, shown, closed } = await agentOf(daemon.url);
  const { pid } = starts();
  await expect.poll(() => closed).toEqual([pid]);

  expect(shown[0]?.text).toContain("demo is asked to close: save your work.");
  // Nobody asks again for what is not allowed.
  expect(said(daemon, "checkout")).toHaveLength(1);
});

test("what the product may be used for is shown, and who has to agree to it reads how", async () => {
  await using daemon = await scriptedDaemon(
    knowing({ permittedUse: { text: "For planning only.", attest: true } }, (message, nth) =>
      message.type === "checkout" ? denial(message.leaseId, "use_not_attested") : sound(message, nth),
    ),
  );
  const { starts, shown } = await agentOf(daemon.url);
  starts();
  await expect.poll(() => shown.length).toBe(1);

  expect(shown[0]?.text).toContain("For planning only.");
  expect(shown[0]?.text).toContain("--attest");
});

test("for how long nobody has worked with a program is told where its pool asks for that, and only there", async () => {
  await using daemon = await scriptedDaemon(knowing({ idle: { afterMs: 60_000, reclaims: true } }));
  const one = await agentOf(daemon.url);
  one.desktop.idle = 4321;
  one.starts();
  const beat = await daemon.hears((message) => message.idleMs !== undefined);
  await using without = await scriptedDaemon(knowing());
  const other = await agentOf(without.url);
  other.desktop.idle = 4321;
  other.starts();

  expect(Object.values(beat.idleMs as object)).toEqual([4321]);
  expect(await without.hears(({ type }) => type === "heartbeat")).not.toHaveProperty("idleMs");
});

test("an agent that is started anew takes over what runs, with the same lease, and what ran before any agent is made known", async () => {
  await using daemon = await scriptedDaemon(knowing());
  const first = await agentOf(daemon.url);
  const program = first.starts();
  const checkout = (await daemon.hears(({ type }) => type === "checkout")) as unknown as { leaseId: string };
  await daemon.hears(({ type }) => type === "heartbeat");
  first.agent.stop();
  expect(said(daemon, "checkin")).toEqual([]);
  const second = await agentOf(daemon.url, first.folder);
  second.starts(program);
  const older = second.starts({ user: "ben", startedAtMs: Date.now() - 3_600_000 });
  await expect.poll(() => said(daemon, "checkout").filter(({ alreadyRunning }) => alreadyRunning).length).toBe(2);
  const [again, before] = said(daemon, "checkout").slice(1) as (Heard & { leaseId: string; runningSinceMs: number })[];

  expect(again).toMatchObject({ leaseId: checkout.leaseId, alreadyRunning: true, user: "ann" });
  expect(before).toMatchObject({ user: "ben", alreadyRunning: true });
  expect((again?.runningSinceMs ?? 0) - (before?.runningSinceMs ?? 0)).toBeGreaterThan(3_500_000);
  second.ends(program);
  second.ends(older);
  await expect.poll(() => said(daemon, "checkin").length).toBe(2);
});

test("a program that was started with a borrowed seat takes no other by the next agent, and one that was not makes its own known", async () => {
  const by = await ticketKey();
  const welcome = { ...WELCOME, nowMs: Date.now(), ticketKeys: [by.told] };
  await using daemon = await lender({ by, script: ({ type }) => (type === "hello" ? [welcome, told()] : undefined) });
  const folder = agentFolder();
  vi.stubEnv("SEATMETER_DEVICE", "PC-12");
  const laptop = { SEATMETER_STATE: folder, SEATMETER_DEVICE: "PC-12", SEATMETER_URL: daemon.url };
  expect((await shim(["borrow", "demo", "--until", "3d"], laptop).finished).exit).toBe(0);
  const first = await agentOf(daemon.url, folder);
  const program = first.starts();
  await expect.poll(() => kept(folder, "running.json")).toMatchObject([{ pid: program.pid, borrowed: true }]);
  first.agent.stop();
  const second = await agentOf(daemon.url, folder);
  second.starts(program);
  const other = second.starts({ user: "ben", startedAtMs: Date.now() - 3_600_000 });
  await daemon.hears(({ user }) => user === "ben");
  second.ends(program);
  second.ends(other);
  await daemon.hears(({ type }) => type === "checkin");

  expect(said(daemon, "checkout").map(({ user, borrowUntilMs }) => user === "ben" || borrowUntilMs)).toEqual([
    expect.any(Number),
    true,
  ]);
  expect(said(daemon, "checkin")).toHaveLength(1);
});

test("a seat that is granted after the program has ended is given back", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  await using daemon = await scriptedDaemon(
    knowing({}, async (message, nth) => {
      if (message.type !== "checkout") return sound(message, nth);
      asked.resolve();
      await answer.promise;
      return granted(message);
    }),
  );
  const { starts, ends } = await agentOf(daemon.url);
  const program = starts();
  await asked.promise;
  ends(program);
  answer.resolve();

  expect(await daemon.hears(({ type }) => type === "checkin")).toMatchObject({ why: "program_exited" });
});
