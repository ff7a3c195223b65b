import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";

const HOUR_MS = 3_600_000;
/** A working day, in milliseconds; whoever stays longer signs in again. */
export const SESSION_MS = 8 * HOUR_MS;
/** And so does who looked at nothing for so long. */
const IDLE_MS = HOUR_MS;
/** That somebody is here still is written down no oftener. */
const NOTED_EVERY_MS = 60_000;
const ID_BYTES = 32;

/** By what somebody signed in. It is judged anew at each request, so that a token or a role taken away ends at once. */
const Begun = z.discriminatedUnion("by", [
  z.object({ by: z.literal("token"), hash: z.string() }),
  z.object({
    by: z.literal("oidc"),
    issuer: z.string(),
    clientId: z.string(),
    name: z.string(),
    /** Of the claim that gives roles, those that the register named. */
    values: z.array(z.string()),
  }),
]);
export type Begun = z.infer<typeof Begun>;
export type SignedOn = Extract<Begun, { by: "oidc" }>;

const Session = z.object({ begun: Begun, endsAtMs: z.number(), seenAtMs: z.number() });

/** Where all daemons of a ledger find the same. Errors of all: ledger_unavailable. */
export interface SessionStore {
  keep(key: string, text: string, forMs: number): Promise<void>;
  /** Only where it is there. */
  replace(key: string, text: string, forMs: number): Promise<void>;
  find(key: string): Promise<string | undefined>;
  remove(key: string): Promise<void>;
}

/**
 * Who is signed in, by the random text that a browser keeps: at whichever daemon, until nothing was looked at for an hour,
 * and no longer than a working day. What is kept is found by a digest of that text, so whoever reads it is nobody yet.
 */
export class Sessions {
  readonly #store: SessionStore;

  constructor(store: SessionStore) {
    this.#store = store;
  }

  /** @returns the session's id, which is all that its holder has to show */
  async begin(begun: Begun, nowMs: number): Promise<string> {
    const id = randomBytes(ID_BYTES).toString("base64url");
    const session = { begun, endsAtMs: nowMs + SESSION_MS, seenAtMs: nowMs };
    await this.#store.keep(keyOf(id), JSON.stringify(session), IDLE_MS);
    return id;
  }

  async find(id: string, nowMs: number): Promise<Begun | undefined> {
    const text = await this.#store.find(keyOf(id));
    if (text === undefined) return undefined;
    const session = Session.parse(JSON.parse(text));
    const { begun, endsAtMs, seenAtMs } = session;
    if (nowMs >= endsAtMs || nowMs - seenAtMs >= IDLE_MS) {
      await this.end(id);
      return undefined;
    }
    // Replaced, not kept: a session that is ended meanwhile stays so.
    if (nowMs - seenAtMs >= NOTED_EVERY_MS) {
      await this.#store.replace(keyOf(id), JSON.stringify({ ...session, seenAtMs: nowMs }), IDLE_MS);
    }
    return begun;
  }

  async end(id: string): Promise<void> {
    await this.#store.remove(keyOf(id));
  }
}

const keyOf = (id: string) => createHash("sha256").update(id).digest("base64url");
