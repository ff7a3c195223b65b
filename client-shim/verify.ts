import { SeatmeterError } from "../daemon/domain/errors.ts";
import { none, parsed, wholeNumber } from "./arguments.ts";
import { checkHistory, type Verdict, type Violation } from "./history-checker.ts";
import { type Header, readOperations } from "./operation-log.ts";
import { print } from "./print.ts";

export const usage = `
Usage: seatmeter verify --oplog FILE [--seats N] [--ttl MS] [--json]

Checks the log that "seatmeter sim --oplog FILE" wrote: were there ever more leases than seats, was anybody denied while
a seat was free?

  --oplog FILE  the log
  --seats N     seats of the pool; else as the log's first line says
  --ttl MS      how long a lease lives without a heartbeat, in milliseconds; else as the log's first line says
  --json        the verdict as one object

Exit code: 0 sound · 1 violated · 2 proves nothing: too much unknown, or the pool was never full · 64 not such a log
`;

const EXITS = { sound: 0, violated: 1, proves_nothing: 2 } as const satisfies Record<Verdict["verdict"], number>;
const SHOWN = 5;
const MOST = 1_000_000_000;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, {
    oplog: { type: "string" },
    seats: { type: "string" },
    ttl: { type: "string" },
    json: { type: "boolean" },
  });
  none(positionals);
  if (values.oplog === undefined) throw new SeatmeterError("usage", "--oplog FILE is missing.");
  const { header, operations, pauses } = await readOperations(values.oplog);
  const pool: Header = {
    seats: numberOf(values.seats, "--seats", header.seats, "seats"),
    ttlMs: numberOf(values.ttl, "--ttl", header.ttlMs, "ttlMs"),
  };
  const verdict = checkHistory(operations, pauses, pool);
  print(values.json ? `${JSON.stringify({ ...pool, ...verdict })}\n` : asText(verdict, pool));
  return EXITS[verdict.verdict];
}

function numberOf(text: string | undefined, option: string, told: unknown, field: string): number {
  if (text !== undefined) return wholeNumber(text, option, MOST);
  if (typeof told === "number" && told > 0) return told;
  throw new SeatmeterError("usage", `${option} is missing, and the log's first line has no ${field}.`);
}

function asText(verdict: Verdict, { seats }: Header): string {
  const { operations, leases, granted, denied, unknown, mostHeld, overCapacity, falseDenials } = verdict;
  return [
    inOneLine(verdict),
    ...listed(overCapacity, ({ held, lines }) => `${held} leases certainly held; granted in lines ${lines.join(", ")}`),
    ...listed(
      falseDenials,
      ({ held, lines }) => `denied in line ${lines[0]}; at most ${held} leases can have been held`,
    ),
    `${operations} operations on ${leases} leases: ${granted} granted, ${denied} denied, ${unknown} unknown.`,
    `At most ${mostHeld} of ${seats} seats were certainly held at once.`,
    "",
  ].join("\n");
}

/** The verdict, and what it rests on. */
function inOneLine({ verdict, why, overCapacity, falseDenials }: Verdict): string {
  if (verdict === "sound") return "Sound: never more leases than seats, and nobody denied while a seat was free.";
  if (verdict === "proves_nothing") return `Proves nothing: ${why.join("; ")}.`;
  const broken = [
    ...(overCapacity.length > 0 ? [`more leases than seats (${times(overCapacity)})`] : []),
    ...(falseDenials.length > 0 ? [`denied while a seat was free (${times(falseDenials)})`] : []),
  ];
  return `Violated: ${broken.join("; ")}.`;
}

const times = ({ length }: readonly Violation[]) => (length === 1 ? "once" : `${length} times`);

function listed(violations: readonly Violation[], said: (violation: Violation) => string): string[] {
  const lines = violations.slice(0, SHOWN).map((violation) => `  at ${violation.atMs} ms: ${said(violation)}`);
  return violations.length > SHOWN ? [...lines, `  and ${violations.length - SHOWN} more`] : lines;
}
