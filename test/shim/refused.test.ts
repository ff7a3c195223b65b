import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newToken } from "../../daemon/access/tokens.ts";
import { dataFolder, demoRegister, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { shim } from "../support/shim.ts";

const folder = dataFolder();
const tokens = { shim: newToken("PC-1", "shim"), viewer: newToken("asmith", "viewer") };
let daemon: TestDaemon;
beforeAll(async () => {
  writeFileSync(join(folder.path, "shims.txt"), `${tokens.shim.line}\n`);
  writeFileSync(join(folder.path, "people.txt"), `${tokens.viewer.line}\n`);
  const access = "access: { shims: { tokensFile: shims.txt }, people: { tokensFile: people.txt } }";
  daemon = await startDaemon({ register: `${demoRegister()}${access}\n`, data: folder.path });
});
afterAll(async () => {
  await daemon.stop();
  folder[Symbol.dispose]();
});

const RUN = ["run", "demo", "--", "echo", "ran"];
const STATUS = ["status"];

test.each<[string, string[], string | undefined, RegExp]>([
  ["a launch without a token", RUN, undefined, /this computer's token: in SEATMETER_TOKEN, .*SEATMETER_TOKEN_FILE/],
  ["a launch with a person's token", RUN, tokens.viewer.token, /unknown here.* a person's launches nothing/],
  ["status without a token", STATUS, undefined, /a token of yours: in SEATMETER_TOKEN, .*SEATMETER_TOKEN_FILE/],
  ["status with a computer's token", STATUS, tokens.shim.token, /PC-1 may not.* a computer's only launches programs/],
  ["status with nobody's token", STATUS, "nobodys", /unknown here.* takes a person's token, in SEATMETER_TOKEN/],
])("%s gives 77, and says in one line what is needed", async (_name, args, token, sentence) => {
  const env = { SEATMETER_URL: daemon.url, SEATMETER_DEVICE: "PC-1", ...(token && { SEATMETER_TOKEN: token }) };
  const { exit, stdout, stderr } = await shim(args, env).finished;

  expect({ exit, stdout }).toEqual({ exit: 77, stdout: "" });
  expect(stderr).toMatch(sentence);
  expect(stderr).toMatch(/^seatmeter: [^\n]*\n$/);
});

test("with the right tokens both work", async () => {
  const env = (token: string) => ({ SEATMETER_URL: daemon.url, SEATMETER_DEVICE: "PC-1", SEATMETER_TOKEN: token });

  expect(await shim(RUN, env(tokens.shim.token)).finished).toMatchObject({ exit: 0, stdout: "ran\n", stderr: "" });
  expect(await shim(STATUS, env(tokens.viewer.token)).finished).toMatchObject({ exit: 0, stderr: "" });
});
