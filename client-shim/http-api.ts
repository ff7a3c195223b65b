import { ERRORS, type ErrorCode, SeatmeterError } from "../daemon/domain/errors.ts";
import { vouchedFor } from "./authorities.ts";
import { withWayIn } from "./refused.ts";
import { addressFor, type Daemons, daemonsAt } from "./settings.ts";
import { isUnheard, tlsTrouble, whyUnreachable } from "./unreachable.ts";

/** A list as the API gives it: a page of it, and where the next one begins. */
interface Page<Item> {
  items: Item[];
  next?: string;
}

interface Asked {
  method: string;
  path: string;
  content?: object | undefined;
  accept?: string;
}

/** An answer, with all that it says: one that breaks off is none. */
interface Answer extends Pick<Response, "ok" | "status" | "url"> {
  content: Uint8Array;
}

const ANSWER_WITHIN_MS = 10_000;

/** The daemon's HTTP API, at whichever address answers. */
export class HttpApi {
  readonly #daemons: Daemons;
  readonly #asks: "person" | "computer";
  /** Of the daemons, the one that answered last. */
  #answering: URL | undefined;

  /** @param asks a computer shows no token here: what it sends says who it is */
  constructor(daemons: Daemons, asks: "person" | "computer" = "person") {
    this.#daemons = daemons;
    this.#asks = asks;
  }

  /**
   * @param url what the person wrote after `--url`; else the settings decide
   * Errors: SeatmeterError settings_invalid.
   */
  static async open(url?: string): Promise<HttpApi> {
    return new HttpApi(await daemonsAt(url));
  }

  /**
   * Errors: SeatmeterError with the daemon's own code; unreachable where none answers.
   */
  async ask<Body>(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, content?: object): Promise<Body> {
    return this.#bodyOf(await this.#answer({ method, path, content })) as Body;
  }

  /**
   * A file as the daemon gives it: a spreadsheet, a calendar, a page. Errors: as of `ask`.
   */
  async download(path: string, accept = "*/*", content?: object): Promise<Uint8Array> {
    const answer = await this.#answer({ method: content ? "POST" : "GET", path, accept, content });
    if (!answer.ok) this.#bodyOf(answer);
    return answer.content;
  }

  /** Of the first daemon that answers. */
  async #answer({ path, ...asked }: Asked): Promise<Answer> {
    const failures: { host: string; error: Error }[] = [];
    for (const address of this.#daemons.addresses) {
      const answer = await this.#fetch(addressFor("http", address, path), asked).catch((error: Error) => {
        // What is wrong with the settings is so with all of them.
        if (error instanceof SeatmeterError) throw error;
        // Everything else is the same when it is done twice; a change is one of what the change before has left.
        if (asked.method === "PATCH" && !isUnheard(error)) throw unsure(address, error);
        failures.push({ host: address.host, error });
      });
      if (!answer) continue;
      this.#answering = address;
      return answer;
    }
    const whys = failures.map(({ host, error }) => `${host}: ${whyUnreachable(error)}`).join("; ");
    const hint = failures.some(({ error }) => tlsTrouble(error)) ? "" : " Is it running there?";
    throw new SeatmeterError("unreachable", `No daemon could be asked (${whys}).${hint}`);
  }

  /** The address that answered, or else the first, as others write a server: host and port. */
  get server(): { host: string; port: string } {
    const { hostname, port, protocol } = this.#answering ?? this.#daemons.addresses[0]!;
    return { host: hostname, port: port || (/s:$/.test(protocol) ? "443" : "80") };
  }

  /** All of a list, page by page. */
  async list<Item>(path: string): Promise<Item[]> {
    const items: Item[] = [];
    let next: string | undefined;
    do {
      const separator = path.includes("?") ? "&" : "?";
      const page: Page<Item> = await this.ask(
        "GET",
        next === undefined ? path : `${path}${separator}cursor=${encodeURIComponent(next)}`,
      );
      items.push(...page.items);
      next = page.next;
    } while (next);
    return items;
  }

  async #fetch(url: URL, { method, content, accept = "application/json" }: Omit<Asked, "path">): Promise<Answer> {
    const token = this.#asks === "person" && this.#daemons.token;
    const request = {
      method,
      headers: {
        accept,
        ...(token && { authorization: `Bearer ${token}` }),
        ...(content && { "content-type": "application/json" }),
      },
      ...(content && { body: JSON.stringify(content) }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    };
    // Node's takes no authorities here: there they are trusted by everything.
    const response = await vouchedFor((ca) => fetch(url, { ...request, ...(ca && { tls: { ca } }) }));
    const { ok, status } = response;
    return { ok, status, url: response.url, content: new Uint8Array(await response.arrayBuffer()) };
  }

  #bodyOf({ ok, status, url, content }: Answer): unknown {
    let body: { code?: string; message?: string } | undefined;
    try {
      body = JSON.parse(new TextDecoder().decode(content));
    } catch {
      // Whatever stands at that address, it is no daemon of ours.
    }
    if (ok && body !== undefined) return body;
    const message = body?.message ?? `${url} answers ${status}; is that a seatmeter daemon?`;
    const error = new SeatmeterError(codeOf(body?.code, status), message);
    throw this.#asks === "person" ? withWayIn(error, "person", this.#daemons.token) : error;
  }
}

function unsure({ host }: URL, error: Error): SeatmeterError {
  const why = `${host} has not answered (${whyUnreachable(error)}). It may have been done: look before you say it again.`;
  return new SeatmeterError("unreachable", why, { cause: error });
}

/** What a daemon finds wrong in a question are the words on the command line. */
function codeOf(code: string | undefined, status: number): ErrorCode {
  if (code === "message_invalid") return "usage";
  if (code !== undefined && Object.hasOwn(ERRORS, code)) return code as ErrorCode;
  if (status === 401) return "unauthenticated";
  if (status === 403) return "forbidden";
  return status === 404 ? "not_found" : "internal";
}
