import { expect, test } from "vitest";
import { granted, policy, type Script, scriptedDaemon, sound } from "../support/scripted-daemon.ts";
import { COMMAND, emptyStateFolder, shim } from "../support/shim.ts";
import { hasTerminals, onTerminal } from "../support/terminal.ts";

const USE = { text: "For council work only.\nNot for \u001b[2Jteaching.", attest: false };
const RUN = ["run", "demo", "--", "echo", "ran"];

/** A daemon whose product is for those who say yes to what it may be used for. */
const asksFor = (permittedUse = { ...USE, attest: true }): Script => {
  return (message, nth) => {
    if (message.type !== "checkout") return sound(message, nth);
    const told = policy({ permittedUse });
    if (message.attested || !permittedUse.attest) return [told, granted(message)];
    const sentence = "Demo may be used only by those who say yes to what it may be used for: ask it.desk@x about it.";
    return [
      told,
      { type: "denied", leaseId: message.leaseId, reason: "use_not_attested", message: sentence, owner: "it.desk@x" },
    ];
  };
};
const checkouts = (heard: readonly Record<string, unknown>[]) => heard.filter(({ type }) => type === "checkout");

test("what a product may be used for is shown at each launch, and cannot command the terminal", async () => {
  await using daemon = await scriptedDaemon(asksFor(USE));

  expect(await shim(RUN, { SEATMETER_URL: daemon.url }).finished).toMatchObject({
    exit: 0,
    stdout: "ran\n",
    stderr:
      "seatmeter: what demo may be used for:\n" +
      "seatmeter:   For council work only.\n" +
      "seatmeter:   Not for  [2Jteaching.\n",
  });
});

test("where nobody can be asked, a launch that does not agree is denied with 77 and a hint at --attest", async () => {
  await using daemon = await scriptedDaemon(asksFor());
  const { exit, stdout, stderr } = await shim(RUN, { SEATMETER_URL: daemon.url }).finished;

  expect({ exit, stdout }).toEqual({ exit: 77, stdout: "" });
  expect(stderr).toMatch(/only by those who say yes.*\n.*what demo may be used for:\n.*For council work only/);
  expect(stderr).toContain("with --attest you do");
  expect(checkouts(daemon.heard)).toHaveLength(1);
});

test("--attest says yes with the first checkout, and the text is shown all the same", async () => {
  await using daemon = await scriptedDaemon(asksFor());
  const ended = await shim(["run", "demo", "--attest", "--", "echo", "ran"], { SEATMETER_URL: daemon.url }).finished;

  expect(ended).toMatchObject({ exit: 0, stdout: "ran\n", stderr: expect.stringContaining("For council work only.") });
  expect(checkouts(daemon.heard)).toEqual([expect.objectContaining({ attested: true })]);
});

test("without a daemon what was heard before holds: nobody starts it who does not agree", async () => {
  const state = { SEATMETER_STATE: emptyStateFolder() };
  {
    await using daemon = await scriptedDaemon(asksFor());
    await shim(["run", "demo", "--attest", "--", "true"], { ...state, SEATMETER_URL: daemon.url }).finished;
  }

  expect(await shim(RUN, state).finished).toMatchObject({
    exit: 77,
    stdout: "",
    stderr: expect.stringContaining("For council work only."),
  });
  expect(await shim(["run", "demo", "--attest", "--", "echo", "ran"], state).finished).toMatchObject({
    exit: 0,
    stdout: "ran\n",
  });
});

test.skipIf(!hasTerminals)(
  "on a terminal the person is asked; a yes says the checkout again, and keeps it said",
  async () => {
    await using daemon = await scriptedDaemon(asksFor());
    const terminal = onTerminal([...COMMAND, "run", "demo", "--", "cat"], { SEATMETER_URL: daemon.url });
    await terminal.shows(/For council work only\.[^?]*Do you agree\? \[y\/N\] /);
    terminal.press("Yes\nfor the program\n");
    // What was typed behind the answer is the program's: once by the terminal's echo, once by cat.
    await terminal.shows(/for the program\r\n[\s\S]*for the program\r\n/);
    daemon.disconnectAll();
    const again = await daemon.hears(({ alreadyRunning }) => alreadyRunning === true);
    terminal.press("\u0004");

    expect(await terminal.ended).toBe(0);
    expect(again).toMatchObject({ attested: true });
    const [first, second] = checkouts(daemon.heard);
    expect(second).toEqual({ ...first, attested: true });
  },
);

test.skipIf(!hasTerminals).each([
  ["n\n", 77],
  ["\n", 77],
  ["yesterday\n", 77],
  ["\u0004", 77],
  ["\u0003", 130],
])("an answer that is no yes starts nothing: %j gives %i", async (keys, exit) => {
  await using daemon = await scriptedDaemon(asksFor());
  const terminal = onTerminal([...COMMAND, ...RUN], { SEATMETER_URL: daemon.url });
  await terminal.shows(/Do you agree\? \[y\/N\] /);
  terminal.press(keys);

  expect(await terminal.ended).toBe(exit);
  expect(terminal.screen()).not.toContain("ran\r\n");
  expect(checkouts(daemon.heard)).toHaveLength(1);
});

test("a launch by breaking the glass says its reason, and the person that it is recorded and told", async () => {
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "checkout" ? { ...granted(message), flags: ["break_glass"] } : sound(message, nth),
  );
  const args = ["run", "demo", "--break-glass", " flood \n in  Stoke ", "--", "echo", "ran"];

  expect(await shim(args, { SEATMETER_URL: daemon.url }).finished).toMatchObject({
    exit: 0,
    stdout: "ran\n",
    stderr: "seatmeter: demo starts without a free seat: that and your reason are recorded, and its owner is told.\n",
  });
  expect(daemon.heard[1]).toMatchObject({ breakGlassReason: "flood in Stoke" });
});

test("a seat of the overdraft is nothing that its person must know", async () => {
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "checkout" ? { ...granted(message), flags: ["overdraft", "shared"] } : sound(message, nth),
  );

  expect(await shim(RUN, { SEATMETER_URL: daemon.url }).finished).toMatchObject({ exit: 0, stderr: "" });
});
