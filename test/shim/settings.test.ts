import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { addressFor, daemonsFrom } from "../../client-shim/settings.ts";
import { policyIn } from "../../client-shim/windows-policy.ts";

const folder = mkdtempSync(join(tmpdir(), "seatmeter-"));
afterAll(() => rmSync(folder, { recursive: true }));

function siteWide(text: string): string {
  const file = join(folder, "shim.yaml");
  writeFileSync(file, text);
  return file;
}

const found = async (environment: Record<string, string>, file: string) => {
  const { addresses, deviceKeyFile: _, ...others } = await daemonsFrom(environment, file);
  return { addresses: addresses.map(({ href }) => href), ...others };
};

test("the daemons' addresses come from the environment, else from the site-wide file, else this computer is meant", async () => {
  const token = join(folder, "token");
  writeFileSync(token, "secret\n");
  const file = siteWide(`daemons: [wss://one.example, wss://other.example]\ntokenFile: ${token}\n`);

  expect(await found({ SEATMETER_URL: "ws://a:1, https://b" }, file)).toEqual({
    addresses: ["ws://a:1/", "https://b/"],
  });
  expect(await found({}, file)).toEqual({ addresses: ["wss://one.example/", "wss://other.example/"], token: "secret" });
  expect(await found({ SEATMETER_TOKEN: "mine" }, file)).toMatchObject({ token: "mine" });
  expect(await found({}, join(folder, "none"))).toEqual({ addresses: ["ws://127.0.0.1:7070/"] });
  expect(await found({ SEATMETER_URL: "" }, join(folder, "none"))).toEqual({ addresses: ["ws://127.0.0.1:7070/"] });
});

test("who vouches for the daemons comes from the environment, else from the site-wide file", async () => {
  const file = siteWide("daemons: [wss://one.example]\ncertificateAuthorityFile: /etc/ssl/council.pem\n");

  expect(await found({}, file)).toEqual({ addresses: ["wss://one.example/"], authorityFile: "/etc/ssl/council.pem" });
  expect(await found({ SEATMETER_CA_FILE: "mine.pem" }, file)).toMatchObject({ authorityFile: "mine.pem" });
});

test("the computer's key lies where the environment says, else the site-wide file, else among what is kept", async () => {
  const file = siteWide("deviceKeyFile: /etc/seatmeter/device-key.json\n");
  const keyFile = async (environment: Record<string, string>, from: string) =>
    (await daemonsFrom(environment, from)).deviceKeyFile;

  expect(await keyFile({ SEATMETER_DEVICE_KEY: "mine.json" }, file)).toBe("mine.json");
  expect(await keyFile({}, file)).toBe("/etc/seatmeter/device-key.json");
  expect(await keyFile({ SEATMETER_STATE: "/kept" }, join(folder, "none"))).toBe("/kept/device-key.json");
});

test("the computer's certificate and key come from the environment or the site-wide file, and together", async () => {
  const file = siteWide("certificateFile: pc.pem\nkeyFile: pc.key\n");

  expect(await found({}, file)).toMatchObject({ certificate: { certificateFile: "pc.pem", keyFile: "pc.key" } });
  expect(await found({ SEATMETER_CERTIFICATE_FILE: "a", SEATMETER_KEY_FILE: "b" }, file)).toMatchObject({
    certificate: { certificateFile: "a", keyFile: "b" },
  });
  await expect(daemonsFrom({ SEATMETER_CERTIFICATE_FILE: "a" }, join(folder, "none"))).rejects.toMatchObject({
    code: "settings_invalid",
    message: "certificateFile is set, and keyFile is not: the two belong together.",
  });
});

test.each([
  ["deamons: [wss://one.example]", /deamons is no setting/],
  ["daemons: []", /daemons is a list of addresses/],
  ["daemons: [one.example]", /"one.example" is no address/],
  ["daemons: [", /cannot be read: [^\n]*$/],
  ["daemons: wss://one.example\ndaemons: wss://two.example", /cannot be read: [^\n]* at line 2, column 1\.$/],
  ["wss://one.example", /a line of it is such as daemons: wss:/],
  ["- wss://one.example", /a line of it is such as daemons: wss:/],
  ["8080", /a line of it is such as daemons: wss:/],
  ["tokenFile: 3", /tokenFile is the name of a file/],
  ["certificateAuthorityFile: [a.pem]", /certificateAuthorityFile is the name of a file/],
  ["deviceKeyFile: 3", /deviceKeyFile is the name of a file/],
  ["keyFile: pc.key", /keyFile is set, and certificateFile is not/],
  ["tokenFile: /nonexistent", /The token cannot be read/],
])("a mistake in the site-wide file is named: %s", async (text, message) => {
  await expect(daemonsFrom({}, siteWide(text))).rejects.toMatchObject({
    code: "settings_invalid",
    message: expect.stringMatching(message),
  });
});

test("one address serves WebSocket and HTTP, with TLS or without, behind a path too", () => {
  expect(addressFor("ws", new URL("https://seats.example/licences/"), "/v1/shim").href).toBe(
    "wss://seats.example/licences/v1/shim",
  );
  expect(addressFor("http", new URL("ws://127.0.0.1:7070"), "/api/v1/pools").href).toBe(
    "http://127.0.0.1:7070/api/v1/pools",
  );
});

/** As Windows prints it: CRLF, an empty line and the key's name above, several addresses in one value. */
const PRINTED = [
  "",
  "HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Seatmeter",
  "    Daemons    REG_MULTI_SZ    wss://one.example\\0wss://other.example",
  "    certificateauthorityfile    REG_EXPAND_SZ    %ProgramData%\\seatmeter\\ca.pem",
  "    TokenFile    REG_SZ    ",
  "    Colour    REG_SZ    blue",
  "    KeyFile    REG_DWORD    0x1",
  "",
].join("\r\n");

test("on Windows a policy says what else the site-wide file says, value by value", async () => {
  const policy = policyIn(PRINTED, { PROGRAMDATA: "C:\\ProgramData" });
  expect(policy).toEqual({
    daemons: ["wss://one.example", "wss://other.example"],
    certificateAuthorityFile: "C:\\ProgramData\\seatmeter\\ca.pem",
  });

  const file = siteWide("daemons: [wss://file.example]\ndeviceKeyFile: key.json\n");
  const daemons = await daemonsFrom({}, file, async () => policy);
  expect(daemons.addresses.map(({ host }) => host)).toEqual(["one.example", "other.example"]);
  expect(daemons).toMatchObject({ authorityFile: "C:\\ProgramData\\seatmeter\\ca.pem", deviceKeyFile: "key.json" });
});

test.each([
  ["with commas between", "wss://a.example, wss://b.example", ["wss://a.example", " wss://b.example"]],
  ["with nothing between the commas", ",wss://a.example,,", ["wss://a.example"]],
])("addresses %s are a list", (_, text, daemons) => {
  expect(policyIn(`    Daemons    REG_SZ    ${text}\r\n`)).toEqual({ daemons });
});

test("a policy that is not there, or that says nothing, says nothing", () => {
  expect(policyIn("")).toEqual({});
  expect(policyIn("ERROR: The system was unable to find the specified registry key or value.\r\n")).toEqual({});
});
