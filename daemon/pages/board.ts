import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { SeatmeterError } from "../domain/errors.ts";
import { newestDenials } from "./denials.ts";
import { count, number } from "./formats.ts";
import { type Fragment, LiveBoard, registerLive } from "./live.ts";
import { FOR_READERS, type PageParts, type SendPage } from "./parts.ts";
import { type PoolRow, poolRows } from "./pool-row.ts";

/** How many denials the board shows. */
const LAST_DENIALS = 10;
/** And pools: more than anybody looks through, and little enough to be sent to everybody whenever a figure moves. */
const MOST_ROWS = 200;
/** And how many of those in trouble it names in its first sentences. */
const MOST_NAMED = 20;

const AWAY =
  "The ledger cannot be reached: Redis does not answer. Programs that run go on running; whether new ones start is set for each product. Check the Redis server. This page recovers by itself.";
const NOT_DURABLE =
  "The ledger is not durable: Redis keeps no append-only file, so a restart of Redis forgets who has seats. Set “appendonly yes” there.";
const DRAINING = "This daemon is stopping. Seats stay with who has them.";
const FILE_DIFFERS =
  "The register in force was published elsewhere, and this daemon’s register file is another one. Take the text in force from the Register page into the file; what is changed after that is published.";

const HISTORY_DOWN =
  "What happens is not written down for now: the history’s database cannot be used. Nothing is lost: it waits in Redis. The daemon’s log says what is wrong, and recording goes on by itself.";

/** The live board: can people work? */
export function registerBoard(app: FastifyInstance, parts: PageParts, send: SendPage): void {
  const render = () => renderFragment(app, parts);
  app.get("/", FOR_READERS, async (_request, reply) => {
    const { away, ...fragment } = await render();
    return send(reply.status(away ? 503 : 200), "board.njk", { here: "board", nowMs: Date.now(), fragment });
  });
  registerLive(
    app,
    new LiveBoard(render, (error) => app.log.error({ err: error }, "the live board could not be made")),
  );
}

/** Never fails for want of the ledger: that it is away is what the board then says. */
async function renderFragment(app: FastifyInstance, parts: PageParts): Promise<Fragment & { away: boolean }> {
  const view = await boardView(parts).catch((error: unknown) => {
    if (error instanceof SeatmeterError && error.code.startsWith("ledger_")) return undefined;
    throw error;
  });
  const { timezone } = parts.inForce().register;
  const html = await app.view("board-fragment.njk", view ? { ...view, timezone } : { warnings: [AWAY] });
  const version = createHash("sha256").update(html).digest("hex").slice(0, 16);
  return { html, version, summary: view ? summaryOf(view.all) : AWAY, away: view === undefined };
}

async function boardView(parts: PageParts) {
  const { register } = parts.inForce();
  const [levels, denials, health] = await Promise.all([
    parts.ledger.levels(Object.keys(register.pools)),
    newestDenials(parts, LAST_DENIALS),
    parts.ledger.health(),
  ]);
  const { draining, fileDiffers, history } = parts.state();
  const all = poolRows(register, levels, Date.now());
  const troubled = all.filter((row) => row.free === 0);
  return {
    ...{ all, rows: rowsShown(all), denials },
    troubled: named(troubled),
    fullSites: named(all.filter((row) => row.free > 0).flatMap(fullSitesOf)),
    warnings: [
      ...(health.up && !health.durable ? [NOT_DURABLE] : []),
      ...(history && !history.up ? [HISTORY_DOWN] : []),
      ...(draining ? [DRAINING] : []),
      ...(fileDiffers ? [FILE_DIFFERS] : []),
    ],
  };
}

/** All of them in their order; where they are too many, first those where people cannot start a program. */
export function rowsShown(all: readonly PoolRow[]): readonly PoolRow[] {
  if (all.length <= MOST_ROWS) return all;
  const trouble = (row: PoolRow) => (row.free === 0 ? 0 : fullSitesOf(row).length > 0 ? 1 : 2);
  return all.toSorted((one, other) => trouble(one) - trouble(other)).slice(0, MOST_ROWS);
}

const named = <Named>(all: readonly Named[]) => ({
  count: all.length,
  first: all.slice(0, MOST_NAMED),
  more: Math.max(0, all.length - MOST_NAMED),
});

/** Where people cannot start a program although the pool has seats. */
const fullSitesOf = (row: PoolRow) =>
  row.sites.filter((site) => site.full).map((site) => `${row.title} at ${site.name}`);

function summaryOf(rows: readonly PoolRow[]): string {
  const used = rows.reduce((sum, row) => sum + row.used, 0);
  const owned = rows.reduce((sum, row) => sum + row.owned, 0);
  const { first, more } = named(rows.filter((row) => row.free === 0));
  return [
    `${number(used)} of ${count(owned, "seat")} in use.`,
    ...first.map((row) => `${row.title}: ${row.words}.`),
    ...(more > 0 ? [`${count(more, "more pool has", "more pools have")} no free seat.`] : []),
  ].join(" ");
}
