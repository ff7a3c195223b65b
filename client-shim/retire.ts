import { ACT_OPTIONS, ACT_USAGE, done } from "./act.ts";
import { only, parsed, reasonFrom } from "./arguments.ts";

export const usage = `
Usage: seatmeter retire DEVICE --reason R [--url URL]

Takes a computer out of use, one that was stolen, lost or scrapped: what it holds is reclaimed, borrowed seats too, what
is assigned to it is freed, and it starts nothing any more.
${ACT_USAGE}
`;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, ACT_OPTIONS);
  const content = { device: only(positionals, "DEVICE"), reason: reasonFrom(values.reason) };
  return done({ method: "POST", path: "/api/v1/devices/retire", content }, values.url);
}
