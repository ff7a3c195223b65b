import { appendFileSync, chmodSync, existsSync, readFileSync, statSync } from "node:fs";
import { isShimRole } from "../daemon/access/roles.ts";
import { newToken, ROLES, type Role } from "../daemon/access/tokens.ts";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { didYouMean, only, parsed } from "./arguments.ts";
import { HttpApi } from "./http-api.ts";
import { print } from "./print.ts";
import { tell } from "./tell.ts";

export const usage = `
Usage: seatmeter token NAME --role ROLE [--until DATE] [--file FILE]
       seatmeter token DEVICE --role enrol [--url URL] [--json]

Makes a token and writes it to stdout, this once. The daemon keeps only a digest of it: a line for the tokensFile that
the register names under access.shims or access.people. With --file the line is appended there; without, it is written
to stderr, to be put there by hand.

  NAME          whose it is: a computer's name for a shim, a person's or a program's for the others
  --role ROLE   ${ROLES.join(", ")}; enrol, below
  --until DATE  the last day it is good for, 2027-03-31; none: for ever
  --file FILE   the tokens file; made, readable by you alone, if it is not there

With --role enrol a daemon makes it, and knows it already: \`seatmeter enrol --token TOKEN\` on that computer, once and
within a day, has it known by a key of its own. One made later takes its place. It takes a token of yours that may do
so (SEATMETER_TOKEN, or SEATMETER_TOKEN_FILE).
`;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, {
    role: { type: "string" },
    until: { type: "string" },
    file: { type: "string" },
    url: { type: "string" },
    json: { type: "boolean" },
  });
  const name = only(positionals, "NAME");
  const { until, file, url, json } = values;
  if (values.role === ENROL) {
    if (until ?? file) throw new SeatmeterError("usage", "a token to enrol with is good for a day, and in no file.");
    return offer(name, url, json);
  }
  if (url ?? json) throw new SeatmeterError("usage", "--url and --json go with --role enrol.");
  if (until !== undefined && !isDate(until)) {
    throw new SeatmeterError("usage", `--until is a day such as 2027-03-31, not ${until}.`);
  }
  const role = roleNamed(values.role);
  const { token, line } = newToken(name, role, until);
  if (file === undefined) print(`${line}\n`, process.stderr);
  else append(file, line, role);
  print(`${token}\n`);
  return 0;
}

/** No role that a token's file may give: the computer that shows it is enrolled, and is a shim from then on. */
const ENROL = "enrol";

async function offer(device: string, url: string | undefined, json = false): Promise<number> {
  const api = await HttpApi.open(url);
  const offered = await api.ask<{ token: string }>("POST", "/api/v1/devices/enrolment-tokens", { device });
  print(`${json ? JSON.stringify(offered) : offered.token}\n`);
  return 0;
}

const FOR_PEOPLE = "people's tokens only. A shim's counts in the file of access.shims alone: is this that file?";
const FOR_SHIMS = "shims' tokens only. A person's counts in the file of access.people alone: is this that file?";

/** Whether a file holds tokens, and all of the other kind: shims' beside a person's, or people's beside a shim's. */
function isAmongOthers(role: Role, text: string): boolean {
  const roles = text.split("\n").flatMap((line) => ROLES.filter((known) => known === line.trim().split(/\s+/)[1]));
  return roles.length > 0 && roles.every((other) => isShimRole(other) !== isShimRole(role));
}

function roleNamed(name: string | undefined): Role {
  const roles = [...ROLES, ENROL];
  if (name === undefined) throw new SeatmeterError("usage", `--role is missing: ${roles.join(", ")}.`);
  const role = ROLES.find((one) => one === name);
  if (role !== undefined) return role;
  throw new SeatmeterError(
    "usage",
    `there is no role ${name}.${didYouMean(name, roles)} There are ${roles.join(", ")}.`,
  );
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true;
}

function append(file: string, line: string, role: Role): void {
  try {
    const before = existsSync(file) ? readFileSync(file, "utf8") : "";
    // Whoever wrote the last line by hand may have left its end open.
    const open = /[^\n]$/.test(before);
    appendFileSync(file, `${open ? "\n" : ""}${line}\n`, { mode: 0o600 });
    // Others have no business there; its group stays, as which the daemon may run.
    chmodSync(file, statSync(file).mode & 0o660);
    if (isAmongOthers(role, before)) tell(`${file} held ${isShimRole(role) ? FOR_PEOPLE : FOR_SHIMS}`);
  } catch (cause) {
    throw new SeatmeterError("settings_invalid", `The token was not made: ${(cause as Error).message}.`, { cause });
  }
}
