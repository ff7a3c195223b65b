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
   * Whether a server is master, and nobody has begun to put another one in its place: most sentinels answer, none of them
   * leads a failover, and those who know of the latest one name this server. Who leads one says so before it begins.
   */
  async leave(stream: Redis["stream"]): Promise<boolean> {
    const answers = await Promise.all(this.#all.map((sentinel) => sentinel.master(this.#name)));
    const masters = answers.filter((answer) => answer !== undefined);
    if (masters.length * 2 <= this.#all.length) return false;
    if (masters.some(({ isBeingReplaced }) => isBeingReplaced)) return false;
    const latest = Math.max(...masters.map(({ epoch }) => epoch));
    const named = masters.filter(({ epoch }) => epoch === latest);
    const its = named.map(async ({ host, port }) => {
      if (port !== stream.remotePort) return false;
      return (await addressesOf(host)).includes(plain(stream.remoteAddress ?? ""));
    });
    return (await Promise.all(its)).every(Boolean);
  }

  close(): void {
    for (const sentinel of this.#all) sentinel.close();
  }
}

class Sentinel {
  readonly #client: Redis;
  /** It was found, or was not, for the first time. */
  readonly #sought: Promise<void>;
  /** It was asked and has not answered yet. */
  #isAsked = false;

  constructor(client: Redis) {
    this.#client = client;
    this.#sought = new Promise((resolve) => client.once("ready", resolve).once("close", resolve));
    // That it is away shows in its status.
    client.on("error", () => {});
  }

  /** Nothing: it is away, or still owes an answer. */
  async master(name: string): Promise<Master | undefined> {
    await this.#sought;
    // What is asked meanwhile would wait for the next try to reach it.
    if (this.#isAsked || this.#client.status !== "ready") return undefined;
    this.#isAsked = true;
    const ask = (word: string) => this.#client.call("SENTINEL", word, name) as Promise<string[]>;
    const answers = Promise.all([ask("GET-MASTER-ADDR-BY-NAME"), ask("MASTER")]);
    const heard = () => {
      this.#isAsked = false;
    };
    answers.then(heard, heard);
    return await patiently(answers, ANSWER_WITHIN_MS).then(
      ([address, facts]) => masterOf(address, facts),
      () => undefined,
    );
  }

  close(): void {
    this.#client.disconnect();
  }
}

/** What a sentinel holds for the master. */
interface Master {
  host: string;
  port: number;
  /** Counts failovers. */
  epoch: number;
  /** Another one is being chosen; once that one is promoted it is what is named here. */
  isBeingReplaced: boolean;
}

/** @param facts names and values by turns */
function masterOf([host = "", port]: readonly string[], facts: readonly string[]): Master {
  const fact = (name: string) => facts[facts.indexOf(name) + 1] ?? "";
  const isUnderWay = fact("flags").split(",").includes("failover_in_progress");
  const epoch = Number(fact("config-epoch"));
  return { host, port: Number(port), epoch, isBeingReplaced: isUnderWay && !PROMOTED.includes(fact("failover-state")) };
}

/** The last states of a failover. */
const PROMOTED = ["reconf_slaves", "update_config"];

/** Sentinels may know servers by name. */
async function addressesOf(host: string): Promise<string[]> {
  if (isIP(host)) return [host];
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

/** IPv4 as a socket for both tells it. */
const plain = (address: string) => address.replace(/^::ffff:/, "");
