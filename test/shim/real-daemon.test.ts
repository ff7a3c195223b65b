import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { LedgerEvent } from "../../daemon/domain/events.ts";
import { closeRedis, openRedis } from "../../daemon/ledger/connection.ts";
import { readEvents } from "../../daemon/ledger/event-reader.ts";
import { Keys } from "../../daemon/ledger/keys.ts";
import { dataFolder, demoRegister, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { emptyStateFolder, program, shim } from "../support/shim.ts";

const WAIT = program("setInterval(() => {}, 60000)");
/** The register's ttl and the two seconds of the promise. */
const SEAT_BACK_WITHIN_MS = 5_000 + 2_000;

const used = async (daemon: TestDaemon) => {
  const answer = await fetch(`${daemon.httpUrl}/api/v1/pools/demo`);
  return ((await answer.json()) as { used: number }).used;
};
const leases = async (daemon: TestDaemon) => {
  const answer = await fetch(`${daemon.httpUrl}/api/v1/leases?pool=demo`);
  return ((await answer.json()) as { items: { leaseId: string; user: string }[] }).items;
};

/** The events of the lease that ended last. */
async function lastLease({ data }: TestDaemon) {
  const redis = await openRedis({ path: join(data, "redis/redis.sock") }, () => {});
  const events: LedgerEvent[] = [];
  for await (const event of readEvents(redis.reads, new Keys("seatmeter:"), "demo")) events.push(event);
  closeRedis(redis);
  const ended = events.findLast(({ kind }) => kind === "ended")!;
  const granted = events.findLast(({ kind, leaseId }) => kind === "granted" && leaseId === ended.leaseId)!;
  return { granted, ended };
}

async function running(daemon: TestDaemon, env: Record<string, string> = {}) {
  const started = shim(["run", "demo", "--", ...WAIT], { SEATMETER_URL: daemon.url, ...env });
  await started.says("ready");
  return started;
}

describe("with one daemon", () => {
  let daemon: TestDaemon;
  beforeAll(async () => {
    daemon = await startDaemon({ register: demoRegister({ pool: "showHolders: true" }) });
  });
  afterAll(() => daemon.stop());
  // Where a checkin was not answered within a second, nobody waits for it any longer, and the seat comes back by itself.
  afterEach(() => expect.poll(() => used(daemon)).toBe(0));

  test("three seats serve three programs; the fourth is denied with 75 and a sentence that names whom to ask", async () => {
    const three = await Promise.all([1, 2, 3].map((n) => running(daemon, { SEATMETER_USER: `user${n}` })));
    const fourth = await shim(["run", "demo", "--", "echo", "started"], { SEATMETER_URL: daemon.url }).finished;

    expect(fourth).toMatchObject({ exit: 75, stdout: "" });
    const [sentence, ...holders] = fourth.stderr.trimEnd().split("\n");
    expect(sentence).toMatch(/^seatmeter: .*3 seats.*it\.desk@exampleshire\.example/);
    expect(holders.join("\n")).toMatch(/in use by user1 on .* since \d\d:\d\d/);

    for (const { child } of three) child.kill("SIGTERM");
    for (const { finished } of three) expect(await finished).toMatchObject({ exit: 143, stderr: "" });
    await expect.poll(() => used(daemon)).toBe(0);
    expect(await shim(["run", "demo", "--", "true"], { SEATMETER_URL: daemon.url }).finished).toMatchObject({
      exit: 0,
    });
  });

  test("status shows who has what, to people and to scripts", async () => {
    const one = await running(daemon, { SEATMETER_USER: "asmith", SEATMETER_DEVICE: "PC-12" });
    const env = { SEATMETER_URL: daemon.url };

    const pools = await shim(["status"], env).finished;
    expect(pools).toMatchObject({ exit: 0, stderr: "" });
    expect(pools.stdout).toMatch(/^POOL +USED +OWNED +FREE +TODAY'S PEAK +BY SITE\ndemo +1 +3 +2 +3 +here 1\n$/);
    const demo = await shim(["status", "demo"], env).finished;
    expect(demo.stdout).toMatch(
      /\nUSER +DEVICE +SITE +PRODUCT +SEATS +SINCE\nasmith +PC-12 +here +demo +1 +\d\d:\d\d\n$/,
    );
    const asJson = await shim(["status", "demo", "--json"], env).finished;
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      pool: { pool: "demo", used: 1, owned: 3, free: 2 },
      leases: [{ user: "asmith", device: "PC-12", product: "demo", seats: 1 }],
    });
    expect(await shim(["status", "dmo"], env).finished).toMatchObject({
      exit: 64,
      stderr: expect.stringContaining("demo"),
    });
    one.child.kill("SIGTERM");
    await one.finished;
  });

  test("status --watch shows each change, until it is ended", async () => {
    const { child, says, finished } = shim(["status", "--watch"], { SEATMETER_URL: daemon.url });
    await says("demo     0");
    const one = await running(daemon);
    await says("demo     1");
    child.kill("SIGINT");

    expect(await finished).toMatchObject({ signal: "SIGINT", stderr: "" });
    one.child.kill("SIGTERM");
    await one.finished;
  });

  test("status --watch ends when nobody reads it any more", async () => {
    const { child, says, finished } = shim(["status", "--watch"], { SEATMETER_URL: daemon.url });
    await says("demo");
    child.stdout!.destroy();

    expect(await finished).toMatchObject({ exit: 0, stderr: "" });
  });

  test("explain says whether a seat would be granted, and takes none", async () => {
    const env = { SEATMETER_URL: daemon.url };
    const granted = await shim(["explain", "demo", "--user", "asmith"], env).finished;
    const unknown = await shim(["explain", "dmo", "--user", "asmith", "--json"], env).finished;

    expect(granted).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^decision {2}granted\n/) });
    expect(unknown.exit).toBe(64);
    expect(JSON.parse(unknown.stdout)).toMatchObject({ decision: "denied", reason: "product_unknown" });
    const misspelt = await shim(["explain", "demo", "--user", "asmith", "--site", "nowhere"], env).finished;
    expect(misspelt).toMatchObject({ exit: 64, stdout: "", stderr: expect.stringContaining("no site nowhere") });
    expect(await used(daemon)).toBe(0);
  });

  test.each([
    [["run", "", "--", "echo", "ran"], /product: must not be empty. `seatmeter run --help`/],
    [["run", "x".repeat(129), "--", "echo", "ran"], /product: is longer than 128 letters/],
    [["run", "demo", "--version", "1".repeat(65), "--", "echo", "ran"], /version: is longer than 64 letters/],
    [["borrow", "x".repeat(129), "--until", "3d"], /product: is longer than 128 letters. `seatmeter borrow --help`/],
    [["status", "a/b"], /pool: is no name: .*. `seatmeter status --help`/],
    [["reclaim", "a-lease", "--reason", "needed"], /is no UUID. `seatmeter reclaim --help`/],
  ])("words that the daemon does not take give 64 and no fault of ours: %j", async (args, sentence) => {
    const { exit, stdout, stderr } = await shim(args, { SEATMETER_URL: daemon.url }).finished;

    expect({ exit, stdout }).toEqual({ exit: 64, stdout: "" });
    expect(stderr).toMatch(sentence);
  });

  test("a name of this computer's that no daemon takes is a wrong setting", async () => {
    const env = { SEATMETER_URL: daemon.url, SEATMETER_DEVICE: "x".repeat(129) };

    expect(await shim(["run", "demo", "--", "echo", "ran"], env).finished).toMatchObject({
      exit: 78,
      stdout: "",
      stderr: expect.stringContaining("device: is longer than 128 letters"),
    });
  });

  test("an address with TLS where a daemon speaks none is told in words, whatever the command", async () => {
    const env = { SEATMETER_URL: daemon.url.replace("ws:", "wss:") };
    const why = /^seatmeter: [^\n]*\(127[^\n]* does not speak TLS: should the address begin with ws:\/\/[^\n]*\n$/;

    expect((await shim(["run", "demo", "--", "true"], env).finished).stderr).toMatch(why);
    expect((await shim(["status"], env).finished).stderr).toMatch(why);
  });

  test("a product that nobody knows gives 64", async () => {
    const unknown = await shim(["run", "dmo", "--", "true"], { SEATMETER_URL: daemon.url }).finished;

    expect(unknown).toMatchObject({ exit: 64, stdout: "", stderr: expect.stringContaining("dmo") });
  });

  test("a shim killed with -9 leaves its program alone, and its seat is back within ttl and two seconds", async () => {
    const one = await running(daemon);
    expect(await used(daemon)).toBe(1);
    const [pid] = await childrenOf(one.child.pid!);
    one.child.kill("SIGKILL");
    const killedAtMs = Date.now();
    await expect.poll(() => used(daemon)).toBe(0);

    expect(process.kill(pid!, "SIGTERM")).toBe(true);
    // In the time by which leases live: where a busy machine keeps the daemon from looking, that stands still.
    const { granted, ended } = await lastLease(daemon);
    expect(ended.virtualMs - granted.virtualMs).toBeLessThanOrEqual(killedAtMs - granted.atMs + SEAT_BACK_WITHIN_MS);
  });

  test("register apply changes the seats at once, and register export gives what is in force", async () => {
    const env = { SEATMETER_URL: daemon.url };
    using folder = dataFolder();
    const file = `${folder.path}/register.yaml`;
    const text = demoRegister({ seats: 4 });
    await writeFile(file, text);
    const applied = await shim(["register", "apply", file], env).finished;

    expect(applied).toMatchObject({ exit: 0, stdout: "In force as revision 2.\n" });
    expect((await shim(["register", "export"], env).finished).stdout).toBe(text);
    expect((await shim(["status"], env).finished).stdout).toMatch(/demo +0 +4 +4/);

    await writeFile(file, text.replace("seats: 4", "seets: 4"));
    const wrong = await shim(["register", "apply", file], env).finished;
    expect(wrong).toMatchObject({ exit: 78, stderr: expect.stringContaining(`${file}:`) });
    expect((await shim(["register", "export"], env).finished).stdout).toBe(text);

    const changes = `${folder.path}/changes.json`;
    const change = async (content: unknown) => {
      await writeFile(changes, JSON.stringify(content));
      return await shim(["register", "change", changes, "--reason", "bought"], env).finished;
    };
    const seats = { op: "replace", path: "/pools/demo/entitlements/0/seats", value: 6 };
    expect(await change([seats])).toMatchObject({ exit: 0, stdout: "In force as revision 3.\n" });
    expect((await shim(["status"], env).finished).stdout).toMatch(/demo +0 +6 +6/);
    expect(await change([{ ...seats, path: "/pools/gis/linger" }])).toMatchObject({
      exit: 64,
      stderr: expect.stringContaining(`${changes}: /pools/gis/linger leads nowhere`),
    });
    expect(await change([{ ...seats, value: "many" }])).toMatchObject({
      exit: 78,
      stderr: expect.stringContaining("pools.demo.entitlements[0].seats must be a number, and is text"),
    });
    expect((await shim(["register", "change", file, "--reason", "bought"], env).finished).exit).toBe(64);
    expect((await shim(["register", "change", changes], env).finished).exit).toBe(64);
    const xml = await shim(["register", "export", "--xml"], env).finished;
    expect(xml.stdout).toContain('<Metric type="concurrent users" quantity="6" pool="demo"/>');
  });
});

