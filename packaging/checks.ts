import { execFile } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { DATA_FOLDER_RIGHTS } from "./msi.ts";
import { executableIn, isSigned, ours, PLATFORMS, type PlatformName } from "./platforms.ts";
import { policyMistakes } from "./policy.ts";
import { inScratch } from "./scratch.ts";
import { System } from "./system.ts";
import { tried } from "./trial.ts";
import { PROJECT, VERSION } from "./version.ts";

/** `not run` is said of what this machine cannot do, with why. */
export interface Check {
  file: string;
  what: string;
  result: "holds" | "failed" | "not run";
  why?: string;
}

const run = promisify(execFile);
const HEAD_BYTES = 65_536;

/** Thrown where a tool is not here. */
class NotHere extends Error {}

async function tool(program: string, words: readonly string[], cwd?: string): Promise<string> {
  try {
    const { stdout, stderr } = await run(program, words, { maxBuffer: 64 * 1024 * 1024, ...(cwd && { cwd }) });
    return stdout + stderr;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new NotHere(`${program} is not here`);
    const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error((stderr + stdout).trim() || message);
  }
}

/** What is asked of a file: it holds where nothing is thrown. */
type Question = [what: string, ask: () => unknown];

function expectThat(is: boolean, otherwise: string): void {
  if (!is) throw new Error(otherwise);
}

const platformOf = (file: string) =>
  (Object.keys(PLATFORMS) as PlatformName[]).find((name) => new RegExp(`-${name}(\\.exe)?$`).test(file));

function headOf(file: string): Buffer {
  const descriptor = openSync(file, "r");
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, readSync(descriptor, head, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(descriptor);
  }
}

const saysVersion = (said: string) => expectThat(said === `seatmeter ${VERSION}\n`, `it says ${said.trim()}`);

function ofSingleFile(file: string, platform: PlatformName): Question[] {
  const { format, machine } = PLATFORMS[platform];
  const isOurs = platform === ours();
  return [
    [
      `is ${format} for ${machine}`,
      () => {
        const found = executableIn(headOf(file));
        expectThat(found?.format === format && found.machine === machine, `it is ${JSON.stringify(found)}`);
      },
    ],
    // Apple's processors start nothing that is not signed, if only by itself.
    ...(format === "Mach-O"
      ? [["bears a signature", () => expectThat(isSigned(headOf(file)), "none")] as Question]
      : []),
    [
      "starts, and says its version",
      async () => {
        if (!isOurs) throw new NotHere(`this machine is ${process.platform} on ${process.arch}`);
        saysVersion(await tool(file, ["--version"]));
      },
    ],
  ];
}

/** Installed by dpkg, in a system of its own. */
async function whereInstalled(deb: string, ask: (root: string) => Promise<void>): Promise<void> {
  await inScratch(join(tmpdir(), "seatmeter-installed-"), async (root) => {
    await new System(root).dpkg({}, "--install", deb).catch((error: Error & { stderr?: string }) => {
      throw new Error(error.stderr || error.message);
    });
    await ask(root);
  });
}

function ofDeb(file: string): Question[] {
  const [, name = "", machine] = /([a-z-]+)_[^_]+_(\w+)\.deb$/.exec(file) ?? [];
  const field = async (key: string) => (await tool("dpkg-deb", ["--field", file, key])).trim();
  return [
    [
      "names itself, its version and its machine",
      async () => {
        const fields = [await field("Package"), await field("Version"), await field("Architecture")];
        expectThat(fields.join(" ") === `${name} ${VERSION} ${machine}`, fields.join(" "));
      },
    ],
    [
      "is root's, every file of it, and nobody else may write to any",
      async () => {
        const lines = (await tool("dpkg-deb", ["--contents", file])).trim().split("\n");
        const odd = lines.find((line) => !/^[-dl]r[w-][x-]r-[x-]r-[x-] root\/root /.test(line));
        expectThat(odd === undefined, odd ?? "");
      },
    ],
    [
      "installed by dpkg it says its version, and a program is launched with a seat",
      () => {
        const isOurs = { amd64: "linux-x64", arm64: "linux-arm64" }[machine ?? ""] === ours();
        if (!isOurs) throw new NotHere(`this machine is ${process.platform} on ${process.arch}`);
        if (process.getuid?.() !== 0) throw new NotHere("only root installs");
        return whereInstalled(file, async (root) => {
          const home = join(root, "usr/lib/seatmeter-daemon");
          const isShim = name === "seatmeter";
          const command: [string, ...string[]] = isShim
            ? [join(root, "usr/bin/seatmeter")]
            : [join(home, "node"), join(home, "client-shim/seatmeter.mjs")];
          saysVersion(await tool(command[0], [...command.slice(1), "--version"]));
          // The other side of a package is that of the checkout.
          const from = isShim ? { node: process.execPath, home: PROJECT } : { node: join(home, "node"), home };
          const { stdout, stderr } = await tried(from, command);
          expectThat(stdout === "launched\n" && stderr === "", stdout + stderr);
        });
      },
    ],
  ];
}

