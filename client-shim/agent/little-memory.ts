import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * An agent runs for weeks and does little. Node would let what was needed for a moment, most of it at the start, grow to some
 * tens of megabytes before it sweeps.
 *
 * @returns to be called when there is little to do: what is not needed any more is given back
 */
export function useLittleMemory(): () => void {
  // Bun has other ways.
  if (process.versions.bun) return () => {};
  setFlagsFromString("--max-semi-space-size=1");
  setFlagsFromString("--expose-gc");
  return runInNewContext("() => gc({ type: 'major', flavor: 'last-resort' })") as () => void;
}
