import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { debianPackages } from "../../client-shim/inventory/dpkg.ts";
import { installedSoftware } from "../../client-shim/inventory/installed.ts";
import { flatpaks, snaps } from "../../client-shim/inventory/linux-apps.ts";
import { macApplications } from "../../client-shim/inventory/mac.ts";
import { NoOutput, type OutputOf } from "../../client-shim/inventory/output-of.ts";
import { rpmPackages } from "../../client-shim/inventory/rpm.ts";
import { softwareOfTag, swidTags } from "../../client-shim/inventory/swid.ts";
import { windowsPrograms } from "../../client-shim/inventory/windows.ts";

/** A system on which these command lines print this; any other program is not there. */
const printing =
  (outputs: Record<string, string | Error>): OutputOf =>
  async (program, args) => {
    const output = outputs[[program, ...args].join(" ")] ?? outputs[program];
    if (output instanceof Error) throw output;
    return output;
  };
const exited = (exit: number) => new NoOutput("it", { code: exit, message: "failed" });

const DPKG = [
  ["installed", "git", "1:2.39.5-0+deb12u3", "", "Jonathan Nieder <jrnieder@gmail.com>"],
  ["installed", "libext2fs2", "1.47.0-2", "", "Theodore Y. Ts'o <tytso@mit.edu>"],
  ["installed", "adduser", "3.134", "", "Debian Adduser Developers <adduser@packages.debian.org>"],
  ["installed", "mesa", "22.3.6-1", "", "Timo <timo@ubuntu.com>"],
  ["installed", "nodejs", "20.20.2-1nodesource1", "", "NodeSource Support <support@nodesource.com>"],
  ["installed", "teams", "1.5.00", "Microsoft", "Somebody <who@example.com>"],
  ["config-files", "oldthing", "1.0", "", "Debian <x@debian.org>"],
]
  .map((row) => `${row.join("\t")}\n`)
  .join("");
const ARCHIVES = `Package files:
 100 /var/lib/dpkg/status
     release a=now
 500 http://archive.example/debian bookworm/main amd64 Packages
     release v=12.15,o=Debian,a=oldstable,n=bookworm,l=Debian,c=main,b=amd64
     origin archive.example
Pinned packages:
`;
const POLICY = `git:
  Installed: 1:2.39.5-0+deb12u3
  Candidate: 1:2.39.5-0+deb12u3
  Version table:
 *** 1:2.39.5-0+deb12u3 500
        500 http://archive.example/debian bookworm/main amd64 Packages
        100 /var/lib/dpkg/status
nodejs:
  Installed: 20.20.2-1nodesource1
  Candidate: 20.20.2-1nodesource1
  Version table:
 *** 20.20.2-1nodesource1 100
        100 /var/lib/dpkg/status
     18.20.4+dfsg-1 500
        500 http://archive.example/debian bookworm/main amd64 Packages
`;

test("a package of Debian's is Debian's, whoever looks after it; one from elsewhere is not, though Debian has it too", async () => {
  const names = "git libext2fs2 adduser mesa nodejs teams";
  const packages = await debianPackages(
    printing({ "dpkg-query": DPKG, "apt-cache policy": ARCHIVES, [`apt-cache policy ${names}`]: POLICY }),
  );
  expect(packages.map(({ name, publisher }) => [name, publisher])).toEqual([
    ["git", "Debian"],
    ["libext2fs2", "Theodore Y. Ts'o"],
    ["adduser", "Debian"],
    ["mesa", "Ubuntu"],
    ["nodejs", "NodeSource Support"],
    ["teams", "Microsoft"],
  ]);
  expect(packages[0]?.version).toBe("2.39.5-0+deb12u3");
});

test("a package whose files are there is installed, though dpkg has not finished with it; what is left of one is not", async () => {
  const states = ["installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending"];
  const listed = [...states, "config-files", "half-installed", "not-installed"].map(
    (one) => `${one}\t${one}\t1\t\tX\n`,
  );
  const packages = await debianPackages(printing({ "dpkg-query": listed.join(""), "apt-cache": exited(100) }));
  expect(packages.map(({ name }) => name)).toEqual(states);
});

