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
/** Each costs a socket. Beyond these the page still shows what was true when it was loaded. */
const MOST_WATCHERS = 500;
/** What a watcher may leave unread, in bytes, before it is cut off. It comes back by itself. */
const PILED_UP_BYTES = 512 * 1024;

/** Shows everybody who watches the same board, and asks the ledger only while somebody does. */
export class LiveBoard {
  readonly #render: () => Promise<Fragment>;
  readonly #onError: (error: unknown) => void;
  readonly #watchers = new Set<PassThrough>();
  #timer: NodeJS.Timeout | undefined;
  #shown: Fragment | undefined;
  #saidAtMs = 0;

  constructor(render: () => Promise<Fragment>, onError: (error: unknown) => void) {
    this.#render = render;
    this.#onError = onError;
  }

  /** @param seen the version that the watcher has already; undefined when there are too many watchers */
  watch(seen: string): PassThrough | undefined {
    if (this.#watchers.size >= MOST_WATCHERS) return undefined;
    const watcher = new PassThrough();
    watcher.write("retry: 5000\n\n");
    if (this.#shown && this.#shown.version !== seen) watcher.write(asEvent(this.#shown));
    this.#watchers.add(watcher);
    watcher.once("close", () => this.#watchers.delete(watcher));
    this.#timer ??= setTimeout(() => void this.#refresh());
    return watcher;
  }

  /** No stream outlives the daemon's doors. */
  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.end();
    this.#watchers.clear();
  }

  async #refresh() {
    const fragment = await this.#render().catch(this.#onError);
    if (!fragment) this.#say(": no figures\n\n");
    else if (fragment.version !== this.#shown?.version) this.#say(asEvent(fragment));
    else if (Date.now() - this.#saidAtMs > STILL_HERE_MS) this.#say(": still here\n\n");
    const watched = this.#watchers.size > 0;
    // What was shown to the last watcher is old by the time the next one comes.
    this.#shown = watched ? (fragment ?? this.#shown) : undefined;
    this.#timer = watched ? setTimeout(() => void this.#refresh(), REFRESH_MS) : undefined;
  }

  #say(text: string) {
    this.#saidAtMs = Date.now();
    for (const watcher of this.#watchers) {
      if (watcher.readableLength + watcher.writableLength > PILED_UP_BYTES) watcher.destroy();
      else watcher.write(text);
    }
  }
}

const asEvent = ({ html, summary, version }: Fragment) =>
  `id: ${version}\nevent: board\ndata: ${JSON.stringify({ html, summary })}\n\n`;

export function registerLive(app: FastifyInstance, live: LiveBoard): void {
  app.get<{ Querystring: { seen?: string } }>("/live", FOR_READERS, (request, reply) => {
    const stream = live.watch(String(request.headers["last-event-id"] ?? request.query.seen ?? ""));
    if (!stream) return reply.status(503).header("retry-after", "60").type("text/plain").send("too many watchers\n");
    return reply
      .headers({ "cache-control": "no-store", "x-accel-buffering": "no" })
      .type("text/event-stream; charset=utf-8")
      .send(stream);
  });
  app.addHook("preClose", async () => live.close());
}
