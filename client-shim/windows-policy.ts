import { SITE_WIDE_FILES, type SiteWide } from "./settings.ts";

/** What the installer wrote, and above it what a Group Policy says, or Intune. */
const INSTALLED = "HKLM\\SOFTWARE\\Seatmeter";
const POLICY = "HKLM\\SOFTWARE\\Policies\\Seatmeter";

/** A value as `reg query` prints it: name, type and content with four spaces between. */
const VALUE = /^ {4}(\w+) {4}REG_(SZ|EXPAND_SZ|MULTI_SZ) {4}(.*?)\r?$/gm;

let known: SiteWide | undefined;

/** What stands in the registry of a Windows computer, asked once. Nothing where the keys are not there. */
export function windowsPolicy(): SiteWide {
  known ??= { ...policyIn(printed(INSTALLED)), ...policyIn(printed(POLICY)) };
  return known;
}

/** `reg.exe`, as it lies on every Windows: what reads the registry without it would have to be compiled. */
function printed(key: string): string {
  const reg = `${process.env.SystemRoot ?? "C:\\Windows"}\\System32\\reg.exe`;
  try {
    const { execFileSync } = process.getBuiltinModule("node:child_process");
    return execFileSync(reg, ["query", key, "/reg:64"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      windowsHide: true,
    });
  } catch {
    return "";
  }
}

/**
 * The settings among the values of a key, whose names are those of shim.yaml: `Daemons` (addresses with commas between, or
 * one a line), `CertificateAuthorityFile` and so on. Case does not count on Windows; empty ones say nothing.
 *
 * @param printed by `reg query`
 */
export function policyIn(printed: string, environment: Record<string, string | undefined> = process.env): SiteWide {
  const found: SiteWide = {};
  for (const [, name = "", type, text = ""] of printed.matchAll(VALUE)) {
    const value = (type === "EXPAND_SZ" ? expanded(text, environment) : text).trim();
    if (value === "") continue;
    const file = SITE_WIDE_FILES.find((one) => one.toLowerCase() === name.toLowerCase());
    if (file) found[file] = value;
    // Where a value has several lines, `reg query` writes \0 between them.
    if (name.toLowerCase() === "daemons")
      found.daemons = value.split(/,|\\0/).filter((address) => address.trim() !== "");
  }
  return found;
}

/** `%ProgramData%` and the like. */
const expanded = (text: string, environment: Record<string, string | undefined>) =>
  text.replace(/%([^%]+)%/g, (written, name: string) => {
    const key = Object.keys(environment).find((one) => one.toLowerCase() === name.toLowerCase());
    return (key && environment[key]) ?? written;
  });
