import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { FastifyBaseLogger } from "fastify";
import type { ClientAuth, Configuration } from "openid-client";
import { SeatmeterError } from "../domain/errors.ts";
import type { SingleSignOn } from "../domain/register.ts";
import { type Claims, claimOf, isLeftOut, nameOf, valuesOf } from "./claims.ts";
import { sealed, unsealed } from "./sealed.ts";
import type { SignedOn } from "./sessions.ts";
import { authoritiesWith, fetchTrusting } from "./trusting-fetch.ts";

/** How long the issuer may take for each answer, in seconds: somebody waits for it. */
const ANSWER_SECONDS = 5;

export interface SignOnParts {
  /** As the register in force has it. */
  oidc: () => SingleSignOn | undefined;
  /** Where the register lies. */
  directory: string;
  log: FastifyBaseLogger;
}

interface Issuer {
  oidc: SingleSignOn;
  secret: string;
  configuration: Configuration;
}

/**
 * Single sign-on: OpenID Connect's code flow with PKCE, state and nonce. Nothing is asked of the issuer before somebody
 * wants to sign in, so a daemon starts without it. Errors of all: sign_on_unavailable (the issuer is away, or does not
 * know us), settings_invalid (the secret's file), not_found where the register has none.
 */
export class SignOn {
  readonly #parts: SignOnParts;
  #known: Issuer | undefined;

  constructor(parts: SignOnParts) {
    this.#parts = parts;
  }

