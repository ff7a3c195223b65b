import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Authority } from "../support/authority.ts";
import { dataFolder, demoRegister, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { program } from "../support/programs.ts";
import { shim } from "../support/shim.ts";

const folder = dataFolder();
const file = (name: string) => join(folder.path, name);
const RUN = ["run", "demo", "--", "echo", "ran"];

describe.skipIf(!program("openssl"))("a daemon whose certificate is of a council's own authority", () => {
  let daemon: TestDaemon;
  beforeAll(async () => {
    new Authority(folder.path).sign("seats", "seats", ["subjectAltName=IP:127.0.0.1"]);
    writeFileSync(file("broken.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    const tls = "tls: { certificateFile: seats.pem, keyFile: seats.key }";
    daemon = await startDaemon({ register: `${demoRegister()}${tls}\n`, data: folder.path });
  });
  afterAll(async () => {
    await daemon?.stop();
    folder[Symbol.dispose]();
  });

  test.each(["SEATMETER_CA_FILE", "SSL_CERT_FILE"])(
    "is trusted by way of %s (the second names what the operating system trusts), over wss and https",
    async (variable) => {
      for (const url of [daemon.url, daemon.httpUrl]) {
        const env = { SEATMETER_URL: url, [variable]: file("ca.pem") };
        expect(await shim(RUN, env).finished).toMatchObject({ exit: 0, stdout: "ran\n", stderr: "" });
        expect(await shim(["status"], env).finished).toMatchObject({ exit: 0, stderr: "" });
      }
    },
  );

  test("is not trusted without, and what to do is said: the program starts, without a seat", async () => {
    const env = { SEATMETER_URL: daemon.url };
    const [launch, status] = await Promise.all([shim(RUN, env).finished, shim(["status"], env).finished]);

    expect(launch).toMatchObject({ exit: 0, stdout: "ran\n" });
    expect(launch.stderr).toMatch(/^seatmeter: [^\n]*authority[^\n]*SEATMETER_CA_FILE[^\n]*without a seat[^\n]*\n$/);
    expect(status).toMatchObject({ exit: 69, stdout: "" });
    expect(status.stderr).toMatch(/^seatmeter: [^\n]*authority[^\n]*certificateAuthorityFile[^\n]*\n$/);
    expect(status.stderr).not.toContain("Is it running");
  });

  test("hangs up on whoever comes without TLS, who is told how the address begins", async () => {
    const env = { SEATMETER_URL: daemon.url.replace("wss:", "ws:") };
    const why = /^seatmeter: [^\n]*hangs up at once: if it speaks TLS, the address begins with wss:[^\n]*\n$/;

    expect((await shim(RUN, env).finished).stderr).toMatch(why);
    expect((await shim(["status"], env).finished).stderr).toMatch(why);
  });

  test("is not asked by a name that its certificate does not bear", async () => {
    const env = { SEATMETER_URL: daemon.url.replace("127.0.0.1", "localhost"), SEATMETER_CA_FILE: file("ca.pem") };

    expect((await shim(["status"], env).finished).stderr).toContain("its certificate bears another name");
  });

  test.each([
    ["is not there", "none.pem", /authority's certificate cannot be read: .*none\.pem/],
    ["holds none", "seats.key", /seats\.key holds no certificate in PEM/],
    ["holds a broken one", "broken.pem", /authority's certificate cannot be read: /],
  ])("a file of an authority that %s gives 78", async (_what, name, sentence) => {
    const { exit, stdout, stderr } = await shim(RUN, { SEATMETER_URL: daemon.url, SEATMETER_CA_FILE: file(name) })
      .finished;

    expect({ exit, stdout }).toEqual({ exit: 78, stdout: "" });
    expect(stderr).toMatch(sentence);
  });
});
