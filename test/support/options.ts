import { parse } from "yaml";
import { importOptions } from "../../daemon/imports/flexnet-options.ts";
import type { KnownRegister } from "../../daemon/imports/options-draft.ts";
import { entriesAsValues, entriesOf } from "../../daemon/imports/options-entries.ts";
import { mergedWith } from "../../daemon/imports/options-merge.ts";
import { fragmentOf } from "../../daemon/imports/options-yaml.ts";
import { readRegister } from "../../daemon/register/read.ts";
import { textOf } from "./source.ts";

export const SMALL_OPTIONS = textOf("test/flexnet/small.opt").split("\n");

export interface KnownText extends KnownRegister {
  text: string;
}

/** A register that rules are imported for. */
export function knownOf(text: string): KnownText {
  const read = readRegister(text, {});
  if ("mistakes" in read) throw new Error(JSON.stringify(read.mistakes));
  const { pools = {} } = parse(text) as { pools?: Record<string, object | null> };
  return { text, register: read.register, writes: (pool, key) => Object.hasOwn(pools[pool] ?? {}, key) };
}

/** Everything that an options file becomes. */
export function imported(lines: readonly string[], of: { known?: KnownText; features?: readonly string[] } = {}) {
  const features = (of.features ?? []).map((name) => ({ written: name, name }));
  const read = importOptions(lines, { owner: "to be named", features, ...(of.known && { known: of.known }) });
  const entries = entriesOf(read.draft);
  return {
    ...read,
    values: entriesAsValues(entries),
    fragment: fragmentOf(entries, " From a test."),
    merged: mergedWith(of.known?.text ?? "organisation: Nobody\n", entries),
  };
}
