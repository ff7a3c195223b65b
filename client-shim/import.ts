import { SeatmeterError } from "../daemon/domain/errors.ts";
import { importOptions, type OptionsImport } from "../daemon/imports/flexnet-options.ts";
import { logLines } from "../daemon/imports/log-lines.ts";
import { entriesAsValues, entriesOf } from "../daemon/imports/options-entries.ts";
import { whatElse } from "../daemon/imports/options-kind.ts";
import { mergedWith } from "../daemon/imports/options-merge.ts";
import { type Feature, featureOf } from "../daemon/imports/options-statements.ts";
import { fragmentOf } from "../daemon/imports/options-yaml.ts";
import { didYouMean, parsed } from "./arguments.ts";
import { checkMerged, type RegisterToMerge, registerToMerge } from "./import-register.ts";
import { print } from "./print.ts";
import { printableName } from "./replay-register.ts";

export const usage = `
Usage: seatmeter import flexnet LOG… [--timezone ZONE] [--register FILE] [--data DIR] [--database URL] [--overlapping]
                                [--dry-run] [--draft] [--json]
       seatmeter import flexnet --options FILE [--register FILE] [--feature NAME]… [--owner WHO] [--json]
       seatmeter import flexnet --options FILE --merge FILE [--feature NAME]… [--owner WHO]

With LOG…, debug logs of a FlexNet (FLEXlm) server, plain or gzip, several of one server in any order, it reads the past
into the history of the daemon: launches, seats and refusals, under pseudonym. A launch of a package counts once, in the
pool of the product that lists its name in flexnet: […], else in one named after it. What was read before, from this log
or another one, is known again, so a log may be read again when it has grown. The daemon may run meanwhile.

  --timezone ZONE  of the server that wrote the log; else the register's, else Europe/London
  --data DIR       where the daemon's data are, with the keys of its pseudonyms; else SEATMETER_DATA, else ./data
  --database URL   the history in PostgreSQL; else DATABASE_URL, else the SQLite file among the data
  --overlapping    also launches of a time in which the daemon counted the pool by itself; they are left out otherwise
  --dry-run        only tell what the logs show
  --draft          only print, as YAML for the register, products and pools for what it does not know; with them in it
                   their reports open
  --json           { "features": [{ "feature", "launches", "peakSessions", "peakUserDevice", "denials", "firstAtMs",
                   "lastAtMs" }], "unread" }, each feature as its own lines say

With --options it turns the options file of a FlexNet vendor daemon into rules of the register: who may and may not,
limits, reservations, idleness, linger, borrowing, overdraft, and who shares a seat. What comes out is YAML for the
register, on stdout, each rule with the line that it comes from. Every line that could not be turned, or not wholly, is
listed on stderr with the reason, FILE:LINE: TEXT — why, and so is what is not quite the same here. Nothing is applied.

A feature is counted in the pool of the product that lists it in flexnet: […]; for one that no product lists, a product
and a pool are proposed, whose owner and entitlements are yours to write. docs/from-flexnet.md has the whole table.

  --options FILE   the options file: the one that the VENDOR line of the licence file names, usually VENDOR.opt
  --register FILE  the register that the rules are for; else the one that SEATMETER_REGISTER names, else seatmeter.yaml
                   here, else none. For the one in force: seatmeter register export > FILE
  --merge FILE     print this register with the rules in it, its comments kept, instead of the rules alone. What it says
                   already stays as it is, and is listed where the options say otherwise
  --feature NAME   a feature that the file does not name, for what it says of all: INCLUDEALL, EXCLUDEALL, TIMEOUTALL
  --owner WHO      whom people ask about products that are proposed ("to be named")
  --json           with --options: { "groups", "pools", "products", "notConverted": [{ line, text, why }],
                   "remarks": [{ line, text, remark }] }

Exit code: 0 also where lines are left over · 64 wrong arguments, or a file that cannot be read, or is none of these
  69 the history is away or its disk full; then nothing of the log is imported
  78 the register has mistakes, or the history cannot be used
`;

