import { randomUUID } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import type { PastLog } from "../daemon/domain/past.ts";
import type { Register } from "../daemon/domain/register.ts";
import { indexOf } from "../daemon/domain/register-index.ts";
import { type History, openHistory } from "../daemon/history/database.ts";
import { type ImportedPool, importPast } from "../daemon/history/past.ts";
import { Rollups } from "../daemon/history/rollups.ts";
import { type FlexnetPast, flexnetPast } from "../daemon/imports/flexnet-launches.ts";
import { pastLogOf } from "../daemon/imports/flexnet-past.ts";
import { FlexnetPools } from "../daemon/imports/flexnet-pools.ts";
import { logLines } from "../daemon/imports/log-lines.ts";
import { keysFileOf, Pseudonyms } from "../daemon/privacy/pseudonyms.ts";
import { readSettings, type Settings } from "../daemon/settings.ts";
import { knownZone, parsed } from "./arguments.ts";
import { auditIn, commandAct } from "./audited.ts";
import { draftOf, unknownPools } from "./import-log-draft.ts";
import { importedAsText, unknownAsText, useAsText } from "./import-log-text.ts";
import { type RegisterToMerge, registerToMerge } from "./import-register.ts";
import { print } from "./print.ts";
import { printableName } from "./replay-register.ts";
import { tell } from "./tell.ts";

const OPTIONS = {
  timezone: { type: "string" },
  register: { type: "string" },
  data: { type: "string" },
  database: { type: "string" },
  overlapping: { type: "boolean" },
  "dry-run": { type: "boolean" },
  draft: { type: "boolean" },
  json: { type: "boolean" },
} as const;

const PROGRESS_EVERY_MS = 2_000;
const LINES_BETWEEN_LOOKS = 10_000;

/** `seatmeter import flexnet LOG…`; what it does is in import.ts. Errors: usage, register_invalid, and of the history. */
export async function importLogs(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, OPTIONS);
  const files = positionals.slice(1);
  const known = registerToMerge(values.register);
  const timezone = knownZone(values.timezone ?? known?.register.timezone ?? "Europe/London");
  // What is wrong with where it goes is told before an hour of logs is read.
  const settings = values["dry-run"] || values.draft ? undefined : placeOf(values.data, values.database);
  const past = await flexnetPast(files, timezone, withProgress);
  checkLogs(past);
  const pools = new FlexnetPools(known?.register);
  if (values.draft) {
    print(draftOf(unknownPools(past, pools)));
    return 0;
  }
  if (!settings) {
    print(values.json ? asJson(past) : `${useAsText(past, pools)}Nothing is written down (--dry-run).\n`);
    return 0;
  }
  const imported = await write(past, pools, known, settings, values.overlapping ?? false);
  const texts = [useAsText(past, pools), importedAsText(imported, settings.history), unknownAsText(past, pools)];
  print(values.json ? asJson(past) : texts.join(""));
  return 0;
}

/** The object of the contract, and nothing else. */
const asJson = ({ features, unread }: FlexnetPast) => `${JSON.stringify({ features, unread })}\n`;

type Place = Settings & { history: NonNullable<Settings["history"]> };

/** The settings are the daemon's, and options stand in their place. */
function placeOf(data: string | undefined, database: string | undefined): Place {
  const settings = readSettings(
    { ...process.env, ...(data && { SEATMETER_DATA: data }), ...(database && { DATABASE_URL: database }) },
    process.cwd(),
  );
  const { history } = settings;
  if (!history) {
    throw new SeatmeterError("settings_invalid", "SEATMETER_HISTORY is off: there is no history to import into.");
  }
  if (process.getuid?.() === 0 && existsSync(settings.data) && statSync(settings.data).uid !== 0) {
    const { uid } = statSync(settings.data);
    throw new SeatmeterError(
      "settings_invalid",
      `${settings.data} is user ${uid}'s, who could not read what root writes there: do it as that user, sudo -u '#${uid}' …`,
    );
  }
  return { ...settings, history };
}

async function* withProgress(file: string): AsyncGenerator<string> {
  let lines = 0;
  let toldMs = performance.now();
  for await (const line of logLines(file)) {
    yield line;
    lines += 1;
    if (lines % LINES_BETWEEN_LOOKS !== 0 || performance.now() - toldMs < PROGRESS_EVERY_MS) continue;
    toldMs = performance.now();
    tell(`${printableName(file, 200)}: ${lines} lines read`);
  }
}

