import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { expect, test } from "vitest";
import { scriptedDaemon, sound } from "../support/scripted-daemon.ts";
import { emptyStateFolder, program, shim } from "../support/shim.ts";

/** A daemon whose register says this of the product. */
const ruled = (whenUnreachable: string, more = {}) =>
  scriptedDaemon((message, nth) =>
    message.type === "checkout"
      ? ([
          { type: "policy", products: [{ product: "demo", executables: [], whenUnreachable, ...more }] },
          sound(message, nth),
        ].flat() as never)
      : sound(message, nth),
  );

/** A port that takes connections and says nothing, as a frozen daemon does. */
async function silent(): Promise<{ url: string; server: Server }> {
  const server = createServer(() => {}).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

test("a product that was never heard of starts without a seat, and its person is told so in one line", async () => {
  const { exit, stdout, stderr } = await shim(["run", "demo", "--", "echo", "ran"]).finished;

  expect({ exit, stdout }).toEqual({ exit: 0, stdout: "ran\n" });
  expect(stderr).toMatch(
    /^seatmeter: the licence service cannot be asked \(127\.0\.0\.1:1: [^\n]*\); demo starts without a seat[^\n]*\n$/,
  );
});

test("a product that may not be used without a daemon is refused, with 69 and a sentence, once that was heard", async () => {
  const state = { SEATMETER_STATE: emptyStateFolder() };
  {
    await using daemon = await ruled("refuse");
    await shim(["run", "demo", "--", "true"], { ...state, SEATMETER_URL: daemon.url }).finished;
  }
  const refused = await shim(["run", "demo", "--", "echo", "ran"], state).finished;

  expect(refused).toMatchObject({
    exit: 69,
    stdout: "",
    stderr: expect.stringMatching(/^seatmeter: demo may not be used while [^\n]*\n$/),
  });
  expect(await shim(["run", "other", "--", "echo", "ran"], state).finished).toMatchObject({ exit: 0, stdout: "ran\n" });
});

test("a person reads the name that the register gives the product, which they need not have typed", async () => {
  const state = { SEATMETER_STATE: emptyStateFolder() };
  {
    await using daemon = await ruled("refuse", { name: "Demo CAD\u001b[2J" });
    await shim(["run", "demo", "--", "true"], { ...state, SEATMETER_URL: daemon.url }).finished;
  }
  const refused = await shim(["run", "demo", "--", "echo", "ran"], state).finished;

  expect(refused.stderr).toMatch(/^seatmeter: Demo CAD \[2J may not be used while [^\n]*\n$/);
});

test("a rule that was changed back is forgotten", async () => {
  const state = { SEATMETER_STATE: emptyStateFolder() };
  for (const rule of ["refuse", "allow"]) {
    await using daemon = await ruled(rule);
    await shim(["run", "demo", "--", "true"], { ...state, SEATMETER_URL: daemon.url }).finished;
  }

  expect(await shim(["run", "demo", "--", "echo", "ran"], state).finished).toMatchObject({ exit: 0, stdout: "ran\n" });
});

test("daemons that take connections and say nothing hold up no launch", async () => {
  const [one, other] = [await silent(), await silent()];
  const ended = await shim(["run", "demo", "--", "echo", "ran"], { SEATMETER_URL: `${one.url},${other.url}` }).finished;

  expect(ended).toMatchObject({ exit: 0, stdout: "ran\n", stderr: expect.stringContaining("cannot be asked") });
  one.server.close();
  other.server.close();
});

test("the next address is asked when the first does not answer", async () => {
  await using daemon = await scriptedDaemon(sound);
  const urls = `ws://127.0.0.1:1, ${daemon.url}`;

  expect(await shim(["run", "demo", "--", "true"], { SEATMETER_URL: urls }).finished).toMatchObject({
    exit: 0,
    stderr: "",
  });
  expect(daemon.heard.map(({ type }) => type)).toEqual(["hello", "checkout", "checkin"]);
});

test("a ledger that is away counts as unreachable, and the seat is asked for again once the program runs", async () => {
  const away = { type: "error", code: "ledger_unavailable", message: "the ledger is away", retry: true };
  await using daemon = await scriptedDaemon((message, nth) =>
    message.type === "checkout" && nth === 1 ? { ...away, leaseId: message.leaseId } : sound(message, nth),
  );
  const { child, says, finished } = shim(["run", "demo", "--", ...program("setInterval(() => {}, 60000)")], {
    SEATMETER_URL: daemon.url,
  });
  await says("ready");
  const again = await daemon.hears(({ alreadyRunning }) => alreadyRunning === true);
  child.kill("SIGTERM");

  expect(again.leaseId).toBe(daemon.heard[1]?.leaseId);
  expect(await finished).toMatchObject({ exit: 143, stderr: expect.stringContaining("(the ledger is away)") });
});

test("a daemon that will not talk to us is no daemon away: the launch ends with what it said", async () => {
  const forbidden = { type: "error", code: "forbidden", message: "this token is PC-9's", retry: false };
  await using daemon = await scriptedDaemon(() => forbidden);

  expect(await shim(["run", "demo", "--", "echo", "ran"], { SEATMETER_URL: daemon.url }).finished).toEqual({
    exit: 77,
    signal: null,
    stdout: "",
    stderr: "seatmeter: this token is PC-9's\n",
  });
});