test("a launch that a rule forbids gives 77", async () => {
  await using daemon = await startDaemon({ register: demoRegister({ pool: 'deny: ["user:asmith"]' }) });
  const env = { SEATMETER_URL: daemon.url, SEATMETER_USER: "ASmith" };

  expect(await shim(["run", "demo", "--", "true"], env).finished).toMatchObject({ exit: 77, stdout: "" });
  expect(await shim(["explain", "demo", "--user", "asmith"], env).finished).toMatchObject({
    exit: 77,
    stdout: expect.stringContaining("denied_by_rule"),
  });
});

test("the daemon killed with -9 and started again knows every lease; no program was stopped, no second seat taken", async () => {
  using folder = dataFolder();
  // A seat lives for long after its shim might have come back: how soon that is, is not what is asked here.
  const register = demoRegister({ lease: "{ ttl: 30s, heartbeatEvery: 1s }" });
  await using first = await startDaemon({ register, data: folder.path });
  const programs = await Promise.all([running(first), running(first), running(first)]);
  const before = (await leases(first)).map(({ leaseId }) => leaseId).sort();
  await first.kill();
  await using second = await startDaemon({ register, data: folder.path, listen: new URL(first.httpUrl).host });

  expect((await leases(second)).map(({ leaseId }) => leaseId).sort()).toEqual(before);
  await expect.poll(() => connections(second)).toBe(3);
  expect(await used(second)).toBe(3);
  expect((await leases(second)).map(({ leaseId }) => leaseId).sort()).toEqual(before);

  for (const { child } of programs) child.kill("SIGTERM");
  for (const { finished } of programs) expect(await finished).toMatchObject({ exit: 143, stderr: "" });
  await expect.poll(() => used(second)).toBe(0);
});

