import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { textOf } from "../support/source.ts";

type Runtime = "bun" | "default";
const chosen = JSON.parse(textOf("package.json")).imports as Record<string, Record<Runtime, string>>;

/** All that is loaded before the first line of a file runs; not what is only a type, or loaded when it is wanted. */
function loadedWith(file: string, runtime: Runtime) {
  const files = new Set<string>();
  const packages = new Set<string>();
  const load = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    for (const [, specifier = ""] of textOf(file).matchAll(/^(?:import|export)\b(?! type)[^;"]* from "([^"]+)"/gm)) {
      const inPlace = chosen[specifier]?.[runtime];
      if (inPlace) load(normalize(inPlace));
      else if (specifier.startsWith(".")) load(normalize(join(dirname(file), specifier)));
      else packages.add(specifier);
    }
  };
  load(file);
  return { files: [...files], packages: [...packages].sort() };
}

test("a launch loads ws alone of all packages: no schemas, and what checks tickets only where there is one", () => {
  const { files, packages } = loadedWith("client-shim/run.ts", "default");

  expect(packages.filter((name) => !name.startsWith("node:"))).toEqual(["ws"]);
  expect(files.filter((file) => file.startsWith("daemon/")).sort()).toEqual([
    "daemon/domain/denials.ts",
    "daemon/domain/device-proof.ts",
    "daemon/domain/duration.ts",
    "daemon/domain/errors.ts",
    "daemon/domain/journal.ts",
    "daemon/domain/nearest.ts",
    "daemon/protocol/subprotocol.ts",
  ]);
});

test("in the single file a launch loads three of the runtime's own modules: each costs it up to three milliseconds", () => {
  const { packages } = loadedWith("client-shim/run.ts", "bun");

  expect(packages).toEqual(["node:fs", "node:os", "node:path", "ws"]);
});
