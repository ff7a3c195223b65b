import { once } from "node:events";
import { createServer } from "node:net";
import { dirname, resolve } from "node:path";
import type { Logger } from "pino";
import { checkListening } from "./access/listening.ts";
import { readIssuersFiles } from "./access/sign-on.ts";
import { TokenFile } from "./access/token-file.ts";
import { SeatmeterError } from "./domain/errors.ts";
import type { Register } from "./domain/register.ts";
import { readTls } from "./front/tls.ts";
import type { Settings } from "./settings.ts";

/**
 * Whether the doors could open under this register: asked before anything is started or published, so that a daemon that
 * cannot start changes nothing for the others. Errors: settings_invalid, port_in_use.
 */
export async function checkDoors({ registerFile, listen }: Settings, register: Register, log: Logger): Promise<void> {
  const directory = dirname(registerFile);
  checkListening(listen.host, register);
  readTls(register, directory);
  const silent = log.child({}, { level: "silent" });
  const { shims, people } = register.access;
  for (const entry of [shims, people]) {
    if (entry?.tokensFile !== undefined) new TokenFile(resolve(directory, entry.tokensFile), silent).read();
  }
  if (people?.oidc) readIssuersFiles(people.oidc, directory);
  const probe = createServer().listen(listen);
  try {
    await once(probe, "listening");
  } catch (cause) {
    throw cannotListen(cause, listen);
  }
  probe.close();
  await once(probe, "close");
}

/** Why an address cannot be listened on, and what to do. */
export function cannotListen(cause: unknown, { host, port }: Settings["listen"]): SeatmeterError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const inUse = `${host}:${port} is in use, perhaps by another daemon; stop that one, or set SEATMETER_LISTEN to another port`;
  if (code === "EADDRINUSE") return new SeatmeterError("port_in_use", inUse, { cause });
  return new SeatmeterError("settings_invalid", `SEATMETER_LISTEN: cannot listen on ${host}:${port}: ${message}`, {
    cause,
  });
}
