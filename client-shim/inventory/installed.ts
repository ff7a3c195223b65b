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

/** THE TABLE of where a system says what is installed on it, by the name that its administrators know it by. */
const READERS: Partial<Record<NodeJS.Platform, Readonly<Record<string, Reader>>>> = {
  linux: { dpkg: debianPackages, rpm: rpmPackages, flatpak: flatpaks, snap: snaps },
  win32: { reg: windowsPrograms },
  darwin: { system_profiler: macApplications },
};

/** What may fail on some system; tags of ISO/IEC 19770-2 are files, and one that is damaged is no tag. */
export const SOURCES: readonly string[] = Object.values(READERS).flatMap((readers) => Object.keys(readers));

/** What each source lists. One that is not on this computer lists nothing; one that could not be read is not here. */
export type Lists = Readonly<Record<string, readonly Software[]>>;

/** A source that is on this computer, and could not be read. */
export interface Unread {
  source: string;
  why: string;
}

export interface Installed {
  lists: Lists;
  unread: readonly Unread[];
}

interface Here {
  platform?: NodeJS.Platform;
  ask?: OutputOf;
  /** Sources that are not to be read. */
  without?: readonly string[];
}

/**
 * What is installed on this computer, source by source: one that fails takes none of the others along.
 *
 * Errors: SeatmeterError internal, where one failed and no other lists anything: that would tell of an empty computer
 */
export async function installedSoftware(here: Here = {}): Promise<Installed> {
  const { platform = process.platform, ask = outputOf, without = [] } = here;
  const lists: Record<string, Software[]> = {};
  const unread: Unread[] = [];
  for (const [source, reader] of Object.entries(READERS[platform] ?? {})) {
    if (without.includes(source)) continue;
    try {
      lists[source] = tidied(await reader(ask));
    } catch (error) {
      unread.push({ source, why: (error as Error).message });
    }
  }
  if (unread.length > 0 && Object.values(lists).every(({ length }) => length === 0)) {
    const why = unread.map((one) => one.why).join("; ");
    throw new SeatmeterError("internal", `what is installed here cannot be read: ${why}`);
  }
  return { lists: { ...lists, swid: tidied(await swidTags()) }, unread };
}
