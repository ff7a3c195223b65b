import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FastifyBaseLogger } from "fastify";
import { isShimRole } from "../access/roles.ts";
import type { ListedToken } from "../access/tokens.ts";
import type { Audit } from "../audit/audit.ts";
import type { Pseudonyms } from "../privacy/pseudonyms.ts";

/** What is written of a file's token: it was not there before, is there no more, or says something else than before. */
export interface TokenChange {
  did: "added" | "removed" | "changed";
  token: ListedToken;
  /** What the line said before it was changed. */
  before?: ListedToken;
}

/** Without hashes: by their ids tokens are told apart, and nothing else is done with these. */
export function changesBetween(before: readonly ListedToken[], now: readonly ListedToken[]): TokenChange[] {
  const [had, has] = [before, now].map((tokens) => new Map(tokens.map((token) => [token.id, token])));
  const gone = before.filter(({ id }) => !has!.has(id)).map((token) => ({ did: "removed" as const, token }));
  const others = now.flatMap((token): TokenChange[] => {
    const old = had!.get(token.id);
    if (!old) return [{ did: "added", token }];
    return told(old) === told(token) ? [] : [{ did: "changed", token, before: old }];
  });
  return [...gone, ...others];
}

/** A computer's name is left out: its row bears its pseudonym. */
const told = ({ name, role, until }: ListedToken) =>
  [...(isShimRole(role) ? [] : [name]), role, ...(until === undefined ? [] : [`until ${until}`])].join(" ");

const FILE = "known-tokens.json";
const AGAIN_AFTER_MS = 30_000;

/**
 * Writes into the audit what somebody changed in files of tokens, which are made without a daemon. What was written down
 * last lies in the data directory, so that changes are found which were made while no daemon ran.
 */
export class TokenChanges {
  readonly #file: string;
  readonly #audit: Pick<Audit, "noticed">;
  readonly #pseudonyms: Pick<Pseudonyms, "of">;
  readonly #log: FastifyBaseLogger;
  /** By the register's name of the file: as it is written down, and as it is. */
  readonly #known: Record<string, ListedToken[]>;
  readonly #found = new Map<string, readonly ListedToken[]>();
  #writing: Promise<void> = Promise.resolve();
  #again: NodeJS.Timeout | undefined;

  constructor(parts: {
    data: string;
    audit: Pick<Audit, "noticed">;
    pseudonyms: Pick<Pseudonyms, "of">;
    log: FastifyBaseLogger;
  }) {
    this.#file = join(parts.data, FILE);
    this.#audit = parts.audit;
    this.#pseudonyms = parts.pseudonyms;
    this.#log = parts.log;
    this.#known = read(this.#file);
  }

  /** A file was read. Nobody waits for the audit. */
  seen = (file: string, tokens: readonly ListedToken[]): void => {
    this.#found.set(file, tokens);
    this.#writing = this.#writing.then(() => this.#write());
  };

  /** What is being written is written. */
  async stop(): Promise<void> {
    await this.#writing;
    clearTimeout(this.#again);
  }

  async #write(): Promise<void> {
    clearTimeout(this.#again);
    try {
      for (let next = this.#next(); next; next = this.#next()) await this.#note(...next);
    } catch (error) {
      this.#log.warn({ why: (error as Error).message }, "changes of tokens are not in the audit yet");
      this.#again = setTimeout(() => {
        this.#writing = this.#writing.then(() => this.#write());
      }, AGAIN_AFTER_MS).unref();
    }
  }

  /** One after the other: each is written down before it counts as known. */
  #next(): [file: string, change: TokenChange] | undefined {
    for (const [file, tokens] of this.#found) {
      const [change] = changesBetween(this.#known[file] ?? [], tokens);
      if (change) return [file, change];
    }
    return undefined;
  }

  async #note(file: string, { did, token, before }: TokenChange): Promise<void> {
    const was = before ? `, before: ${told(before)}` : "";
    const computer = isShimRole(token.role) ? this.#pseudonyms.of("device", token.name, Date.now()).thisYear : "";
    await this.#audit.noticed({
      ...{ who: `file ${file}`, role: "", site: "", act: "change_tokens", reason: "" },
      ...{ about: `${did} ${told(token)}${was}`, subject: computer },
    });
    const others = (this.#known[file] ?? []).filter(({ id }) => id !== token.id);
    this.#known[file] = did === "removed" ? others : [...others, token];
    this.#keep();
  }

  #keep(): void {
    const draft = `${this.#file}.new`;
    writeFileSync(draft, JSON.stringify(this.#known), { mode: 0o600 });
    renameSync(draft, this.#file);
  }
}

/** @returns nothing of a file that is not there or is damaged: then all that is there is written down anew */
function read(file: string): Record<string, ListedToken[]> {
  try {
    const known = JSON.parse(readFileSync(file, "utf8"));
    return Object.values(known).every(Array.isArray) ? known : {};
  } catch {
    return {};
  }
}