const OPTIONS = {
  options: { type: "string" },
  register: { type: "string" },
  merge: { type: "string" },
  feature: { type: "string", multiple: true },
  owner: { type: "string", default: "to be named" },
  json: { type: "boolean" },
} as const;

/** More than any vendor daemon reads. */
const MOST_LINES = 100_000;

export async function run(args: readonly string[]): Promise<number> {
  const isOptions = args.some((arg) => /^--(options|merge|feature|owner)(=|$)/.test(arg));
  if (!isOptions && args[0] === "flexnet" && args.length > 1) {
    const { importLogs } = await import("./import-log.ts");
    return await importLogs(args);
  }
  const { values, positionals } = parsed(args, OPTIONS);
  const [from, log] = positionals;
  if (from === undefined) throw new SeatmeterError("usage", "What to import is missing. There is flexnet.");
  if (from !== "flexnet") {
    throw new SeatmeterError("usage", `there is no import ${from}.${didYouMean(from, ["flexnet"])} There is flexnet.`);
  }
  if (log !== undefined) {
    throw new SeatmeterError("usage", `${log}: logs are imported without --options, in a command of their own.`);
  }
  if (values.options === undefined) throw new SeatmeterError("usage", "LOG or --options FILE is missing.");
  if (values.merge !== undefined && (values.json || values.register !== undefined)) {
    throw new SeatmeterError("usage", "--merge goes neither with --json nor with --register.");
  }
  const lines = await linesOf(values.options);
  const features = (values.feature ?? []).map(feature);
  const known = registerToMerge(values.merge ?? values.register);
  const imported = importOptions(lines, { features, owner: values.owner, ...(known && { known }) });
  const entries = entriesOf(imported.draft);
  const merged = mergedWith(known?.text ?? "organisation: to be named\n", entries);
  checkMerged(merged, known);
  if (values.json) {
    const { notConverted, remarks } = imported;
    print(`${JSON.stringify({ ...entriesAsValues(entries), notConverted, remarks }, null, 2)}\n`);
    return 0;
  }
  const heading = ` From ${printableName(values.options)}${known ? `, for ${printableName(known.file)}` : ""}.`;
  print(values.merge === undefined ? fragmentOf(entries, heading) : merged);
  print(told(values.options, imported, known), process.stderr);
  return 0;
}

async function linesOf(file: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of logLines(file)) {
    lines.push(line);
    if (lines.length > MOST_LINES) {
      throw new SeatmeterError("usage", `${file} has more than ${MOST_LINES} lines, and is no options file.`);
    }
  }
  const wrong = whatElse(lines);
  if (wrong !== undefined) throw new SeatmeterError("usage", `${file} ${wrong}.`);
  return lines;
}

function feature(text: string): Feature {
  const read = featureOf(text.trim());
  if ("why" in read) throw new SeatmeterError("usage", `--feature ${printableName(text)}: ${read.why}.`);
  return read.feature;
}

/** A file may hold what would command a terminal: each line is told in one piece, visibly. */
function told(
  file: string,
  { options, notConverted, remarks }: OptionsImport,
  known: RegisterToMerge | undefined,
): string {
  const place = (line: number, text: string) => `${printableName(file, 1_000)}:${line}: ${printableName(text, 200)}`;
  const all = [
    ...notConverted.map(({ line, text, why }) => ({
      line,
      said: `${place(line, text)} — ${printableName(why, 500)}\n`,
    })),
    ...remarks.map(({ line, text, remark }) => ({
      line,
      said: `${place(line, text)} — note: ${printableName(remark, 500)}\n`,
    })),
  ].sort((one, other) => one.line - other.line);
  const left = new Set(notConverted.map(({ line }) => line)).size;
  const against = known ? `for the register ${printableName(known.file, 1_000)}` : "without a register";
  const count = `${options} ${options === 1 ? "option" : "options"} read ${against}: ${options - left} converted, ${left} not or not wholly.\n`;
  return [...all.map(({ said }) => said), count].join("");
}
