import { only, parsed } from "./arguments.ts";
import { HttpApi } from "./http-api.ts";
import { type ReportAnswer, reportText } from "./report-text.ts";
import { SAVED, save, wanted } from "./saved.ts";
import { standalone } from "./standalone-page.ts";

export const usage = `
Usage: seatmeter report POOL [--from DAY] [--to DAY] [--format F] [-o FILE] [--url URL]

The renewal report of a pool: how many seats to renew, what that saves, and how sure it is. Without days the last twelve
months that are recorded.

  --from, --to DAY   the first and the last day, 2026-04-01
  --format F         text, html (the page, to be printed on one sheet), csv, ods, json, xml (in the words of ISO/IEC
                     19770-4, for asset management); without it the file's ending
                     says, else it is text on a terminal and csv for a program
  -o, --output FILE  write it there
  --url URL          a daemon's address, instead of SEATMETER_URL

Exit code: 0 · 64 no such pool, or usage · 69 no daemon answers, or its history is away · 77 not allowed
`;

const FORMATS = ["text", "html", "csv", "ods", "json", "xml"] as const;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, {
    from: { type: "string" },
    to: { type: "string" },
    ...SAVED,
  });
  const pool = only(positionals, "POOL");
  const { format, file } = wanted(values, FORMATS);
  const api = await HttpApi.open(values.url);
  const days = new URLSearchParams({
    ...(values.from !== undefined && { from: values.from }),
    ...(values.to !== undefined && { to: values.to }),
  });
  const query = days.size > 0 ? `?${days}` : "";
  const path = `/api/v1/renewals/${encodeURIComponent(pool)}`;
  const content = {
    text: async () => reportText(await api.ask<ReportAnswer>("GET", `${path}${query}`)),
    json: async () => `${JSON.stringify(await api.ask("GET", `${path}${query}`))}\n`,
    html: () => standalone(api, `/renewals/${encodeURIComponent(pool)}${query}`),
    csv: () => api.download(`${path}.csv${query}`),
    ods: () => api.download(`${path}.ods${query}`),
    xml: () => api.download(`${path}.xml${query}`),
  }[format];
  await save(await content(), file);
  return 0;
}
