import { X509Certificate } from "node:crypto";
import { copyFileSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { join } from "node:path";
import { connect, type SecureVersion, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeCertificate } from "../support/certificate.ts";
import { dataFolder, demoRegister, startDaemon } from "../support/daemon.ts";
import { type Front, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { TestShim } from "../support/test-shim.ts";

let redis: TestRedis;
let front: Front;
let ca: Buffer;
const register = "tls: { certificateFile: cert.pem, keyFile: key.pem }";

beforeAll(async () => {
  redis = await startRedis();
  front = await openFront({ redis, register, people: true, prepare: makeCertificate });
  ca = readFileSync(join(front.directory, "cert.pem"));
});
afterAll(async () => {
  await front.close();
  await redis.stop();
});

/** The protocol that the two agreed on, or why they did not. */
function agree(version: SecureVersion): Promise<string> {
  const options = { port: front.port, host: "127.0.0.1", ca, minVersion: version, maxVersion: version };
  // Without this the client's own library refuses to offer what is too old.
  const socket: TLSSocket = connect({ ...options, ciphers: "DEFAULT:@SECLEVEL=0" });
  return new Promise((resolve) => {
    socket.once("secureConnect", () => resolve(socket.getProtocol() ?? ""));
    socket.once("error", ({ message }) => resolve(message));
  }).finally(() => socket.destroy()) as Promise<string>;
}

test("TLS 1.2 and 1.3 are spoken, and nothing older", async () => {
  expect(await agree("TLSv1.3")).toBe("TLSv1.3");
  expect(await agree("TLSv1.2")).toBe("TLSv1.2");
  expect(await agree("TLSv1.1")).toMatch(/protocol version/);
  expect(await agree("TLSv1")).toMatch(/protocol version/);
});

test("a shim takes a seat over wss", async () => {
  const shim = await front.connect({ ca });
  await shim.greet();
  expect(await shim.checkout()).toMatchObject({ pool: "cad" });
  await shim.close();
});

test("a shim that does not know the certificate does not connect", async () => {
  await expect(front.connect()).rejects.toThrow();
});

test("a session's cookie is bound to this host and to TLS, and browsers are told to stay with TLS", async () => {
  const answer = await send("/sign-in", new URLSearchParams({ token: front.token("viewer") }).toString());
  expect(answer.status).toBe(303);
  const [cookie = ""] = answer.headers["set-cookie"] ?? [];
  expect(cookie).toMatch(/^__Host-seatmeter=/);
  expect(cookie.split("; ")).toEqual(expect.arrayContaining(["Path=/", "HttpOnly", "Secure", "SameSite=Strict"]));
  expect(cookie).not.toContain("Domain");
  expect(answer.headers["strict-transport-security"]).toMatch(/max-age=\d+/);
});

test("a certificate that is not there, or not the key's, is said at a start", async () => {
  const refused = (prepare: (directory: string) => void) => openFront({ redis, register, prepare });
  await expect(refused(() => {})).rejects.toMatchObject({
    code: "settings_invalid",
    message: expect.stringContaining("the certificate cert.pem cannot be read"),
  });
  const mismatched = (directory: string) => {
    makeCertificate(directory);
    const key = readFileSync(join(directory, "key.pem"));
    makeCertificate(directory);
    writeFileSync(join(directory, "key.pem"), key);
  };
  await expect(refused(mismatched)).rejects.toMatchObject({
    code: "settings_invalid",
    message: expect.stringContaining("key.pem"),
  });
});

function send(path: string, body: string) {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const sent = httpsRequest(front.url + path, { method: "POST", ca, headers });
  return new Promise<{ status: number; headers: NodeJS.Dict<string[] | string> & { "set-cookie"?: string[] } }>(
    (resolve, reject) => {
      sent.once("response", (answer) => {
        answer.resume();
        resolve({ status: answer.statusCode!, headers: answer.headers as NodeJS.Dict<string[]> });
      });
      sent.once("error", reject);
      sent.end(body);
    },
  );
}

/** What a new connection is shown. */
function shownNow(port: number, trusted: Buffer): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", ca: trusted, rejectUnauthorized: false });
  return new Promise<string>((resolve, reject) => {
    socket.once("secureConnect", () => resolve(socket.getPeerCertificate().fingerprint256));
    socket.once("error", reject);
  }).finally(() => socket.destroy());
}

test("a certificate that is renewed is shown without a restart, once its key is there; who is connected stays, whatever becomes of the files", async () => {
  const data = dataFolder();
  makeCertificate(data.path);
  const fingerprint = () => new X509Certificate(readFileSync(join(data.path, "cert.pem"))).fingerprint256;
  const daemon = await startDaemon({ register: `${demoRegister()}${register}\n`, data: data.path });
  const { port } = new URL(daemon.httpUrl);
  const said = async (line: string) => {
    while (!daemon.output().includes(line)) await daemon.written();
  };
  try {
    const first = { trusted: readFileSync(join(data.path, "cert.pem")), print: fingerprint() };
    expect(await shownNow(Number(port), first.trusted)).toBe(first.print);
    const shim = await TestShim.connect(daemon.url, { ca: first.trusted });
    await shim.greet();

    // The certificate alone first, as two files are never written at once.
    const renewed = dataFolder();
    makeCertificate(renewed.path);
    copyFileSync(join(renewed.path, "cert.pem"), join(data.path, "cert.pem"));
    await said("the certificates in force stay as they were");
    expect(await shownNow(Number(port), first.trusted)).toBe(first.print);
    copyFileSync(join(renewed.path, "key.pem"), join(data.path, "key.pem"));
    renewed[Symbol.dispose]();
    await said("certificates read");
    expect(await shownNow(Number(port), first.trusted)).toBe(fingerprint());
    expect(fingerprint()).not.toBe(first.print);
    expect(await shim.checkout({ product: "demo" })).toMatchObject({ pool: "demo" });
    await shim.close();

    // A file of which nobody may be told anything is no reason to stop.
    rmSync(join(data.path, "cert.pem"));
    symlinkSync("cert.pem", join(data.path, "cert.pem"));
    await said("ELOOP");
    rmSync(join(data.path, "cert.pem"));

    // Told to, it does not wait until it looks.
    makeCertificate(data.path);
    process.kill(daemon.pid, "SIGHUP");
    while ((await shownNow(Number(port), first.trusted)) !== fingerprint());
  } finally {
    await daemon.stop();
    data[Symbol.dispose]();
  }
});