function ofMsi(file: string): Question[] {
  const table = (name: string) => tool("msiinfo", ["export", file, name]);
  return [
    ["names its version", async () => expectThat((await table("Property")).includes(`ProductVersion\t${VERSION}`), "")],
    [
      "keeps the token for enrolment out of logs, and enrols as the system when the settings are there",
      async () => {
        const type = Number(/^Enrol\t(\d+)/m.exec(await table("CustomAction"))?.[1]);
        expectThat((type & 8192) > 0 && (type & 2048) > 0 && (type & 1024) > 0, `its type is ${type}`);
        const sequence = await table("InstallExecuteSequence");
        const at = (action: string) => Number(new RegExp(`^${action}\\t[^\\t]*\\t(\\d+)`, "m").exec(sequence)?.[1]);
        expectThat(at("Enrol") > at("WriteRegistryValues") && at("Enrol") < at("InstallFinalize"), sequence);
      },
    ],
    [
      "has its folder of settings made with rights of its own",
      async () => {
        const rights = await table("MsiLockPermissionsEx");
        expectThat(rights.includes(`\tDataFolder\tCreateFolder\t${DATA_FOLDER_RIGHTS}\t`), rights);
      },
    ],
    ["holds the program", async () => expectThat((await table("File")).includes("seatmeter.exe"), "")],
    [
      "installs, enrols and removes",
      () => {
        throw new NotHere("only Windows does that");
      },
    ],
  ];
}

const wellFormed = (file: string): Question => [
  "is well-formed XML",
  () => tool("xmllint", ["--noout", "--nonet", file]),
];

/** How much a unit may do, from 0 to 10 (systemd-analyze security): systemd itself calls less than 4.1 `OK`. */
const MOST_EXPOSED = { "seatmeter.service": 2, "seatmeter-enrol.service": 2.5, "seatmeter-agent.service": 7 };

function ofUnit(file: string): Question[] {
  const most = MOST_EXPOSED[basename(file) as keyof typeof MOST_EXPOSED];
  return [
    [
      "is a unit that systemd understands",
      async () => {
        // That what it starts is not installed here is no fault of the unit.
        const said = await tool("systemd-analyze", ["verify", "--man=no", file]).catch((error: Error) => {
          if (error instanceof NotHere) throw error;
          return error.message;
        });
        const about = said.split("\n").filter((line) => line.includes("seatmeter") && !/is not executable/.test(line));
        expectThat(about.length === 0, about[0] ?? "");
      },
    ],
    [
      `may do little: exposed by ${most} of 10 at most`,
      async () => {
        const said = await tool("systemd-analyze", ["security", "--offline=yes", "--no-pager", file]);
        const exposed = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(said)?.[1]);
        expectThat(exposed <= most, `${exposed}`);
      },
    ],
  ];
}

function questionsOf(file: string): Question[] {
  const platform = platformOf(file);
  if (platform) return ofSingleFile(file, platform);
  if (file.endsWith(".deb")) return ofDeb(file);
  if (file.endsWith(".msi")) return ofMsi(file);
  if (file.endsWith(".service")) return ofUnit(file);
  if (file.endsWith(".plist")) return [wellFormed(file)];
  if (file.endsWith(".adml")) return [wellFormed(file)];
  if (file.endsWith(".admx")) {
    const texts = readFileSync(join(file, "../en-US/seatmeter.adml"), "utf8");
    const mistakes = policyMistakes(readFileSync(file, "utf8"), texts);
    return [
      wellFormed(file),
      [
        "names what the shim reads, with texts for all of it",
        () => expectThat(mistakes.length === 0, mistakes.join("; ")),
      ],
    ];
  }
  return [["is CycloneDX", () => expectThat(JSON.parse(readFileSync(file, "utf8")).bomFormat === "CycloneDX", "")]];
}

/** What can be known here of a file that was made. */
export async function checksOf(file: string): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [what, ask] of questionsOf(file)) {
    const check = { file: basename(file), what };
    try {
      await ask();
      checks.push({ ...check, result: "holds" });
    } catch (error) {
      const why = (error as Error).message.split("\n")[0] ?? "";
      checks.push({ ...check, result: error instanceof NotHere ? "not run" : "failed", why });
    }
  }
  return checks;
}
