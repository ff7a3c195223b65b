import { dirname } from "node:path";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { Access } from "./access/access.ts";
import { Enrolment } from "./access/enrolment.ts";
import { TicketKeys } from "./access/ticket-keys.ts";
import type { Audit } from "./audit/audit.ts";
import type { ReportIncident } from "./domain/incidents.ts";
import { cannotListen } from "./door-checks.ts";
import { Administration } from "./front/administration.ts";
import { registerApi } from "./front/api.ts";
import { registerAudited, signsIn, signsOut } from "./front/audited.ts";
import { Certificates } from "./front/certificates.ts";
import { registerDownloads } from "./front/downloads.ts";
import { Enrolled } from "./front/enrolled.ts";
import { forged, RefusedComputers } from "./front/incidents.ts";
import { Inventories } from "./front/inventories.ts";
import { Launches } from "./front/launches.ts";
import { registerMetrics } from "./front/metrics.ts";
import { buildServer } from "./front/server.ts";
import { registerSignIn } from "./front/sign-in.ts";
import { registerSignOn } from "./front/sign-on.ts";
import { TokenChanges } from "./front/token-changes.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { registerPages } from "./pages/pages.ts";
import type { PastOfDaemon } from "./past.ts";
import type { Pseudonyms } from "./privacy/pseudonyms.ts";
import type { Recording } from "./recording.ts";
import type { RegisterInForce } from "./register-in-force.ts";
import { type Reread, rereadEach } from "./rereading.ts";
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
  audit: Audit;
  report: ReportIncident;
  /** Called when seats were offered to those who wait. */
  offered: { tell: () => void };
}

export interface Doors {
  /** `http://127.0.0.1:7070` */
  url: string;
  /** Token files, keys and certificates, as the register in force names them. */
  files(): Reread[];
  close(): Promise<void>;
}

/** A token that was made is in the audit after so long, though nobody comes in. */
const LOOK_AT_TOKENS_EVERY_MS = 10_000;

/**
 * Everything through which shims, programs and people come in, behind one port. Errors: settings_invalid (certificates,
 * token files, an address that cannot be listened on), port_in_use.
 */
export async function openDoors(parts: DoorParts): Promise<Doors> {
  const { settings, log, ledger, register, pseudonyms, metrics, recording, past, audit, report, offered } = parts;
  const { host } = settings.listen;
  const directory = dirname(settings.registerFile);
  const inForce = () => register.current;
  const tokenChanges = new TokenChanges({ data: settings.data, audit, pseudonyms, log });
  const access = new Access({
    ...{ inForce, directory, log, host, sessions: ledger.sessions },
    onTokens: tokenChanges.seen,
  });
  access.reload();
  const tickets = TicketKeys.open(settings.data);
  const { denied } = new RefusedComputers(report, pseudonyms);
  const launches = new Launches({ ledger, inForce, pseudonyms, tickets, counters: metrics, denied });
  const enrolment = new Enrolment(ledger.devices);
  const enrolled = new Enrolled({ enrolment, endings: ledger.devices, inForce, pseudonyms, log, report });
  const acts = new Administration({
    ...{ ledger, inForce, pseudonyms, enrolment, log },
    retireInRegister: register.retire.bind(register),
    tellHolder: (message) => app.shims.tellHolder(message),
  });
  const certificates = new Certificates({ inForce, directory, log });
  const { tls } = certificates;
  // Fastify tells at `info` that it listens, and the daemon tells that itself.
  const quiet = log.level === "info" ? log.child({}, { level: "warn" }) : log;
  const ticketKeys = () => tickets.publicKeys;
  const inventories = past && new Inventories(past.computers);
  const built = { log: quiet, launches, inventories, inForce, access, enrolled, ticketKeys, report, version: VERSION };
  const app = buildServer({ ...built, ...(tls && { tls }) });
  registerAudited(app, { audit, inForce, pseudonyms });
  const history = () => recording?.status;
  const state = () => ({ draining: app.shims.draining, fileDiffers: register.fileDiffers, history: history() });
  const shown = { ledger: past?.ledger ?? ledger, inForce, version: VERSION, state };
  const known = {
    ...{ renewals: past?.renewals, searchDenials: past?.searchDenials, persons: past?.persons },
    ...{ computers: past?.computers, retire: acts.retire.bind(acts) },
  };
  const send = registerPages(app, { ...shown, ...known, audit });
  const signing = {
    ...{ access, inForce, send, signsIn: signsIn(audit, inForce), signsOut: signsOut(audit, inForce) },
    guesses: ({ address }: { address: string }) => report(forged(address, inForce().register)),
  };
  registerSignIn(app, signing);
  registerSignOn(app, signing);
  registerDownloads(app, { inForce, audit, renewals: past?.renewals, computers: past?.computers });
  const applyRegister = register.apply.bind(register);
  const changeRegister = register.change.bind(register);
  registerApi(app, {
    ...{ ...shown, audit, past, persons: past?.persons, computers: past?.computers },
    ...{ launches, acts, access, enrolled, applyRegister, changeRegister },
  });
  certificates.renewFor(app.server);
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
    // Who may come in follows the register too.
    void rereadEach(access.files(), log);
    certificates.look();
    acts.registerChanged();
  });
  acts.registerChanged();
  const looking = setInterval(() => access.look(), LOOK_AT_TOKENS_EVERY_MS).unref();
  offered.tell = () => void app.shims.waiting.look();
  try {
    const port = await listen(app, settings);
    return {
      url: `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`,
      files: () => [
        ...access.files(),
        { file: tickets.file, read: () => tickets.reload() },
        { file: certificates.files.join(", "), read: () => certificates.reload() },
      ],
      async close() {
        acts.stop();
        clearInterval(looking);
        await tokenChanges.stop();
        certificates.stop();
        await app.close();
      },
    };
  } catch (error) {
    clearInterval(looking);
    certificates.stop();
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
