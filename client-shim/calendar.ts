import { none, parsed } from "./arguments.ts";
import { plain } from "./denial.ts";
import { HttpApi } from "./http-api.ts";
import { readCsv, SAVED, save, wanted } from "./saved.ts";
import { table } from "./table.ts";

export const usage = `
Usage: seatmeter calendar [--all] [--department D] [--format F] [-o FILE] [--url URL]

Renewals by the last day to give notice, late ones first: the next twelve months, or with --all everything.

  --department D  contracts of this department only
  --format F      text, csv, ods, ics (deadlines with reminders, for calendars), json; without it
                  the file's ending says, else text on a terminal and csv for a program
  -o, --output FILE  write it there
  --url URL       a daemon's address, instead of SEATMETER_URL

Exit code: 0 · 64 usage · 69 no daemon answers, or its history is away · 77 not allowed
`;

const FORMATS = ["text", "csv", "ods", "ics", "json"] as const;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, {
    all: { type: "boolean" },
    department: { type: "string" },
    ...SAVED,
  });
  none(positionals);
  const { format, file } = wanted(values, FORMATS);
  const api = await HttpApi.open(values.url);
  const query = new URLSearchParams({
    show: values.all ? "all" : "year",
    ...(values.department !== undefined && { department: values.department }),
  });
  if (format === "json") {
    await save(`${JSON.stringify(await api.ask("GET", "/api/v1/renewals"))}\n`, file);
    return 0;
  }
  const bytes = await api.download(`/api/v1/renewals.${format === "text" ? "csv" : format}?${query}`);
  await save(format === "text" ? asText(bytes) : bytes, file);
  return 0;
}

/** Of the columns that fit a screen. */
const SHOWN = {
  "Notice by": "NOTICE BY",
  "Days left": "DAYS",
  Product: "PRODUCT",
  "Seats owned": "OWNED",
  "Highest use": "HIGHEST",
  "Seats recommended": "RENEW",
  "Could save a year": "COULD SAVE",
  Status: "STATUS",
} as const;
const NUMBERS: readonly string[] = ["DAYS", "OWNED", "HIGHEST", "RENEW", "COULD SAVE"];

function asText(bytes: Uint8Array): string {
  const [columns = [], ...rows] = readCsv(bytes);
  if (rows.length === 0) return "Nothing has to be decided.\n";
  const places = Object.keys(SHOWN).map((name) => columns.indexOf(name));
  return table(
    Object.values(SHOWN).map((heading) => ({ heading, number: NUMBERS.includes(heading) })),
    rows.map((row) => places.map((place) => plain(row[place] || "–"))),
  );
}
