import { SeatmeterError } from "../../daemon/domain/errors.ts";
import type { Answer, Connection } from "../connection.ts";
import { FRAME_ROOM_BYTES } from "../frame-room.ts";
import { isAway } from "../route.ts";

interface Beat {
  leaseIds: readonly string[];
  idleMs: Record<string, number>;
  resolve(alive: Answer<"heartbeat">): void;
  reject(error: unknown): void;
}

/** What is due so soon goes in one message. */
const GATHERED_WITHIN_MS = 25;
/** As the daemon reads no more. */
const MOST_LEASES = 400;

/** The heartbeats of all launches: one message at a time, because its answer names no lease. */
export class Heartbeats {
  readonly #connection: Pick<Connection, "ask">;
  #due: Beat[] = [];
  #underWay = false;

  constructor(connection: Pick<Connection, "ask">) {
    this.#connection = connection;
  }

  /** Errors: as Connection.ask. */
  ask({ leaseIds, idleMs = {} }: { leaseIds: readonly string[]; idleMs?: Record<string, number> | undefined }) {
    const { promise, resolve, reject } = Promise.withResolvers<Answer<"heartbeat">>();
    this.#due.push({ leaseIds, idleMs, resolve, reject });
    if (!this.#underWay) {
      this.#underWay = true;
      setTimeout(() => void this.#send(), GATHERED_WITHIN_MS);
    }
    return promise;
  }

  async #send(): Promise<void> {
    while (this.#due.length > 0) await this.#beat(this.#due.splice(0, fitting(this.#due)));
    this.#underWay = false;
  }

  async #beat(beats: readonly Beat[]): Promise<void> {
    const idleMs = Object.assign({}, ...beats.map((beat) => beat.idleMs)) as Record<string, number>;
    try {
      const alive = await this.#connection.ask({
        ...{ type: "heartbeat", leaseIds: beats.flatMap(({ leaseIds }) => leaseIds) },
        ...(Object.keys(idleMs).length > 0 && { idleMs }),
      });
      for (const { leaseIds, resolve } of beats)
        resolve({ ...alive, gone: alive.gone.filter((id) => leaseIds.includes(id)) });
    } catch (error) {
      // One lease that is another's must not cost the others theirs.
      const isOnes = error instanceof SeatmeterError && !isAway(error.code) && beats.length > 1;
      if (isOnes) for (const beat of beats) await this.#beat([beat]);
      else for (const { reject } of beats) reject(error);
    }
  }
}

/** How many of them go in one message. */
function fitting(due: readonly Beat[]): number {
  let bytes = 0;
  const first = due.findIndex(({ leaseIds, idleMs }, i) => {
    bytes += JSON.stringify(leaseIds).length + JSON.stringify(idleMs).length;
    return i === MOST_LEASES || (i > 0 && bytes > FRAME_ROOM_BYTES);
  });
  return first < 0 ? due.length : first;
}
