import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Logger } from "pino";
import { checkListening } from "./access/listening.ts";
import { Audit } from "./audit/audit.ts";
import { AuditInThread } from "./audit/in-thread.ts";
import { AuditKeeping } from "./audit/keeping.ts";
import { Directories } from "./directories.ts";
import { SeatmeterError } from "./domain/errors.ts";
import type { Register } from "./domain/register.ts";
import { checkDoors } from "./door-checks.ts";
import { Ledger } from "./ledger/ledger.ts";
import { manageRedis } from "./ledger/managed-redis.ts";
import { Metrics } from "./metrics/metrics.ts";
import { Incidents } from "./notices/incidents.ts";
import { noticesOf } from "./noticing.ts";
import type { PastParts } from "./past.ts";
import { keysFileOf, Pseudonyms } from "./privacy/pseudonyms.ts";
import { Rebuilding } from "./rebuilding.ts";
import { RegisterInForce, readRegisterFile } from "./register-in-force.ts";
import { rereadEach } from "./rereading.ts";
import type { Settings } from "./settings.ts";
import { VERSION } from "./version.ts";

/** A daemon that is ready. */
export interface Daemon {
  /** Where its pages are: `http://127.0.0.1:7070`. */
  url: string;
  /** Whether the register in force is this daemon's file. */
  fileInForce: boolean;
  /** Some product of the register in force, to try. */
  product: string | undefined;
  /** Take up changes of the register, token files, keys and certificates, each by itself; the log tells what cannot be. */
  reload(): Promise<void>;
  /** Answer what was asked, let go of everybody, and leave nothing behind. */
  stop(): Promise<void>;
}

/**
 * Makes every part of the daemon and starts them in order; what one of them cannot do stops the others again, so that
 * nothing is left half-started. Errors: settings_invalid, register_invalid, ledger_unavailable, history_unavailable, port_in_use.
 */
