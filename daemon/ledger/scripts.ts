import assert from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { POOL_KEYS } from "./keys.ts";
import { statedLines } from "./operations.ts";

const LUA = join(import.meta.dirname, "lua");

/** Parts below this number know nothing of the call. */
const FIRST_OF_CALL = "05";

/**
 * The parts of a call in lua/call/, joined in the order of their numbers.
 *
 * What knows of the call is a function of its own: for each local that a function holds on to Lua searches a list of all
 * that are held, and for those outside it need not. That took 6 µs off the 44 of a call with nothing to do.
 */
export function callSource(): string {
  const files = readdirSync(join(LUA, "call")).sort();
  const read = (file: string) => readFileSync(join(LUA, "call", file), "utf8");
  const outside = files.filter((file) => file < FIRST_OF_CALL).map(read);
  const ofCall = files.filter((file) => file >= FIRST_OF_CALL).map(read);
  return [...outside, "return (function()", ...ofCall, "end)()"].join("\n");
}

/** Where the script and the tables disagree, every operation would read its neighbour's columns. */
export function refuseDrift(source: string): void {
  const squeezed = source.replace(/\s+/g, " ");
  for (const line of statedLines()) {
    assert(squeezed.includes(line), `lua/call and ledger/operations.ts disagree; expected: ${line}`);
  }
}

/**
 * The scripts as ioredis defines commands. `poolReturns` is `poolCall` again, allowed to write when Redis is at
 * `maxmemory`: what gives memory back must still run then, and a script without the flag is refused whole.
 */
export function scripts() {
  const source = callSource();
  refuseDrift(source);
  const read = (file: string) => readFileSync(join(LUA, file), "utf8");
  return {
    poolCall: { numberOfKeys: POOL_KEYS.length, lua: `#!lua\n${source}` },
    poolReturns: { numberOfKeys: POOL_KEYS.length, lua: `#!lua flags=allow-oom\n${source}` },
    poolAdopt: { numberOfKeys: 1, lua: `#!lua\n${read("adopt.lua")}` },
    // It writes next to nothing, and a ledger that is full is no time without a daemon.
    ledgerBeat: { numberOfKeys: 1, lua: `#!lua flags=allow-oom\n${read("beat.lua")}` },
    recordersJoin: { numberOfKeys: 1, lua: `#!lua\n${read("join.lua")}` },
    deviceEnrol: { numberOfKeys: 3, lua: `#!lua\n${read("devices/enrol.lua")}` },
    deviceRotate: { numberOfKeys: 1, lua: `#!lua\n${read("devices/rotate.lua")}` },
    deviceSeen: { numberOfKeys: 1, lua: `#!lua\n${read("devices/seen.lua")}` },
    // Whoever is shut out is shut out of a ledger that is full, too.
    deviceRemove: { numberOfKeys: 4, lua: `#!lua flags=allow-oom\n${read("devices/remove.lua")}` },
    registerPublish: { numberOfKeys: 1, lua: `#!lua\n${read("publish.lua")}` },
  };
}
