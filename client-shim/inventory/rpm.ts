import type { Software } from "../../daemon/domain/inventory.ts";
import { type OutputOf, rowsOf } from "./output-of.ts";

const FORMAT = "%{NAME}\\t%{VERSION}-%{RELEASE}\\t%{VENDOR}\\n";
/** Keys that rpm trusts, which it keeps as if they were packages. */
const KEYS = "gpg-pubkey";

/** Packages of Red Hat, SUSE and what comes from them. */
export async function rpmPackages(outputOf: OutputOf): Promise<Software[]> {
  const listed = (await outputOf("rpm", ["--query", "--all", "--queryformat", FORMAT])) ?? "";
  return rowsOf(listed)
    .filter(([name]) => name !== KEYS)
    .map(([name = "", version = "", vendor = ""]) => ({
      ...{ name, version },
      publisher: vendor === "(none)" ? "" : vendor,
    }));
}
