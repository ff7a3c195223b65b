import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { readDirectory } from "../../daemon/directory/search.ts";
import type { Directory } from "../../daemon/domain/register.ts";
import { program } from "../support/programs.ts";
import { READER, STAFF, SUFFIX, startDirectory, type TestDirectory } from "../support/slapd.ts";

const CAD = `cn=CAD,ou=Groups,${SUFFIX}`;
/** Midnight after 31 March 2027 in London, as Active Directory counts. */
const AFTER_MARCH = String((BigInt(Date.parse("2027-03-31T23:00:00Z")) + 11_644_473_600_000n) * 10_000n);

const ACCOUNTS = [
  { cn: "A Smith", sAMAccountName: "ASmith", department: "Planning", memberOf: CAD, accountExpires: AFTER_MARCH },
  { cn: "B Jones", sAMAccountName: "bjones", uid: "somethingelse", memberOf: CAD, accountExpires: "0" },
  {
    cn: "C White",
    uid: "cwhite",
    department: "Housing\nand Roads",
    memberOf: CAD,
    accountExpires: "9223372036854775807",
  },
  { cn: "Zoë", uid: "zoë", department: "Planung", memberOf: CAD, accountExpires: "soon" },
  { cn: "Without a name", memberOf: CAD },
  { cn: "D Dean", uid: "ddean" },
  ...Array.from({ length: 1_234 }, (_, i) => ({ cn: `Clerk ${i}`, uid: `clerk-${i}`, departmentNumber: "7" })),
];

