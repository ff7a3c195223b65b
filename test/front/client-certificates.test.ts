import { randomUUID } from "node:crypto";
import { request as httpsRequest } from "node:https";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { namesIn } from "../../daemon/access/certificates.ts";
import { CLOSE } from "../../daemon/protocol/close-codes.ts";
import { Authority, FOR_CLIENTS, FOR_SERVERS } from "../support/authority.ts";
import { type Front, openFront } from "../support/front.ts";
import { program } from "../support/programs.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

const text = `organisation: Exampleshire Council
access: { shims: { certificateAuthority: ca.pem }, people: { tokensFile: people.txt } }
tls: { certificateFile: seats.pem, keyFile: seats.key }
products: { cad: { owner: cad@exampleshire.example, pools: [cad] } }
pools: { cad: { seatFor: [session], entitlements: [{ reference: A, seats: 10, starts: 2020-01-01 }] } }`;

describe.skipIf(!program("openssl"))("a computer with a certificate of the council's own authority", () => {
  let redis: TestRedis;
  let front: Front;
  let ca: Buffer;
  let council: Authority;
  let strangers: Authority;
  beforeAll(async () => {
    redis = await startRedis();
    const prepare = (directory: string) => {
      council = new Authority(directory);
      strangers = new Authority(directory, "strangers");
      council.sign("seats", "seats", ["subjectAltName=IP:127.0.0.1", FOR_SERVERS]);
    };
    front = await openFront({ redis, text, prepare });
    ca = council.certificate;
  });
  afterAll(async () => {
    await front.close();
    await redis.stop();
  });

  const computer = (authority = council, extensions = ["subjectAltName=DNS:pc-12.exampleshire.example", FOR_CLIENTS]) =>
    authority.sign("pc", "PC-12 of Planning", extensions);

  test("comes in by it and takes a seat, by its whole name or the first part of it", async () => {
    const certificate = computer();
    for (const name of ["PC-12", "pc-12.exampleshire.example"]) {
      const shim = await front.connect({ ca, ...certificate });
      await shim.greet(name);
      expect(await shim.checkout()).toMatchObject({ pool: "cad" });
      await shim.close();
    }
  });

  test("is no other computer, and is told whose certificate it has", async () => {
    const shim = await front.connect({ ca, ...computer() });
    shim.say({ type: "hello", device: "PC-13", shim: "test/1" });
    expect(await shim.hear()).toMatchObject({
      code: "forbidden",
      message: "this certificate is pc-12.exampleshire.example or pc-12's, not PC-13's",
    });
    expect(await shim.closed).toBe(CLOSE.refused);
  });

  test("is counted by its name, so that it has no more connections than a computer may", async () => {
    const certificate = computer();
    await front.adopt(`${text}\nlimits: { connectionsPerDevice: 1 }`);
    const first = await front.connect({ ca, ...certificate });
    await first.greet("PC-12");
    const second = await front.connect({ ca, ...certificate });
    second.say({ type: "hello", device: "pc-12", shim: "test/1" });
    expect(await second.hear()).toMatchObject({ code: "too_many_connections" });
    await first.close();
    await front.adopt(text);
  });

  test.each([
    ["no certificate", () => ({})],
    ["one that another authority signed", () => computer(strangers)],
    ["one for servers", () => computer(council, ["subjectAltName=DNS:pc-12.exampleshire.example", FOR_SERVERS])],
    ["one that is over", () => council.sign("old", "PC-12", [FOR_CLIENTS], -1)],
    ["one for whole domains", () => computer(council, ["subjectAltName=DNS:*.exampleshire.example", FOR_CLIENTS])],
  ])("does not come in with %s", async (_what, certificate) => {
    await expect(front.connect({ ca, ...certificate() })).rejects.toMatchObject({ status: 401 });
  });

  test("asks for seats over HTTP, too, and for nothing that is people's", async () => {
    const { cert, key } = computer();
    const ask = (method: string, path: string, device: string, content?: object) => {
      const headers = { "content-type": "application/json", "seatmeter-device": device };
      const sent = httpsRequest(front.url + path, { method, ca, cert, key, headers, agent: false });
      return new Promise<number>((resolve, reject) => {
        sent.once("response", (answer) => {
          answer.resume();
          resolve(answer.statusCode!);
        });
        sent.once("error", reject);
        sent.end(content && JSON.stringify(content));
      });
    };
    const checkout = { leaseId: randomUUID(), product: "cad", user: "asmith" };
    expect(await ask("POST", "/api/v1/checkouts", "PC-12", checkout)).toBe(201);
    expect(await ask("DELETE", `/api/v1/checkouts/${checkout.leaseId}`, "PC-13")).toBe(403);
    expect(await ask("DELETE", `/api/v1/checkouts/${checkout.leaseId}`, "PC-12")).toBe(200);
    expect(await ask("GET", "/api/v1/leases?pool=cad", "PC-12")).toBe(403);
  });
});

test("a certificate's names are its DNS names, or its common name where it has none; a pattern is no name", () => {
  const names = (CN: string, subjectaltname?: string) =>
    namesIn({ subject: { CN } as never, ...(subjectaltname !== undefined && { subjectaltname }) });
  expect(names("PC-12")).toEqual(["PC-12"]);
  expect(names("asmith", "DNS:pc-12.example, IP Address:10.0.0.1")).toEqual(["pc-12.example", "pc-12"]);
  expect(names("PC-12", "email:a@example")).toEqual(["PC-12"]);
  expect(names("*.example")).toEqual([]);
});
