import { cpSync, existsSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { BILLS } from "./bill.ts";
import { daemonDebs } from "./daemon-deb.ts";
import { buildMsi } from "./msi.ts";
import { PLATFORMS, type Platform, type PlatformName } from "./platforms.ts";
import { shimDeb } from "./shim-deb.ts";
import { buildSingleFile } from "./single-file.ts";
import { epochSeconds, VERSION } from "./version.ts";

export interface Part {
  makes: string;
  /** @returns the files that it made */
  make(into: string): Promise<string[]>;
}

const FILES = join(import.meta.dirname, "files");
const names = Object.keys(PLATFORMS) as PlatformName[];
const debians = names.filter((name) => "debian" in PLATFORMS[name]);

/** The shim's file for a platform: made now, where it is not there from another part. */
async function singleFile(platform: PlatformName, into: string, anew = false): Promise<string> {
  const ending = PLATFORMS[platform].format === "PE" ? ".exe" : "";
  const file = join(into, `seatmeter-${VERSION}-${platform}${ending}`);
  if (anew || !existsSync(file)) await buildSingleFile(platform, file);
  utimesSync(file, epochSeconds(), epochSeconds());
  return file;
}

async function each<One>(ones: readonly One[], make: (one: One) => Promise<string>): Promise<string[]> {
  const made: string[] = [];
  for (const one of ones) made.push(await make(one));
  return made;
}

function copied(from: string, to: string): string {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(join(FILES, from), to);
  return to;
}

/** THE TABLE of what is made. */
export const PARTS = {
  files: {
    makes: `the shim as a single file, for ${names.join(", ")}`,
    make: (into) => each(names, (name) => singleFile(name, into, true)),
  },
  shim: {
    makes: "the shim's package for Debian and Ubuntu",
    make: (into) =>
      each(debians, async (name) => shimDeb((PLATFORMS[name] as Platform).debian!, await singleFile(name, into), into)),
  },
  daemon: {
    makes: "the daemon's package for Debian and Ubuntu",
    make: (into) =>
      daemonDebs(
        debians.map((name) => (PLATFORMS[name] as Platform).debian!),
        into,
      ),
  },
  msi: {
    makes: "the shim's installer for Windows",
    make: async (into) => [await buildMsi(await singleFile("windows-x64", into), into)],
  },
  settings: {
    makes: "the Group Policy template, the units of launchd and systemd",
    make: async (into) => [
      copied("windows/seatmeter.admx", join(into, "policy/seatmeter.admx")),
      copied("windows/seatmeter.adml", join(into, "policy/en-US/seatmeter.adml")),
      copied("macos/seatmeter.agent.plist", join(into, "macos/seatmeter.agent.plist")),
      copied("daemon/seatmeter.service", join(into, "systemd/seatmeter.service")),
      copied("shim/seatmeter-agent.service", join(into, "systemd/seatmeter-agent.service")),
      copied("shim/seatmeter-enrol.service", join(into, "systemd/seatmeter-enrol.service")),
    ],
  },
  sbom: {
    makes: "what is in the packages, as CycloneDX",
    make: (into) =>
      each(Object.entries(BILLS), async ([name, write]) => {
        const file = join(into, name);
        writeFileSync(file, await write());
        return file;
      }),
  },
} as const satisfies Record<string, Part>;
export type PartName = keyof typeof PARTS;
