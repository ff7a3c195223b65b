import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newToken } from "../../daemon/access/tokens.ts";
import { keyIdOf } from "../../daemon/domain/device-proof.ts";
import { Authority, FOR_CLIENTS, FOR_SERVERS } from "../support/authority.ts";
import { dataFolder, demoRegister, startDaemon, type TestDaemon, UNHURRIED } from "../support/daemon.ts";
import { program as installed } from "../support/programs.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { emptyStateFolder, program, shim } from "../support/shim.ts";

const RUN = ["run", "demo", "--", "echo", "ran"];
const folder = dataFolder();
const manager = newToken("asmith", "manager");
const register = `${demoRegister({ seats: 50, lease: UNHURRIED })}
access: { shims: { enrolment: true }, people: { tokensFile: people.txt } }
`;

let redis: TestRedis;
let daemon: TestDaemon;
const start = () => startDaemon({ register, data: folder.path, env: { REDIS_URL: redis.url } });
beforeAll(async () => {
  writeFileSync(join(folder.path, "people.txt"), manager.line);
  redis = await startRedis();
  daemon = await start();
});
afterAll(async () => {
  await daemon.stop();
  // Whatever became of a computer, the log has its pseudonym.
  expect(daemon.output()).toContain('"msg":"a computer is enrolled"');
  expect(daemon.output()).not.toMatch(/pc-\d/i);
  await redis.stop();
  folder[Symbol.dispose]();
});

/** A computer, and whoever sits at it. */
function computer(name: string) {
  const state = emptyStateFolder();
  const as = (args: readonly string[], env: Record<string, string> = {}) =>
    shim(args, { SEATMETER_URL: daemon.url, SEATMETER_STATE: state, SEATMETER_DEVICE: name, ...env });
  const file = join(state, "device-key.json");
  return {
    ...{ as, file, state },
    administer: (args: readonly string[]) => as(args, { SEATMETER_TOKEN: manager.token }).finished,
    async token() {
      const { exit, stdout, stderr } = await this.administer(["token", name, "--role", "enrol"]);
      expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
      return stdout.trim();
    },
    async enrol(token?: string) {
      return as(["enrol", "--token", token ?? (await this.token())]).finished;
    },
  };
}

test("a computer is enrolled and launches by its key, which is its owner's alone, and after a restart still", async () => {
  const pc = computer("PC-12");
  expect(await pc.as(RUN).finished).toMatchObject({ exit: 77, stdout: "" });

  expect(await pc.enrol()).toMatchObject({ exit: 0, stdout: `PC-12 is enrolled; its key is in ${pc.file}.\n` });
  expect(statSync(pc.file).mode & 0o777).toBe(0o600);
  expect(await pc.as(RUN).finished).toMatchObject({ exit: 0, stdout: "ran\n", stderr: "" });
  // Whoever administers has a token of his own in the same environment.
  expect(await pc.as(RUN, { SEATMETER_TOKEN: manager.token }).finished).toMatchObject({ exit: 0, stderr: "" });

  await daemon.stop();
  daemon = await start();
  expect(await pc.as(RUN).finished).toMatchObject({ exit: 0, stdout: "ran\n", stderr: "" });
  expect(daemon.output()).not.toContain(JSON.parse(readFileSync(pc.file, "utf8")).key.d);
});

test("a running program keeps its seat when its daemon dies and another one takes over, and proves itself there", async () => {
  const pc = computer("PC-moves");
  await pc.enrol();
  const spare = dataFolder();
  writeFileSync(join(spare.path, "people.txt"), manager.line);
  const second = await startDaemon({ register, data: spare.path, env: { REDIS_URL: redis.url } });
  const wait = "process.stdin.once('data', () => process.exit(0))";
  const launch = pc.as(["run", "demo", "--", ...program(wait)], { SEATMETER_URL: `${second.url},${daemon.url}` });
  await launch.says("ready");
  const held = async () => {
    const { stdout } = await pc.administer(["status", "demo", "--json"]);
    return stdout.split("PC-moves").length - 1;
  };
  expect(await held()).toBe(1);
  await second.kill();
  // The survivor alone is left to connect to.
  const connected = async () => (await (await fetch(`${daemon.httpUrl}/metrics`)).text()).includes("connections 1");
  while (!(await connected()));
  expect(await held()).toBe(1);
  launch.child.stdin!.write("x\n");
  expect((await launch.finished).exit).toBe(0);
  spare[Symbol.dispose]();
});

test("a token that was used is refused with the way to a new one, and the key of the computer that used it stays", async () => {
  const [pc, thief] = [computer("PC-13"), computer("PC-13")];
  const token = await pc.token();
  await pc.enrol(token);
  expect(await thief.enrol(token)).toMatchObject({
    ...{ exit: 77, stdout: "" },
    stderr: expect.stringMatching(/^seatmeter: .*used already.*`seatmeter token PC-13 --role enrol`\.?\n$/),
  });
  expect(await pc.as(RUN).finished).toMatchObject({ exit: 0, stderr: "" });
  expect((await thief.as(RUN).finished).exit).not.toBe(0);
});

