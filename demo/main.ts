import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { destination } from "pino";
import { type Daemon, startDaemon } from "../daemon/daemon.ts";
import { wallTime } from "../daemon/domain/calendar.ts";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { seeded } from "../daemon/domain/random.ts";
import type { Register } from "../daemon/domain/register.ts";
import { openLog } from "../daemon/front/log.ts";
import { openHistory } from "../daemon/history/database.ts";
import { Rollups } from "../daemon/history/rollups.ts";
import type { HistoryPlace } from "../daemon/history/troubles.ts";
import { Pseudonyms } from "../daemon/privacy/pseudonyms.ts";
import { readRegister } from "../daemon/register/read.ts";
import { workOut } from "../daemon/renewals/work-out.ts";
import { readSettings, type Settings } from "../daemon/settings.ts";
import { writeInventories } from "./inventories.ts";
import { LivePeople } from "./live.ts";
import { DemoPast } from "./past.ts";
import { Progress } from "./progress.ts";
import { demoRegister } from "./register.ts";
import { staffOf } from "./staff.ts";
import { writePast } from "./write-past.ts";

const USAGE = `npm run demo -- [--seed N] [--years N] [--keep]

The daemon with a made-up council: some 300 people and 15 products, a year of history that is made in less than a minute,
and people who come and go while you look. It listens at SEATMETER_LISTEN, or 127.0.0.1:7070. Ctrl-C ends all of it.

  --seed N   another council (1); the same number makes the same one on the same day
  --years N  of history, 1 to 4 (1)
  --keep     keep it in data/demo and go on with it the next time; else it lies in a temporary folder, and goes with it`;

const TIMEZONE = "Europe/London";
const MOST_YEARS = 4;
const IMPATIENT_MS = 1_000;
/** Of the time that it takes, so much is making the past; the rest is working out its days. */
const PAST_SHARE = 0.7;

interface Options {
  seed: number;
  years: number;
  keep: boolean;
}

