import { mkdirSync } from "node:fs";
import type { Logger } from "pino";
import { checkListening } from "./access/listening.ts";
import { Ledger } from "./ledger/ledger.ts";
import { manageRedis } from "./ledger/managed-redis.ts";
import { Metrics } from "./metrics/metrics.ts";
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
    return { ...(await start(settings, log, started)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(settings: Settings, log: Logger, started: (() => unknown)[]): Promise<Omit<Daemon, "stop">> {
  const { host } = settings.listen;
  const file = readRegisterFile(settings.registerFile);
  checkListening(host, file.register);
  mkdirSync(settings.data, { recursive: true, mode: 0o700 });
  const pseudonyms = Pseudonyms.open(settings.data);

  // While Redis starts, the modules of pages and doors are loaded: together they take half of a start.
  const ownRedis = settings.redisUrl ?? startRedis(settings.data, log, started);
  const [redis, { openDoors }] = await Promise.all([ownRedis, import("./doors.ts")]);

  const metrics = new Metrics(VERSION);
  const ledger = await Ledger.open({
    redis,
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
  checkListening(host, register.current.register);

  const { url, app, access } = await openDoors({ settings, log, ledger, register, pseudonyms, metrics });
  started.push(() => app.close());
  return {
    url,
    product: Object.keys(register.current.register.products)[0],
    async reload() {
      await register.reload(settings.registerFile);
      access.reload();
    },
  };
}

async function startRedis(dataDirectory: string, log: Logger, started: (() => unknown)[]): Promise<{ path: string }> {
  const redis = await manageRedis({ dataDirectory, log: (line) => log.info(line) });
  started.push(() => redis.stop());
  return { path: redis.socket };
}
