import { renewTicketKey } from "../daemon/access/ticket-keys.ts";
import { only, parsed } from "./arguments.ts";
import { print } from "./print.ts";

export const usage = `
Usage: seatmeter ticket-key DATA

Makes a new key by which the daemons sign the tickets of borrowed seats, and puts it in front of the file
ticket-keys.json in DATA, a daemon's data directory (SEATMETER_DATA). The key before it stays good, so that what is
borrowed by now holds; those before that one go. Daemons take it up on SIGHUP and at a start; all daemons of one ledger
need the same file. Made public keys are written to stdout, the newest first.

To end every ticket at once, as when a key was stolen: run it twice, and copy the file to the other daemons.
`;

export async function run(args: readonly string[]): Promise<number> {
  const { positionals } = parsed(args, {});
  print(`${renewTicketKey(only(positionals, "DATA")).join("\n")}\n`);
  return 0;
}
