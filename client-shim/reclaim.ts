import { ACT_OPTIONS, ACT_USAGE, done } from "./act.ts";
import { only, parsed, reasonFrom } from "./arguments.ts";
import { lengthMs } from "./moments.ts";

export const usage = `
Usage: seatmeter reclaim LEASE --reason R [--grace LENGTH] [--url URL]

Takes a seat from a running program, politely: its person is asked to save their work, and the seat is free after the
grace. For two minutes the same person and computer cannot take it again, so that it reaches those who wait. The program
runs on and is reported as above what was bought, or is asked to close where the register says so for its product.
LEASE is as "seatmeter status POOL --json" shows it.

  --grace LENGTH  until the seat is free: 90s, 2m, 1h; else what the daemon finds right
${ACT_USAGE}
`;

const LONGEST_GRACE_MS = 86_400_000;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, { ...ACT_OPTIONS, grace: { type: "string" } });
  const leaseId = only(positionals, "LEASE");
  const { grace } = values;
  const content = {
    reason: reasonFrom(values.reason),
    ...(grace !== undefined && { graceMs: lengthMs(grace, "--grace", LONGEST_GRACE_MS) }),
  };
  return done({ method: "DELETE", path: `/api/v1/leases/${encodeURIComponent(leaseId)}`, content }, values.url);
}
