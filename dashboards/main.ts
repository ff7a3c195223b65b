import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { GENERATED } from "./generated.ts";

const USAGE = `npm run dashboards [-- --check] [-- --to FOLDER] [-- --seatmeter URL] [-- --json]

Writes what is generated here, boards for Grafana and rules for Prometheus, from the tables in the code.

  --check          writes nothing; exits 1 where a file is not as it would be written, and names it
  --to FOLDER      writes there, and not beside the code
  --seatmeter URL  where seatmeter's own pages are, for the boards' links to them; wants --to
  --json           tells of each file as JSON: path, and whether it was current
  --help           this`;
const EXIT_STALE = 1;
const EXIT_USAGE = 64;

interface Asked {
  check: boolean;
  json: boolean;
  to: string;
  address: string | undefined;
}

function readWords(): Asked {
  const { values } = parseArgs({
    options: {
      check: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      to: { type: "string" },
      seatmeter: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  if (values.seatmeter !== undefined && values.to === undefined)
    throw new Error("--seatmeter wants --to FOLDER: the files beside the code keep the usual address");
  const address = values.seatmeter === undefined ? undefined : addressOf(values.seatmeter);
  return { check: values.check, json: values.json, to: values.to ?? import.meta.dirname, address };
}

/** Without the slash at its end, for paths to follow. */
function addressOf(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Error(`--seatmeter ${text} is no address: one is like https://seats.exampleshire.example`);
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

function wordsOrUsage(): Asked {
  try {
    return readWords();
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(EXIT_USAGE);
  }
}

const { check, json, to, address } = wordsOrUsage();
const files = GENERATED.map(({ path, make }) => {
  const file = join(to, path);
  const text = make(address === undefined ? {} : { address });
  const current = existsSync(file) && readFileSync(file, "utf8") === text;
  if (!check && !current) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return { path: relative(process.cwd(), file), current };
});
const stale = files.filter(({ current }) => !current);
if (json) console.log(JSON.stringify(files));
else if (check) for (const { path } of stale) console.error(`${path} is not as its table says: npm run dashboards`);
else console.log(stale.length > 0 ? stale.map(({ path }) => `wrote ${path}`).join("\n") : "All files are current.");
if (check && stale.length > 0) process.exitCode = EXIT_STALE;