test("without apt's lists, packages say themselves where they are from", async () => {
  const packages = await debianPackages(printing({ "dpkg-query": DPKG, "apt-cache": exited(100) }));
  expect(packages.map(({ publisher }) => publisher)).toEqual([
    ...["Jonathan Nieder", "Theodore Y. Ts'o", "Debian", "Ubuntu", "NodeSource Support", "Microsoft"],
  ]);
});

test("packages of rpm are read without the keys that it keeps among them", async () => {
  const rpm = "bash\t5.2.26-3.fc40\tFedora Project\ngpg-pubkey\ta15b79cc-63d04c2c\t(none)\nown\t1-1\t(none)\n";
  expect(await rpmPackages(printing({ rpm }))).toEqual([
    { name: "bash", publisher: "Fedora Project", version: "5.2.26-3.fc40" },
    { name: "own", publisher: "", version: "1-1" },
  ]);
});

const uninstall = (root: string) => `${root}Microsoft\\Windows\\CurrentVersion\\Uninstall`;
const reg = (key: string, depth = " /s") => `cmd.exe /d /s /c "chcp 65001>nul & reg query "${key}"${depth}"`;
const PERSON = "S-1-5-21-1004336348-1177238915-682003330-1001";
const MACHINE = `
HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\7-Zip
    DisplayName    REG_SZ    7-Zip 22.01 (x64)
    DisplayVersion    REG_SZ    22.01
    Publisher    REG_SZ    Igor Pavlov
    NoModify    REG_DWORD    0x1

HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{A}
    DisplayName    REG_SZ    Part of the system
    SystemComponent    REG_DWORD    0x1

HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{B}
    DisplayName    REG_SZ    Security Update for 7-Zip
    ParentKeyName    REG_SZ    7-Zip

HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{C}
    InstallLocation    REG_SZ    C:\\Program Files\\Nameless
`;
const OWN = `
HKEY_USERS\\${PERSON}\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Städteplan
    DisplayName    REG_SZ    Städteplan
    Publisher    REG_SZ
    InstallLocation    REG_SZ    C:\\Users\\asmith\\AppData\\Local\\Programs
`;

test("on Windows, what can be uninstalled is read for all and for each person, and nobody's name or folder with it", async () => {
  const outputs = {
    [reg(uninstall("HKLM\\SOFTWARE\\"))]: MACHINE.replaceAll("\n", "\r\n"),
    [reg(uninstall("HKLM\\SOFTWARE\\WOW6432Node\\"))]: exited(1),
    [reg("HKU", "")]: `\r\nHKEY_USERS\\.DEFAULT\r\nHKEY_USERS\\${PERSON}\r\nHKEY_USERS\\${PERSON}_Classes\r\n`,
    [reg(uninstall(`HKU\\${PERSON}\\Software\\`))]: OWN.replaceAll("\n", "\r\n"),
  };
  expect(await windowsPrograms(printing(outputs))).toEqual([
    { name: "7-Zip 22.01 (x64)", publisher: "Igor Pavlov", version: "22.01" },
    { name: "Städteplan", publisher: "", version: "" },
  ]);
});

test("where the list of Windows cannot be read, nothing is told, and not that all programs went", async () => {
  const unreadable = installedSoftware({ platform: "win32", ask: async () => Promise.reject(exited(1)) });
  await expect(unreadable).rejects.toMatchObject({ code: "internal", message: /cannot be read: reg/ });
});

test("on a Mac, applications for all and of one person are read, not what lies in downloads or is the system's", async () => {
  const SPApplicationsDataType = [
    {
      _name: "Firefox",
      version: "120.0",
      path: "/Applications/Firefox.app",
      obtained_from: "identified_developer",
      signed_by: ["Developer ID Application: Mozilla Corporation (43AQ936H96)", "Apple Root CA"],
    },
    { _name: "Safari", version: "17.1", path: "/Applications/Safari.app", obtained_from: "apple" },
    { _name: "Own", path: "/Users/asmith/Applications/Own.app", signed_by: ["Apple Development: asmith (A)"] },
    { _name: "Letter to my doctor", version: "1", path: "/Users/asmith/Downloads/Letter.app" },
    { _name: "Keychain", version: "1", path: "/System/Library/CoreServices/Keychain.app", obtained_from: "apple" },
    { _name: 7, path: "/Applications/Odd.app" },
  ];
  const outputs = { "/usr/sbin/system_profiler": JSON.stringify({ SPApplicationsDataType }) };
  const { lists } = await installedSoftware({ platform: "darwin", ask: printing(outputs) });
  expect(await macApplications(printing(outputs))).toHaveLength(4);
  expect(lists.system_profiler?.filter(({ name }) => name !== "Keychain")).toEqual([
    { name: "Firefox", publisher: "Mozilla Corporation", version: "120.0" },
    { name: "Own", publisher: "", version: "" },
    { name: "Safari", publisher: "Apple", version: "17.1" },
  ]);
});