  /** What was heard of the issuer is forgotten. Errors: settings_invalid; then nothing changes. */
  reload(): void {
    const oidc = this.#parts.oidc();
    if (oidc) readIssuersFiles(oidc, this.#parts.directory);
    this.#known = undefined;
  }

  /** @returns where the browser has to go, and what it has to keep meanwhile */
  async begin(redirectUri: string, next: string): Promise<{ url: string; keep: string }> {
    const { oidc, secret, configuration } = await this.#issuer();
    const client = await import("openid-client");
    const codeVerifier = client.randomPKCECodeVerifier();
    const [state, nonce] = [client.randomState(), client.randomNonce()];
    const url = client.buildAuthorizationUrl(configuration, {
      ...{ redirect_uri: redirectUri, scope: oidc.scope, state, nonce },
      ...{ code_challenge: await client.calculatePKCECodeChallenge(codeVerifier), code_challenge_method: "S256" },
    });
    return { url: url.href, keep: await sealed({ state, nonce, codeVerifier, redirectUri, next }, secret) };
  }

  /**
   * @param query what the issuer sent the browser back with
   * @param kept  what it kept meanwhile
   * @throws sign_on_refused: not begun here, too long ago, or the issuer says no
   */
  async finish(query: string, kept: string | undefined): Promise<{ begun: SignedOn; next: string }> {
    const { oidc, secret, configuration } = await this.#issuer();
    const before = kept === undefined ? undefined : await unsealed(kept, secret);
    if (!before) throw refused("it was not begun in this browser, or more than ten minutes ago");
    const client = await import("openid-client");
    const claims = await asked(oidc, async () => {
      const tokens = await client.authorizationCodeGrant(configuration, new URL(`${before.redirectUri}?${query}`), {
        ...{ pkceCodeVerifier: before.codeVerifier, expectedState: before.state, expectedNonce: before.nonce },
        idTokenExpected: true,
      });
      const told: Claims & { sub: string } = tokens.claims()!;
      const missing = claimOf(told, oidc.roles.claim) === undefined || told.preferred_username === undefined;
      if (!missing || !configuration.serverMetadata().userinfo_endpoint) return told;
      // Some issuers keep the token small, and tell the rest to whoever asks.
      return { ...(await client.fetchUserInfo(configuration, tokens.access_token, told.sub)), ...told };
    });
    if (isLeftOut(claims, oidc.roles.claim)) {
      this.#parts.log.warn("the issuer left out somebody's groups, as too many: let the register map roles instead");
    }
    const name = nameOf(claims);
    if (name === undefined) throw refused("the issuer gave no name that can be printed");
    const { issuer, clientId } = oidc;
    return { begun: { by: "oidc", issuer, clientId, name, values: valuesOf(claims, oidc.roles) }, next: before.next };
  }

  /** Where somebody ends it at the issuer too, as far as that is known without asking. */
  async endUrl(): Promise<string | undefined> {
    const known = this.#known;
    if (known?.configuration.serverMetadata().end_session_endpoint === undefined) return undefined;
    return (await import("openid-client")).buildEndSessionUrl(known.configuration).href;
  }

  async #issuer(): Promise<Issuer> {
    const oidc = this.#parts.oidc();
    if (!oidc) throw new SeatmeterError("not_found", "the register names no issuer for single sign-on");
    if (this.#known?.oidc === oidc) return this.#known;
    const { secret, authorities } = readIssuersFiles(oidc, this.#parts.directory);
    const client = await import("openid-client");
    const issuer = new URL(oidc.issuer);
    const options = {
      timeout: ANSWER_SECONDS,
      // Whoever stands between us and the issuer makes nobody somebody, either: what it says has to be signed by its keys.
      execute: [
        client.enableNonRepudiationChecks,
        ...(issuer.protocol === "http:" ? [client.allowInsecureRequests] : []),
      ],
      ...(authorities && { [client.customFetch]: fetchTrusting(authorities) }),
    };
    const configuration = await client
      .discovery(issuer, oidc.clientId, {}, secretAs(client, secret), options)
      .catch((cause) => Promise.reject(unavailable(oidc, (cause as Error).message, cause)));
    this.#known = { oidc, secret, configuration };
    return this.#known;
  }
}

/** In the body where the issuer takes it there, which fewer of them get wrong; else as every issuer must. */
function secretAs(client: typeof import("openid-client"), secret: string): ClientAuth {
  const [post, basic] = [client.ClientSecretPost(secret), client.ClientSecretBasic(secret)];
  return (issuer, ...rest) =>
    (issuer.token_endpoint_auth_methods_supported?.includes("client_secret_post") ? post : basic)(issuer, ...rest);
}

/** The issuer's trouble in our words: it says no, or it cannot be asked. */
async function asked<Answer>(oidc: SingleSignOn, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (cause) {
    const { name, message, code, error, status } = cause as Error & { code?: string; error?: string; status?: number };
    const ours = error === "invalid_client" || error === "unauthorized_client";
    const away = name === "TypeError" || code === "OAUTH_TIMEOUT" || (status ?? 0) >= 500;
    if (ours || away || code === "OAUTH_RESPONSE_IS_NOT_CONFORM" || code === "OAUTH_RESPONSE_IS_NOT_JSON") {
      throw unavailable(oidc, ours ? `it does not accept our clientId and secret: ${error}` : message, cause);
    }
    throw refused(
      error ? `${new URL(oidc.issuer).host} says ${error}` : `what came back is not right: ${message}`,
      cause,
    );
  }
}

const unavailable = ({ issuer }: SingleSignOn, why: string, cause: unknown) =>
  new SeatmeterError("sign_on_unavailable", `${issuer} cannot be asked who somebody is (${why})`, { cause });

const refused = (why: string, cause?: unknown) =>
  new SeatmeterError("sign_on_refused", `nobody was signed in: ${why}`, { cause });

/** THE TABLE of the issuer's files, as the register names them: each daemon's own, and never published. */
const READ = {
  clientSecretFile: ({ clientSecretFile: file }: SingleSignOn, directory: string) => {
    const secret = textOf(file, directory).trim();
    if (secret === "") throw new Error(`${file} is empty`);
    return secret;
  },
  certificateAuthority: ({ certificateAuthority: file }: SingleSignOn, directory: string) =>
    file === undefined ? undefined : authoritiesWith(file, directory),
} as const;

/** @throws settings_invalid; `field` is the register's word for the file */
export function readIssuersFiles(oidc: SingleSignOn, directory: string) {
  const read = <Name extends keyof typeof READ>(name: Name) => {
    try {
      return READ[name](oidc, directory) as ReturnType<(typeof READ)[Name]>;
    } catch (cause) {
      throw new SeatmeterError("settings_invalid", (cause as Error).message, { cause, field: name });
    }
  };
  return { secret: read("clientSecretFile"), authorities: read("certificateAuthority") };
}

function textOf(file: string, directory: string): string {
  try {
    return readFileSync(resolve(directory, file), "utf8");
  } catch (cause) {
    throw new Error(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
