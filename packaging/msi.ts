import { execFile } from "node:child_process";
import { cpSync, linkSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { inScratch } from "./scratch.ts";
import { epochSeconds, guidOf, VERSION } from "./version.ts";

const run = promisify(execFile);
const SOURCE = join(import.meta.dirname, "files/windows/seatmeter.wxs");

/**
 * Who may what in %ProgramData%\seatmeter, in place of what it would inherit, by which anybody may put a shim.yaml there for
 * everybody. It is the system's; the system and administrators may all, people of this computer read. Nobody else has to
 * write there: the installer enrols as the system, and each person's agent keeps its things in that person's own folder.
 */
export const DATA_FOLDER_RIGHTS = "O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)";

/**
 * What wixl has no words for: that the token of `Enrol` stands in no log (8192), that the system takes these properties from
 * somebody who may not install, that the program is on the path, who may write beside the settings, and that an earlier
 * version goes first.
 */
const STATEMENTS = [
  "UPDATE CustomAction SET Type = 11346 WHERE Action = 'Enrol'",
  "UPDATE CustomAction SET Type = 51 WHERE Action = 'KeepServer'",
  "UPDATE CustomAction SET Type = 51 WHERE Action = 'KeepCaFile'",
  "UPDATE Property SET Value = 'SERVER;CAFILE;ENROLTOKEN;WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED' " +
    "WHERE Property = 'SecureCustomProperties'",
  "CREATE TABLE `Environment` (`Environment` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL LOCALIZABLE, " +
    "`Value` CHAR(255) LOCALIZABLE, `Component_` CHAR(72) NOT NULL PRIMARY KEY `Environment`)",
  "INSERT INTO Environment (Environment, Name, Value, Component_) VALUES ('Path', '=-*PATH', '[~];[INSTALLDIR]', 'Shim')",
  "CREATE TABLE `MsiLockPermissionsEx` (`MsiLockPermissionsEx` CHAR(72) NOT NULL, `LockObject` CHAR(72) NOT NULL, " +
    "`Table` CHAR(32) NOT NULL, `SDDLText` LONGCHAR NOT NULL, `Condition` CHAR(255) PRIMARY KEY `MsiLockPermissionsEx`)",
  "INSERT INTO `MsiLockPermissionsEx` (`MsiLockPermissionsEx`, `LockObject`, `Table`, `SDDLText`) " +
    `VALUES ('Data', 'DataFolder', 'CreateFolder', '${DATA_FOLDER_RIGHTS}')`,
  "INSERT INTO InstallExecuteSequence (Action, Sequence) VALUES ('RemoveEnvironmentStrings', 3300)",
  "INSERT INTO InstallExecuteSequence (Action, Sequence) VALUES ('WriteEnvironmentStrings', 5200)",
  "UPDATE InstallExecuteSequence SET Sequence = 1450 WHERE Action = 'RemoveExistingProducts'",
];

/**
 * The installer for Windows, not signed: whoever rolls it out signs it with a certificate that their computers trust.
 *
 * @returns its path
 * Errors: what wixl and msibuild say.
 */
export async function buildMsi(singleFile: string, into: string): Promise<string> {
  const file = join(into, `seatmeter-${VERSION}-x64.msi`);
  return inScratch(join(into, ".msi-"), async (folder) => {
    // By its name in this folder: wixl reads no other paths.
    linkSync(singleFile, join(folder, "seatmeter.exe"));
    utimesSync(singleFile, epochSeconds(), epochSeconds());
    cpSync(SOURCE, join(folder, "seatmeter.wxs"));
    const beganAtMs = Date.now();
    const settings = ["-D", `Version=${VERSION}`, "-D", `ProductCode=${guidOf(`product ${VERSION}`)}`];
    await run("wixl", ["--arch", "x64", ...settings, "-o", "out.msi", "seatmeter.wxs"], { cwd: folder });
    for (const statement of STATEMENTS) await run("msibuild", ["out.msi", "-q", statement], { cwd: folder });
    // Windows tells installers apart by this.
    const code = `{${guidOf(`package ${VERSION} ${epochSeconds()}`)}}`;
    await run("msibuild", ["out.msi", "-s", "Installation Database", "seatmeter", "x64;1033", code], { cwd: folder });
    writeFileSync(file, withMoment(readFileSync(join(folder, "out.msi")), beganAtMs));
    return file;
  });
}

const VT_FILETIME = 0x40;
const TO_1601_MS = 11_644_473_600_000n;
const fileTime = (ms: number) => (BigInt(ms) + TO_1601_MS) * 10_000n;

/** The moments at which it was made, in place of which stands that of its sources. */
function withMoment(msi: Buffer, beganAtMs: number): Buffer {
  const kind = Buffer.from([VT_FILETIME, 0, 0, 0]);
  const [from, until] = [fileTime(Math.floor(beganAtMs / 1000) * 1000), fileTime(Date.now() + 1000)];
  for (let at = msi.indexOf(kind); at >= 0 && at + 12 <= msi.length; at = msi.indexOf(kind, at + 1)) {
    const moment = msi.readBigUInt64LE(at + 4);
    if (moment >= from && moment <= until) msi.writeBigUInt64LE(fileTime(epochSeconds() * 1000), at + 4);
  }
  return msi;
}
