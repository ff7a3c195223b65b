import { ERRORS, SeatmeterError } from "../daemon/domain/errors.ts";
import { parsed } from "./arguments.ts";
import { plain } from "./denial.ts";
import { installedSoftware, SOURCES } from "./inventory/installed.ts";
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
Usage: seatmeter inventory [--json] [--send] [--without SOURCE]

What is installed on this computer, as the daemons would be told: name, publisher and version of each program, and
nothing else; no folder, no file, and nobody's name. It is read from the packages of Debian and rpm, from Flatpak and
snap, from what Windows can uninstall, from the applications of a Mac, and from tags of ISO/IEC 19770-2 where installers
left some. A source that is not on this computer lists nothing. One that is, and cannot be read, is named on stderr,
and the rest is shown; nothing is sent then, for the daemon would take it that what it listed is gone.

  --json            { "software": [{ "name", "publisher", "version" }] }
  --send            tell the daemon now; an agent does so by itself
  --without SOURCE  do not read this one, and send the rest: ${SOURCES.join(", ")}

Exit code: 0 · 69 no daemon can be reached, or its history is away · 70 something here cannot be read
  75 told too often · 78 the daemon keeps no history
`;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, {
    ...{ json: { type: "boolean" }, send: { type: "boolean" }, without: { type: "string", multiple: true } },
  });
  if (positionals.length > 0) throw new SeatmeterError("usage", `${positionals[0]} is one argument too many.`);
  const { without = [] } = values;
  const unknown = without.find((source) => !SOURCES.includes(source));
  if (unknown !== undefined) {
    throw new SeatmeterError("usage", `--without ${unknown}: there are ${SOURCES.join(", ")}.`);
  }
  const { parts, unread } = await inventoryParts(undefined, () => installedSoftware({ without }));
  const software = parts.flatMap((part) => part.software);
  if (values.json) print(`${JSON.stringify({ software })}\n`);
  else if (!values.send) {
    const rows = software.map(({ name, publisher, version }) => [name, publisher || "–", version || "–"].map(plain));
    print(rows.length === 0 ? "Nothing is installed.\n" : table(HEADINGS, rows));
  }
  for (const { source, why } of unread) tell(`what ${source} lists cannot be read: ${why}.`);
  if (unread.length > 0) {
    const left = unread.map(({ source }) => `--without ${source}`).join(" ");
    if (values.send) tell(`nothing was sent; where nothing is missed by it, send the rest with ${left}.`);
    return UNREAD;
  }
  if (values.send) await send(parts, software.length);
  return 0;
}

const UNREAD = ERRORS.internal.exit;

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
