import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { expect, test } from "vitest";
import { renewTicketKey } from "../../daemon/access/ticket-keys.ts";
import { newToken } from "../../daemon/access/tokens.ts";
import { makeCertificate } from "../support/certificate.ts";
import { dataFolder, demoRegister, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { TestShim } from "../support/test-shim.ts";

const access = `
access: { shims: { tokensFile: shims.txt }, people: { tokensFile: people.txt } }
tls: { certificateFile: cert.pem, keyFile: key.pem }
`;
const shim = newToken("pc-1", "shim");
const isOfLog = (line: string) => line.startsWith("{");
const NOT_TAKEN = "not taken, what was read before stays in force";

/** A daemon whose files lie in a folder, and what an operator sees of it. */
async function daemonWithFiles() {
  const folder = dataFolder();
  const at = (name: string) => join(folder.path, name);
  makeCertificate(folder.path);
  writeFileSync(at("shims.txt"), shim.line);
  writeFileSync(at("people.txt"), newToken("ann", "admin").line);
  const daemon = await startDaemon({ register: demoRegister() + access, data: folder.path });
  return {
    ...{ daemon, at, folder: folder.path },
    /** What it says, until it has said all of these words, when it is told to read all again. */
    async hup(...words: string[]) {
      const before = daemon.output().length;
      process.kill(daemon.pid, "SIGHUP");
      const lines = () => daemon.output().slice(before).split("\n").slice(0, -1).filter(isOfLog);
      while (!words.every((word) => lines().some((line) => line.includes(word)))) await daemon.written();
      const said = lines().map((line) => JSON.parse(line) as { file?: string; msg: string });
      return { said, notTaken: said.filter(({ msg }) => msg.includes(NOT_TAKEN)) };
    },
    async ticketKeys() {
      const headers = { authorization: `Bearer ${shim.token}` };
      const wire = await TestShim.connect(daemon.url, { ca: readFileSync(at("cert.pem")), headers });
      const { ticketKeys } = await wire.greet("pc-1");
      await wire.close();
      return ticketKeys;
    },
    async [Symbol.asyncDispose]() {
      await daemon.stop();
      folder[Symbol.dispose]();
    },
  };
}

function shown(daemon: TestDaemon): Promise<string> {
  const socket = connect({ port: Number(new URL(daemon.httpUrl).port), host: "127.0.0.1", rejectUnauthorized: false });
  return new Promise<string>((resolve, reject) => {
    socket.once("secureConnect", () => resolve(socket.getPeerCertificate().fingerprint256));
    socket.once("error", reject);
  }).finally(() => socket.destroy());
}

test("a mistake in the register keeps no certificate, key or token from being read again, and is told with its file", async () => {
  await using one = await daemonWithFiles();
  const { daemon, at } = one;
  writeFileSync(at("register.yaml"), `${demoRegister()}${access}nonsense: 1\n`);
  makeCertificate(one.folder);
  const renewed = renewTicketKey(one.folder);
  const { notTaken } = await one.hup("register.yaml: not taken", "certificates read");
  expect(notTaken).toEqual([
    expect.objectContaining({ file: at("register.yaml"), msg: expect.stringContaining("nonsense") }),
  ]);
  expect(await one.ticketKeys()).toEqual(renewed);
  expect(await shown(daemon)).toBe(new X509Certificate(readFileSync(at("cert.pem"))).fingerprint256);
});

test("each file that cannot be read again is told in a line, and stays as it was; the others are taken", async () => {
  await using one = await daemonWithFiles();
  const { daemon, at } = one;
  const before = { keys: await one.ticketKeys(), certificate: await shown(daemon) };
  writeFileSync(at("people.txt"), newToken("bob", "admin").line);
  for (const name of ["shims.txt", "ticket-keys.json", "key.pem"]) writeFileSync(at(name), "nonsense\n");
  const { said, notTaken } = await one.hup("key.pem: not taken");
  expect(notTaken.map(({ file }) => file)).toEqual(["shims.txt", at("ticket-keys.json"), "cert.pem, key.pem"]);
  for (const { file, msg } of notTaken) expect(msg.startsWith(`${file}: ${NOT_TAKEN}: `), msg).toBe(true);
  // What was read before is still good: this computer's token, the keys of tickets, the certificate.
  expect({ keys: await one.ticketKeys(), certificate: await shown(daemon) }).toEqual(before);
  expect(said).toContainEqual(expect.objectContaining({ file: at("people.txt"), msg: "tokens read" }));
});
