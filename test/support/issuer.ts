import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";

export const CLIENT = { clientId: "seatmeter", secret: "a secret of the issuer's" };

/** What it keeps, in seconds: for the length of a test. */
const KEPT = ["Interaction", "Session", "Grant", "AccessToken", "IdToken"];

export interface TestIssuer extends AsyncDisposable {
  /** `http://localhost:PORT`: to a browser another site than 127.0.0.1. */
  issuer: string;
  /** What browsers asked of it, so that a test can ask the same again. */
  asked: URL[];
  stop(): Promise<void>;
}

/**
 * A real OpenID Connect issuer. At its form anybody is whoever they say, with any password, and their groups are the words of
 * their name after the first: `asmith Licence-Admins`.
 *
 * @param daemons whose addresses it sends browsers back to
 */
export async function startIssuer(daemons: () => readonly string[], port = 0): Promise<TestIssuer> {
  const server = createServer().listen(port, "localhost");
  await once(server, "listening");
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.secret,
        token_endpoint_auth_method: "client_secret_post",
        redirect_uris: ["http://127.0.0.1/sign-in/callback"],
      },
    ],
    pkce: { required: () => true },
    claims: { openid: ["sub"], profile: ["preferred_username", "groups"] },
    findAccount: (_context, accountId) => {
      const [name, ...groups] = accountId.split(" ");
      return { accountId, claims: () => ({ sub: accountId, preferred_username: name, groups }) };
    },
    ttl: Object.fromEntries(KEPT.map((what) => [what, 600])),
    cookies: { keys: ["of a test"] },
  });
  // Ports of a test's daemons are known only once they are there.
  const { Client } = provider;
  Client.prototype.redirectUriAllowed = (uri: string) => daemons().some((url) => uri === `${url}/sign-in/callback`);
  const asked: URL[] = [];
  const answer = provider.callback();
  server.on("request", (request, response) => {
    asked.push(new URL(request.url ?? "/", issuer));
    void answer(request, response);
  });
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { issuer, asked, stop, [Symbol.asyncDispose]: stop };
}

/** The register's part that lets its people in; `oidc-secret.txt` lies beside it. */
export const signOnRegister = ({ issuer }: { issuer: string }) => `
access:
  people:
    tokensFile: people.txt
    ask: licences@exampleshire.example
    oidc:
      issuer: ${issuer}
      clientId: ${CLIENT.clientId}
      clientSecretFile: oidc-secret.txt
      roles: { claim: groups, map: { Licence-Readers: viewer, Licence-Admins: admin } }
`;