test("a token that is not good costs a computer that is enrolled nothing, and one that is has it known by another key", async () => {
  const pc = computer("PC-19");
  await pc.enrol();
  const before = JSON.parse(readFileSync(pc.file, "utf8")).key.x;
  expect(await pc.enrol("seatmeter_enrol_mistyped")).toMatchObject({ exit: 77, stdout: "" });
  expect(await pc.as(RUN).finished).toMatchObject({ exit: 0, stdout: "ran\n", stderr: "" });
  expect((await pc.enrol()).exit).toBe(0);
  expect(await pc.as(RUN).finished).toMatchObject({ exit: 0, stdout: "ran\n", stderr: "" });
  const { key, pending, earlier } = JSON.parse(readFileSync(pc.file, "utf8"));
  expect(key.x).not.toBe(before);
  expect({ pending, earlier }).toEqual({ pending: undefined, earlier: [before] });
});

test("a token comes from a file or the standard input too, so that nobody sees it among the processes", async () => {
  const pc = computer("PC-file");
  const file = join(folder.path, "enrol-token");
  writeFileSync(file, `${await pc.token()}\n`);
  const done = await pc.as(["enrol", "--token-file", file, "--json"]).finished;
  expect(JSON.parse(done.stdout)).toEqual({ device: "PC-file", file: pc.file });
  const typed = pc.as(["enrol", "--token-file", "-"]);
  typed.child.stdin!.end(`${await pc.token()}\n`);
  expect((await typed.finished).exit).toBe(0);
  expect(await pc.as(RUN).finished).toMatchObject({ exit: 0, stderr: "" });
});

test("a key is changed by itself; where the answer was lost, asking again mends it", async () => {
  const pc = computer("PC-14");
  await pc.enrol();
  const before = readFileSync(pc.file, "utf8");
  chmodSync(pc.file, 0o640);
  expect(await pc.as(["enrol", "--rotate"]).finished).toMatchObject({ exit: 0, stderr: "" });
  const after = JSON.parse(readFileSync(pc.file, "utf8"));
  expect(statSync(pc.file).mode & 0o777).toBe(0o640);
  expect(after.key.x).not.toBe(JSON.parse(before).key.x);
  expect(await pc.as(RUN).finished).toMatchObject({ exit: 0, stderr: "" });

  // As the file is when the daemon has the next key and the computer never heard so.
  writeFileSync(pc.file, JSON.stringify({ ...JSON.parse(before), next: after.key }));
  expect((await pc.as(RUN).finished).exit).toBe(77);
  expect(await pc.as(["enrol", "--rotate"]).finished).toMatchObject({ exit: 0, stderr: "" });
  expect(await pc.as(RUN).finished).toMatchObject({ exit: 0, stderr: "" });
});

test("what ran while no daemon could be reached is told under the computer's signature, but for what somebody changed", async () => {
  const pc = computer("PC-18");
  await pc.enrol();
  const away = { SEATMETER_URL: "ws://127.0.0.1:1" };
  const entries = () => readdirSync(join(pc.state, "journal")).map((name) => join(pc.state, "journal", name));
  for (let i = 0; i < 3; i++) expect((await pc.as(RUN, away).finished).stdout).toBe("ran\n");
  expect(entries()).toHaveLength(3);
  const changed = entries()[1]!;
  writeFileSync(changed, readFileSync(changed, "utf8").replace(/"startedAtMs":\d+/, '"startedAtMs":1'));
  expect(await pc.as(["enrol", "--rotate"]).finished).toMatchObject({ exit: 0, stderr: "" });

  expect(await pc.as(["journal", "--send"]).finished).toMatchObject({
    exit: 0,
    stderr: expect.stringMatching(/^seatmeter: [^\n]*, 1 cannot be told[^\n]*\nseatmeter: 2 told\.\n$/),
  });
  expect(entries()).toEqual([]);
  expect(daemon.output()).not.toContain("journal_forged");
});

test("a computer that is removed launches nothing more, with a reason that is recorded", async () => {
  const pc = computer("PC-15");
  await pc.enrol();
  expect((await pc.administer(["enrol", "--remove", "PC-15"])).exit).toBe(64);
  expect(await pc.administer(["enrol", "--remove", "PC-15", "--reason", "stolen"])).toMatchObject({ exit: 0 });
  const launch = await pc.as(RUN).finished;
  expect(launch).toMatchObject({ exit: 77, stdout: "" });
  expect(launch.stderr).toContain("PC-15 is not enrolled here");
  expect(daemon.output()).toMatch(/"who":"asmith".*"act":"remove_device","reason":"stolen"/);
});