test("a product that its register refuses without a daemon does not start without one; one that runs goes on", async () => {
  using folder = dataFolder();
  const register = demoRegister({ product: "whenUnreachable: refuse" });
  await using daemon = await startDaemon({ register, data: folder.path });
  const state = { SEATMETER_STATE: emptyStateFolder() };
  const one = await running(daemon, state);
  await daemon.stop();
  const refused = await shim(["run", "demo", "--", "echo", "started"], { ...state, SEATMETER_URL: daemon.url })
    .finished;

  expect(refused).toMatchObject({
    exit: 69,
    stdout: "",
    stderr: expect.stringMatching(/^seatmeter: Demo may not be used/),
  });
  expect(one.child.exitCode).toBeNull();
  one.child.kill("SIGTERM");
  expect(await one.finished).toMatchObject({ exit: 143 });
});

test("a program started while no daemon could be reached takes its seat when there is one again", async () => {
  using folder = dataFolder();
  const register = demoRegister();
  await using first = await startDaemon({ register, data: folder.path });
  await first.stop();
  const one = await running(first);
  await using second = await startDaemon({ register, data: folder.path, listen: new URL(first.httpUrl).host });
  await expect.poll(() => used(second)).toBe(1);

  one.child.kill("SIGTERM");
  await one.finished;
  await expect.poll(() => used(second)).toBe(0);
});

async function connections(daemon: TestDaemon): Promise<number> {
  const text = await (await fetch(`${daemon.httpUrl}/metrics`)).text();
  return Number(/^seatmeter_shim_connections (\d+)$/m.exec(text)?.[1]);
}

const childrenOf = async (pid: number) =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, "latin1")).trim().split(" ").map(Number);
