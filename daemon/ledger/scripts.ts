import assert from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { POOL_KEYS } from "./keys.ts";
import { unpackLines } from "./operations.ts";

const LUA = join(import.meta.dirname, "lua");

/** The parts of a call in lua/call/, joined in the order of their numbers. */
export function callSource(): string {
  return readdirSync(join(LUA, "call"))
    .sort()
    .map((file) => readFileSync(join(LUA, "call", file), "utf8"))
    .join("\n");
}

/** Where the header and the table of operations disagree, every operation would read its neighbour's columns. */
export function refuseDrift(source: string): void {
  const squeezed = source.replace(/\s+/g, " ");
  for (const line of unpackLines()) {
    assert(squeezed.includes(line), `lua/call/00-header.lua and ledger/operations.ts disagree; expected: ${line}`);
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
    recordersJoin: { numberOfKeys: 1, lua: `#!lua\n${read("join.lua")}` },
    registerPublish: { numberOfKeys: 1, lua: `#!lua\n${read("publish.lua")}` },
  };
}
