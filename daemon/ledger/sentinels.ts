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
   * How many replicas have to have what a server wrote before it was asked this, or none if another server is, or is being,
   * put in its place: of sentinels that answer none leads a failover, and those who know of the latest one name this server.
   * Who leads one says so before it begins.
   *
   * One replica is enough where all sentinels answer. Who does not may be the one that leads: at each step it writes its
   * settings to the disk, which on a busy one takes longer than it is waited for. Its replica is not this server's any more,
   * so every one that is alive in the eyes of the others has to have it.
   */
  async replicasToHaveIt(stream: Redis["stream"]): Promise<number | undefined> {
    const answers = await Promise.all(this.#all.map((sentinel) => sentinel.master(this.#name)));
    const masters = answers.filter((answer) => answer !== undefined);
    if (masters.length * 2 <= this.#all.length) return undefined;
    if (masters.some(({ isBeingReplaced }) => isBeingReplaced)) return undefined;
    const latest = Math.max(...masters.map(({ epoch }) => epoch));
    const named = masters.filter(({ epoch }) => epoch === latest);
    const its = named.map(async ({ host, port }) => {
      if (port !== stream.remotePort) return false;
      return (await addressesOf(host)).includes(plain(stream.remoteAddress ?? ""));
    });
    if (!(await Promise.all(its)).every(Boolean)) return undefined;
    if (masters.length === this.#all.length) return 1;
    const alive = await Promise.all(this.#all.map((sentinel) => sentinel.replicasAlive(this.#name)));
    return Math.max(1, ...alive.filter((count) => count !== undefined));
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
    // The address comes last: asked first, it may be the one of before a failover whose end the facts tell already.
    return await this.#ask(async (ask) => {
      const [facts, address] = await Promise.all([ask("MASTER", name), ask("GET-MASTER-ADDR-BY-NAME", name)]);
      return masterOf(address as string[], facts as string[]);
    });
  }

  /** How many replicas of a master it does not hold for gone. Nothing: as above. */
  async replicasAlive(name: string): Promise<number | undefined> {
    return await this.#ask(async (ask) => {
      const replicas = (await ask("REPLICAS", name)) as string[][];
      return replicas.filter((facts) => !flagsOf(facts).includes("s_down")).length;
    });
  }

  async #ask<Answer>(question: (ask: Ask) => Promise<Answer>): Promise<Answer | undefined> {
    await this.#sought;
    // What is asked meanwhile would wait for the next try to reach it.
    if (this.#isAsked || this.#client.status !== "ready") return undefined;
    this.#isAsked = true;
    const answer = question((...words) => this.#client.call("SENTINEL", ...words));
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

type Ask = (...words: [string, ...string[]]) => Promise<unknown>;

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
  const isUnderWay = flagsOf(facts).includes("failover_in_progress");
  const isBeingReplaced = isUnderWay && !PROMOTED.includes(factOf(facts, "failover-state"));
  return { host, port: Number(port), epoch: Number(factOf(facts, "config-epoch")), isBeingReplaced };
}

const factOf = (facts: readonly string[], name: string) => facts[facts.indexOf(name) + 1] ?? "";
const flagsOf = (facts: readonly string[]) => factOf(facts, "flags").split(",");

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
