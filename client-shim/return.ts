import { SeatmeterError } from "../daemon/domain/errors.ts";
import { only, parsed } from "./arguments.ts";
import { plain } from "./denial.ts";
import { Kept } from "./kept.ts";
import { print } from "./print.ts";
import { isAway, Route } from "./route.ts";
import { daemonsAt } from "./settings.ts";

export const usage = `
Usage: seatmeter return PRODUCT

Gives a borrowed seat of PRODUCT back before its day. For that the licence service has to be reached; until then the
seat stays this computer's. Programs that were started with it run on, so end them first.

Exit code: 0 · 64 nothing of PRODUCT is borrowed on this computer · 69 no daemon can be reached: the ticket is kept
  77 not allowed
`;

const REACH_WITHIN_MS = 5_000;

export async function run(args: readonly string[]): Promise<number> {
  const kept = new Kept(only(parsed(args, {}).positionals, "PRODUCT"));
  const { product } = kept;
  const called = kept.policy.calledName(product);
  const seat = kept.tickets.kept(product);
  if (seat === undefined) throw new SeatmeterError("not_found", `Nothing of ${called} is borrowed on this computer.`);
  if (seat === "unreadable") {
    kept.tickets.forget(product);
    throw new SeatmeterError(
      "settings_invalid",
      `What was kept of the borrowed seat of ${called} cannot be read, and is removed. The seat is free again on its ` +
        "day, or when an administrator reclaims it.",
    );
  }
  const said = await givenBack(new Route(await daemonsAt(), kept), seat.leaseId, called);
  kept.tickets.forget(product);
  print(said);
  return 0;
}

async function givenBack(route: Route, leaseId: string, called: string): Promise<string> {
  try {
    const connection = await route.reach(REACH_WITHIN_MS);
    try {
      await connection.ask({ type: "checkin", leaseId, why: "borrow_returned" });
    } finally {
      connection.close();
    }
    return `The borrowed seat of ${called} is given back.\n`;
  } catch (error) {
    if (!(error instanceof SeatmeterError)) throw error;
    if (error.code === "lease_unknown") return `The borrowed seat of ${called} had ended already.\n`;
    if (!isAway(error.code)) throw error;
    const why = plain(error.message).replace(/\.$/, "");
    throw new SeatmeterError(
      "unreachable",
      `A borrowed seat can only be given back when the licence service is reached, and it cannot be now (${why}). ` +
        `Until then ${called} starts on this computer as before.`,
      { cause: error },
    );
  }
}