test("applications of Flatpak and snaps are read; a snap's publisher without the mark that it is verified", async () => {
  const flatpak = "LibreOffice\t24.8.1.2\nInkscape\t1.3\n";
  const snap =
    "Name   Version  Rev  Tracking       Publisher   Notes\n" +
    "core22 20240111 1122 latest/stable  canonical**  base\nown    1        x1   -              -           -\n";
  expect(await flatpaks(printing({ flatpak }))).toEqual([
    { name: "LibreOffice", publisher: "", version: "24.8.1.2" },
    { name: "Inkscape", publisher: "", version: "1.3" },
  ]);
  expect(await snaps(printing({ snap }))).toEqual([
    { name: "core22", publisher: "canonical", version: "20240111" },
    { name: "own", publisher: "", version: "1" },
  ]);
  expect(await snaps(printing({ snap: "No snaps are installed yet.\n" }))).toEqual([]);
});

const tag = (attributes: string) => `<?xml version="1.0" encoding="utf-8"?>
<!-- of an installer -->
<swid:SoftwareIdentity xmlns:swid="http://standards.iso.org/iso/19770/-2/2015/schema.xsd" ${attributes}>
  <swid:Entity name="Packager" regid="example.org" role="tagCreator"/>
  <swid:Entity name='Smith &amp; S&#246;hne' regid="example.com" role="licensor softwareCreator" />
  <swid:Payload><swid:File name="a.exe" version="9"/></swid:Payload>
</swid:SoftwareIdentity>
`;

test("a tag of ISO/IEC 19770-2 gives name, version and who made it; a patch, or what is damaged, gives nothing", () => {
  const whole = tag('name="Plan 9 &quot;pro&quot;" version="4.1" tagId="x"');
  expect(softwareOfTag(whole)).toEqual({ name: 'Plan 9 "pro"', publisher: "Smith & Söhne", version: "4.1" });
  expect(softwareOfTag(tag('name="Plan" patch="true"'))).toBeUndefined();
  expect(softwareOfTag(tag('version="4.1"'))).toBeUndefined();
  expect(softwareOfTag(whole.replace("</swid:Payload>", ""))).toBeUndefined();
  expect(softwareOfTag(`<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${whole}`)).toBeUndefined();
  expect(softwareOfTag("")).toBeUndefined();
  expect(softwareOfTag(tag('name="&constructor; 3"'))?.name).toBe("&constructor; 3");
});

test("tags are found in the folders where installers leave them, and a folder that is not there has none", async () => {
  const root = mkdtempSync(join(tmpdir(), "swid-"));
  const folder = join(root, "regid.2024-01.com.example");
  mkdirSync(folder);
  writeFileSync(join(folder, "one.swidtag"), tag('name="One" version="1"'));
  writeFileSync(join(folder, "broken.swidtag"), "<SoftwareIdentity");
  const wide = tag('name="Zwei" version="2"').replace("utf-8", "utf-16");
  writeFileSync(join(folder, "two.swidtag"), Buffer.from(`\ufeff${wide}`, "utf16le"));
  writeFileSync(join(folder, "notes.txt"), tag('name="Other"'));
  const found = await swidTags([`${root}/regid.*`, `${root}/nowhere/*`]);
  expect(found.sort((one, other) => one.name.localeCompare(other.name))).toEqual([
    { name: "One", publisher: "Smith & Söhne", version: "1" },
    { name: "Zwei", publisher: "Smith & Söhne", version: "2" },
  ]);
});
