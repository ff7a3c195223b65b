import { SeatmeterError } from "../daemon/domain/errors.ts";
import type { KeptFor, PersonTold } from "../daemon/domain/held.ts";
import { none, only, parsed, reasonFrom } from "./arguments.ts";
import { plain } from "./denial.ts";
import { HttpApi } from "./http-api.ts";
import { print } from "./print.ts";
import { keptText, personText } from "./privacy-text.ts";
import { SAVED, save, wanted } from "./saved.ts";

export const usage = `
Usage: seatmeter privacy export USER [--format F] [-o FILE] [--url URL]
       seatmeter privacy erase USER [--reason R] [--json] [--url URL]
       seatmeter privacy status [--json] [--url URL]

export  everything that is held of a person, under every key still kept: what, why, how long and from where. For an
        auditor or an administrator, to answer a request of that person.
erase   puts names made by chance in place of the person's codes in all that began until now: nobody is found in it any
        more, and sums stay as they are. What runs now follows when it has ended. It cannot be undone. For an
        administrator.
status  for how long what is kept, and what was deleted because it was old.

  --format F         text (in plain English, to be handed over), csv, json; without it the file's ending says, else text
                     on a terminal and csv for a program
  -o, --output FILE  write it there
  --reason R         why, for the record; without a name in it
  --json             for scripts
  --url URL          a daemon's address, instead of SEATMETER_URL

SEATMETER_TOKEN, or SEATMETER_TOKEN_FILE, is a token of yours that may do so, where people are authenticated.
Exit code: 0, also where nothing is held · 64 usage · 69 no daemon answers, or its history is away · 77 not allowed
  78 no history is kept there
`;

const FORMATS = ["text", "csv", "json"] as const;
const ACTS = { export: exportPerson, erase: erasePerson, status };

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, {
    ...SAVED,
    reason: { type: "string" },
    json: { type: "boolean" },
  });
  const [act = "", ...rest] = positionals;
  if (!Object.hasOwn(ACTS, act)) {
    throw new SeatmeterError("usage", act ? `there is no privacy ${act}.` : "export, erase or status is missing.");
  }
  await ACTS[act as keyof typeof ACTS](rest, values);
  return 0;
}

interface Values {
  format?: string | undefined;
  output?: string | undefined;
  reason?: string | undefined;
  json?: boolean | undefined;
  url?: string | undefined;
}

async function exportPerson(rest: readonly string[], { json, ...values }: Values): Promise<void> {
  const user = only(rest, "USER");
  const { format, file } = wanted({ format: json ? "json" : values.format, output: values.output }, FORMATS);
  const api = await HttpApi.open(values.url);
  if (format === "csv") return await save(await api.download("/api/v1/privacy/export.csv", "*/*", { user }), file);
  const told = await api.ask<PersonTold>("POST", "/api/v1/privacy/export", { user });
  await save(format === "json" ? `${JSON.stringify(told)}\n` : personText(told), file);
}

async function erasePerson(rest: readonly string[], { reason, json, url }: Values): Promise<void> {
  const user = only(rest, "USER");
  const content = { user, ...(reason !== undefined && { reason: reasonFrom(reason) }) };
  const erased = await (await HttpApi.open(url)).ask<{ message: string }>("POST", "/api/v1/privacy/erase", content);
  print(json ? `${JSON.stringify(erased)}\n` : `${plain(erased.message)}\n`);
}

async function status(rest: readonly string[], { json, url }: Values): Promise<void> {
  none(rest);
  const kept = await (await HttpApi.open(url)).ask<KeptFor>("GET", "/api/v1/privacy");
  print(json ? `${JSON.stringify(kept)}\n` : keptText(kept));
}
