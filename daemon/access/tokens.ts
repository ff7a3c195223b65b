import { createHash, randomBytes } from "node:crypto";
import { type IsoDate, isIsoDate } from "../domain/calendar.ts";
import { SeatmeterError } from "../domain/errors.ts";
import type { Mistake } from "../domain/mistake.ts";

export const ROLES = ["shim", "gateway", "metrics", "viewer", "procurement", "manager", "auditor", "admin"] as const;
/** What a token may do: `gateway` is a shim that may ask for other devices. */
export type Role = (typeof ROLES)[number];

export interface Token {
  name: string;
  role: Role;
  /** Last day on which it is good. */
  until?: IsoDate;
}

/** As a file has it. */
export interface ListedToken extends Token {
  /** By which it is told from others. It leads to no token, and to no hash of one. */
  id: string;
}

/** Who may come in, by the hash of what they present: the file and the daemon's memory hold no secret. */
export interface TokenTable {
  size: number;
  list: readonly ListedToken[];
  /**
   * The token that somebody presents, unless its last day is past. It is found by its SHA-256, so how long the search
   * takes tells nothing of a token.
   *
   * @param today in the register's zone
   */
  find(presented: string, today: IsoDate): Token | undefined;
  /** The token of that hash, which was found before, unless it was taken away since or its last day is past. */
  again(hash: string, today: IsoDate): Token | undefined;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
const NAME_IN_WORDS = "a token's name is up to 64 letters, digits, dots, dashes, underscores and @";
const HASH = /^sha256:([0-9a-f]{64})$/i;

/** All that is kept of a token. */
export const hashOf = (token: string) => createHash("sha256").update(token).digest("hex");

/**
 * Read a token file: `NAME ROLE sha256:HEX [until=DATE]`, a line each, `#` begins a comment. A name may stand twice, so
 * that a new token can be handed out before the old one is taken away.
 *
 * @param roles the only ones that this file may give
 * @returns the table, or every mistake. None quotes the file: somebody may have put the token itself where its hash
 *   belongs
 */
export function readTokens(
  text: string,
  roles: readonly Role[] = ROLES,
): { tokens: TokenTable } | { mistakes: Mistake[] } {
  const byHash = new Map<string, Token>();
  const mistakes: Mistake[] = [];
  for (const [i, whole] of text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .entries()) {
    const line = whole.replace(/(^|\s)#.*$/, "").trimEnd();
    if (line.trim() === "") continue;
    const column = line.search(/\S/) + 1;
    const complain = (message: string) => mistakes.push({ line: i + 1, column, path: "", message });
    const read = readLine(line.trim().split(/\s+/), roles);
    if ("mistake" in read) complain(read.mistake);
    else if (byHash.has(read.hash)) complain("this token stands here twice: leave one of the lines out");
    else byHash.set(read.hash, read.token);
  }
  if (mistakes.length > 0) return { mistakes };
  const again = (hash: string, today: IsoDate) => {
    const token = byHash.get(hash);
    return token && (token.until === undefined || today <= token.until) ? token : undefined;
  };
  const list = [...byHash].map(([hash, token]) => ({ ...token, id: hashOf(`id of ${hash}`).slice(0, 32) }));
  const find = (presented: string, today: IsoDate) => again(hashOf(presented), today);
  return { tokens: { size: byHash.size, list, again, find } };
}

function readLine(words: string[], roles: readonly Role[]): { hash: string; token: Token } | { mistake: string } {
  const [name = "", written = "", hash = "", until, ...more] = words;
  const role = roles.find((known) => known === written);
  const [, hex] = HASH.exec(hash) ?? [];
  if (!NAME.test(name)) return { mistake: NAME_IN_WORDS };
  if (!role) return { mistake: `the second word is the role, in this file one of ${roles.join(", ")}` };
  if (!hex)
    return { mistake: "the third word is sha256: and 64 hex digits; `seatmeter token NAME --role ROLE` makes one" };
  if (more.length > 0) return { mistake: "a line is NAME ROLE sha256:HEX [until=DATE], and this one goes on" };
  if (until === undefined) return { hash: hex.toLowerCase(), token: { name, role } };
  const day = until.startsWith("until=") ? until.slice("until=".length) : "";
  if (!isIsoDate(day)) return { mistake: "the fourth word is until= and the last day, as in until=2027-03-31" };
  return { hash: hex.toLowerCase(), token: { name, role, until: day } };
}

/**
 * Make a token. It is shown once: only its hash is kept, in the line for the token file.
 *
 * @throws SeatmeterError usage, where the name or the day could not be read back
 */
export function newToken(name: string, role: Role, until?: IsoDate): { token: string; line: string } {
  if (!NAME.test(name)) throw new SeatmeterError("usage", NAME_IN_WORDS);
  if (until !== undefined && !isIsoDate(until)) throw new SeatmeterError("usage", "a last day is written 2027-03-31");
  const token = `seatmeter_${randomBytes(32).toString("base64url")}`;
  const line = `${name} ${role} sha256:${hashOf(token)}${until ? ` until=${until}` : ""}`;
  return { token, line };
}
