import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { type Mistake, mistakesAsText } from "../daemon/domain/mistake.ts";
import { didYouMean, none, only, parsed, reasonFrom } from "./arguments.ts";
import { HttpApi } from "./http-api.ts";
import { print } from "./print.ts";

export const usage = `
Usage: seatmeter register check FILE
       seatmeter register apply FILE [--json] [--url URL]
       seatmeter register import FILE.csv [--merge FILE] [--owner WHO]
       seatmeter register change FILE.json --reason R [--json] [--url URL]
       seatmeter register export [--csv | --json | --xml] [--url URL]
       seatmeter register schema | keys

  check    read FILE and the files that it names as the daemon does, without one: every mistake, and in a file without
           any a warning of what can never work, a line each, FILE:LINE:COLUMN
  apply    check FILE, and have the daemon take it as the register in force, with the files of members that it names
  import   an asset register's CSV, as a spreadsheet saves it, becomes products, pools and entitlements; what comes out
           is a register on stdout, and each row or cell that could not be taken is listed on stderr, FILE:LINE: why.
           A row needs a product, seats, a reference and a start. Headings are found under many names, those of the
           Local Government Transparency Code among them; dates are 31/03/2027 or 2027-03-31
  change   change parts of the register in force, comments kept, as its next revision: FILE.json, or - for stdin, holds
           the changes as JSON Patch: [{"op": "replace", "path": "/pools/cad/entitlements/0/seats", "value": 30}].
           {"op": "test", "path": …, "value": …} before them makes sure that it still is as you saw it
  export   write the register in force to stdout, as it was applied; with --csv what was bought, a row for each
           entitlement, under the headings of the Transparency Code; with --xml in the words of ISO/IEC 19770-3
  schema   write the JSON Schema of the file, for editors
  keys     list every key of the file: what it means, and what holds without it

  --merge FILE  print this register with what is new in it, its text kept; where a row says otherwise, that is listed
  --owner WHO   of products whose rows name no owner ("to be named")
  --json      the daemon's own answer, for scripts
  --url URL   a daemon's address, instead of SEATMETER_URL

Exit code: 0 · 64 wrong arguments, no such file, or no row of a CSV that can be taken
  69 no daemon answers · 77 not allowed · 78 FILE has mistakes, or is older than the register in force
`;

const ACTS = { check, apply, change, import: imported, export: exported, schema, keys };
type Act = keyof typeof ACTS;

export async function run(args: readonly string[]): Promise<number> {
  const [name = "", ...rest] = args;
  if (!Object.hasOwn(ACTS, name)) {
    const acts = Object.keys(ACTS);
    const wrong = name === "" ? "What to do is missing" : `there is no register ${name}`;
    throw new SeatmeterError("usage", `${wrong}.${didYouMean(name, acts)} There are ${acts.join(", ")}.`);
  }
  return await ACTS[name as Act](rest);
}

async function check(args: readonly string[]): Promise<number> {
  const file = only(parsed(args, {}).positionals, "FILE");
  const read = await sound(file);
  if (!read) return 78;
  const { mistakesInNamedFiles } = await import("./named-files.ts");
  const mistakes = mistakesInNamedFiles(read.register, dirname(file), read.mistake);
  if (mistakes.length > 0) {
    tellMistakes(file, mistakes);
    return 78;
  }
  const { pools, products } = read.register;
  const warned = read.warnings.length > 0 ? `, ${count(read.warnings, "warning")}` : "";
  print(`${file}: ${count(products, "product")} and ${count(pools, "pool")}, no mistakes${warned}.\n`);
  return 0;
}

async function apply(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, { json: { type: "boolean" }, url: { type: "string" } });
  const file = only(positionals, "FILE");
  const read = await sound(file);
  if (!read) return 78;
  const api = await HttpApi.open(values.url);
  const { text, files } = read;
  const answer = await api.ask<{ revision: number }>("PUT", "/api/v1/register", { text, files });
  print(values.json ? `${JSON.stringify(answer)}\n` : `In force as revision ${answer.revision}.\n`);
  return 0;
}

