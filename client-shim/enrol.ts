import { readFileSync } from "node:fs";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { ACT_USAGE, done } from "./act.ts";
import { none, parsed, reasonFrom } from "./arguments.ts";
import { DeviceKey } from "./device-key.ts";
import { HttpApi } from "./http-api.ts";
import { print } from "./print.ts";
import { daemonsAt, deviceName } from "./settings.ts";

export const usage = `
Usage: seatmeter enrol --token TOKEN | --token-file FILE
       seatmeter enrol --rotate
       seatmeter enrol --remove DEVICE --reason R
       seatmeter enrol --list

Makes a key on this computer and has the daemons know it, so that it comes in by a proof that nobody can copy. The
private half never leaves this computer: it lies where SEATMETER_DEVICE_KEY or deviceKeyFile in shim.yaml says, else in
the folder of what is kept between launches, for its owner alone.

  --token TOKEN      what \`seatmeter token DEVICE --role enrol\` made for this computer; good once, for a day
  --token-file FILE  the same, from a file; - is the standard input. What is typed others on this computer may see
  --rotate           a new key in the place of the one that there is, which signs for it
  --remove DEVICE    an administrator's act: that computer's key is forgotten, and its connections are closed at once
  --list             which computers have a key: since when, by whose token, when last seen, and the key's thumbprint;
                     and whose was taken away. For managers, auditors and administrators
  --json             what was done, or the list, for scripts
${ACT_USAGE}

Asked again after an answer was lost, each does what it did.
`;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, {
    ...{ token: { type: "string" }, "token-file": { type: "string" }, rotate: { type: "boolean" } },
    ...{
      remove: { type: "string" },
      list: { type: "boolean" },
      reason: { type: "string" },
      url: { type: "string" },
      json: { type: "boolean" },
    },
  });
  const { token, "token-file": file, rotate, remove, list, url, json = false } = values;
  none(positionals);
  if ([token, file, rotate, remove, list].filter((way) => way !== undefined).length !== 1) {
    throw new SeatmeterError("usage", "it takes one of --token, --token-file, --rotate, --remove and --list.");
  }
  if (remove !== undefined) {
    const content = { device: remove, reason: reasonFrom(values.reason) };
    return done({ method: "POST", path: "/api/v1/devices/remove", content }, url);
  }
  if (list) return (await import("./enrolled-list.ts")).listEnrolled(url, json);
  const device = deviceName();
  const daemons = await daemonsAt(url);
  const key = new DeviceKey(daemons.deviceKeyFile!, device);
  const api = new HttpApi(daemons, "computer");
  if (rotate) {
    await api.ask("POST", "/api/v1/devices/rotate-key", { device, proof: await key.rotation() });
    key.rotated();
    say(json, { device, file: key.path }, `${device} has a new key, in ${key.path}.`);
    return 0;
  }
  const offered = token ?? tokenIn(file!);
  const asked = { device, token: offered, publicKey: key.toEnrol() };
  const { audience } = await api.ask<{ audience: string }>("POST", "/api/v1/devices/enrol", asked);
  key.enrolled(audience);
  say(json, { device, file: key.path }, `${device} is enrolled; its key is in ${key.path}.`);
  return 0;
}

const say = (json: boolean, done: object, sentence: string) => print(`${json ? JSON.stringify(done) : sentence}\n`);

function tokenIn(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8").trim();
  } catch (cause) {
    throw new SeatmeterError("usage", `the token cannot be read: ${(cause as Error).message}.`, { cause });
  }
}
