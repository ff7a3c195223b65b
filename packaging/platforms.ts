/** What an executable says of itself in its first bytes. */
export interface Executable {
  format: "ELF" | "PE" | "Mach-O";
  machine: "x64" | "arm64";
}

export interface Platform extends Executable {
  /** The package that has the runtime for it. */
  runtime: string;
  /** What `bun build` calls it. */
  target: string;
  /** What Debian calls the machine, where it has packages for it. */
  debian?: "amd64" | "arm64";
}

/** THE TABLE of platforms that the shim is built for as a single file. */
export const PLATFORMS = {
  "linux-x64": {
    runtime: "@oven/bun-linux-x64",
    target: "bun-linux-x64",
    format: "ELF",
    machine: "x64",
    debian: "amd64",
  },
  "linux-arm64": {
    ...{ runtime: "@oven/bun-linux-aarch64", target: "bun-linux-arm64" },
    ...{ format: "ELF", machine: "arm64", debian: "arm64" },
  },
  "windows-x64": { runtime: "@oven/bun-windows-x64", target: "bun-windows-x64", format: "PE", machine: "x64" },
  "darwin-x64": { runtime: "@oven/bun-darwin-x64", target: "bun-darwin-x64", format: "Mach-O", machine: "x64" },
  "darwin-arm64": {
    runtime: "@oven/bun-darwin-aarch64",
    target: "bun-darwin-arm64",
    format: "Mach-O",
    machine: "arm64",
  },
} as const satisfies Record<string, Platform>;
export type PlatformName = keyof typeof PLATFORMS;

/** The platform that we run on, if it is one of them. */
export const ours = (): PlatformName | undefined => {
  const name = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  return Object.hasOwn(PLATFORMS, name) ? (name as PlatformName) : undefined;
};

const ELF = 0x7f454c46;
const MACH_O_64 = 0xfeedfacf;
const PE_AT = 0x3c;
const ELF_MACHINES: Record<number, Executable["machine"]> = { 62: "x64", 183: "arm64" };
const PE_MACHINES: Record<number, Executable["machine"]> = { 34404: "x64", 43620: "arm64" };
const MACH_O_MACHINES: Record<number, Executable["machine"]> = { 16777223: "x64", 16777228: "arm64" };

/** @param head the first few hundred bytes of a file; nothing where it is no executable that we know */
export function executableIn(head: Buffer): Executable | undefined {
  if (head.length < PE_AT + 4) return undefined;
  if (head.readUInt32BE(0) === ELF) return named("ELF", ELF_MACHINES[head.readUInt16LE(18)]);
  if (head.readUInt32LE(0) === MACH_O_64) return named("Mach-O", MACH_O_MACHINES[head.readUInt32LE(4)]);
  if (head.toString("latin1", 0, 2) !== "MZ") return undefined;
  const header = head.readUInt32LE(PE_AT);
  if (header + 6 > head.length || head.toString("latin1", header, header + 4) !== "PE\0\0") return undefined;
  return named("PE", PE_MACHINES[head.readUInt16LE(header + 4)]);
}

const named = (format: Executable["format"], machine: Executable["machine"] | undefined) =>
  machine && { format, machine };

const LC_CODE_SIGNATURE = 0x1d;
const MACH_O_HEADER = 32;

/** Whether a Mach-O file bears a signature; whose it is, only macOS tells. */
export function isSigned(head: Buffer): boolean {
  const commands = head.readUInt32LE(16);
  let at = MACH_O_HEADER;
  for (let nth = 0; nth < commands && at + 8 <= head.length; nth++) {
    if (head.readUInt32LE(at) === LC_CODE_SIGNATURE) return true;
    at += head.readUInt32LE(at + 4);
  }
  return false;
}
