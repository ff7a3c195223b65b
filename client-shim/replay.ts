import { SeatmeterError } from "../daemon/domain/errors.ts";
import { SEAT_PARTS, type SeatPart } from "../daemon/domain/register.ts";
import { parsed, wholeNumber } from "./arguments.ts";
import { HttpApi } from "./http-api.ts";
import { ReplayDevices } from "./replay-devices.ts";
import { PeaksSeen, prepareGround } from "./replay-ground.ts";
import { type Plan, planOf } from "./replay-plan.ts";
import { ReplayPlayer } from "./replay-player.ts";
import { replayRegister } from "./replay-register.ts";
import { reportAsText, reportOf } from "./replay-report.ts";
import { type Daemons, daemonAddress, daemonsFrom } from "./settings.ts";
import { tell } from "./tell.ts";

export const usage = `
Usage: seatmeter sim --replay LOG… [--speed X] [--seat-for session] [--seats N] [--timezone ZONE] [--json] [--url URL]
       seatmeter sim --replay LOG… --print-register

Plays FlexNet debug logs (plain or gzip, several of one server in order): each computer in them a WebSocket of its own,
each OUT a checkout, each IN a checkin, in each feature's order. Then what the daemon saw stands beside what the log
shows. It puts a register of its own in force, with a product and a pool for each feature, but never over one that is
not a replay's: --print-register writes one, with which to start a daemon for it.

  --speed X        so many times the log's own speed; max (the default): as fast as answers come
  --seat-for LIST  who shares a seat: user,device (the default), user, device, or session: nobody
  --seats N        seats of every pool (100000: nobody is denied)
  --timezone ZONE  of the server that wrote the log (Europe/London)
  --json           the report as one object

Exit code: 0 · 1 the daemon's peaks are not the log's, or a lease was lost · 64 wrong arguments, or no such log
  69 no daemon answers · 77 not allowed · 78 the register in force is not a replay's
`;

const OPTIONS = {
  replay: { type: "string", multiple: true },
  speed: { type: "string", default: "max" },
  "seat-for": { type: "string", default: "user,device" },
  seats: { type: "string", default: "100000" },
  timezone: { type: "string", default: "Europe/London" },
  "print-register": { type: "boolean" },
  json: { type: "boolean" },
  url: { type: "string" },
} as const;

const PROGRESS_EVERY_MS = 5_000;
/** A day's peak is lost at midnight, so it is looked at while the replay runs. */
const LOOK_EVERY_MS = 1_000;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, OPTIONS);
  const files = [...(values.replay ?? []), ...positionals];
  const seatFor = seatParts(values["seat-for"]);
  const speed = speedOf(values.speed);
  const seats = wholeNumber(values.seats, "--seats", 1_000_000);
  const timezone = knownZone(values.timezone);
  const plan = await planOf(files, timezone);
  if (plan.parts.length === 0) throw new SeatmeterError("usage", `${files.join(", ")} has no OUT, IN or DENIED line.`);
  const features = plan.parts.map(({ feature }) => feature);
  const registerOf = (number: number) => replayRegister(features, { files, run: number, seats, seatFor, timezone });
  if (values["print-register"]) {
    process.stdout.write(registerOf(1).text);
    return 0;
  }
  const api = await HttpApi.open(values.url);
  const settings = await daemonsFrom(process.env);
  const daemons =
    values.url === undefined ? settings : { ...settings, addresses: [daemonAddress(values.url, "--url")] };
  const names = await prepareGround(api, registerOf, wayOut(args));
  const { player, devices, peaks } = await replay(plan, daemons, api, speed, names);
  const report = reportOf(plan, names, {
    seatFor,
    outcomes: player.outcomes,
    peakOf: (pool) => peaks.of(pool),
    stillUsed: names.reduce((sum, { pool }) => sum + (peaks.used.get(pool) ?? 0), 0),
    lost: devices.lost,
  });
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : reportAsText(report));
  return report.agrees ? 0 : 1;
}

async function replay(
  plan: Plan,
  daemons: Daemons,
  api: HttpApi,
  speed: number,
  names: Parameters<ReplayPlayer["play"]>[0],
) {
  const stopped = new AbortController();
  const stop = () => {
    tell("giving back what is open");
    stopped.abort();
  };
  process.once("SIGINT", stop);
  const devices = new ReplayDevices(daemons);
  const player = new ReplayPlayer(plan, devices, speed, stopped.signal);
  const peaks = new PeaksSeen(api);
  const all = plan.parts.reduce((sum, { acts }) => sum + acts.length, 0);
  const looking = setInterval(() => peaks.look().catch(() => {}), LOOK_EVERY_MS);
  const progress = setInterval(
    () => tell(`${player.acted} of ${all} lines, over ${devices.connections} connections`),
    PROGRESS_EVERY_MS,
  );
  try {
    await player.play(names);
    await peaks.look();
    return { player, devices, peaks };
  } finally {
    clearInterval(looking);
    clearInterval(progress);
    devices.close();
    process.off("SIGINT", stop);
  }
}

function seatParts(text: string): SeatPart[] {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.every((part): part is SeatPart => (SEAT_PARTS as readonly string[]).includes(part))) return parts;
  throw new SeatmeterError("usage", `--seat-for is a list of ${SEAT_PARTS.join(", ")}, not ${text}.`);
}

function speedOf(text: string): number {
  const speed = text === "max" ? Number.POSITIVE_INFINITY : Number(text);
  if (speed > 0) return speed;
  throw new SeatmeterError("usage", `--speed is a number above 0, or max, not ${text}.`);
}

function knownZone(timezone: string): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: timezone }).resolvedOptions().timeZone;
  } catch (cause) {
    throw new SeatmeterError("usage", `--timezone is one such as Europe/London, not ${timezone}.`, { cause });
  }
}

/** How to get a daemon that may be used for it. */
function wayOut(args: readonly string[]): string {
  const quoted = args.map((arg) => (/^[\w./:,=+-]+$/.test(arg) ? arg : `'${arg}'`)).join(" ");
  return [
    "Start a daemon for it, with data of its own:",
    `  npx seatmeter sim ${quoted} --print-register > replay.yaml`,
    "  SEATMETER_REGISTER=replay.yaml SEATMETER_DATA=replay-data SEATMETER_LISTEN=127.0.0.1:7171 npm start",
    "and say the same again with --url ws://127.0.0.1:7171",
  ].join("\n");
}
