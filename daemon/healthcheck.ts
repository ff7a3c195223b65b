import { get as getPlain } from "node:http";
import { get as getSecure } from "node:https";
import { readSettings } from "./settings.ts";

const PATIENCE_MS = 2_000;

/**
 * Asks the daemon with these settings whether it is alive, for whoever looks after its container: exit 0, or 1.
 *
 * It asks this computer, so it needs no name to compare with the certificate's.
 */
function isAlive(get: typeof getSecure, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(address, { timeout: PATIENCE_MS, rejectUnauthorized: false }, (answer) => resolve(answer.statusCode === 200))
      .on("timeout", () => resolve(false))
      .on("error", () => resolve(false));
  });
}

const { host, port } = readSettings(process.env, process.cwd()).listen;
const here = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "[::1]" : host.includes(":") ? `[${host}]` : host;
const alive =
  (await isAlive(getPlain as typeof getSecure, `http://${here}:${port}/healthz`)) ||
  (await isAlive(getSecure, `https://${here}:${port}/healthz`));
process.exit(alive ? 0 : 1);
