import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { Redis, type RedisOptions } from "ioredis";
import { patiently } from "./patience.ts";

/** Each sentinel is waited for so long, as a replica is; who has not answered by then counts as away until he does. */
const ANSWER_WITHIN_MS = 300;

/** Who decides behind sentinels which server is master: most of them, by the word of one whom they chose. */
export class Sentinels {
  readonly #name: string;
  readonly #all: Sentinel[];

  /** @param options of the connection to the master that they look after */
  constructor({ sentinels = [], name = "", retryStrategy, connectTimeout }: RedisOptions) {
    this.#name = name;
    const common = { retryStrategy, connectTimeout, maxRetriesPerRequest: 0 };
    this.#all = sentinels.map(
      ({ host = "localhost", port = 26_379 }) =>
        new Sentinel(
          new Redis({ ...common, host, port, connectionName: "seatmeter-sentinels", disableClientInfo: true }),
        ),
    );
  }

  /**
   * Whether a server is master, and nobody has begun to put another one in its place: most sentinels answer, and none of
   * them says otherwise. The one who leads a failover says so from before it until all of them know.
   */
  async leave(stream: Redis["stream"]): Promise<boolean> {
    const answers = await Promise.all(this.#all.map((sentinel) => sentinel.master(this.#name)));
    const facts = answers.filter((answer) => answer !== undefined).map(factsOf);
    if (facts.length * 2 <= this.#all.length) return false;
    const its = await Promise.all(
      facts.map(async ({ ip = "", port, flags = "" }) => {
        if (flags.split(",").includes("failover_in_progress") || Number(port) !== stream.remotePort) return false;
        return (await addressesOf(ip)).includes(plain(stream.remoteAddress ?? ""));
      }),
    );
    return its.every(Boolean);
  }

  close(): void {
    for (const sentinel of this.#all) sentinel.close();
  }
}

class Sentinel {
  readonly #client: Redis;
  /** It was asked and has not answered yet. */
  #isAsked = false;

  constructor(client: Redis) {
    this.#client = client;
    // That it is away shows in its answers.
    client.on("error", () => {});
  }

  /** Nothing: it is away, or still owes an answer. */
  async master(name: string): Promise<string[] | undefined> {
    if (this.#isAsked) return undefined;
    this.#isAsked = true;
    const answer = this.#client.call("SENTINEL", "MASTER", name) as Promise<string[]>;
    const heard = () => {
      this.#isAsked = false;
    };
    answer.then(heard, heard);
    return await patiently(answer, ANSWER_WITHIN_MS).catch(() => undefined);
  }

  close(): void {
    this.#client.disconnect();
  }
}

/** Names and values by turns. */
function factsOf(answer: readonly string[]): Record<string, string | undefined> {
  return Object.fromEntries(Array.from({ length: answer.length >> 1 }, (_, i) => [answer[2 * i]!, answer[2 * i + 1]!]));
}

/** Sentinels may know servers by name. */
async function addressesOf(host: string): Promise<string[]> {
  if (isIP(host)) return [host];
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

/** IPv4 as a socket for both tells it. */
const plain = (address: string) => address.replace(/^::ffff:/, "");
