import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { Access } from "./access/access.ts";
import { checkListening, isLoopback } from "./access/listening.ts";
import { SeatmeterError } from "./domain/errors.ts";
import { registerApi } from "./front/api.ts";
import { Launches } from "./front/launches.ts";
import { registerMetrics } from "./front/metrics.ts";
import { buildServer } from "./front/server.ts";
import { registerSignIn } from "./front/sign-in.ts";
import { readTls } from "./front/tls.ts";
import { Ledger } from "./ledger/ledger.ts";
import { manageRedis } from "./ledger/managed-redis.ts";
import { Metrics } from "./metrics/metrics.ts";
import { registerPages } from "./pages/pages.ts";
import { Pseudonyms } from "./privacy/pseudonyms.ts";
import { RegisterInForce, readRegisterFile } from "./register-in-force.ts";
import type { Settings } from "./settings.ts";
import { VERSION } from "./version.ts";

/** A daemon that is ready. */
export interface Daemon {
  /** Where its pages are: `http://127.0.0.1:7070`. */
  url: string;
  /** Some product of the register in force, to try. */
  product: string | undefined;
  /** Take up a changed register and changed token files. Errors: register_invalid, register_stale, settings_invalid. */
  reload(): Promise<void>;
  /** Answer what was asked, let go of everybody, and leave nothing behind. */
  stop(): Promise<void>;
}

/**
 * Makes every part of the daemon and starts them in order; what one of them cannot do stops the others again, so that
 * nothing is left half-started. Errors: settings_invalid, register_invalid, ledger_unavailable, port_in_use.
 */
export async function startDaemon(settings: Settings, log: Logger): Promise<Daemon> {
  const started: (() => unknown)[] = [];
  const stop = async () => {
    for (const close of started.splice(0).reverse()) await close();
  };
  try {
    return await start(settings, log, started, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  settings: Settings,
  log: Logger,
  started: (() => unknown)[],
  stop: () => Promise<void>,
): Promise<Daemon> {
  const { host } = settings.listen;
  const directory = dirname(settings.registerFile);
  const file = readRegisterFile(settings.registerFile);
  checkListening(host, file.register);
  mkdirSync(settings.data, { recursive: true, mode: 0o700 });
  const pseudonyms = Pseudonyms.open(settings.data);

  const metrics = new Metrics(VERSION);
  const ledger = await Ledger.open({
    redis: settings.redisUrl ?? { path: await ownRedis(settings.data, log, started) },
    prefix: settings.prefix,
    watcher: metrics,
    onReach: (up, why) => (up ? log.info("the ledger is back") : log.warn({ why }, "the ledger cannot be reached")),
  });
  started.push(() => ledger.close());
  if (!(await ledger.health()).durable) {
    log.warn("this Redis keeps no append-only file: when it restarts it forgets who has what (appendonly yes)");
  }

  const register = new RegisterInForce({ ledger, data: settings.data, log });
  started.push(() => register.stop());
  await register.start(file);
  const inForce = () => register.current;
  checkListening(host, inForce().register);

  const access = new Access({ inForce, directory, log, exposed: !isLoopback(host) });
  access.reload();
  const launches = new Launches({ ledger, inForce, pseudonyms, counters: metrics });
  const tls = readTls(inForce().register, directory);
  const app = buildServer({ log, launches, inForce, access, version: VERSION, ...(tls && { tls }) });
  started.push(() => app.close());
  const state = () => ({ draining: app.shims.draining, fileDiffers: register.fileDiffers });
  const shown = { ledger, inForce, version: VERSION, state };
  const send = registerPages(app, shown);
  registerSignIn(app, { access, send });
  registerApi(app, { ...shown, launches, applyRegister: register.apply.bind(register) });
  registerMetrics(app, {
    metrics,
    ledger,
    inForce,
    connections: () => app.shims.size,
    lastReloadSuccessful: () => register.lastReloadSucceeded,
  });
  register.onChange(() => readTokens(access, log));

  const port = await listen(app, settings);
  const scheme = tls ? "https" : "http";
  return {
    url: `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`,
    product: Object.keys(inForce().register.products)[0],
    async reload() {
      await register.reload(settings.registerFile);
      access.reload();
    },
    stop,
  };
}

async function ownRedis(dataDirectory: string, log: Logger, started: (() => unknown)[]): Promise<string> {
  const redis = await manageRedis({ dataDirectory, log: (line) => log.info(line) });
  started.push(() => redis.stop());
  return redis.socket;
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