function checkLogs({ files, features, undated }: FlexnetPast): void {
  const strange = files.find(({ lines }) => lines === 0);
  if (strange) {
    throw new SeatmeterError(
      "usage",
      `${printableName(strange.file, 1_000)} is no FlexNet debug log: no line of it is one's.`,
    );
  }
  if (features.length > 0) return;
  const logs = files.map(({ file }) => printableName(file, 200)).join(", ");
  if (undated === 0) throw new SeatmeterError("usage", `${logs}: there is no OUT, IN or DENIED line in it.`);
  const why = `lines that cannot be dated, ${undated}`;
  throw new SeatmeterError("usage", `${logs} tells no date, by TIMESTAMP m/d/yyyy or otherwise: ${why}.`);
}

async function write(
  past: FlexnetPast,
  pools: FlexnetPools,
  known: RegisterToMerge | undefined,
  { data, history: place }: Place,
  overlapping: boolean,
): Promise<ImportedPool[]> {
  makeFolder(data);
  const pseudonyms = Pseudonyms.open(data, { keysFile: known && keysFileOf(known.register, known.file) });
  const index = known && indexOf(known.register);
  const lastMs = Math.max(...past.files.map(({ untilMs }) => untilMs));
  const names = {
    pools,
    pseudonym: (kind: "user" | "device", name: string, atMs: number) => pseudonyms.of(kind, name, atMs),
    departmentOf: (user: string, atMs: number) => index?.person(user, atMs).department ?? "",
  };
  const seatFor = (pool: string) => known?.register.pools[pool]?.seatFor ?? (["user", "device"] as const);
  const history = await openHistory(place);
  try {
    const act = commandAct("import_log", `logs of FlexNet ${past.files.length}`);
    return await auditIn(history.db).during(act, () => writeInto(history));
  } finally {
    await history.close();
  }

  async function writeInto(history: History): Promise<ImportedPool[]> {
    const imported: ImportedPool[] = [];
    for (const [i, file] of past.files.entries()) {
      if (file.untilMs === 0) continue;
      const log = pastLogOf(file, lastMs, names);
      const named = printableName(file.file, 200);
      if (log.launches.length > LINES_BETWEEN_LOOKS) tell(`${named}: ${log.launches.length} launches are written down`);
      imported.push(
        ...(await importPast(history, log, { source: "flexnet", seatFor, overlapping }).catch(inWordsOf(i))),
      );
    }
    if (known && imported.length > 0) await workOutDays(history, known.register);
    return imported;
  }

  function inWordsOf(i: number) {
    return (error: unknown): never => {
      if (!(error instanceof SeatmeterError)) throw error;
      const before = i > 0 ? `; the ${i === 1 ? "log" : `${i} logs`} before it ${i === 1 ? "is" : "are"} imported` : "";
      const words = error.message.replace("; what happens meanwhile waits in Redis", "");
      const whole: PastLog["id"] = printableName(past.files[i]!.file, 200);
      const again = error.code === "history_unavailable" ? "; when that is mended, import it again" : "";
      throw new SeatmeterError(error.code, `nothing of ${whole} is imported${before}: ${words}${again}`, {
        cause: error,
      });
    };
  }
}

/**
 * So that whoever looks at it next has its days at once. By a register that is not the one in force, the daemon works them
 * out again; and where this cannot, the daemon does: the log is imported all the same.
 */
async function workOutDays(history: History, register: Register): Promise<void> {
  const parts = { history, register: () => register, now: Date.now };
  const me = `import-${process.pid}-${randomUUID()}`;
  let toldMs = performance.now();
  try {
    const { workOut } = await import("../daemon/renewals/work-out.ts");
    await workOut({ ...parts, rollups: new Rollups({ ...parts, me, onFault: refuseFault }) }, (pool, share) => {
      if (performance.now() - toldMs < PROGRESS_EVERY_MS) return;
      toldMs = performance.now();
      tell(`${Math.round(share * 100)} % of the days are worked out, ${pool}`);
    });
  } catch (error) {
    tell(`the log is imported; its days are worked out by the daemon, for here it failed: ${(error as Error).message}`);
  }
}

function refuseFault(pool: string, { message }: Error): never {
  throw new SeatmeterError("internal", `the days of ${pool} cannot be worked out: ${message}`);
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new SeatmeterError("settings_invalid", `${path} cannot be used: ${(cause as Error).message}.`, { cause });
  }
}