function readOptions(): Options {
  const { values } = parsedWords({
    options: {
      seed: { type: "string", default: "1" },
      years: { type: "string", default: "1" },
      keep: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const [seed, years] = [Number(values.seed), Number(values.years)];
  if (!Number.isInteger(seed) || seed < 0)
    throw new SeatmeterError("usage", `--seed is a whole number, not ${values.seed}.`);
  // Half a year is for those who try it.
  if (!(years > 0 && years <= MOST_YEARS)) {
    throw new SeatmeterError("usage", `--years is a number up to ${MOST_YEARS}, not ${values.years}.`);
  }
  return { seed, years, keep: values.keep };
}

function parsedWords<const Words extends ParseArgsConfig>(words: Words) {
  try {
    return parseArgs(words);
  } catch (error) {
    throw new SeatmeterError("usage", `${(error as Error).message}; npm run demo -- --help says how.`);
  }
}

/** Nobody's real ledger or history is touched, whatever the environment says. */
function demoSettings(folder: string): Settings {
  const { SEATMETER_LISTEN = "", SEATMETER_LOG = "error" } = process.env;
  const environment = { SEATMETER_LISTEN, SEATMETER_LOG, SEATMETER_DATA: folder };
  return readSettings({ ...environment, SEATMETER_REGISTER: join(folder, "seatmeter.yaml") }, folder);
}

/** Told before a minute's work, not after it. Errors: port_in_use. */
async function checkPort({ host, port }: Settings["listen"]): Promise<void> {
  const server = createServer();
  await new Promise<void>((done, fail) => {
    server.once("error", ({ message }) =>
      fail(new SeatmeterError("port_in_use", `${message}. Another one: SEATMETER_LISTEN=127.0.0.1:7171 npm run demo`)),
    );
    server.listen({ host, port }, () => server.close(() => done()));
  });
}

/** The days of it, and what follows from them, so that the first page that somebody looks at has them. */
async function workOutPast(place: HistoryPlace, register: Register, progress: Progress, stopped: AbortSignal) {
  const history = await openHistory(place);
  try {
    const parts = { history, register: () => register, now: Date.now };
    const rollups = new Rollups({ ...parts, me: "demo" });
    await workOut({ ...parts, rollups }, (pool, share) => {
      progress.at(PAST_SHARE + (1 - PAST_SHARE) * share, pool);
      stopped.throwIfAborted();
    });
  } finally {
    await history.close();
  }
}

async function makePast(settings: Settings, { seed, years }: Options, isKept: boolean, stopped: AbortSignal) {
  const nowMs = Date.now();
  const random = seeded(seed);
  const staff = staffOf(random, wallTime(nowMs, TIMEZONE).date);
  const text = demoRegister(staff, wallTime(nowMs, TIMEZONE).date);
  const read = readRegister(text, {});
  if ("mistakes" in read) throw new Error(`the demo's register is not sound: ${JSON.stringify(read.mistakes)}`);
  if (!isKept) {
    writeFileSync(settings.registerFile, text);
    const pseudonyms = Pseudonyms.open(settings.data);
    const pseudonym = (kind: "user" | "device", name: string, atMs: number) => pseudonyms.of(kind, name, atMs);
    const past = new DemoPast({ register: read.register, staff, random, nowMs, years, pseudonym });
    const progress = new Progress("A past of a council that does not exist");
    const count = await writePast(past, settings.history!, async ({ date }, share) => {
      progress.at(share * PAST_SHARE, date);
      await new Promise((next) => setImmediate(next));
      stopped.throwIfAborted();
    });
    // With numbers of its own: the council is the same with it and without.
    await writeInventories(settings.history!, staff, seeded(seed + 1), { pseudonyms, nowMs });
    await workOutPast(settings.history!, read.register, progress, stopped);
    const seconds = Math.round((Date.now() - nowMs) / 1000);
    progress.end(`${count.toLocaleString("en-GB")} events in ${seconds} s`);
  }
  return staff;
}

async function main(): Promise<void> {
  const options = readOptions();
  const folder = options.keep ? resolve("data/demo") : mkdtempSync(join(tmpdir(), "seatmeter-demo-"));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const isKept = existsSync(join(folder, "history.sqlite"));
  let isWhole = isKept;
  const asked = new AbortController();
  let daemon: Daemon | undefined;
  let people: LivePeople | undefined;
  let askedAtMs = 0;
  const ask = () => {
    // npm passes on a Ctrl-C that the terminal has sent us already; who asks twice does not want to wait.
    if (askedAtMs && performance.now() - askedAtMs > IMPATIENT_MS) process.exit(0);
    askedAtMs ||= performance.now();
    asked.abort();
  };
  process.on("SIGINT", ask);
  process.on("SIGTERM", ask);
  try {
    const settings = demoSettings(folder);
    await checkPort(settings.listen);
    const staff = await makePast(settings, options, isKept, asked.signal);
    isWhole = true;
    daemon = await startDaemon(settings, openLog(settings.logLevel, destination(2)));
    const url = new URL(daemon.url.replace(/^http/, "ws"));
    people = new LivePeople(url, staff, (i) => seeded(options.seed * 1_000_003 + i));
    console.log(`Ready at ${daemon.url}`);
    console.log(`  a contract that ends soon  ${daemon.url}/renewals`);
    console.log(`  a pool at its limit        ${daemon.url}/pools/inkwell`);
    console.log(`  who was refused, and why   ${daemon.url}/denials`);
    console.log(`  installed, owned and used  ${daemon.url}/compliance`);
    console.log(`  its data and register      ${folder}${options.keep ? "" : ", gone when you end it (Ctrl-C)"}`);
    await new Promise<void>((done) => {
      if (asked.signal.aborted) done();
      else asked.signal.addEventListener("abort", () => done());
    });
  } catch (error) {
    if (!asked.signal.aborted) throw error;
  } finally {
    await people?.stop();
    await daemon?.stop();
    // Where it broke off half-way, the next one begins anew.
    if (!options.keep || !isWhole) rmSync(folder, { recursive: true, force: true });
  }
}

try {
  await main();
  process.exit(0);
} catch (error) {
  const ours = error instanceof SeatmeterError;
  console.error(ours ? `seatmeter: ${error.message}` : error);
  process.exit(ours ? error.exit : 70);
}
