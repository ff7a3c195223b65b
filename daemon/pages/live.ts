import { PassThrough } from "node:stream";
import type { FastifyInstance } from "fastify";
import { FOR_READERS } from "./parts.ts";

/** The part of the board that moves. */
export interface Fragment {
  html: string;
  /** What changed, for somebody who listens. */
  summary: string;
  /** Of the HTML: the same text has the same. */
  version: string;
}

/** How often the ledger is asked, however many watch. */
const REFRESH_MS = 1000;
/** A word now and then, so that nothing between us and a watcher takes the silence for an end. */
const STILL_HERE_MS = 15_000;
/** Then a watcher comes again by itself, and is asked again who it is: a session or a role that ended ends this too. */
const WATCH_MS = 5 * 60_000;
/** Each costs a socket. Beyond these the page still shows what was true when it was loaded. */
const MOST_WATCHERS = 500;
/** What a watcher may leave unread, in bytes, before it is cut off. It comes back by itself. */
const PILED_UP_BYTES = 512 * 1024;

/** Shows everybody who watches the same board, and asks the ledger only while somebody does. */
export class LiveBoard {
  readonly #render: () => Promise<Fragment>;
  readonly #onError: (error: unknown) => void;
  /** And the version that each has. */
  readonly #watchers = new Map<PassThrough, string>();
  #timer: NodeJS.Timeout | undefined;
  #stillHereAtMs = Date.now();

  constructor(render: () => Promise<Fragment>, onError: (error: unknown) => void) {
    this.#render = render;
    this.#onError = onError;
  }

  /** @param seen the version that the watcher has already; undefined when there are too many watchers */
  watch(seen: string): PassThrough | undefined {
    if (this.#watchers.size >= MOST_WATCHERS) return undefined;
    const watcher = new PassThrough();
    watcher.write("retry: 5000\n\n");
    // What others were shown last may be older than the page that this one comes from, so it waits for the next refresh.
    this.#watchers.set(watcher, seen);
    const until = setTimeout(() => watcher.end(), WATCH_MS).unref();
    watcher.once("close", () => {
      clearTimeout(until);
      this.#watchers.delete(watcher);
    });
    this.#timer ??= setTimeout(() => void this.#refresh());
    return watcher;
  }

  /** No stream outlives the daemon's doors. */
  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.keys()) watcher.end();
    this.#watchers.clear();
  }

  async #refresh() {
    const fragment = await this.#render().catch(this.#onError);
    const event = fragment && asEvent(fragment);
    const due = Date.now() - this.#stillHereAtMs > STILL_HERE_MS;
    if (due) this.#stillHereAtMs = Date.now();
    for (const [watcher, seen] of this.#watchers) {
      if (!fragment || !event) say(watcher, ": no figures\n\n");
      else if (fragment.version !== seen) {
        this.#watchers.set(watcher, fragment.version);
        say(watcher, event);
      } else if (due) say(watcher, ": still here\n\n");
    }
    this.#timer = this.#watchers.size > 0 ? setTimeout(() => void this.#refresh(), REFRESH_MS) : undefined;
  }
}

function say(watcher: PassThrough, text: string) {
  if (watcher.readableLength + watcher.writableLength > PILED_UP_BYTES) watcher.destroy();
  else watcher.write(text);
}

const asEvent = ({ html, summary, version }: Fragment) =>
  `id: ${version}\nevent: board\ndata: ${JSON.stringify({ html, summary })}\n\n`;

/** Who asks for its head alone would be a watcher for minutes, and cost no socket by which their number is bounded. */
const WATCHED = { config: { ...FOR_READERS.config, endless: true }, exposeHeadRoute: false } as const;

export function registerLive(app: FastifyInstance, live: LiveBoard): void {
  app.get<{ Querystring: { seen?: string } }>("/live", WATCHED, (request, reply) => {
    const stream = live.watch(String(request.headers["last-event-id"] ?? request.query.seen ?? ""));
    if (!stream) return reply.status(503).header("retry-after", "60").type("text/plain").send("too many watchers\n");
    return reply
      .headers({ "cache-control": "no-store", "x-accel-buffering": "no" })
      .type("text/event-stream; charset=utf-8")
      .send(stream);
  });
  app.addHook("preClose", async () => live.close());
}