async function change(args: readonly string[]): Promise<number> {
  const options = { reason: { type: "string" }, json: { type: "boolean" }, url: { type: "string" } } as const;
  const { values, positionals } = parsed(args, options);
  const file = only(positionals, "FILE.json");
  const reason = reasonFrom(values.reason);
  const from = file === "-" ? "standard input" : file;
  const changes = changesIn(bytesOf(file === "-" ? process.stdin.fd : file).toString(), from);
  const api = await HttpApi.open(values.url);
  const answer = await api
    .ask<{ revision: number }>("PATCH", "/api/v1/register", { reason, changes })
    .catch((error) => {
      // What the daemon finds wrong in them stands in the file.
      if (!(error instanceof SeatmeterError) || error.code !== "usage") throw error;
      throw new SeatmeterError("usage", `${from}: ${error.message}`, { cause: error });
    });
  print(values.json ? `${JSON.stringify(answer)}\n` : `In force as revision ${answer.revision}.\n`);
  return 0;
}

function changesIn(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SeatmeterError("usage", `${file} is no JSON: ${(cause as Error).message}.`, { cause });
  }
}

async function imported(args: readonly string[]): Promise<number> {
  const { importRegister } = await import("./register-import.ts");
  return await importRegister(args);
}

async function exported(args: readonly string[]): Promise<number> {
  const options = {
    json: { type: "boolean" },
    csv: { type: "boolean" },
    xml: { type: "boolean" },
    url: { type: "string" },
  } as const;
  const { values, positionals } = parsed(args, options);
  none(positionals);
  const [form, other] = (["csv", "json", "xml"] as const).filter((one) => values[one]);
  if (other) throw new SeatmeterError("usage", `--${form} does not go with --${other}.`);
  const api = await HttpApi.open(values.url);
  if (form === "xml") {
    print(await api.download("/api/v1/register.xml"));
    return 0;
  }
  const inForce = await api.ask<{ text: string }>("GET", "/api/v1/register");
  if (values.csv) {
    const [{ parse }, { registerAsCsv }] = await Promise.all([
      import("yaml"),
      import("../daemon/imports/register-csv.ts"),
    ]);
    print(registerAsCsv(parse(inForce.text)));
    return 0;
  }
  print(values.json ? `${JSON.stringify(inForce)}\n` : inForce.text);
  return 0;
}

async function keys(args: readonly string[]): Promise<number> {
  none(parsed(args, {}).positionals);
  const [{ keysAsText, keysOf }, { registerJsonSchema }] = await Promise.all([
    import("../daemon/register/keys.ts"),
    import("../daemon/register/schema.ts"),
  ]);
  print(keysAsText(keysOf(registerJsonSchema())));
  return 0;
}

async function schema(args: readonly string[]): Promise<number> {
  none(parsed(args, {}).positionals);
  const { registerJsonSchema } = await import("../daemon/register/schema.ts");
  print(`${JSON.stringify(registerJsonSchema(), null, 2)}\n`);
  return 0;
}

/** The file as the daemon will read it; nothing where it has mistakes, which are told here. */
async function sound(file: string) {
  const { readRegister } = await import("../daemon/register/read.ts");
  const { readText } = await import("../daemon/register/text.ts");
  const text = readText(bytesOf(file), file);
  const readFile = (name: string) => readText(readFileSync(resolve(dirname(file), name)), name);
  const read = readRegister(text, { readFile });
  const warnings = "warnings" in read ? read.warnings : [];
  tellMistakes(file, "mistakes" in read ? read.mistakes : warnings.map(asWarning));
  return "mistakes" in read ? undefined : { ...read, text };
}

const asWarning = (warning: Mistake): Mistake => ({ ...warning, path: `warning: ${warning.path}` });

function tellMistakes(file: string, mistakes: readonly Mistake[]): void {
  if (mistakes.length > 0) print(`${mistakesAsText(file, mistakes)}\n`, process.stderr);
}

function bytesOf(file: string | number): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new SeatmeterError(
      "usage",
      `${typeof file === "number" ? "What comes in" : file} cannot be read: ${(cause as Error).message}.`,
      { cause },
    );
  }
}

const count = (things: object, name: string) => {
  const { length } = Object.keys(things);
  return `${length} ${name}${length === 1 ? "" : "s"}`;
};
