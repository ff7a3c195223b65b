import { SeatmeterError } from "../daemon/domain/errors.ts";
import { parsed } from "./arguments.ts";
import { plain } from "./denial.ts";
import { inventoryParts } from "./inventory/parts.ts";
import { tellInventory } from "./inventory/tell.ts";
import { Kept } from "./kept.ts";
import { print } from "./print.ts";
import { reached } from "./reached.ts";
import { Route } from "./route.ts";
import { daemonsAt } from "./settings.ts";
import { table } from "./table.ts";
import { tell } from "./tell.ts";

export const usage = `
Usage: seatmeter inventory [--json] [--send]

What is installed on this computer, as the daemons would be told: name, publisher and version of each program, and
nothing else; no folder, no file, and nobody's name. It is read from the packages of Debian and rpm, from Flatpak and
snap, from what Windows can uninstall, from the applications of a Mac, and from tags of ISO/IEC 19770-2 where installers
left some.

  --json   { "software": [{ "name", "publisher", "version" }] }
  --send   tell the daemon now; an agent does so by itself

Exit code: 0 · 69 no daemon can be reached, or its history is away · 70 something here cannot be read
  75 told too often · 78 the daemon keeps no history
`;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, { json: { type: "boolean" }, send: { type: "boolean" } });
  if (positionals.length > 0) throw new SeatmeterError("usage", `${positionals[0]} is one argument too many.`);
  const parts = (await inventoryParts(undefined))?.parts ?? [];
  const software = parts.flatMap((part) => part.software);
  if (values.json) print(`${JSON.stringify({ software })}\n`);
  else if (!values.send) {
    const rows = software.map(({ name, publisher, version }) => [name, publisher || "–", version || "–"].map(plain));
    print(rows.length === 0 ? "Nothing is installed.\n" : table(HEADINGS, rows));
  }
  if (values.send) await send(parts, software.length);
  return 0;
}

const HEADINGS = [{ heading: "NAME" }, { heading: "PUBLISHER" }, { heading: "VERSION" }];

async function send(parts: Parameters<typeof tellInventory>[1], items: number): Promise<void> {
  const connection = await reached(new Route(await daemonsAt(), new Kept("")));
  try {
    await tellInventory(connection, parts);
  } finally {
    connection.close();
  }
  // Not on stdout, where the list may go.
  tell(`the licence service knows now of ${items} programs on this computer.`);
}
