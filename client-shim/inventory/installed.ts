import { SeatmeterError } from "../../daemon/domain/errors.ts";
import { type Software, tidied } from "../../daemon/domain/inventory.ts";
import { debianPackages } from "./dpkg.ts";
import { flatpaks, snaps } from "./linux-apps.ts";
import { macApplications } from "./mac.ts";
import { type OutputOf, outputOf } from "./output-of.ts";
import { rpmPackages } from "./rpm.ts";
import { swidTags } from "./swid.ts";
import { windowsPrograms } from "./windows.ts";

type Reader = (outputOf: OutputOf) => Promise<Software[]>;

/** THE TABLE of where a system says what is installed on it. */
const READERS: Partial<Record<NodeJS.Platform, readonly Reader[]>> = {
  linux: [debianPackages, rpmPackages, flatpaks, snaps],
  win32: [windowsPrograms],
  darwin: [macApplications],
};

/**
 * What is installed on this computer. All of it or nothing: a list that lacks a part would tell of programs that went.
 *
 * Errors: SeatmeterError internal, with what could not be read
 */
export async function installedSoftware(
  { platform, ask }: { platform: NodeJS.Platform; ask: OutputOf } = { platform: process.platform, ask: outputOf },
): Promise<Software[]> {
  const found: Software[] = [];
  for (const reader of READERS[platform] ?? []) {
    try {
      found.push(...(await reader(ask)));
    } catch (cause) {
      const why = (cause as Error).message;
      throw new SeatmeterError("internal", `what is installed here cannot be read: ${why}`, { cause });
    }
  }
  return tidied([...found, ...(await swidTags())]);
}
