import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { textOf } from "../support/source.ts";

/** All that is loaded before the first line of a file runs; not what is only a type, or loaded when it is wanted. */
function loadedWith(file: string, files = new Set<string>(), packages = new Set<string>()) {
  if (files.has(file)) return { files, packages };
  files.add(file);
  for (const [, specifier = ""] of textOf(file).matchAll(/^(?:import|export)\b(?! type)[^;"]* from "([^"]+)"/gm)) {
    if (specifier.startsWith(".")) loadedWith(normalize(join(dirname(file), specifier)), files, packages);
    else if (!specifier.startsWith("node:")) packages.add(specifier);
  }
  return { files, packages };
}

test("a launch through the agent loads no package, no way to a daemon, and no randomness of its own", () => {
  const { files, packages } = loadedWith("client-shim/run.ts");

  expect([...packages]).toEqual([]);
  expect([...files].sort()).toEqual([
    "client-shim/agent/frames.ts",
    "client-shim/agent/through-agent.ts",
    "client-shim/agent/where.ts",
    "client-shim/arguments.ts",
    "client-shim/kept-file.ts",
    "client-shim/moments.ts",
    "client-shim/program.mjs",
    "client-shim/run.ts",
    "client-shim/signals.mjs",
    "client-shim/state-folder.mjs",
    "client-shim/tell.ts",
    "client-shim/tickets.ts",
    "daemon/domain/duration.ts",
    "daemon/domain/errors.ts",
    "daemon/domain/nearest.ts",
  ]);
});

test("a launch alone loads ws alone of all packages: no schemas, and what checks tickets only where there is one", () => {
  const { files, packages } = loadedWith("client-shim/run-alone.ts");

  expect([...packages]).toEqual(["ws"]);
  expect([...files].filter((file) => file.startsWith("daemon/")).sort()).toEqual([
    "daemon/domain/denials.ts",
    "daemon/domain/device-proof.ts",
    "daemon/domain/duration.ts",
    "daemon/domain/errors.ts",
    "daemon/domain/journal.ts",
    "daemon/protocol/subprotocol.ts",
  ]);
});
