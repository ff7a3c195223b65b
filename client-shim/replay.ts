import { SeatmeterError } from "../daemon/domain/errors.ts";
import { SEAT_PARTS, type SeatPart } from "../daemon/domain/register.ts";
import { knownZone, parsed, wholeNumber } from "./arguments.ts";
import { HttpApi } from "./http-api.ts";
import { print } from "./print.ts";
import { ReplayDevices } from "./replay-devices.ts";
import { PeaksSeen, prepareGround } from "./replay-ground.ts";
import { type Plan, planOf } from "./replay-plan.ts";
import { ReplayPlayer } from "./replay-player.ts";
import { replayRegister } from "./replay-register.ts";
import { reportAsText, reportOf } from "./replay-report.ts";
import { type Daemons, daemonsAt } from "./settings.ts";
import { tell } from "./tell.ts";

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

/** `seatmeter sim --replay …`; what it does is in sim.ts. Errors: as prepareGround, ReplayDevices and planOf. */
export async function replayLog(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, OPTIONS);
  const files = [...(values.replay ?? []), ...positionals];
  const seatFor = seatParts(values["seat-for"]);
  const speed = speedOf(values.speed);
  const seats = wholeNumber(values.seats, "--seats", 1_000_000);
  const timezone = knownZone(values.timezone);
  const plan = await planOf(files, timezone);
  if (plan.parts.length === 0) throw new SeatmeterError("usage", nothingIn(files, plan));
  const features = plan.parts.map(({ feature }) => feature);
  const registerOf = (number: number) => replayRegister(features, { files, run: number, seats, seatFor, timezone });
  if (values["print-register"]) {
    print(registerOf(1).text);
    return 0;
  }
  const api = await HttpApi.open(values.url);
  const daemons = await daemonsAt(values.url);
  const names = await prepareGround(api, registerOf, wayOut(args));
  const { player, devices, peaks, stopped } = await replay(plan, daemons, api, speed, names);
  const report = reportOf(plan, names, {
    seatFor,
    outcomes: player.outcomes,
    peakOf: (pool) => peaks.of(pool),
    stillUsed: names.reduce((sum, { pool }) => sum + (peaks.used.get(pool) ?? 0), 0),
    lost: devices.lost,
    stopped,
  });
  print(values.json ? `${JSON.stringify(report)}\n` : reportAsText(report));
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
    tell("stopped; what is open is given back");
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
    return { player, devices, peaks, stopped: stopped.signal.aborted };
  } finally {
    clearInterval(looking);
    clearInterval(progress);
    devices.close();
    process.off("SIGINT", stop);
  }
}

function nothingIn(files: readonly string[], { undated }: Plan): string {
  const logs = files.join(", ");
  if (undated === 0) return `${logs} has no OUT, IN or DENIED line.`;
  return `${logs} tells no date, by TIMESTAMP m/d/yyyy or otherwise: lines that cannot be dated, ${undated}.`;
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
