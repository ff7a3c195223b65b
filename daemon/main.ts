import { parseArgs } from "node:util";
import { destination } from "pino";
import { startDaemon } from "./daemon.ts";
import { SeatmeterError } from "./domain/errors.ts";
import { openLog } from "./front/log.ts";
import { readSettings, SETTINGS } from "./settings.ts";
import { VERSION } from "./version.ts";

const USAGE = `seatmeter ${VERSION}: meters licences. Runs in the foreground; Ctrl-C drains and stops.

It takes its settings from the environment:
${Object.entries(SETTINGS)
  .map(
    ([name, { meaning, default: without }]) =>
      `  ${name.padEnd(19)} ${meaning}\n${" ".repeat(22)}without it: ${without}`,
  )
  .join("\n")}

SIGHUP reads register, tokens, keys and certificates again, each by itself. Exit codes: 0 stopped, 69 port in use or no ledger, 78 settings.`;

const IMPATIENT_MS = 1000;
/** Where the command looks when nobody tells it. */
const USUAL_URL = "http://127.0.0.1:7070";

/** What went wrong, to whoever started us, in words; our own faults with the place they happened. */
function fail(error: unknown): never {
  const ours = error instanceof SeatmeterError;
  console.error(ours ? `seatmeter: ${error.message}` : error);
  process.exit(ours ? error.exit : 70);
}

function readOptions() {
  try {
    return parseArgs({ options: { help: { type: "boolean", short: "h" }, version: { type: "boolean" } } }).values;
  } catch (error) {
    return fail(new SeatmeterError("usage", `${(error as Error).message}; see --help`));
  }
}

const options = readOptions();
if (options.help || options.version) {
  console.log(options.help ? USAGE : VERSION);
  process.exit(0);
}

try {
  const settings = readSettings(process.env, process.cwd());
  const log = openLog(settings.logLevel, destination(2));
  const starting = startDaemon(settings, log);

  let askedAtMs = 0;
  const stop = async (signal: NodeJS.Signals) => {
    // Who asks twice does not want to wait; but npm passes on a Ctrl-C that the terminal has sent us already.
    if (askedAtMs) return performance.now() - askedAtMs > IMPATIENT_MS && process.exit(0);
    askedAtMs = performance.now();
    log.info({ signal }, "draining");
    // While it starts it has a Redis already, perhaps, that would stay behind.
    await starting.then((daemon) => daemon.stop()).catch(fail);
    process.exit(0);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  process.on("SIGHUP", () => {
    starting.then((daemon) => daemon.reload()).catch((error: Error) => log.error(error.message));
  });

  const daemon = await starting;
  const to = daemon.url === USUAL_URL ? "" : `SEATMETER_URL=${daemon.url.replace(/^http/, "ws")} `;
  console.log(`Ready at ${daemon.url}`);
  console.log(
    `  the register      ${daemon.fileInForce ? settings.registerFile : `not ${settings.registerFile}: see ${daemon.url}/register`}`,
  );
  if (daemon.product) console.log(`  try               ${to}npx seatmeter run ${daemon.product} -- sleep 30`);
  console.log(`  who has what      ${to}npx seatmeter status`);
} catch (error) {
  fail(error);
}
