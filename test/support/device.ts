import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { type JWTPayload, SignJWT } from "jose";
import { PROOF_TYPES, secondsOf } from "../../daemon/domain/device-proof.ts";
import { journalDigest, type SignedEntry } from "../../daemon/domain/journal.ts";
import type { Message } from "../../daemon/protocol/messages.ts";
import { TestShim } from "./test-shim.ts";

/** A computer with a key of its own, that proves what a test wants proven. */
export class TestDevice {
  readonly name: string;
  readonly #key = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  audience = "";

  constructor(name: string) {
    this.name = name;
  }

  get publicKey(): string {
    return this.#key.x!;
  }

  /** Ask to be enrolled; the status, and what was answered. */
  async enrol(url: string, token: string, device = this.name) {
    const { status, body } = await post(url, "/api/v1/devices/enrol", { device, token, publicKey: this.publicKey });
    if (status === 200) this.audience = body.audience!;
    return { status, body };
  }

  /** What answers a challenge as it should, but for what is changed. */
  proof(
    challenge: string,
    change: { [claim in keyof JWTPayload]?: unknown } = {},
    typ: string = PROOF_TYPES.connection,
  ): Promise<string> {
    const iat = secondsOf(challenge);
    const claims = {
      sub: this.name,
      aud: this.audience,
      nonce: challenge,
      iat,
      exp: iat + 60,
      ...change,
    } as JWTPayload;
    const key = createPrivateKey({ key: this.#key, format: "jwk" });
    return new SignJWT(claims).setProtectedHeader({ alg: "EdDSA", typ }).sign(key);
  }

  /** What it signs of a journal, but for what is changed. */
  signature(entries: readonly SignedEntry[], change: Parameters<TestDevice["proof"]>[1] = {}): Promise<string> {
    const digest = { entries: journalDigest(entries), nonce: undefined, iat: undefined, exp: undefined };
    return this.proof("0.", { ...digest, ...change }, PROOF_TYPES.journal);
  }

  /** Connect and say hello with a proof; the connection, and what the daemon said first. */
  async hello(
    url: string,
    prove = (challenge: string): Promise<string | undefined> => this.proof(challenge),
  ): Promise<{ shim: TestShim; said: Message<"welcome"> | Message<"error"> }> {
    const shim = await TestShim.connect(url);
    const proof = await prove(shim.challenge ?? "");
    shim.say({ type: "hello", device: this.name, shim: "test/1", ...(proof !== undefined && { proof }) });
    return { shim, said: (await shim.hear()) as Message<"welcome"> };
  }
}

export async function post(url: string, path: string, content: object, token?: string) {
  const answer = await fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(content),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}
