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

test("a launch through the agent loads no package, no way to a daemon, and no randomness of its own", () => {
  const { files, packages } = loadedWith("client-shim/run.ts", "default");

  expect(packages.filter((name) => !name.startsWith("node:"))).toEqual([]);
  expect(files.sort()).toEqual([
    "client-shim/agent/frames.ts",
    "client-shim/agent/through-agent.ts",
    "client-shim/agent/where.ts",
    "client-shim/arguments.ts",
    "client-shim/ask-to-close.ts",
    "client-shim/kept-file.ts",
    "client-shim/moments.ts",
    "client-shim/pause.ts",
    "client-shim/program-end.mjs",
    "client-shim/program.mjs",
    "client-shim/run.ts",
    "client-shim/signals.mjs",
    "client-shim/someone-there.ts",
    "client-shim/state-folder.mjs",
    "client-shim/tell.ts",
    "client-shim/tickets.ts",
    "daemon/domain/duration.ts",
    "daemon/domain/errors.ts",
    "daemon/domain/nearest.ts",
  ]);
});

test("a launch alone loads ws alone of all packages: no schemas, and what checks tickets only where there is one", () => {
  const { files, packages } = loadedWith("client-shim/run-alone.ts", "default");

  expect(packages.filter((name) => !name.startsWith("node:"))).toEqual(["ws"]);
  expect(files.filter((file) => file.startsWith("daemon/")).sort()).toEqual([
    "daemon/domain/denials.ts",
    "daemon/domain/device-proof.ts",
    "daemon/domain/duration.ts",
    "daemon/domain/errors.ts",
    "daemon/domain/journal.ts",
    "daemon/protocol/subprotocol.ts",
  ]);
});

test("in the single file a launch loads three of the runtime's own modules, and no package: each costs it up to three milliseconds", () => {
  const throughAgent = loadedWith("client-shim/run.ts", "bun");
  const alone = loadedWith("client-shim/run-alone.ts", "bun");

  expect(throughAgent.packages).toEqual(["node:fs", "node:os", "node:path"]);
  expect(alone.packages).toEqual(["node:fs", "node:os", "node:path"]);
});
