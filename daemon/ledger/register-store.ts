import { SeatmeterError } from "../domain/errors.ts";
import type { Publication } from "./answers.ts";
import type { RedisConnections } from "./connection.ts";
import type { Keys } from "./keys.ts";

/** The register in force, as it lies in the ledger. */
export class RegisterStore {
  readonly #redis: RedisConnections;
  readonly #keys: Keys;

  constructor(redis: RedisConnections, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async publication(): Promise<Publication | undefined> {
    const held = await this.#redis.reads.hgetall(this.#keys.register);
    if (!held.revision) return undefined;
    return {
      revision: Number(held.revision),
      text: held.text ?? "",
      files: JSON.parse(held.files ?? "{}"),
      author: held.author ?? "",
      atMs: Number(held.atMs),
      previousText: held.previousText ?? "",
    };
  }

  async publish(
    next: { text: string; files: Record<string, string>; author: string; revision?: number },
    expectedRevision: number,
  ): Promise<number> {
    const revision = Math.max(expectedRevision + 1, next.revision ?? 0);
    if (next.revision !== undefined && next.revision < expectedRevision) {
      throw new SeatmeterError(
        "register_stale",
        `the file says revision ${next.revision}, and ${expectedRevision} is in force; fetch that one and change it`,
      );
    }
    const { register, channel } = this.#keys;
    const args = [expectedRevision, revision, next.text, JSON.stringify(next.files), next.author, channel];
    const [outcome, inForce] = (await this.#redis.decisions.registerPublish(register, ...args)) as [string, string];
    if (outcome !== "published") {
      throw new SeatmeterError(
        "register_stale",
        `somebody else published revision ${inForce} meanwhile; look at it and apply yours again`,
      );
    }
    return revision;
  }

  async agreedPseudonyms(year: number, fingerprint: string): Promise<string> {
    const field = String(year);
    await this.#redis.decisions.hsetnx(this.#keys.pseudonyms, field, fingerprint);
    return (await this.#redis.decisions.hget(this.#keys.pseudonyms, field)) ?? fingerprint;
  }

  onPublication(listener: () => void): void {
    const { news } = this.#redis;
    news.on("message", (channel: string) => channel === this.#keys.channel && listener());
    // Where it fails, polling finds the publication.
    void news.subscribe(this.#keys.channel).catch(() => {});
  }

  async knowPools(pools: readonly string[]): Promise<void> {
    await this.#redis.decisions.sadd(this.#keys.pools, ...pools);
  }

  knownPools(): Promise<string[]> {
    return this.#redis.reads.smembers(this.#keys.pools);
  }
}
