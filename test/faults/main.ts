import { setMaxListeners } from "node:events";
import { parseArgs } from "node:util";
import { readDuration } from "../../daemon/domain/duration.ts";
import { away } from "./away.ts";
import { day } from "./day.ts";
import { type Told, tell } from "./document.ts";
import { fleetLoss } from "./fleet-loss.ts";
import { fuzz } from "./fuzz.ts";
import { GROUNDS } from "./grounds.ts";
import { losses } from "./losses.ts";
import { awayText, dayText, fleetText, fuzzText, lossText, soakText, tableOf } from "./report.ts";
import { seededRuns } from "./seeded-runs.ts";
import { soak } from "./soak.ts";

const USAGE = `
Usage: npm run test:faults [-- --runs N | --seed N] [--ground NAME] [--at-once N] [--json] [--document]
       npm run test:faults -- --fleet N | --fuzz N | --soak TIME | --losses N | --away TIME | --day TIME
                              [--seed N] [--json] [--document]

Simulated fleets launch against real daemons and Redis servers, while these are killed, frozen, cut off and emptied; then
the history checker looks at every answer. What chance decides follows from a run's seed.

  --runs N       so many runs, with the seeds 1 to N (100)
  --seed N       the run with this seed alone
  --ground NAME  only on: ${Object.keys(GROUNDS).join(", ")}
  --at-once N    so many runs side by side (1)
  --fleet N      instead, N shims whose daemon is killed: how soon another one has seated them, how busy that was
  --fuzz N       instead, three times N messages and N requests that are right or nearly right: is each answered as
                 documented, and does no memory grow?
  --soak TIME    instead, one run for so long (20m) with a fault each 30 s: memory, descriptors, history
  --losses N     instead, each kind of server lost N times in a row: for how long is nobody answered?
  --away TIME    instead, a computer with an agent whose daemon is off for so long (30m): is all told afterwards?
  --day TIME     instead, people at computers with agents work for so long (10m), with a fault each 20 s: does the history
                 say what their programs say?
  --json         the report as one object
  --document     write it into GUARANTEES.md, too

The report is written to dist/ too: faults, fleet, fuzz, soak, losses, away or day, with .json and .md. So is the log of a run in which a
promise was broken, for seatmeter verify --oplog.
Exit code: 0 sound · 1 a promise was broken, or a run proves nothing · 64 wrong arguments
`;

const OPTIONS = {
  runs: { type: "string", default: "100" },
  seed: { type: "string" },
  ground: { type: "string" },
  "at-once": { type: "string", default: "1" },
  fleet: { type: "string" },
  fuzz: { type: "string" },
  soak: { type: "string" },
  losses: { type: "string" },
  away: { type: "string" },
  day: { type: "string" },
  json: { type: "boolean" },
  document: { type: "boolean" },
  help: { type: "boolean" },
} as const;

function usage(why: string): never {
  console.error(`${why}\n${USAGE}`);
  process.exit(64);
}

function readOptions() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    return usage((error as Error).message);
  }
}

function number(text: string, option: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  return usage(`${option} is a number from 1 on.`);
}

function time(text: string, option: string): number {
  return readDuration(text) ?? usage(`${option} is a time: 20m.`);
}

const options = readOptions();
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}
const progress = (line: string) => process.stderr.write(`${line}\n`);
// Each server that is started sees to its own end.
setMaxListeners(0, process);
tell(await chosen(), options);
// Node 24.21 turns for ever in its own clean-up where sockets were reset; nothing is left to clean up by then.
process.once("beforeExit", () => process.exit());

async function chosen(): Promise<Told> {
  const seed = options.seed === undefined ? 1 : number(options.seed, "--seed");
  const instead = [options.fleet, options.fuzz, options.soak, options.losses, options.away].filter(
    (one) => one !== undefined,
  );
  if (instead.length > 1) usage("--fleet, --fuzz, --soak, --losses, --away and --day are each for itself.");
  if (options.fleet !== undefined) {
    const report = await fleetLoss(number(options.fleet, "--fleet"));
    return { name: "fleet", report, text: fleetText(report), broken: report.broken.length > 0 };
  }
  if (options.fuzz !== undefined) {
    const report = await fuzz(number(options.fuzz, "--fuzz"), seed, progress);
    return { name: "fuzz", report, text: fuzzText(report), broken: report.broken.length > 0 };
  }
  if (options.soak !== undefined) {
    const report = await soak(time(options.soak, "--soak"), seed, progress);
    return { name: "soak", report, text: soakText(report), broken: report.broken.length > 0 };
  }
  if (options.losses !== undefined) {
    const report = await losses(number(options.losses, "--losses"), seed, progress);
    return { name: "losses", report, text: lossText(report), broken: report.broken.length > 0 };
  }
  if (options.away !== undefined) {
    const report = await away(time(options.away, "--away"), progress);
    return { name: "away", report, text: awayText(report), broken: report.broken.length > 0 };
  }
  if (options.day !== undefined) {
    const report = await day(time(options.day, "--day"), seed, progress);
    return { name: "day", report, text: dayText(report), broken: report.broken.length > 0 };
  }
  const seeds =
    options.seed === undefined ? Array.from({ length: number(options.runs, "--runs") }, (_, i) => i + 1) : [seed];
  const report = await seededRuns(seeds, groundsHere(), number(options["at-once"], "--at-once"), progress);
  return { name: "faults", report, text: tableOf(report), broken: report.seeds.length > 0 };
}

function groundsHere(): string[] {
  if (options.ground !== undefined && !(options.ground in GROUNDS)) usage(`There is no ground ${options.ground}.`);
  const here = Object.keys(GROUNDS).filter((name) => {
    const lacks = GROUNDS[name]!.lacks?.();
    if (lacks) progress(`skipped: ${name} (${lacks})`);
    return !lacks;
  });
  const grounds = options.ground === undefined ? here : here.filter((name) => name === options.ground);
  if (grounds.length === 0) usage("Nothing can be run here.");
  return grounds;
}
