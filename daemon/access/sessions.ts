import { randomBytes } from "node:crypto";
import type { Token, TokenTable } from "./tokens.ts";

/** A working day, in milliseconds; whoever stays longer signs in again. */
export const SESSION_MS = 8 * 3_600_000;
const MOST = 10_000;
const ID_BYTES = 32;

interface Session {
  token: Token;
  /** The table that knew the token: when the tokens change, everybody signs in again. */
  tokens: TokenTable;
  endsAtMs: number;
}

/** Who is signed in, by the random text that a browser keeps. In memory only, so a restart signs everybody out. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();

  /** @returns the session's id, which is all that its holder has to show */
  begin(token: Token, tokens: TokenTable, nowMs: number): string {
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined && this.#sessions.size >= MOST) this.#sessions.delete(oldest);
    const id = randomBytes(ID_BYTES).toString("base64url");
    this.#sessions.set(id, { token, tokens, endsAtMs: nowMs + SESSION_MS });
    return id;
  }

  find(id: string, tokens: TokenTable, nowMs: number): Token | undefined {
    const session = this.#sessions.get(id);
    if (!session) return undefined;
    if (session.tokens === tokens && nowMs < session.endsAtMs) return session.token;
    this.#sessions.delete(id);
    return undefined;
  }

  end(id: string) {
    this.#sessions.delete(id);
  }
}
