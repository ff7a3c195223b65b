import { createHmac, generateKeyPairSync } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Authority, FOR_SERVERS } from "../support/authority.ts";
import { dataFolder } from "../support/daemon.ts";
import { type Asked, type ForgingIssuer, startForgingIssuer } from "../support/forging-issuer.ts";
import { type Front, openFront } from "../support/front.ts";
import { program as installed } from "../support/programs.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

const claimsOf = ({ issuer, nonce, now }: Asked): Record<string, unknown> => ({
  ...{ iss: issuer, aud: "seatmeter", sub: "1", nonce, iat: now, exp: now + 300 },
  ...{ preferred_username: "asmith", groups: ["Admins"] },
});
const signed = (asked: Asked, change: object = {}, key = asked.privateKey) =>
  new SignJWT({ ...claimsOf(asked), ...change } as JWTPayload).setProtectedHeader({ alg: "RS256", kid: "1" }).sign(key);
const written = (asked: Asked, alg: string, signature: (input: string) => string) => {
  const input = `${part({ alg, kid: "1" })}.${part(claimsOf(asked))}`;
  return `${input}.${signature(input)}`;
};

/** What an issuer may say, or whoever speaks in its name, that makes nobody anybody. */
const FORGED: Record<string, (asked: Asked) => string | Promise<string>> = {
  "with the algorithm none": (asked) => written(asked, "none", () => ""),
  "with HS256 and the issuer's public key as the password": (asked) =>
    written(asked, "HS256", (input) =>
      createHmac("sha256", asked.publicKey.export({ type: "spki", format: "pem" }))
        .update(input)
        .digest("base64url"),
    ),
  "with HS256 and our own secret": (asked) =>
    written(asked, "HS256", (input) => createHmac("sha256", "hush").update(input).digest("base64url")),
  "by a key that is not the issuer's": (asked) => signed(asked, {}, stranger.privateKey),
  "without a signature": (asked) => written(asked, "RS256", () => ""),
  "for another client": (asked) => signed(asked, { aud: "another" }),
  "by another issuer": (asked) => signed(asked, { iss: "https://evil.example" }),
  "with the nonce of another sign-on": (asked) => signed(asked, { nonce: "x".repeat(43) }),
  "without a nonce": (asked) => signed(asked, { nonce: undefined }),
  "that is over": ({ now, ...asked }) => signed({ ...asked, now: now - 3_600 }),
};

describe.skipIf(!installed("openssl"))("an issuer that an authority of the council's own vouches for", () => {
  const folder = dataFolder();
  let redis: TestRedis;
  let issuer: ForgingIssuer;
  let front: Front;
  let says: (asked: Asked) => string | Promise<string> = signed;
  const register = (more: string) => `organisation: Exampleshire Council
access:
  people:
    oidc:
      issuer: ${issuer.issuer}
      clientId: seatmeter
      clientSecretFile: oidc-secret.txt
      roles: { claim: groups, map: { Admins: admin } }
      ${more}
products: { cad: { owner: cad@exampleshire.example, pools: [cad] } }
pools: { cad: { entitlements: [{ reference: A, seats: 1, starts: 2020-01-01 }] } }`;
  const open = (more: string) =>
    openFront({
      redis,
      text: register(more),
      prepare: (directory) => {
        writeFileSync(join(directory, "oidc-secret.txt"), "hush\n");
        writeFileSync(join(directory, "council.pem"), readFileSync(join(folder.path, "ca.pem")));
      },
    });

  beforeAll(async () => {
    const authority = new Authority(folder.path);
    const tls = authority.sign("issuer", "issuer", ["subjectAltName=IP:127.0.0.1", FOR_SERVERS]);
    issuer = await startForgingIssuer(tls, (asked) => says(asked));
    redis = await startRedis();
    front = await open("certificateAuthority: council.pem");
  });
  afterAll(async () => {
    await front?.close();
    await issuer?.stop();
    await redis?.stop();
    folder[Symbol.dispose]();
  });

  /** To the issuer and back, as a browser goes; with which status, and whether somebody is signed in. */
  async function signOn() {
    const begun = await fetch(`${front.url}/sign-in/start`, { redirect: "manual" });
    expect(begun.status).toBe(303);
    const to = new URL(begun.headers.get("location")!);
    const back = new URLSearchParams({ code: to.searchParams.get("nonce")!, state: to.searchParams.get("state")! });
    const cookie = begun.headers.getSetCookie()[0]!.split(";")[0]!;
    const came = await fetch(`${front.url}/sign-in/callback?${back}`, { headers: { cookie }, redirect: "manual" });
    const session = came.headers.getSetCookie().find((one) => /^seatmeter=./.test(one));
    return { status: came.status, session: session?.split(";")[0] };
  }

  test("signs somebody in whose name and role it vouches for", async () => {
    says = signed;
    const { status, session } = await signOn();
    expect(status).toBe(200);
    const page = await fetch(`${front.url}/sign-in`, { headers: { cookie: session! } });
    expect(await page.text()).toContain("You are signed in as asmith (admin).");
  });

  test("is asked as before while its secret cannot be read again", async () => {
    says = signed;
    await signOn();
    const secret = join(front.directory, "oidc-secret.txt");
    renameSync(secret, `${secret}.away`);
    expect(() => front.access.reload()).toThrow("oidc-secret.txt cannot be read");
    expect(await signOn()).toMatchObject({ status: 200 });
    renameSync(`${secret}.away`, secret);
  });

  test.each(Object.entries(FORGED))("signs nobody in %s", async (_how, forge) => {
    says = forge;
    const { status, session } = await signOn();
    expect(session).toBeUndefined();
    expect([403, 503]).toContain(status);
  });

  test("is not asked anything where the register does not name that authority, or another", async () => {
    const other = new Authority(folder.path, "other");
    for (const more of ["", "certificateAuthority: other.pem"]) {
      const without = await openFront({
        redis,
        text: register(more),
        prepare: (directory) => {
          writeFileSync(join(directory, "oidc-secret.txt"), "hush\n");
          writeFileSync(join(directory, "other.pem"), other.certificate);
        },
      });
      const answer = await fetch(`${without.url}/sign-in/start`, { redirect: "manual" });
      expect(answer.status).toBe(503);
      expect(without.log.join("")).toMatch(/certificate/);
      await without.close();
    }
  });

  test("is not signed in with where the file of its authority is missing or holds none, and that is said", async () => {
    await expect(open("certificateAuthority: none.pem")).rejects.toMatchObject({
      ...{ code: "settings_invalid", field: "certificateAuthority" },
      message: expect.stringContaining("none.pem cannot be read"),
    });
    await expect(open("certificateAuthority: oidc-secret.txt")).rejects.toMatchObject({
      message: "oidc-secret.txt holds no certificate",
    });
  });
});
