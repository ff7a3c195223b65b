import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";

export interface Asked {
  issuer: string;
  /** What the daemon sent the browser with. */
  nonce: string;
  now: number;
  /** The issuer's own key, of which it publishes the public half. */
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/** An issuer of OpenID Connect that says of somebody whatever a test wants it to, over TLS. */
export interface ForgingIssuer {
  issuer: string;
  stop(): Promise<void>;
}

/** @param idToken what it says who somebody is with; the code that the browser brings is the nonce */
export async function startForgingIssuer(
  tls: { cert: Buffer; key: Buffer },
  idToken: (asked: Asked) => string | Promise<string>,
): Promise<ForgingIssuer> {
  const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const server = createServer(tls).listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const answers: Record<string, (body: URLSearchParams) => object | Promise<object>> = {
    "/.well-known/openid-configuration": () => ({
      ...{ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
      ...{ jwks_uri: `${issuer}/keys`, token_endpoint_auth_methods_supported: ["client_secret_post"] },
      ...{ response_types_supported: ["code"], id_token_signing_alg_values_supported: ["RS256"] },
    }),
    "/keys": () => ({ keys: [{ ...keys.publicKey.export({ format: "jwk" }), alg: "RS256", use: "sig", kid: "1" }] }),
    "/token": async (body) => ({
      ...{ access_token: "of no use", token_type: "Bearer" },
      id_token: await idToken({ issuer, nonce: body.get("code") ?? "", now: Math.floor(Date.now() / 1000), ...keys }),
    }),
  };
  server.on("request", async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const answer = answers[request.url ?? ""];
    response.writeHead(answer ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify((await answer?.(new URLSearchParams(body))) ?? {}));
  });
  return {
    issuer,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
