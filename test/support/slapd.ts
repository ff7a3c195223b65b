import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "ldapts";
import { accepts } from "./ports.ts";
import { program } from "./programs.ts";
import { freePort } from "./redis.ts";

export const SUFFIX = "dc=exampleshire,dc=example";
export const STAFF = `ou=Staff,${SUFFIX}`;
export const READER = `cn=seatmeter,${SUFFIX}`;
const ADMINISTRATOR = `cn=admin,${SUFFIX}`;
const PASSWORD = "correct horse";

/** An entry of somebody, by the name that stands before the base. */
export type Account = Record<string, string>;

export interface TestDirectory {
  url: string;
  /** Where a register that names its files would lie: `password.txt`, `ca.pem`, and the wrong ones of both. */
  folder: string;
  secureUrl: string;
  add(account: Account): Promise<void>;
  remove(name: string): Promise<void>;
  change(name: string, attributes: Account): Promise<void>;
  /** Away, and back with what it held. */
  stop(): Promise<void>;
  start(): Promise<void>;
  end(): Promise<void>;
}

/** Attributes of Active Directory, under their own numbers, so that its filters and names can be tried. */
const SCHEMA = `
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.159 NAME 'accountExpires' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.2.141 NAME 'department' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.2.102 NAME 'memberOf' EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )
objectclass ( 1.2.840.113556.1.5.9 NAME 'user' SUP top AUXILIARY MAY ( sAMAccountName $ accountExpires $ department $ memberOf ) )
`;

/**
 * A real directory server on the loopback interface, with a configuration, a certificate and entries of its own. Like
 * most, it shows nothing to who does not sign in, and no more than 500 entries at a time.
 */
export async function startDirectory(accounts: readonly Account[] = []): Promise<TestDirectory> {
  const folder = mkdtempSync(join(tmpdir(), "seatmeter-directory-"));
  makeCertificates(folder);
  writeFileSync(join(folder, "password.txt"), `${PASSWORD}\n`);
  writeFileSync(join(folder, "wrong.txt"), "wrong\n");
  // Ubuntu confines the program in its own place to the system's folders.
  const slapd = join(folder, "slapd");
  copyFileSync(program("slapd") ?? "slapd", slapd);
  writeFileSync(join(folder, "slapd.conf"), configuration(folder));
  writeFileSync(join(folder, "entries.ldif"), [base(), ...accounts.map(ldif)].join("\n"));
  mkdirSync(join(folder, "entries"));
  const config = ["-f", join(folder, "slapd.conf")];
  execFileSync(slapd, ["-T", "add", ...config, "-l", join(folder, "entries.ldif")], { stdio: "pipe" });

  const [port, securePort] = [await freePort(), await freePort()];
  const url = `ldap://127.0.0.1:${port}`;
  const secureUrl = `ldaps://127.0.0.1:${securePort}`;
  let child: ChildProcess | undefined;
  const kill = () => child?.kill("SIGKILL");
  process.once("exit", kill);

  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  const start = async () => {
    if (isRunning()) return;
    child = spawn(slapd, ["-d", "0", ...config, "-h", `${url}/ ${secureUrl}/`], { stdio: "ignore" });
    while (!(await accepts(port))) await delay(10);
  };
  const stop = async () => {
    if (!isRunning()) return;
    child?.kill("SIGTERM");
    await once(child as ChildProcess, "exit");
  };
  const asAdministrator = async (act: (client: Client) => Promise<void>) => {
    const client = new Client({ url });
    await client.bind(ADMINISTRATOR, PASSWORD);
    await act(client);
    await client.unbind();
  };
  await start();

  return {
    url,
    secureUrl,
    folder,
    start,
    stop,
    add: (account) => asAdministrator((client) => client.add(nameOf(account), entryOf(account))),
    remove: (name) => asAdministrator((client) => client.del(`cn=${name},${STAFF}`)),
    change: (name, attributes) =>
      asAdministrator(async (client) => {
        await client.del(`cn=${name},${STAFF}`);
        await client.add(`cn=${name},${STAFF}`, entryOf({ cn: name, ...attributes }));
      }),
    async end() {
      process.off("exit", kill);
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const nameOf = ({ cn = "" }: Account) => `cn=${cn},${STAFF}`;
const entryOf = (account: Account) => ({ objectClass: ["inetOrgPerson", "user"], sn: "Somebody", ...account });

function ldif(account: Account): string {
  const lines = Object.entries(entryOf(account)).flatMap(([attribute, values]) =>
    [values].flat().map((value) => `${attribute}:: ${Buffer.from(value).toString("base64")}`),
  );
  return [`dn: ${nameOf(account)}`, ...lines, ""].join("\n");
}

const base = () => `dn: ${SUFFIX}
objectClass: dcObject
objectClass: organization
dc: exampleshire
o: Exampleshire Council

dn: ${STAFF}
objectClass: organizationalUnit
ou: Staff

dn: ${READER}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: seatmeter
userPassword: ${PASSWORD}
`;

function configuration(folder: string): string {
  const schemas = ["/etc/ldap/schema", "/etc/openldap/schema"].find(existsSync) ?? "";
  const modules = existsSync("/usr/lib/ldap") ? "modulepath /usr/lib/ldap\nmoduleload back_mdb\n" : "";
  return `${["core", "cosine", "inetorgperson"].map((name) => `include ${schemas}/${name}.schema`).join("\n")}
${SCHEMA}
${modules}
TLSCertificateFile ${folder}/cert.pem
TLSCertificateKeyFile ${folder}/key.pem
database mdb
suffix "${SUFFIX}"
rootdn "${ADMINISTRATOR}"
rootpw "${PASSWORD}"
directory ${folder}/entries
dbnosync
limits * size.soft=500 size.hard=500 size.pr=500 size.prtotal=unlimited
access to attrs=userPassword by anonymous auth
access to * by users read by * none
`;
}

/** One by an authority of its own (`ca.pem`), for 127.0.0.1, and an authority that had nothing to do with it. */
function makeCertificates(folder: string) {
  const openssl = (...words: string[]) => execFileSync("openssl", words, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  for (const [name, file] of [
    ["Council CA", "ca"],
    ["Stranger CA", "stranger"],
  ])
    openssl(
      "req",
      "-x509",
      ...key,
      "-days",
      "2",
      "-subj",
      `/CN=${name}`,
      "-keyout",
      `${file}.key`,
      "-out",
      `${file}.pem`,
    );
  openssl("req", ...key, "-subj", "/CN=directory", "-keyout", "key.pem", "-out", "cert.csr");
  writeFileSync(join(folder, "names.cnf"), "subjectAltName=IP:127.0.0.1\n");
  const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names.cnf"];
  openssl("x509", "-req", "-in", "cert.csr", ...signed, "-out", "cert.pem");
}
