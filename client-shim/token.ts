import { appendFileSync, chmodSync, existsSync, readFileSync } from "node:fs";
import { newToken, ROLES, type Role } from "../daemon/access/tokens.ts";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { didYouMean, only, parsed } from "./arguments.ts";

export const usage = `
Usage: seatmeter token NAME --role ROLE [--until DATE] [--file FILE]

Makes a token and writes it to stdout, this once. The daemon keeps only a digest of it: a line for the tokensFile that
the register names under access.shims or access.people. With --file the line is appended there; without, it is written
to stderr, to be put there by hand.

  NAME          whose it is: a computer's name for a shim, a person's or a program's for the others
  --role ROLE   ${ROLES.join(", ")}
  --until DATE  the last day it is good for, 2027-03-31; none: for ever
  --file FILE   the tokens file; made, readable by you alone, if it is not there
`;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, {
    role: { type: "string" },
    until: { type: "string" },
    file: { type: "string" },
  });
  const name = only(positionals, "NAME");
  const { until, file } = values;
  if (until !== undefined && !isDate(until)) {
    throw new SeatmeterError("usage", `--until is a day such as 2027-03-31, not ${until}.`);
  }
  const { token, line } = newToken(name, roleNamed(values.role), until);
  if (file === undefined) process.stderr.write(`${line}\n`);
  else append(file, line);
  process.stdout.write(`${token}\n`);
  return 0;
}

function roleNamed(name: string | undefined): Role {
  if (name === undefined) throw new SeatmeterError("usage", `--role is missing: ${ROLES.join(", ")}.`);
  const role = ROLES.find((one) => one === name);
  if (role !== undefined) return role;
  throw new SeatmeterError(
    "usage",
    `there is no role ${name}.${didYouMean(name, ROLES)} There are ${ROLES.join(", ")}.`,
  );
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true;
}

function append(file: string, line: string): void {
  try {
    // Whoever wrote the last line by hand may have left its end open.
    const open = existsSync(file) && /[^\n]$/.test(readFileSync(file, "utf8"));
    appendFileSync(file, `${open ? "\n" : ""}${line}\n`, { mode: 0o600 });
    chmodSync(file, 0o600);
  } catch (cause) {
    throw new SeatmeterError("settings_invalid", `The token was not made: ${(cause as Error).message}.`, { cause });
  }
}
