import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ours } from "../../packaging/platforms.ts";
import { buildSingleFile } from "../../packaging/single-file.ts";
import { VERSION } from "../../packaging/version.ts";
import { Authority } from "../support/authority.ts";
import { demoRegister, startDaemon } from "../support/daemon.ts";
import { program } from "../support/programs.ts";
import { isCheckin, scriptedDaemon, sound } from "../support/scripted-daemon.ts";
import { program as running, shim } from "../support/shim.ts";

/*
 * The same TypeScript as everywhere else, so what is asked here is what its other runtime might do otherwise. All tests of
 * the shim are asked of the file by `npm run test:file`.
 */
const platform = ours();
const BUILT_WITHIN_MS = 120_000;

describe.skipIf(!platform)("the shim as a single file", () => {
  const folder = mkdtempSync(join(tmpdir(), "seatmeter-file-"));
  const file = join(folder, "seatmeter");
  const started = (args: readonly string[], env: Record<string, string> = {}) => shim(args, env, [file]);

  beforeAll(() => buildSingleFile(platform!, file), BUILT_WITHIN_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("needs nothing but itself: not even a program on the path", async () => {
    expect(await started(["--version"], { PATH: "/nonexistent" }).finished).toMatchObject({
      ...{ exit: 0, stdout: `seatmeter ${VERSION}\n`, stderr: "" },
    });
  });

  test.each([
    ["ends with 3", ["sh", "-c", "exit 3"], 3, "program_exited"],
    ["is ended by a signal", ["sh", "-c", "kill -TERM $$"], 143, "program_exited"],
    ["crashes", ["sh", "-c", "kill -SEGV $$"], 139, "program_crashed"],
    ["is not there", ["no-such-program-anywhere"], 127, undefined],
    ["is none", ["/etc/passwd"], 126, undefined],
  ])("a program that %s gives its own exit code, and the seat goes back", async (_, command, exit, why) => {
    await using daemon = await scriptedDaemon(sound);
    const ended = await started(["run", "demo", "--", ...command], { SEATMETER_URL: daemon.url }).finished;

    expect(ended.exit).toBe(exit);
    const back = await daemon.hears(isCheckin);
    expect([back.leaseId, back.why]).toEqual([daemon.heard[1]!.leaseId, why]);
  });

  test("a signal is passed on to the program, once", async () => {
    await using daemon = await scriptedDaemon(sound);
    const counts = running('setInterval(() => {}, 60000); process.on("SIGTERM", () => process.exit(7))');
    const one = started(["run", "demo", "--", ...counts], { SEATMETER_URL: daemon.url });
    await one.says("ready");
    one.child.kill("SIGTERM");

    expect(await one.finished).toMatchObject({ exit: 7, stderr: "" });
  });

  test("obeys no settings that lie in the folder that it is started in", async () => {
    await using daemon = await scriptedDaemon(sound);
    writeFileSync(join(folder, ".env"), "SEATMETER_DEVICE=somebody-elses\n");
    writeFileSync(join(folder, "bunfig.toml"), 'preload = ["./not-there.ts"]\n');
    const there = ["sh", "-c", 'cd "$0" && exec "$@"', folder, file] as const;

    const { exit } = await shim(["run", "demo", "--", "true"], { SEATMETER_URL: daemon.url }, there).finished;
    expect(exit).toBe(0);
    expect(daemon.heard[0]).toMatchObject({ type: "hello", device: hostname() });
  });

  test.skipIf(!program("openssl"))(
    "knows a daemon over TLS by a council's own authority, and none without",
    async () => {
      new Authority(folder).sign("seats", "seats", ["subjectAltName=IP:127.0.0.1"]);
      const tls = "tls: { certificateFile: seats.pem, keyFile: seats.key }";
      await using daemon = await startDaemon({ register: `${demoRegister()}${tls}\n`, data: folder });
      const run = ["run", "demo", "--", "echo", "ran"];
      const env = { SEATMETER_URL: daemon.url };

      const known = { ...env, SEATMETER_CA_FILE: join(folder, "ca.pem") };
      expect(await started(run, known).finished).toMatchObject({ exit: 0, stdout: "ran\n", stderr: "" });
      expect(await started(["status"], known).finished).toMatchObject({ exit: 0, stderr: "" });
      expect((await started(["status"], env).finished).stderr).toContain("does not know the authority");
      const broken = join(folder, "broken.pem");
      writeFileSync(broken, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
      for (const command of [run, ["status"]]) {
        const told = await started(command, { ...env, SEATMETER_CA_FILE: broken }).finished;
        expect(told).toMatchObject({
          ...{ exit: 78, stdout: "", stderr: expect.stringContaining("authority's certificate cannot be read") },
        });
      }
      const plain = { SEATMETER_URL: daemon.url.replace("wss:", "ws:") };
      for (const command of [run, ["status"]])
        expect((await started(command, plain).finished).stderr).toContain("it hangs up at once: if it speaks TLS");
    },
  );

  test("tells in words that a daemon speaks no TLS, and why one does not let it in", async () => {
    await using daemon = await startDaemon({ register: demoRegister() });
    const secure = { SEATMETER_URL: daemon.url.replace("ws:", "wss:") };
    const run = ["run", "demo", "--", "true"];
    for (const command of [run, ["status"]])
      expect((await started(command, secure).finished).stderr).toContain("what answers there does not speak TLS");

    const body = JSON.stringify({ code: "unauthenticated", message: "This token is not known.", retry: false });
    const strict = createServer().on("upgrade", (_request, socket) =>
      socket.end(`HTTP/1.1 401 No\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
    );
    await once(strict.listen(0, "127.0.0.1"), "listening");
    const { port } = strict.address() as AddressInfo;
    const env = { SEATMETER_URL: `ws://127.0.0.1:${port}`, SEATMETER_TOKEN: "nobodys" };
    expect(await started(run, env).finished).toMatchObject({
      ...{ exit: 77, stderr: expect.stringContaining("This token is not known.") },
    });
    strict.close();
  });

  test("goes on alone under another lease where its agent is frozen while it asks", async () => {
    let first: string | undefined;
    await using daemon = await scriptedDaemon((message) => {
      if (message.type !== "checkout" || first !== undefined) return sound(message);
      first = message.leaseId;
      return undefined;
    });
    const env = { SEATMETER_URL: daemon.url, SEATMETER_AGENT: join(folder, "agent.sock"), SEATMETER_STATE: folder };
    const agent = started(["agent"], env);
    await agent.tells("connected to a daemon");
    const launch = started(["run", "demo", "--", "true"], { ...env, SEATMETER_AGENT_WITHIN_MS: "3000" });
    await daemon.hears(({ type }) => type === "checkout");
    agent.child.kill("SIGSTOP");
    const second = daemon.hears(({ type, leaseId }) => type === "checkout" && leaseId !== first);

    expect(await launch.finished).toMatchObject({ exit: 0 });
    agent.child.kill("SIGKILL");
    expect(await second).toMatchObject({ product: "demo" });
  });
});
