import { SeatmeterError } from "../daemon/domain/errors.ts";
import { ACT_OPTIONS, ACT_USAGE, done } from "./act.ts";
import { only, parsed, reasonFrom } from "./arguments.ts";

export const usage = `
Usage: seatmeter reassign POOL USER --reason R [--url URL]
       seatmeter reassign POOL --device D --reason R [--url URL]

Frees the seat of POOL that is assigned to a person, where seats are bought for named users, or to a computer, where
they are bought for devices: the next who asks gets it.
${ACT_USAGE}
`;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, { ...ACT_OPTIONS, device: { type: "string" } });
  const [pool, ...rest] = positionals;
  if (pool === undefined) throw new SeatmeterError("usage", "POOL is missing.");
  const { device } = values;
  if (device !== undefined && rest.length > 0) throw new SeatmeterError("usage", "USER or --device, not both.");
  const reason = reasonFrom(values.reason);
  const content = device === undefined ? { user: only(rest, "USER"), reason } : { device, reason };
  return done({ method: "POST", path: `/api/v1/pools/${encodeURIComponent(pool)}/reassign`, content }, values.url);
}
