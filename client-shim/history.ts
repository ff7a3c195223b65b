import { join, resolve } from "node:path";
import type { Begun } from "../daemon/audit/audit.ts";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { copyHistory } from "../daemon/history/copy.ts";
import { placeInWords } from "../daemon/history/troubles.ts";
import { parsed } from "./arguments.ts";
import { auditIn, commandAct } from "./audited.ts";
import { print } from "./print.ts";

export const usage = `
Usage: seatmeter history copy --to URL [--data DIRECTORY]

Copies what happened from the SQLite file of a daemon to an empty PostgreSQL database, where several daemons can share
it. While it is copied nothing is recorded, and launches go on; afterwards no daemon takes the file up again. One that
broke off is simply done again.

  --to URL          postgres://USER:PASSWORD@HOST/DATABASE
  --data DIRECTORY  where the daemon's data are; else SEATMETER_DATA, else ./data

Exit code: 0 copied, every row counted · 64 usage · 69 a database is away · 78 no history there, or a database that
holds another one
`;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, { to: { type: "string" }, data: { type: "string" } });
  const [act, more] = positionals;
  if (act !== "copy") throw new SeatmeterError("usage", act ? `there is no history ${act}.` : "copy is missing.");
  if (more !== undefined) throw new SeatmeterError("usage", `${more} is one argument too many.`);
  if (values.to === undefined) throw new SeatmeterError("usage", "--to URL is missing.");
  if (!/^postgres(ql)?:\/\/./.test(values.to) || !URL.canParse(values.to)) {
    throw new SeatmeterError("usage", "--to is a URL such as postgres://USER:PASSWORD@HOST/DATABASE.");
  }
  const data = resolve(values.data ?? (process.env.SEATMETER_DATA || "data"));
  const copying = commandAct("copy_history", `to ${placeInWords({ url: values.to })}`);
  let begun: Begun | undefined;
  await copyHistory(join(data, "history.sqlite"), values.to, (line) => print(`${line}\n`), {
    begins: async (source) => {
      begun = await auditIn(source).begin(copying);
    },
    // The rows go along, so that the intent stands there, too.
    done: async (target) => begun && auditIn(target).end(begun, "done"),
  });
  return 0;
}