describe.skipIf(!program("slapd") || !program("openssl"))("a directory", () => {
  let server: TestDirectory;
  beforeAll(async () => {
    server = await startDirectory(ACCOUNTS);
  });
  afterAll(() => server.end());

  const asked = (change: Partial<Directory> = {}): Directory => ({
    url: server.url,
    base: STAFF,
    filter: `(memberOf=${CAD})`,
    refreshMs: 3_600_000,
    bindDn: READER,
    passwordFile: "password.txt",
    startTls: false,
    departmentAttribute: "department",
    ...change,
  });
  const ask = (directory: Directory) => readDirectory(directory, { folder: server.folder, timezone: "Europe/London" });
  const read = (change: Partial<Directory> = {}) => ask(asked(change));
  const people = async (change: Partial<Directory> = {}) => {
    const reading = await read(change);
    if ("failed" in reading) throw new Error(reading.failed);
    return reading.people.toSorted((one, other) => (one.user < other.user ? -1 : 1));
  };

  test("names people by sAMAccountName or uid, with their department on one line", async () => {
    expect(await people()).toEqual([
      { user: "asmith", department: "Planning" },
      { user: "bjones" },
      { user: "cwhite", department: "Housing and Roads" },
      { user: "zoë", department: "Planung" },
    ]);
  });

  test("tells how many entries have no name, or an end of the contract that is no day", async () => {
    expect(await read()).toMatchObject({ unread: 1 });
    expect(await read({ contractEndsAttribute: "accountExpires" })).toMatchObject({ unread: 2 });
  });

  test("tells the last day of a contract, and that there is none", async () => {
    const found = await people({ contractEndsAttribute: "accountExpires" });
    expect(found.map(({ user, contractEnds }) => [user, contractEnds])).toEqual([
      ["asmith", "2027-03-31"],
      ["bjones", undefined],
      ["cwhite", undefined],
      ["zoë", undefined],
    ]);
  });

  test("may have the name and the department elsewhere, however the attribute is written", async () => {
    const found = await people({
      userAttribute: "UID",
      departmentAttribute: "departmentnumber",
      filter: "(uid=clerk-7)",
    });
    expect(found).toEqual([{ user: "clerk-7", department: "7" }]);
    expect(await read({ userAttribute: "uid" })).toMatchObject({ people: expect.toSatisfy((all) => all.length === 3) });
  });

  test("is read page by page, where it gives 500 entries at a time", async () => {
    expect(await people({ filter: "(uid=clerk-*)" })).toHaveLength(1_234);
  });

  test("finds nobody where a filter matches nobody", async () => {
    expect(await read({ filter: "(department=Nowhere)" })).toEqual({ people: [], unread: 0 });
  });

  test("that shows nothing to who does not sign in says that there is nothing", async () => {
    const { bindDn: _, passwordFile: __, ...anonymous } = asked();
    expect(await ask(anonymous)).toEqual({
      failed: expect.stringMatching(/^has no entry ou=Staff,dc=exampleshire,dc=example, or does not show it to bindDn/),
    });
  });

  test.each<[string, Partial<Directory>, string]>([
    ["a wrong password", { passwordFile: "wrong.txt" }, "refuses bindDn with the password of passwordFile"],
    [
      "a password file that is not there",
      { passwordFile: "no.txt" },
      "could not be read: no.txt cannot be read: ENOENT",
    ],
    ["an empty password file", { passwordFile: "empty.txt" }, "could not be read: empty.txt is empty"],
    [
      "a base that there is not",
      { base: `ou=Nobody,${SUFFIX}` },
      `has no entry ou=Nobody,${SUFFIX}, or does not show it`,
    ],
    ["a base that is no name", { base: "Staff" }, "takes base or bindDn for no name of an entry"],
    ["a filter that is none", { filter: "(uid)" }, "could not be read: "],
    ["a port at which nobody listens", { url: "ldap://127.0.0.1:1" }, "cannot be reached: nobody listens there"],
  ])("answers %s with what is wrong", async (_, change, why) => {
    writeFileSync(`${server.folder}/empty.txt`, "\n");
    expect(await read(change)).toEqual({ failed: expect.stringContaining(why) });
  });

  test.each([
    ["from the start", () => ({ url: server.secureUrl })],
    ["after startTls", () => ({ startTls: true })],
  ])("is asked over TLS %s, where an authority that the register names vouches for it", async (_, how) => {
    const filter = "(uid=clerk-1*)";
    expect(await people({ ...how(), filter, certificateAuthorityFile: "ca.pem" })).toHaveLength(345);
    const refused = { failed: expect.stringContaining("shows a certificate that nobody here vouches for") };
    expect(await read({ ...how(), filter })).toEqual(refused);
    expect(await read({ ...how(), filter, certificateAuthorityFile: "stranger.pem" })).toEqual(refused);
  });

  test.each([
    ["from the start", () => ({ url: server.secureUrl.replace("127.0.0.1", "localhost") })],
    ["after startTls", () => ({ url: server.url.replace("127.0.0.1", "localhost"), startTls: true })],
  ])("whose certificate is of another host is not asked over TLS %s", async (_, how) => {
    expect(await read({ ...how(), certificateAuthorityFile: "ca.pem" })).toEqual({
      failed: expect.stringContaining("shows the certificate of another host"),
    });
  });

  /** The answer to StartTLS, go ahead, with the number of the question. */
  const goAhead = (question: Buffer) =>
    Buffer.concat([Buffer.from("300c0201", "hex"), question.subarray(4, 5), Buffer.from("78070a010004000400", "hex")]);
  test.each([
    ["from the start", "ldap", false, undefined],
    ["when it should have gone over to TLS", "ldap", true, goAhead],
    ["in the handshake of TLS", "ldaps", false, undefined],
  ])("that is silent %s keeps no daemon from stopping", async (_, scheme, startTls, answer) => {
    const heard: Socket[] = [];
    const silent = createServer((socket) => {
      heard.push(socket.on("error", () => {}));
      if (answer) socket.once("data", (question) => socket.write(answer(question)));
    }).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const stopping = new AbortController();
    const around = { folder: server.folder, timezone: "Europe/London", signal: stopping.signal };

    const reading = readDirectory(asked({ url: `${scheme}://127.0.0.1:${port}`, startTls }), around);
    await vi.waitFor(() => expect(heard[0]?.bytesRead).toBeGreaterThan(startTls ? 100 : 10));
    stopping.abort();
    expect(await reading).toEqual({ failed: "took too long to answer" });
    for (const socket of heard) socket.destroy();
    silent.close();
  });

  test("that breaks off half-way has not answered, and is not asked on by nobody in particular", async () => {
    const sockets: Socket[] = [];
    let bytesSeen = 0;
    // What lies between us and the directory lets the first answers through, and breaks off then.
    const between = createServer((near) => {
      const far = connect(Number(new URL(server.url).port), "127.0.0.1");
      sockets.push(near, far);
      near.on("error", () => {}).pipe(far);
      far.on("error", () => {});
      far.on("data", (bytes) => {
        bytesSeen += bytes.length;
        if (bytesSeen > 30_000) near.destroy();
        else near.write(bytes);
      });
    }).listen(0, "127.0.0.1");
    await once(between, "listening");
    const { port } = between.address() as AddressInfo;

    const reading = await read({ url: `ldap://127.0.0.1:${port}`, filter: "(uid=clerk-*)" });
    for (const socket of sockets) socket.destroy();
    between.close();

    expect(reading).toEqual({ failed: expect.stringMatching(/broke off|Connection closed/) });
    expect(sockets).toHaveLength(2);
  });
});
