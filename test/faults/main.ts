import { setMaxListeners } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type FaultRun, faultRun } from "./fault-run.ts";
import { GROUNDS } from "./grounds.ts";
import { reportOf, tableOf } from "./report.ts";

const USAGE = `
Usage: npm run test:faults [-- --runs N] [-- --seed N] [-- --ground NAME] [-- --json] [-- --document]

Simulated fleets launch against real daemons and Redis servers, while these are killed, frozen, cut off and emptied; then
the history checker looks at every answer. What chance decides follows from a run's seed.

  --runs N       so many runs, with the seeds 1 to N (100)
  --seed N       the run with this seed alone
  --ground NAME  only on: ${Object.keys(GROUNDS).join(", ")}
  --at-once N    so many runs side by side (1)
  --json         the report as one object
  --document     write the table into GUARANTEES.md, too

The report is written to dist/faults.json, and as a table to dist/faults.md.
Exit code: 0 sound · 1 a promise was broken, or a run proves nothing · 64 wrong arguments
`;

const OPTIONS = {
  runs: { type: "string", default: "100" },
  seed: { type: "string" },
  ground: { type: "string" },
  "at-once": { type: "string", default: "1" },
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

const options = readOptions();
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}
if (options.ground !== undefined && !(options.ground in GROUNDS)) usage(`There is no ground ${options.ground}.`);
const tell = (line: string) => process.stderr.write(`${line}\n`);

const here = Object.keys(GROUNDS).filter((name) => {
  const lacks = GROUNDS[name]!.lacks?.();
  if (lacks) tell(`skipped: ${name} (${lacks})`);
  return !lacks;
});
const grounds = options.ground === undefined ? here : here.filter((name) => name === options.ground);
if (grounds.length === 0) usage("Nothing can be run here.");
const seeds =
  options.seed === undefined
    ? Array.from({ length: number(options.runs, "--runs") }, (_, i) => i + 1)
    : [number(options.seed, "--seed")];

// Each server that is started sees to its own end.
setMaxListeners(0, process);
const runs: FaultRun[] = [];
/** Seeds whose runs came to no end. */
const broken: number[] = [];
const waiting = [...seeds];
process.once("SIGINT", () => {
  tell("No further runs; those under way are finished first, so that nothing is left behind.");
  waiting.length = 0;
});
const workers = Array.from({ length: number(options["at-once"], "--at-once") }, async () => {
  for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
    const run = await faultRun(seed, grounds).catch((error: Error) => error);
    if (run instanceof Error) {
      broken.push(seed);
      tell(`seed ${seed}: broke off: ${run.stack}`);
      continue;
    }
    runs.push(run);
    const went = run.faults.map(({ fault, silentMs }) => `${fault} (${silentMs} ms)`).join(", ");
    tell(`seed ${seed}: ${run.verdict}, ${run.operations} operations on ${run.ground}; ${went} ${run.why.join("; ")}`);
  }
});
await Promise.all(workers);
runs.sort((one, other) => one.seed - other.seed);

const report = reportOf(runs, broken);
const folder = join(import.meta.dirname, "../../dist");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "faults.json"), `${JSON.stringify({ ...report, all: runs }, undefined, 1)}\n`);
writeFileSync(join(folder, "faults.md"), tableOf(report));
if (options.document) {
  const document = join(folder, "../GUARANTEES.md");
  const before = readFileSync(document, "utf8");
  const table = `<!-- faults -->\n${tableOf(report)}<!-- /faults -->`;
  writeFileSync(
    document,
    before.replace(/<!-- faults -->.*<!-- \/faults -->/s, () => table),
  );
}
console.log(options.json ? JSON.stringify(report) : tableOf(report));
process.exitCode = report.seeds.length === 0 ? 0 : 1;
