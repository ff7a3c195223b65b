import { none, parsed } from "./arguments.ts";
import { plain } from "./denial.ts";
import { HttpApi } from "./http-api.ts";
import { readCsv, SAVED, save, wanted } from "./saved.ts";
import { table } from "./table.ts";

export const usage = `
Usage: seatmeter foi [--without-prices] [--without-dates] [--format F] [-o FILE] [--url URL]

Licences as a request for information is answered: products, suppliers, seats owned, highest use, how many people used
them (of fewer than five only that), and unless they are left out, prices and dates. Recommendations are not part of it.

  --format F         text, csv, ods; without it the file's ending says, else text on a terminal and csv for a program
  -o, --output FILE  write it there
  --url URL          a daemon's address, instead of SEATMETER_URL

Exit code: 0 · 64 usage · 69 no daemon answers, or its history is away · 77 not allowed
`;

const FORMATS = ["text", "csv", "ods"] as const;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, {
    "without-prices": { type: "boolean" },
    "without-dates": { type: "boolean" },
    ...SAVED,
  });
  none(positionals);
  const { format, file } = wanted(values, FORMATS);
  const api = await HttpApi.open(values.url);
  const query = new URLSearchParams({
    view: "foi",
    prices: values["without-prices"] ? "no" : "yes",
    dates: values["without-dates"] ? "no" : "yes",
  });
  const bytes = await api.download(`/api/v1/renewals.${format === "ods" ? "ods" : "csv"}?${query}`);
  await save(format === "text" ? asText(bytes) : bytes, file);
  return 0;
}

/** Numbers, and days, which are never cut. */
const NUMBERS = ["Seats owned", "Highest use", "People who used it", "Ends", "Notice by", "Cost a year without VAT"];
/** Where the whole name would take the room of what stands below. */
const SHORT: Record<string, string> = {
  "Seats owned": "OWNED",
  "Highest use": "HIGHEST",
  "People who used it": "PEOPLE",
  "Cost a year without VAT": "A YEAR",
};

function asText(bytes: Uint8Array): string {
  const [columns = [], ...rows] = readCsv(bytes);
  return table(
    columns.map((name) => ({ heading: SHORT[name] ?? name.toUpperCase(), number: NUMBERS.includes(name) })),
    rows.map((row) => columns.map((_, i) => plain(row[i] || "–"))),
  );
}
