import type { Software } from "../../daemon/domain/inventory.ts";
import { NoOutput, type OutputOf } from "./output-of.ts";

/** One application as system_profiler tells of it; nothing of it is sure to be there. */
interface Application {
  _name?: unknown;
  version?: unknown;
  path?: unknown;
  obtained_from?: unknown;
  signed_by?: unknown;
}

/** For everybody, or for one person; not what lies in somebody's downloads, and not the parts of the system. */
const INSTALLED = /^(?:\/Users\/[^/]+)?\/Applications\//;
/** `Developer ID Application: Example Ltd (AB12CD34EF)`; who signs as a developer of his own is a person. */
const SIGNER = /^Developer ID Application: (.+?)(?: \([A-Z0-9]{10}\))?$/;

/** Applications of a Mac. Where they lie is looked at, and told to nobody. */
export async function macApplications(outputOf: OutputOf): Promise<Software[]> {
  const told = await outputOf("/usr/sbin/system_profiler", ["-json", "SPApplicationsDataType"]);
  if (told === undefined) return [];
  const { SPApplicationsDataType: listed } = JSON.parse(told) as { SPApplicationsDataType?: unknown };
  if (!Array.isArray(listed)) throw new NoOutput("system_profiler", { message: "what it tells holds no list" });
  return (listed as Application[])
    .filter(({ path }) => INSTALLED.test(text(path)))
    .map((one) => ({ name: text(one._name), publisher: publisherOf(one), version: text(one.version) }));
}

function publisherOf({ obtained_from, signed_by }: Application): string {
  const signers = (Array.isArray(signed_by) ? signed_by : []).map(text);
  const signer = signers.map((one) => SIGNER.exec(one)?.[1]).find(Boolean);
  return signer ?? (obtained_from === "apple" ? "Apple" : "");
}

const text = (value: unknown) => (typeof value === "string" ? value : "");