test("computers that are enrolled are listed with their key, when they were last seen, and which key was taken away", async () => {
  const [never, seen, gone] = [computer("PC-30"), computer("PC-31"), computer("PC-32")];
  for (const pc of [never, seen, gone]) await pc.enrol();
  for (const pc of [seen, gone]) expect((await pc.as(RUN).finished).exit).toBe(0);
  await gone.administer(["enrol", "--remove", "PC-32", "--reason", "stolen"]);

  const listed = await never.administer(["enrol", "--list", "--json"]);
  const { devices } = JSON.parse(listed.stdout) as { devices: { device: string }[] };
  const rows = devices.filter(({ device }) => /^PC-3\d$/.test(device));
  const keyId = (pc: typeof never) => keyIdOf(JSON.parse(readFileSync(pc.file, "utf8")).key.x);
  expect(rows).toEqual([
    { device: "PC-30", by: "asmith", enrolledAtMs: expect.any(Number), keyId: keyId(never) },
    {
      device: "PC-31",
      by: "asmith",
      enrolledAtMs: expect.any(Number),
      keyId: keyId(seen),
      lastSeen: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    },
    {
      ...{
        device: "PC-32",
        by: "asmith",
        enrolledAtMs: expect.any(Number),
        keyId: keyId(gone),
        lastSeen: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      },
      revokedAtMs: expect.any(Number),
    },
  ]);
  const { stdout } = await never.administer(["enrol", "--list"]);
  expect(stdout).toMatch(/^COMPUTER +ENROLLED +BY +LAST SEEN +REMOVED +KEY\n/);
  expect(stdout).toMatch(/^PC-30 +\d{4}-\d\d-\d\d +asmith +never +\S{10,}$/m);
  expect(stdout.split("\n").every((line) => line.length <= 80)).toBe(true);
  expect(await never.as(["enrol", "--list"]).finished).toMatchObject({ exit: 77, stdout: "" });
});

test("a computer that was given another name is told to be enrolled anew, and a key that cannot be read is not lost", async () => {
  const pc = computer("PC-16");
  await pc.enrol();
  const renamed = await pc.as(RUN, { SEATMETER_DEVICE: "PC-17" }).finished;
  expect(renamed.exit).toBe(78);
  expect(renamed.stderr).toContain("was enrolled as PC-16, and is called PC-17 now");

  writeFileSync(pc.file, "{");
  const broken = await pc.enrol();
  expect(broken).toMatchObject({ exit: 78, stderr: expect.stringContaining("cannot be read") });
  expect(readFileSync(pc.file, "utf8")).toBe("{");
});

test.each([
  [["enrol"], /one of --token, --token-file, --rotate, --remove and --list/],
  [["enrol", "--rotate", "--token", "x"], /one of --token/],
  [["enrol", "--token-file", "/nonexistent"], /the token cannot be read/],
  [["token", "PC-1", "--role", "enrol", "--until", "2027-01-01"], /good for a day/],
])("what is typed wrong is said, and no key is made: %s", async (args, sentence) => {
  const pc = computer("PC-typed");
  expect(await pc.as(args).finished).toMatchObject({ exit: 64, stderr: expect.stringMatching(sentence) });
  expect(existsSync(pc.file)).toBe(false);
});

describe.skipIf(!installed("openssl"))("a computer with a certificate of its own", () => {
  test("launches by what shim.yaml's words name, and says which file it cannot read", async () => {
    const data = dataFolder();
    const file = (name: string) => join(data.path, name);
    const authority = new Authority(data.path);
    authority.sign("seats", "seats", ["subjectAltName=IP:127.0.0.1", FOR_SERVERS]);
    authority.sign("pc", "PC-20", [FOR_CLIENTS]);
    const tls = "tls: { certificateFile: seats.pem, keyFile: seats.key }";
    const access = "access: { shims: { certificateAuthority: ca.pem } }";
    const secure = await startDaemon({ register: `${demoRegister()}${tls}\n${access}\n`, data: data.path });
    const env = {
      ...{ SEATMETER_URL: secure.url, SEATMETER_CA_FILE: file("ca.pem"), SEATMETER_DEVICE: "PC-20" },
      ...{ SEATMETER_CERTIFICATE_FILE: file("pc.pem"), SEATMETER_KEY_FILE: file("pc.key") },
    };
    expect(await shim(RUN, env).finished).toMatchObject({ exit: 0, stdout: "ran\n", stderr: "" });
    const other = await shim(RUN, { ...env, SEATMETER_DEVICE: "PC-21" }).finished;
    expect(other).toMatchObject({ exit: 77, stderr: expect.stringContaining("this certificate is PC-20's") });
    const missing = await shim(RUN, { ...env, SEATMETER_KEY_FILE: file("none.key") }).finished;
    expect(missing).toMatchObject({ exit: 78, stderr: expect.stringContaining("none.key") });
    await secure.stop();
    data[Symbol.dispose]();
  });
});
