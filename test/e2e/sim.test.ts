import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { demoRegister, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { program, shim } from "../support/shim.ts";

const folder = mkdtempSync(join(tmpdir(), "sm-sim-"));
afterAll(() => rmSync(folder, { recursive: true }));

let daemon: TestDaemon;
afterEach(() => daemon?.stop());

const file = (name: string, lines?: object[]) => {
  const path = join(folder, name);
  if (lines) writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return path;
};
const usedSeats = async () => {
  const { items } = (await (await fetch(`${daemon.httpUrl}/api/v1/pools`)).json()) as { items: { used: number }[] };
  return items.map(({ used }) => used);
};
const monotonicMs = () => Number(process.hrtime.bigint() / 1000n) / 1000;
const sim = (...args: string[]) => shim(["sim", "--product", "demo", ...args], { SEATMETER_URL: daemon.url });
const BUSY = ["--think", "200", "--hold", "1500"];

test("a simulated fleet fills the pool, its log is sound, and nothing is left behind", async () => {
  daemon = await startDaemon({ register: demoRegister() });
  const oplog = file("busy.log");
  const end = await sim("--shims", "8", "--seconds", "4", "--spread", "4", "--oplog", oplog, "--json", ...BUSY)
    .finished;
  expect(end).toMatchObject({ exit: 0, stderr: "" });

  const summary = JSON.parse(end.stdout);
  expect(summary).toMatchObject({ product: "demo", shims: 8, seats: 3, lost: 0, unknown: 0, mostHeld: 3 });
  const [header, ...operations] = readFileSync(oplog, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(header).toEqual({ seats: 3, ttlMs: 5000 });
  const count = (op: string, res: string) => operations.filter((one) => one.op === op && one.res === res).length;
  expect(count("checkout", "ok")).toBe(summary.granted);
  expect(count("checkout", "full")).toBe(summary.denied);
  expect(count("heartbeat", "ok")).toBeGreaterThan(0);
  expect(count("checkin", "ok")).toBe(summary.granted);
  expect(summary.denied).toBeGreaterThan(0);
  expect(await usedSeats()).toEqual([0]);

  const verified = await shim(["verify", "--oplog", oplog, "--seats", "3", "--ttl", "5000"]).finished;
  expect(verified).toMatchObject({ exit: 0, stderr: "" });
  expect(verified.stdout).toMatch(/^Sound: /);
  // The same history of a pool with one seat less would be a broken promise.
  expect((await shim(["verify", "--oplog", oplog, "--seats", "2", "--ttl", "5000"]).finished).exit).toBe(1);
});

test("the log of a fleet whose daemon is killed and started again is sound", async () => {
  const data = mkdtempSync(join(tmpdir(), "sm-"));
  daemon = await startDaemon({ register: demoRegister(), data });
  const { port } = new URL(daemon.httpUrl);
  const oplog = file("killed.log");
  const fleet = sim("--shims", "8", "--seconds", "9", "--oplog", oplog, "--json", "--think", "200", "--hold", "2500");
  await expect.poll(usedSeats).toEqual([3]);

  const t0 = monotonicMs();
  await daemon.kill();
  daemon = await startDaemon({ register: demoRegister(), data, listen: `127.0.0.1:${port}` });
  const t1 = monotonicMs();

  const end = await fleet.finished;
  expect(end.exit).toBe(0);
  const summary = JSON.parse(end.stdout);
  expect(summary).toMatchObject({ lost: 0 });
  expect(summary.reconnects).toBeGreaterThan(0);
  appendFileSync(oplog, `${JSON.stringify({ op: "pause", t0, t1 })}\n`);
  const verified = await shim(["verify", "--oplog", oplog, "--json"]).finished;
  expect(JSON.parse(verified.stdout)).toMatchObject({ verdict: "sound", overCapacity: [], falseDenials: [] });
  await daemon.stop();
  rmSync(data, { recursive: true, force: true });
});

test("a fleet in a pool that others use is warned that its log proves nothing", async () => {
  daemon = await startDaemon({ register: demoRegister() });
  const other = shim(["run", "demo", "--", ...program("setInterval(() => {}, 60000)")], { SEATMETER_URL: daemon.url });
  await other.says("ready");
  const { exit, stderr } = await sim("--shims", "1", "--seconds", "1", "--seats", "3").finished;
  other.child.kill("SIGTERM");
  await other.finished;

  expect({ exit, stderr }).toEqual({
    exit: 0,
    stderr: "seatmeter: others use seats of demo now (1): a verdict on this run would not hold.\n",
  });
});

test("a product that the register lacks, and a daemon that is away, are said", async () => {
  daemon = await startDaemon({ register: demoRegister() });
  const unknown = await shim(["sim", "--product", "demmo"], { SEATMETER_URL: daemon.url }).finished;
  expect(unknown).toMatchObject({ exit: 64, stderr: expect.stringContaining("There are: demo.") });
  const away = await shim(["sim", "--product", "demo"], { SEATMETER_URL: "ws://127.0.0.1:1" }).finished;
  expect(away).toMatchObject({ exit: 69, stderr: expect.stringContaining("127.0.0.1:1") });
});

describe("verify", () => {
  const HEADER = { seats: 1, ttlMs: 1000 };
  const GRANTED = { op: "checkout", lease: "a", t0: 0, t1: 10, res: "ok" };
  const verify = (...args: string[]) => shim(["verify", ...args]).finished;

  test("a sound log: 0", async () => {
    const end = await verify("--oplog", file("sound.log", [HEADER, GRANTED]));
    expect(end).toMatchObject({ exit: 0, stderr: "" });
  });

  test("a seat too many: 1, and the lines that show it", async () => {
    const two = file("over.log", [HEADER, GRANTED, { ...GRANTED, lease: "b", t0: 20, t1: 30 }]);
    expect(await verify("--oplog", two)).toMatchObject({
      exit: 1,
      stdout: [
        "Violated: more leases than seats (once).",
        "  at 30 ms: 2 leases certainly held; granted in lines 2, 3",
        "2 operations on 2 leases: 2 granted, 0 denied, 0 unknown.",
        "At most 2 of 1 seats were certainly held at once.",
        "",
      ].join("\n"),
    });
    expect((await verify("--oplog", two, "--seats", "2")).exit).toBe(0);
    expect((await verify("--oplog", two, "--ttl", "5")).exit).toBe(2);
  });

  test("a false denial: 1, and its line", async () => {
    const lines = [HEADER, { ...GRANTED, res: "full" }, { ...GRANTED, t0: 20, t1: 30 }];
    expect(await verify("--oplog", file("denied.log", lines))).toMatchObject({
      exit: 1,
      stdout: expect.stringMatching(
        /^Violated: denied while a seat was free \(once\)\.\n {2}at 0 ms: denied in line 2; at most 0 leases/,
      ),
    });
  });

  test("a log that proves nothing: 2, and why", async () => {
    const end = await verify("--oplog", file("nothing.log", [{ ...HEADER, seats: 2 }, GRANTED]));
    expect(end).toMatchObject({
      exit: 2,
      stdout: expect.stringMatching(/^Proves nothing: the pool was never full for certain\.\n/),
    });
  });

  test.each<[string, object[], string]>([
    ["another kind of operation", [HEADER, { ...GRANTED, op: "borrow" }], "op.log:2 op is one of"],
    ["an answer that there is not", [HEADER, { ...GRANTED, res: "maybe" }], "op.log:2 res is one of"],
    ["an answer before its question", [HEADER, { ...GRANTED, t1: -1 }], "op.log:2 t0 and t1"],
    ["no size of the pool", [GRANTED], "--seats is missing"],
  ])("%s: 64", async (_name, lines, said) => {
    expect(await verify("--oplog", file("op.log", lines))).toMatchObject({
      exit: 64,
      stderr: expect.stringContaining(said),
    });
  });

  test("a file that is no such log, or not there: 64", async () => {
    writeFileSync(file("text.log"), "one\ntwo\n");
    expect(await verify("--oplog", file("text.log"))).toMatchObject({
      exit: 64,
      stderr: expect.stringContaining("text.log:1 is no JSON object"),
    });
    expect(await verify("--oplog", file("none.log"))).toMatchObject({
      exit: 64,
      stderr: expect.stringContaining("ENOENT"),
    });
  });
});
