import { dirname } from "node:path";
import { Server } from "node:tls";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { Access } from "./access/access.ts";
import { TicketKeys } from "./access/ticket-keys.ts";
import { cannotListen } from "./door-checks.ts";
import { Administration } from "./front/administration.ts";
import { registerApi } from "./front/api.ts";
import { registerDownloads } from "./front/downloads.ts";
import { Launches } from "./front/launches.ts";
import { registerMetrics } from "./front/metrics.ts";
import { buildServer } from "./front/server.ts";
import { registerSignIn } from "./front/sign-in.ts";
import { registerSignOn } from "./front/sign-on.ts";
import { readTls } from "./front/tls.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { registerPages } from "./pages/pages.ts";
import type { PastOfDaemon } from "./past.ts";
import type { Pseudonyms } from "./privacy/pseudonyms.ts";
import type { Recording } from "./recording.ts";
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
  /** None: no history is kept. */
  recording: Recording | undefined;
  past: PastOfDaemon | undefined;
  /** Called when seats were offered to those who wait. */
  offered: { tell: () => void };
}

export interface Doors {
  /** `http://127.0.0.1:7070` */
  url: string;
  /** Read token files and certificates again. Errors: settings_invalid. */
  reload(): void;
  close(): Promise<void>;
}

/**
 * Everything through which shims, programs and people come in, behind one port. Errors: settings_invalid (certificates,
 * token files, an address that cannot be listened on), port_in_use.
 */
export async function openDoors(parts: DoorParts): Promise<Doors> {
  const { settings, log, ledger, register, pseudonyms, metrics, recording, past, offered } = parts;
  const { host } = settings.listen;
  const directory = dirname(settings.registerFile);
  const inForce = () => register.current;
  const access = new Access({ inForce, directory, log, host, sessions: ledger.sessions });
  access.reload();
  const tickets = TicketKeys.open(settings.data);
  const launches = new Launches({ ledger, inForce, pseudonyms, tickets, counters: metrics });
  const acts = new Administration({
    ledger,
    inForce,
    pseudonyms,
    log,
    retireInRegister: register.retire.bind(register),
  });
  const tls = readTls(inForce().register, directory);
  // Fastify tells at `info` that it listens, and the daemon tells that itself.
  const quiet = log.level === "info" ? log.child({}, { level: "warn" }) : log;
  const ticketKeys = () => tickets.publicKeys;
  const app = buildServer({ log: quiet, launches, inForce, access, ticketKeys, version: VERSION, ...(tls && { tls }) });
  const history = () => recording?.status;
  const state = () => ({ draining: app.shims.draining, fileDiffers: register.fileDiffers, history: history() });
  const shown = { ledger: past?.ledger ?? ledger, inForce, version: VERSION, state };
  const send = registerPages(app, { ...shown, renewals: past?.renewals, searchDenials: past?.searchDenials });
  registerSignIn(app, { access, inForce, send });
  registerSignOn(app, { access, inForce, send });
  registerDownloads(app, { inForce, renewals: past?.renewals });
  registerApi(app, { ...shown, past, launches, acts, applyRegister: register.apply.bind(register) });
  const lastReloadSuccessful = () => register.lastReloadSucceeded;
  const connections = () => app.shims.size;
  registerMetrics(app, {
    metrics,
    ledger,
    inForce,
    connections,
    lastReloadSuccessful,
    history,
    rollups: () => past?.rollups,
  });
  register.onChange(() => {
    readTokens(access, log);
    acts.registerChanged();
  });
  acts.registerChanged();
  offered.tell = () => void app.shims.waiting.look();
  try {
    const port = await listen(app, settings);
    return {
      url: `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`,
      reload() {
        access.reload();
        tickets.reload();
        const renewed = readTls(inForce().register, directory);
        if (renewed && app.server instanceof Server) app.server.setSecureContext(renewed);
      },
      async close() {
        acts.stop();
        await app.close();
      },
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

async function listen(app: FastifyInstance, { listen: address }: Settings): Promise<number> {
  try {
    await app.listen(address);
  } catch (cause) {
    throw cannotListen(cause, address);
  }
  const bound = app.server.address();
  return typeof bound === "object" && bound ? bound.port : address.port;
}

/** Who may come in follows the register too. */
function readTokens(access: Access, log: Logger) {
  try {
    access.reload();
  } catch (error) {
    log.error({ err: error }, "the token files of the register in force cannot be read; nobody comes in by them");
  }
}
