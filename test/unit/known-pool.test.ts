import { expect, test } from "vitest";
import { knownPool } from "../../daemon/domain/register-index.ts";
import { readRegister } from "../../daemon/register/read.ts";

function registerOf(pools: readonly string[]) {
  const lines = pools.map((pool) => `  ${pool}: { aliases: [old-${pool}], entitlements: [] }`);
  const read = readRegister(`organisation: Exampleshire\npools:\n${lines.join("\n")}\n`, {});
  if ("mistakes" in read) throw new Error(JSON.stringify(read.mistakes));
  return read.register;
}

test("a pool is found by its name, in any case, and by an earlier one", () => {
  const register = registerOf(["cad"]);
  expect(["cad", "CAD", "old-cad"].map((asked) => knownPool(register, asked))).toEqual(["cad", "cad", "cad"]);
});

test("who asks for a pool that is not there reads which there are, and of many the first ones", () => {
  expect(() => knownPool(registerOf(["cad", "gis"]), "cat")).toThrow(
    "the register has no pool cat; there are: cad, gis",
  );
  const many = registerOf(Array.from({ length: 30 }, (_, i) => `pool-${i}`));
  expect(() => knownPool(many, "cat")).toThrow(/there are: pool-0, .*, pool-19 and 10 more$/);
});
