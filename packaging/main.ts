import { createHash } from "node:crypto";
import { cpSync, createReadStream, globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { type Check, checksOf } from "./checks.ts";
import { PARTS, type PartName } from "./parts.ts";
import { clearAtExit, inScratch } from "./scratch.ts";
import { PROJECT } from "./version.ts";

const EXIT_USAGE = 64;
const EXIT_FAILED = 70;
const SUMS = "SHA256SUMS";

const LIST = Object.entries(PARTS)
  .map(([name, { makes }]) => `  ${name.padEnd(8)}  ${makes}`)
  .join("\n");

const USAGE = `npm run package [-- PART …]: files and packages to roll out, into dist/. Without a part, all of them:

${LIST}

Each is checked when it is made, and a table says what was checked and how it went; what cannot be run on this machine
is said there. The same sources give the same bytes (SOURCE_DATE_EPOCH, else the moment of the commit).
  --into FOLDER  another folder than dist/
  --twice        make each a second time, elsewhere, and compare the bytes
  --list         the parts, and what each makes
  --help         this

Exit code: 0 all is made and every check that could be made holds · 64 wrong arguments · 70 something failed`;

function asked(): { parts: PartName[]; into: string; twice: boolean } {
  try {
    const help = { type: "boolean", short: "h" } as const;
    const options = { help, list: { type: "boolean" }, into: { type: "string" }, twice: { type: "boolean" } } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (values.help || values.list) {
      console.log(values.help ? USAGE : LIST);
      process.exit(0);
    }
    const unknown = positionals.find((name) => !Object.hasOwn(PARTS, name));
    if (unknown !== undefined)
      throw new Error(`there is no part ${unknown}; they are ${Object.keys(PARTS).join(", ")}`);
    const parts = positionals.length > 0 ? positionals : Object.keys(PARTS);
    const { into = join(PROJECT, "dist"), twice = false } = values;
    return { parts: parts as PartName[], into: resolve(into), twice };
  } catch (error) {
    console.error(`package: ${(error as Error).message}`);
    process.exit(EXIT_USAGE);
  }
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** What the second making made of each, in a folder of its own. */
async function comparedWith(again: string, made: readonly string[]): Promise<Check[]> {
  const checks: Check[] = [];
  for (const file of made) {
    const is = (await sumOf(file)) === (await sumOf(join(again, file.slice(into.length))));
    const check = { file: basename(file), what: "is the same bytes, made again" };
    checks.push(is ? { ...check, result: "holds" } : { ...check, result: "failed", why: "they differ" });
  }
  return checks;
}

/** Of all that lies there, in the form that `sha256sum --check` reads. */
async function writeSums(into: string): Promise<void> {
  const lines: string[] = [];
  for (const entry of globSync("**", { cwd: into, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === SUMS) continue;
    const path = join(entry.parentPath, entry.name);
    lines.push(`${await sumOf(path)}  ${path.slice(into.length + 1)}`);
  }
  writeFileSync(
    join(into, SUMS),
    `${lines.sort((one, other) => (one.slice(66) < other.slice(66) ? -1 : 1)).join("\n")}\n`,
  );
}

/** @param again where each is made a second time */
async function make(parts: readonly PartName[], again?: string): Promise<Check[]> {
  const checks: Check[] = [];
  for (const name of parts) {
    const began = performance.now();
    process.stderr.write(`${name}: ${PARTS[name].makes} … `);
    try {
      const files = await PARTS[name].make(into);
      process.stderr.write(`${Math.round((performance.now() - began) / 1000)} s\n`);
      for (const file of files) checks.push(...(await checksOf(file)));
      if (again === undefined) continue;
      await PARTS[name].make(again);
      checks.push(...(await comparedWith(again, files)));
    } catch (error) {
      process.stderr.write("failed\n");
      const { stderr, message } = error as Error & { stderr?: string };
      checks.push({
        file: name,
        what: "is made",
        result: "failed",
        why: (stderr || message).trim().split("\n").at(-1) ?? "",
      });
    }
  }
  return checks;
}

const { parts, into, twice } = asked();
clearAtExit();
mkdirSync(into, { recursive: true });
const checks = await (twice ? inScratch(join(into, ".again-"), (again) => make(parts, again)) : make(parts));
rmSync(join(into, "LICENSE"), { force: true });
cpSync(join(PROJECT, "LICENSE"), join(into, "LICENSE"));
await writeSums(into);
const width = Math.max(...checks.map(({ file }) => file.length));
for (const { file, what, result, why } of checks) {
  console.log(`${result.padEnd(7)} ${file.padEnd(width)}  ${what}${why ? `: ${why}` : ""}`);
}
process.exitCode = checks.some(({ result }) => result === "failed") ? EXIT_FAILED : 0;
