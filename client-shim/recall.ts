import { ACT_OPTIONS, ACT_USAGE, done } from "./act.ts";
import { only, parsed, reasonFrom } from "./arguments.ts";

export const usage = `
Usage: seatmeter recall LEASE --reason R [--url URL]

Asks for a borrowed seat back: LEASE is as "seatmeter status POOL --json" shows it. Its ticket cannot be unsaid, so the
seat stays in use, and is shown as at risk, until it is returned from its computer or its day has come.
${ACT_USAGE}
`;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, ACT_OPTIONS);
  const leaseId = only(positionals, "LEASE");
  const content = { reason: reasonFrom(values.reason) };
  return done({ method: "POST", path: `/api/v1/leases/${encodeURIComponent(leaseId)}/recall`, content }, values.url);
}
