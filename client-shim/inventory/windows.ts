import type { Software } from "../../daemon/domain/inventory.ts";
import { NoOutput, type OutputOf } from "./output-of.ts";

const UNINSTALL = "Microsoft\\Windows\\CurrentVersion\\Uninstall";
/** People, of this computer or a domain, and of Entra ID; not services, and not a person's `_Classes`. */
const PERSON = /^HKEY_USERS\\(S-1-(?:5-21|12-1)-[\d-]+)$/;

/**
 * Programs that Windows can uninstall: of all, 64 and 32 bits, and those that somebody installed for himself. Whose they
 * are is looked at to find them, and told to nobody.
 */
export async function windowsPrograms(outputOf: OutputOf): Promise<Software[]> {
  const ofAll = await query(`HKLM\\SOFTWARE\\${UNINSTALL}`, outputOf);
  if (ofAll === undefined) throw new NoOutput("reg", { message: "the list of what can be uninstalled cannot be read" });
  const older = await query(`HKLM\\SOFTWARE\\WOW6432Node\\${UNINSTALL}`, outputOf);
  const programs = [...programsIn(ofAll), ...programsIn(older ?? "")];
  const people = (await query("HKU", outputOf, "")) ?? "";
  for (const line of people.split(/\r?\n/)) {
    const person = PERSON.exec(line.trim())?.[1];
    if (person === undefined) continue;
    const own = await query(`HKU\\${person}\\Software\\${UNINSTALL}`, outputOf);
    programs.push(...programsIn(own ?? ""));
  }
  return programs;
}

/** @returns nothing where there is no such key, or it may not be read: reg says so by the same exit code */
async function query(key: string, outputOf: OutputOf, depth = " /s"): Promise<string | undefined> {
  // As UTF-8: else it writes in the code page of the place, which has no letters for half of the names.
  const line = `"chcp 65001>nul & reg query "${key}"${depth}"`;
  try {
    return await outputOf("cmd.exe", ["/d", "/s", "/c", line]);
  } catch (error) {
    if (error instanceof NoOutput && error.exit === 1) return undefined;
    throw error;
  }
}

/** `HKEY_LOCAL_MACHINE\…\7-Zip`, and below it, by four blanks, name, type and value of each of its values. */
function* programsIn(text: string): Generator<Software> {
  let values: Record<string, string> = {};
  for (const line of [...text.split(/\r?\n/), "HKEY_"]) {
    if (line.startsWith("HKEY_")) {
      if (isProgram(values)) {
        const { DisplayName = "", Publisher = "", DisplayVersion = "" } = values;
        yield { name: DisplayName, publisher: Publisher, version: DisplayVersion };
      }
      values = {};
      continue;
    }
    const [, name, value = ""] = /^ {4}(.+?) {4}REG_\w+(?: {4}(.*))?$/.exec(line) ?? [];
    if (name !== undefined) values[name] = value;
  }
}

/** As the settings of Windows list them: no parts of the system, and no updates of something else. */
const isProgram = ({ DisplayName, SystemComponent, ParentKeyName, ReleaseType }: Record<string, string>) =>
  DisplayName !== undefined &&
  Number(SystemComponent ?? 0) !== 1 &&
  ParentKeyName === undefined &&
  !/update|hotfix/i.test(ReleaseType ?? "");
