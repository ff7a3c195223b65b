import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MailNotices, NOTICE_KINDS } from "../../daemon/domain/register.ts";
import { mailChannel } from "../../daemon/notices/mail.ts";
import { startMailServer } from "../support/mail-server.ts";
import { matterOf } from "../support/matters.ts";
import { program } from "../support/programs.ts";
import { freePort } from "../support/redis.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "seatmeter-mail-"));
  writeFileSync(join(folder, "password.txt"), "correct horse\n");
  writeFileSync(join(folder, "wrong.txt"), "wrong\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const channelTo = (port: number, change: Partial<MailNotices> = {}) =>
  mailChannel(
    {
      ...{ host: "127.0.0.1", port, security: "none", from: "seats@exampleshire.example", to: [] },
      ...{ about: [...NOTICE_KINDS], ...change },
    },
    { folder, organisation: "Exampleshire Council", pages: "https://seats.example/" },
  );
const header = (text: string, name: string) => new RegExp(`^${name}: (.*(?:\\r\\n\\s.*)*)`, "m").exec(text)?.[1];

test("a notice is a mail of plain text to whomever it concerns, with a link to what it is about", async () => {
  await using server = await startMailServer();
  await channelTo(server.port).send(matterOf({ to: ["a@example.org", "b@example.org"] }), "0123");
  const [mail] = server.mails;

  expect(mail).toMatchObject({ from: "seats@exampleshire.example", to: ["a@example.org", "b@example.org"] });
  expect(header(mail?.text ?? "", "Subject")).toBe("cad: 2 seats in use, 1 owned");
  expect(header(mail?.text ?? "", "Content-Type")).toMatch(/^text\/plain/);
  expect(header(mail?.text ?? "", "Auto-Submitted")).toBe("auto-generated");
  expect(header(mail?.text ?? "", "Message-ID")).toBe("<0123@exampleshire.example>");
  expect(mail?.text).toContain("https://seats.example/pools/cad\r\n");
  expect(mail?.text).toContain("-- \r\nseatmeter, Exampleshire Council");
});

test("no subject makes a header of its own", async () => {
  await using server = await startMailServer();
  const subject = "cad\r\nBcc: thief@example.org\u2028X-Other: 1\n\nbody";
  await channelTo(server.port).send(matterOf({ subject, to: ["a@example.org"] }), "1");
  const [mail] = server.mails;

  expect(mail?.to).toEqual(["a@example.org"]);
  expect(mail?.text).not.toMatch(/^(Bcc|X-Other|body)/im);
  expect(header(mail?.text ?? "", "Subject")).toBe("cad Bcc: thief@example.org X-Other: 1 body");
});

test("what concerns nobody with an address goes to whom the register names, or is not told", async () => {
  await using server = await startMailServer();
  const matter = matterOf({ to: [] });
  const withOthers = channelTo(server.port, { to: ["licences@example.org"] });
  await withOthers.send(matter, "1");

  expect(server.mails[0]?.to).toEqual(["licences@example.org"]);
  expect(withOthers.tells(matter)).toBe(true);
  expect(channelTo(server.port).tells(matter)).toBe(false);
  expect(channelTo(server.port, { to: ["a@b.example"], about: ["expiry"] }).tells(matter)).toBe(false);
});

test("a mail that some of its addresses refuse is sent to the others, and that is remarked on without naming them", async () => {
  await using server = await startMailServer();
  server.refused.add("gone@example.org");
  const channel = channelTo(server.port);
  const remark = await channel.send(matterOf({ to: ["a@example.org", "gone@example.org"] }), "1");

  expect(server.mails[0]?.to).toEqual(["a@example.org"]);
  expect(remark).toBe("the mail server refuses 1 of 2 addresses");
  const refused = channel.send(matterOf({ to: ["gone@example.org"] }), "1");
  await expect(refused).rejects.toThrow(/^the mail server refuses: .*is nobody here/);
  await expect(refused).rejects.not.toThrow(/gone@/);
});

test("a mail server that is away, or has no TLS, is told as what it is", async () => {
  const away = channelTo(await freePort()).send(matterOf(), "1");
  await expect(away).rejects.toThrow("the mail server cannot be reached: nobody listens there");

  await using server = await startMailServer();
  const open = channelTo(server.port, { security: "starttls" }).send(matterOf(), "1");
  await expect(open).rejects.toThrow(/TLS/);
  expect(server.mails).toEqual([]);
});

test("a password that is missing or wrong is told, and never shown", async () => {
  await using server = await startMailServer({ authOptional: false, allowInsecureAuth: true });
  const login = (passwordFile: string) => channelTo(server.port, { user: "seats", passwordFile }).send(matterOf(), "1");

  await expect(login("none.txt")).rejects.toThrow(/none\.txt cannot be read/);
  await expect(login("wrong.txt")).rejects.toThrow("the mail server refuses user with the password of passwordFile");
  await login("password.txt");
  expect(server.mails).toMatchObject([{ user: "seats" }]);
});

test.skipIf(!program("openssl"))("by TLS it is said to nobody but whom the certificate is of", async () => {
  const files = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1"];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  execFileSync("openssl", ["req", ...kind, ...files, ...subject], { stdio: "pipe" });
  const pair = { key: readFileSync(join(folder, "key.pem")), cert: readFileSync(join(folder, "cert.pem")) };

  for (const security of ["starttls", "tls"] as const) {
    await using server = await startMailServer({ ...pair, secure: security === "tls" });
    const stranger = channelTo(server.port, { security }).send(matterOf(), "1");
    await expect(stranger).rejects.toThrow(/nobody here vouches for: name who does in certificateAuthorityFile/);
    expect(server.mails).toEqual([]);
    await channelTo(server.port, { security, certificateAuthorityFile: "cert.pem" }).send(matterOf(), "1");
    expect(server.mails).toMatchObject([{ secure: true }]);
  }
});
