import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { AuditBook } from "../daemon/audit/book.ts";
import { ACTS, headText, readHead } from "../daemon/domain/acts.ts";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { connect } from "../daemon/history/database.ts";
import { asHistoryError, type HistoryPlace } from "../daemon/history/troubles.ts";
import { parsed } from "./arguments.ts";
import { plain } from "./denial.ts";
import { HttpApi } from "./http-api.ts";
import { print } from "./print.ts";
import { save, wanted } from "./saved.ts";

/** On several lines, as they stand in the usage. */
const ACT_NAMES = Object.keys(ACTS)
  .join(", ")
  .replaceAll(/(.{60,80}), /g, `$1,\n${" ".repeat(20)}`);

export const usage = `
Usage: seatmeter audit verify [--head HEAD] [--database URL | --data DIRECTORY] [--json] [--url URL]
       seatmeter audit export [--from DATE] [--to DATE] [--act ACT] [--format csv|json] [-o FILE] [--url URL]

What administrators did is written down in rows that each hold the hash of the one before. verify looks whether they
are as they were written, and names the first that was changed, taken out, put in or moved. What was cut off at the end
shows by a head that was printed before: daemons print it in their log once a day, and send it where notices are about
audit.

  --head HEAD       as it was printed, 184:9f2c…: the rows up to there must be those of then
  --database URL    look in the database itself, postgres://…, and ask no daemon
  --data DIRECTORY  the same, of a daemon that keeps its history in a file there
  --from, --to      days, both included
  --act ACT         ${ACT_NAMES}
  --format          csv or json; else what the file's name says, else csv
  -o, --output FILE where to; else to stdout
  --json            the verdict as one object, for scripts
  --url URL         a daemon's address, instead of SEATMETER_URL

To ask a daemon takes the token of an auditor or an admin.

Exit code: 0 sound · 1 not as it was written · 64 usage · 69 nobody could be asked · 77 not allowed · 78 no history
`;

interface Verdict {
  sound: boolean;
  rows: number;
  first: number;
  head: string;
  broken?: { seq: number; why: string };
}

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, {
    ...{ head: { type: "string" }, database: { type: "string" }, data: { type: "string" }, json: { type: "boolean" } },
    ...{ from: { type: "string" }, to: { type: "string" }, act: { type: "string" }, format: { type: "string" } },
    ...{ output: { type: "string", short: "o" }, url: { type: "string" } },
  });
  const [act, more] = positionals;
  if (more !== undefined) throw new SeatmeterError("usage", `${plain(more)} is one argument too many.`);
  if (act === "verify") return await verify(values);
  if (act === "export") return await exported(values);
  throw new SeatmeterError("usage", act ? `there is no audit ${plain(act)}.` : "verify or export is missing.");
}

interface VerifyOptions {
  head?: string | undefined;
  database?: string | undefined;
  data?: string | undefined;
  json?: boolean | undefined;
  url?: string | undefined;
}

async function verify({ head, database, data, json, url }: VerifyOptions): Promise<number> {
  if (head !== undefined && readHead(head).hash === undefined) {
    throw new SeatmeterError(
      "usage",
      "--head is one that was printed: 184: and 64 letters and digits, or these alone.",
    );
  }
  const place = placeOf(database, data);
  const verdict = place ? await verdictOf(place, head) : await ask(url, head);
  print(json ? `${JSON.stringify(verdict)}\n` : inWords(verdict));
  return verdict.sound ? 0 : 1;
}

function placeOf(database: string | undefined, data: string | undefined): HistoryPlace | undefined {
  if (database !== undefined && data !== undefined)
    throw new SeatmeterError("usage", "--database or --data, not both: it lies in one of them.");
  if (database !== undefined) {
    if (/^postgres(ql)?:\/\/./.test(database) && URL.canParse(database)) return { url: database };
    throw new SeatmeterError("usage", "--database is a URL such as postgres://USER:PASSWORD@HOST/DATABASE.");
  }
  if (data === undefined) return undefined;
  const file = join(resolve(data), "history.sqlite");
  if (!existsSync(file)) throw new SeatmeterError("settings_invalid", `there is no history in ${file}.`);
  return { file };
}

/** Nobody is asked but the database: it is not the daemon's word that is to be trusted. */
async function verdictOf(place: HistoryPlace, head: string | undefined): Promise<Verdict> {
  const { db, close } = await connect(place);
  try {
    const found = await new AuditBook({ db }).verify(head === undefined ? undefined : readHead(head));
    const { broken, ...verdict } = found;
    return { sound: !broken, ...verdict, head: headText(found.head), ...(broken && { broken }) };
  } catch (error) {
    throw asHistoryError(error, place);
  } finally {
    await close();
  }
}

async function ask(url: string | undefined, head: string | undefined): Promise<Verdict> {
  const api = await HttpApi.open(url);
  return await api.ask("GET", `/api/v1/audit/verify${head === undefined ? "" : `?head=${head}`}`);
}

function inWords({ sound, rows, first, head, broken }: Verdict): string {
  const range = rows === 0 ? "no rows" : `${rows} rows, from row ${first} on`;
  if (!sound) return `Broken: row ${broken?.seq}: ${plain(broken?.why ?? "")}. There are ${range}.\n`;
  return `Sound: ${range}.\nIts head is ${head}. Keep it elsewhere, for --head.\n`;
}

interface ExportOptions {
  from?: string | undefined;
  to?: string | undefined;
  act?: string | undefined;
  format?: string | undefined;
  output?: string | undefined;
  url?: string | undefined;
}

const MOST_A_PAGE = "1000";

async function exported({ from, to, act, url, ...asked }: ExportOptions): Promise<number> {
  const isNamed = asked.format !== undefined || /\.(csv|json)$/i.test(asked.output ?? "");
  const { format, file } = wanted<"csv" | "json">(isNamed ? asked : { ...asked, format: "csv" }, ["csv", "json"]);
  const api = await HttpApi.open(url);
  const query = new URLSearchParams(defined({ from, to, act }));
  if (format === "csv") await save(await api.download(`/api/v1/audit.csv?${query}`), file);
  else {
    const rows = await api.list<object>(`/api/v1/audit?${new URLSearchParams([...query, ["most", MOST_A_PAGE]])}`);
    await save(`${JSON.stringify(rows.reverse(), undefined, 2)}\n`, file);
  }
  return 0;
}

const defined = (options: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(options).filter((entry): entry is [string, string] => entry[1] !== undefined));
