import { Cluster, type Redis } from "ioredis";
import { SeatmeterError } from "../domain/errors.ts";
import { ClusterWitnesses } from "./cluster-witnesses.ts";
import type { RedisClient } from "./connection.ts";
import { SentinelWitnesses } from "./sentinel-witnesses.ts";

/** Where something is written. */
export interface Place {
  server: Redis;
  /** Calls so far that were sent on from it: what they wrote lies elsewhere, though the place may stay, or be here again. */
  sentOn?: number;
}

/** Who can say whether what one server has written down outlives it. */
export interface Witnesses<At extends Place = Place> {
  /** Nothing: there is no connection to who has it yet; the client finds one when it asks. */
  placeOf(key: string): At | undefined;
  /** Whether no other server is, or will be, made master without all that was written at a place before. */
  vouch(place: At): Promise<boolean>;
  close(): void;
}

/** Told when no replica confirms any more, and when one does again; once a change. */
export type OnConfirmed = (confirmed: boolean) => void;

/**
 * Answers that outlive the loss of one machine: where Redis is replicated, nothing is answered that only one server has
 * written down. Without this a partition lost 46 of 100 grants that were acknowledged (guarantees: D2).
 *
 * A replica alone does not vouch for it. While another server is made master the old one may be alive, with a replica that
 * has not heard of it yet. So those are asked, too, who decide that, after it was written.
 */
export class Confirmation {
  readonly #witnesses: Witnesses | undefined;
  readonly #onConfirmed: OnConfirmed;
  #confirms = true;

  constructor(client: RedisClient, onConfirmed: OnConfirmed = () => {}) {
    this.#witnesses = witnessesOf(client);
    this.#onConfirmed = onConfirmed;
  }

  close(): void {
    this.#witnesses?.close();
  }

  /**
   * Ask something that writes, and answer when it is vouched for.
   *
   * @param key of what is written
   * @param ask on the connection that this was made for
   * @throws SeatmeterError ledger_unsure: it was done, and may be undone by a failover
   */
  async of<Answer>(key: string, ask: () => Promise<Answer>): Promise<Answer> {
    const witnesses = this.#witnesses;
    if (!witnesses) return await ask();
    const place = witnesses.placeOf(key);
    const stream = place?.server.stream;
    const answer = await ask();
    const now = witnesses.placeOf(key);
    const isThere = now && now.server === place?.server && now.sentOn === place.sentOn;
    const confirmed = isThere === true && (await witnesses.vouch(now).catch(() => false));
    this.#tell(confirmed);
    // A replica is asked for what its own connection wrote: for one made anew in between it would say yes to everything.
    if (!confirmed || place?.server.stream !== stream) {
      throw new SeatmeterError(
        "ledger_unsure",
        "a replica of the ledger has not confirmed it in time, or another one is made master; ask again, with the same lease id",
      );
    }
    return answer;
  }

  #tell(confirmed: boolean) {
    if (confirmed !== this.#confirms) this.#onConfirmed(confirmed);
    this.#confirms = confirmed;
  }
}

/** None where nobody could take over. */
function witnessesOf(client: Redis | Cluster): Witnesses | undefined {
  if (client instanceof Cluster) return new ClusterWitnesses(client);
  return client.options.sentinels ? new SentinelWitnesses(client) : undefined;
}
