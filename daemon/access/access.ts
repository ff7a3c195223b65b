import { resolve } from "node:path";
import type { Duplex } from "node:stream";
import type { FastifyBaseLogger } from "fastify";
import { wallTime } from "../domain/calendar.ts";
import type { InForce } from "../domain/register.ts";
import { certifiedNames } from "./certificates.ts";
import { roleOf } from "./claims.ts";
import { isLoopback } from "./listening.ts";
import { type Asks, isShimRole } from "./roles.ts";
import { type Begun, type SessionStore, Sessions } from "./sessions.ts";
import { SignOn } from "./sign-on.ts";
import { TokenFile } from "./token-file.ts";
import { hashOf, type ListedToken, type Token, type TokenTable } from "./tokens.ts";

export interface AccessParts {
  inForce: () => InForce;
  /** Where the register lies; names of files in it begin there. */
  directory: string;
  log: FastifyBaseLogger;
  /** The address that the daemon listens on. */
  host: string;
  /** Where it is kept who is signed in. */
  sessions: SessionStore;
  /** Called with the tokens of each file that was read, by the register's name for it. */
  onTokens?: (file: string, tokens: readonly ListedToken[]) => void;
  now?: () => number;
}

/** Who is asking, by token or by the session that a token or single sign-on began. */
export class Access {
  readonly #networked: boolean;
  readonly #inForce: () => InForce;
  readonly #directory: string;
  readonly #log: FastifyBaseLogger;
  readonly #onTokens: NonNullable<AccessParts["onTokens"]>;
  readonly #now: () => number;
  readonly #files = new Map<string, TokenFile>();
  readonly #sessions: Sessions;
  readonly signOn: SignOn;

  constructor({ inForce, directory, log, host, sessions, onTokens = () => {}, now = Date.now }: AccessParts) {
    this.#networked = !isLoopback(host);
    this.#inForce = inForce;
    this.#directory = directory;
    this.#log = log;
    this.#onTokens = onTokens;
    this.#now = now;
    this.#sessions = new Sessions(sessions);
    this.signOn = new SignOn({ oidc: () => inForce().register.access.people?.oidc, directory, log });
  }

  /** Whether anybody from a network can come in: then nobody comes in unknown, whatever the register says. */
  get exposed(): boolean {
    const { behindProxy, proxyProtocol } = this.#inForce().register;
    return this.#networked || behindProxy || proxyProtocol;
  }

  get asks(): Asks {
    const { shims, people } = this.#inForce().register.access;
    return { shims: this.exposed || shims !== undefined, people: this.exposed || people !== undefined };
  }

  /**
   * Read all files of secrets and tokens that the register names, at a start and whenever it changes or somebody asks for it. Changed
   * files are found without being told, within seconds.
   *
   * @throws settings_invalid: a file that is not there, or holds mistakes
   */
  reload() {
    for (const { read } of this.files()) read();
  }

  /** The same files, each to be read by itself. */
  files(): { file: string; read: () => void }[] {
    const { shims, people } = this.#inForce().register.access;
    const lists = [shims?.tokensFile, people?.tokensFile].filter((file) => file !== undefined);
    const tokens = [...new Set(lists)].map((file) => ({ file, read: () => this.#file(file).read() }));
    if (!people?.oidc) return tokens;
    const { clientSecretFile, certificateAuthority } = people.oidc;
    const file = [clientSecretFile, certificateAuthority].filter((name) => name !== undefined).join(", ");
    return [...tokens, { file, read: () => this.signOn.reload() }];
  }

  /** Find out now what changed in files of tokens, where nobody comes in for whom that would be done. */
  look(): void {
    const { shims, people } = this.#inForce().register.access;
    for (const entry of [shims, people]) this.#tokens(entry);
  }

  /** Whether computers may come in by keys of their own. */
  get enrols(): boolean {
    return this.#inForce().register.access.shims?.enrolment ?? false;
  }

  /** By which names a computer may go, by the certificate that it has shown; none: it has shown no good one. */
  certified(socket: Duplex): readonly string[] {
    const asked = this.#inForce().register.access.shims?.certificateAuthority !== undefined;
    return asked ? certifiedNames(socket) : [];
  }

  /** @returns the shim that a bearer token names; `authorization` is the header's text */
  shim(authorization: string | undefined): Token | undefined {
    return this.#shim(bearer(authorization));
  }

  /**
   * Whoever asks over HTTP: a shim or a person. A token goes before a session, even a wrong one.
   *
   * @returns undefined for somebody who did not say who he is, or whose token or session is none, or not any more
   * Errors: ledger_unavailable, where a session cannot be looked up
   */
  async who(authorization: string | undefined, session: string | undefined): Promise<Token | undefined> {
    if (authorization !== undefined) {
      const presented = bearer(authorization);
      return this.#person(presented) ?? this.#shim(presented);
    }
    if (session === undefined || !this.#inForce().register.access.people) return undefined;
    const begun = await this.#sessions.find(session, this.#now());
    return begun && this.#holder(begun);
  }

  /** @returns the id of a session, or undefined where the token is nobody's. Errors: ledger_unavailable */
  async signIn(presented: string): Promise<string | undefined> {
    const who = this.#person(presented);
    return who && this.#sessions.begin({ by: "token", hash: hashOf(presented) }, this.#now());
  }

  /** @returns the id of a session, or undefined where the register gives this person no role. Errors: ledger_unavailable */
  async signInAs(begun: Begun): Promise<string | undefined> {
    return this.#holder(begun) && this.#sessions.begin(begun, this.#now());
  }

  async signOut(session: string): Promise<void> {
    await this.#sessions.end(session);
  }

  /** Who began a session, as the files and the register in force have it by now. */
  #holder(begun: Begun): Token | undefined {
    const { oidc } = this.#inForce().register.access.people ?? {};
    if (begun.by === "token") {
      const who = this.#peopleTokens?.again(begun.hash, this.#today);
      return who && !isShimRole(who.role) ? who : undefined;
    }
    if (begun.issuer !== oidc?.issuer || begun.clientId !== oidc.clientId) return undefined;
    const role = roleOf(begun.values, oidc.roles);
    return role && { name: begun.name, role };
  }

  // Both files may be one, but a role only counts where it belongs: whoever hands out shims' tokens makes no administrator.
  #shim(presented: string | undefined): Token | undefined {
    const who = presented === undefined ? undefined : this.#shimTokens?.find(presented, this.#today);
    return who && isShimRole(who.role) ? who : undefined;
  }

  #person(presented: string | undefined): Token | undefined {
    const who = presented === undefined ? undefined : this.#peopleTokens?.find(presented, this.#today);
    return who && !isShimRole(who.role) ? who : undefined;
  }

  get #shimTokens(): TokenTable | undefined {
    return this.#tokens(this.#inForce().register.access.shims);
  }

  get #peopleTokens(): TokenTable | undefined {
    return this.#tokens(this.#inForce().register.access.people);
  }

  #tokens(entry: { tokensFile?: string } | undefined) {
    return entry?.tokensFile === undefined ? undefined : this.#file(entry.tokensFile).tokens(this.#now());
  }

  #file(name: string): TokenFile {
    const path = resolve(this.#directory, name);
    let file = this.#files.get(path);
    if (!file) {
      file = new TokenFile(path, this.#log, ({ list }) => this.#onTokens(name, list));
      this.#files.set(path, file);
    }
    return file;
  }

  get #today() {
    return wallTime(this.#now(), this.#inForce().register.timezone).date;
  }
}

const bearer = (authorization: string | undefined) => /^Bearer +(\S{1,512})$/i.exec(authorization ?? "")?.[1];