export async function startDaemon(settings: Settings, log: Logger): Promise<Daemon> {
  const started: (() => unknown)[] = [];
  const stop = async () => {
    for (const close of started.splice(0).reverse()) {
      // What one part cannot end well keeps no other from ending.
      await Promise.resolve(close()).catch((error) => log.error({ err: error }, "a part did not stop as it should"));
    }
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
  await checkDoors(settings, file.register, log);
  makeDataFolder(settings.data);
  const pseudonyms = Pseudonyms.open(settings.data, { keysFile: keysFileOf(file.register, settings.registerFile) });

  // While Redis starts, the modules of pages and doors are loaded. That keeps the event loop, so Redis gets a turn before.
  const ownRedis = settings.redisUrl ?? startRedis(settings.data, log, started);
  await nextTurn();
  const recording = await beginRecording(settings, log);
  // It is ended when the ledger is still there, or here, if there never was one.
  started.push(() => recording?.close());
  const [redis, { openDoors }] = await Promise.all([ownRedis, import("./doors.ts")]);

  const metrics = new Metrics(VERSION);
  // Who waits is known at the doors, which open last.
  const offered = { tell: () => {} };
  const ledger = await Ledger.open({
    redis,
    prefix: settings.prefix,
    watcher: {
      call: (operations, seconds) => metrics.call(operations, seconds),
      ranOut: (pool, why, leases) => metrics.ranOut(pool, why, leases),
      offered: () => offered.tell(),
      recovers: (pool, recovers) =>
        recovers
          ? log.warn(
              { pool },
              "the ledger lost something of this pool: nothing fresh is granted until shims have said what runs",
            )
          : log.info({ pool }, "this pool grants again"),
    },
    onReach: (up, why) => (up ? log.info("the ledger is back") : log.warn({ why }, "the ledger cannot be reached")),
    onTrouble: (trouble, why) => log.warn({ why }, `the ledger ${trouble}`),
    onConfirmed: (confirmed) =>
      confirmed
        ? log.info("what is done is confirmed again")
        : log.warn(
            "nobody confirms what is done, neither a replica nor most sentinels: launches are answered ledger_unsure until they do",
          ),
  });
  started.push(() => ledger.close());
  if (!(await ledger.health()).durable) {
    log.warn("this Redis keeps no append-only file: when it restarts it forgets who has what (appendonly yes)");
  }

  const year = new Date().getUTCFullYear();
  if ((await ledger.agreedPseudonyms(year, pseudonyms.fingerprint())) !== pseudonyms.fingerprint()) {
    log.warn(
      `this daemon's pseudonym keys are not those of the first daemon of ${year} on this ledger, so whoever uses both is ` +
        `counted twice: stop this one, copy that one's pseudonym-keys.json in place of this one's, and start it again`,
    );
  }

  // Before the register, which may be put in force by this daemon's file: that is written down, too.
  await recording?.join(ledger, { redis, prefix: settings.prefix });
  started.push(() => recording?.close());
  if (recording) await ledger.know(await recording.lastRecorded());
  else log.warn("no audit is kept, because SEATMETER_HISTORY is off: what administrators do is in this log alone");
  const book = recording && new AuditInThread(recording.joined);
  started.push(() => book?.close());
  const timezone = () => register.current.register.timezone;
  const audit = new Audit({ book, log, timezone });
  const incidents = new Incidents({ log, timezone, record: (about, site) => void audit.found(about, site) });

  const check = (next: Register) => checkListening(host, next);
  const register = new RegisterInForce({ ledger, data: settings.data, log, check, audit });
  started.push(() => register.stop());
  await register.start(file);
  check(register.current.register);
  const directories = new Directories({ register, folder: dirname(settings.registerFile), log });
  started.push(() => directories.stop());
  directories.start();

  const past = recording && (await openPast({ recording, ledger, register, pseudonyms, log }));
  started.push(() => past?.close());

  const { report } = incidents;
  const known = { recording, past, audit, report };
  const doors = await openDoors({ ...known, settings, log, ledger, register, pseudonyms, metrics, offered });
  started.push(() => doors.close());
  // When all else is there: the thread takes a while to load, and nothing waits for it.
  recording?.start();
  const rebuilding = recording && new Rebuilding({ ledger, recording, register, pseudonyms, log });
  started.push(() => rebuilding?.stop());
  rebuilding?.start();
  const keeping = book && new AuditKeeping({ book, log, register: () => register.current.register, report });
  started.push(() => keeping?.stop());
  keeping?.start();
  const folder = dirname(settings.registerFile);
  const notices = noticesOf({ ledger, register, recording, incidents, audited: () => keeping?.found, folder, log });
  started.push(() => notices.stop());
  register.onChange(() => void notices.look());
  notices.start();
  return {
    url: doors.url,
    fileInForce: !register.fileDiffers,
    product: Object.keys(register.current.register.products)[0],
    async reload() {
      const file = settings.registerFile;
      await rereadEach([{ file, read: () => register.reload(file) }], log);
      // By the register that is in force now.
      await rereadEach(doors.files(), log);
      directories.reload();
    },
  };
}

/** Its owner's alone. Folder by folder, because Node never comes back from below /proc. Errors: settings_invalid. */
function makeDataFolder(path: string) {
  const missing: string[] = [];
  for (let folder = path; !existsSync(folder); folder = dirname(folder)) missing.unshift(folder);
  try {
    for (const folder of missing) mkdirSync(folder, { mode: 0o700 });
    if (!statSync(path).isDirectory()) throw new Error("it is no folder");
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new SeatmeterError("settings_invalid", `SEATMETER_DATA: ${path} cannot be used: ${why}`, { cause });
  }
}

/** Loaded by those who keep a history, which is opened while all else is loaded. */
async function beginRecording({ history: place, data }: Settings, log: Logger) {
  if (!place) return undefined;
  const { Recording } = await import("./recording.ts");
  return new Recording({ place, data, log });
}

/** Loaded by the same. */
async function openPast(parts: PastParts) {
  const { PastOfDaemon } = await import("./past.ts");
  return new PastOfDaemon(parts);
}

async function startRedis(dataDirectory: string, log: Logger, started: (() => unknown)[]): Promise<{ path: string }> {
  const redis = await manageRedis({ dataDirectory, log: (line) => log.info(line) });
  started.push(() => redis.stop());
  return { path: redis.socket };
}
