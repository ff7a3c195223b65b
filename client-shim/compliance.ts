import { SeatmeterError } from "../daemon/domain/errors.ts";
import { parsed } from "./arguments.ts";
import { plain } from "./denial.ts";
import { HttpApi } from "./http-api.ts";
import { readCsv, save, wanted } from "./saved.ts";
import { table } from "./table.ts";

export const usage = `
Usage: seatmeter compliance [--json] [--format F] [-o FILE] [--url URL]

What is installed against what was bought and what is used: what is not licensed, installed too often, unused or out of
use, what the register does not know, retired computers that are still there; each with whom to ask and since when.

  --json          all of it, for programs: products with what is installed of each and the rule by which, and findings
  --format F      text, csv (findings), ods (findings, products, what is installed), json; without it the file's ending
                  says, else text on a terminal and csv for a program
  -o, --output FILE  write it there
  --url URL       a daemon's address, instead of SEATMETER_URL

Exit code: 0 · 64 usage · 69 no daemon answers, or its history is away · 77 not allowed · 78 it keeps no history
`;

const FORMATS = ["text", "csv", "ods", "json"] as const;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, {
    json: { type: "boolean" },
    format: { type: "string" },
    output: { type: "string", short: "o" },
    url: { type: "string" },
  });
  if (positionals.length > 0) throw new SeatmeterError("usage", `${positionals[0]} is one argument too many.`);
  if (values.json && values.format !== undefined) throw new SeatmeterError("usage", "--json or --format, not both.");
  const { format, file } = wanted({ ...values, ...(values.json && { format: "json" }) }, FORMATS);
  const api = await HttpApi.open(values.url);
  if (format === "json") await save(`${JSON.stringify(await api.ask("GET", "/api/v1/compliance"))}\n`, file);
  else {
    const bytes = await api.download(`/api/v1/compliance.${format === "text" ? "csv" : format}`);
    await save(format === "text" ? asText(bytes) : bytes, file);
  }
  return 0;
}

/** Of the columns that fit a screen. */
const SHOWN = { About: "ABOUT", "What was found": "FOUND", Since: "SINCE", Owner: "ASK" } as const;

function asText(bytes: Uint8Array): string {
  const [columns = [], ...rows] = readCsv(bytes);
  if (rows.length === 0) return "Nothing has to be looked at.\n";
  const places = Object.keys(SHOWN).map((name) => columns.indexOf(name));
  const kinds = Map.groupBy(rows, (row) => row[columns.indexOf("Finding")] ?? "");
  return [...kinds]
    .map(([kind, some]) => {
      const lines = some.map((row) => places.map((place) => plain(row[place] || "–")));
      const headings = Object.values(SHOWN).map((heading) => ({ heading, number: heading === "SINCE" }));
      return `${plain(kind)}\n\n${table(headings, lines)}`;
    })
    .join("\n");
}
