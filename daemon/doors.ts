import { dirname } from "node:path";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { Access } from "./access/access.ts";
import { isLoopback } from "./access/listening.ts";
import { SeatmeterError } from "./domain/errors.ts";
import { registerApi } from "./front/api.ts";
import { Launches } from "./front/launches.ts";
import { registerMetrics } from "./front/metrics.ts";
import { buildServer } from "./front/server.ts";
import { registerSignIn } from "./front/sign-in.ts";
import { readTls } from "./front/tls.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { registerPages } from "./pages/pages.ts";
import type { Pseudonyms } from "./privacy/pseudonyms.ts";
import type { RegisterInForce } from "./register-in-force.ts";
import type { Settings } from "./settings.ts";
import { VERSION } from "./version.ts";

export interface DoorParts {
  settings: Settings;
  log: Logger;
  ledger: Ledger;
  register: RegisterInForce;
  pseudonyms: Pseudonyms;
  metrics: Metrics;
}

/**
 * Everything through which shims, programs and people come in, behind one port. Errors: settings_invalid (certificates,
 * token files, an address that cannot be listened on), port_in_use.
 */
export async function openDoors(parts: DoorParts): Promise<{ url: string; app: FastifyInstance; access: Access }> {
  const { settings, log, ledger, register, pseudonyms, metrics } = parts;
  const { host } = settings.listen;
  const directory = dirname(settings.registerFile);
  const inForce = () => register.current;
  const access = new Access({ inForce, directory, log, exposed: !isLoopback(host) });
  access.reload();
  const launches = new Launches({ ledger, inForce, pseudonyms, counters: metrics });
  const tls = readTls(inForce().register, directory);
  const app = buildServer({ log, launches, inForce, access, version: VERSION, ...(tls && { tls }) });
  const state = () => ({ draining: app.shims.draining, fileDiffers: register.fileDiffers });
  const shown = { ledger, inForce, version: VERSION, state };
  const send = registerPages(app, shown);
  registerSignIn(app, { access, send });
  registerApi(app, { ...shown, launches, applyRegister: register.apply.bind(register) });
  const lastReloadSuccessful = () => register.lastReloadSucceeded;
  registerMetrics(app, { metrics, ledger, inForce, connections: () => app.shims.size, lastReloadSuccessful });
  register.onChange(() => readTokens(access, log));
  try {
    const port = await listen(app, settings);
    return { url: `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`, app, access };
  } catch (error) {
    await app.close();
    throw error;
  }
}

async function listen(app: FastifyInstance, { listen: { host, port } }: Settings): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") {
      throw new SeatmeterError(
        "port_in_use",
        `${host}:${port} is in use, perhaps by another daemon; stop that one, or set SEATMETER_LISTEN to another port`,
        { cause },
      );
    }
    throw new SeatmeterError("settings_invalid", `SEATMETER_LISTEN: cannot listen on ${host}:${port}: ${message}`, {
      cause,
    });
  }
  const address = app.server.address();
  return typeof address === "object" && address ? address.port : port;
}

/** Who may come in follows the register too. */
function readTokens(access: Access, log: Logger) {
  try {
    access.reload();
  } catch (error) {
    log.error({ err: error }, "the token files of the register in force cannot be read; nobody comes in by them");
  }
}
