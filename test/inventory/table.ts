import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Matcher } from "../../daemon/compliance/matching.ts";
import type { Software } from "../../daemon/domain/inventory.ts";
import type { Register, SoftwareRule } from "../../daemon/domain/register.ts";
import { readRegister } from "../../daemon/register/read.ts";

/*
 * What the rules of thirty products find among the packages of one Debian computer, each match judged by hand. Makes the
 * table in docs/compliance.md: node test/inventory/table.ts
 */

const HERE = import.meta.dirname;
const DOCUMENT = join(HERE, "../../docs/compliance.md");
const BEGINS = "<!-- made by test/inventory/table.ts -->\n";
const ENDS = "<!-- until here -->\n";

const linesOf = (file: string) => readFileSync(join(HERE, file), "utf8").trimEnd().split("\n");

export const PACKAGES: readonly Software[] = linesOf("debian.tsv").map((line) => {
  const [name = "", publisher = "", version = ""] = line.split("\t");
  return { name, publisher, version };
});

/** What somebody found when he looked at each match, and at what is there and was not matched. */
export interface Judgement {
  product: string;
  name: string;
  verdict: "right" | "false" | "missed";
  why: string;
}

export const JUDGED: readonly Judgement[] = linesOf("judged.tsv").map((line) => {
  const [product = "", name = "", verdict = "", why = ""] = line.split("\t");
  return { product, name, verdict: verdict as Judgement["verdict"], why };
});

/** What somebody writes into the register who has read the table. */
export const CORRECTED: Readonly<Record<string, SoftwareRule[]>> = {
  "cloud-cli": [{ name: "google-cloud-cli" }],
  gcc: [{ name: "gcc-??" }, { name: "g++-??" }, { name: "gcc" }, { name: "g++" }, { name: "cpp*" }],
  git: [{ name: "git" }, { name: "git-man" }],
  imagemagick: [{ name: "imagemagick" }, { name: "imagemagick-?.q*" }],
  openldap: [{ name: "slapd" }],
  perl: [{ name: "perl" }, { name: "perl-modules-*" }],
  postgresql: [{ name: "postgresql" }, { name: "postgresql-??" }, { name: "postgresql-co*" }],
  python: [
    { name: "python3" },
    { name: "python3.*" },
    ...["dev", "distutils", "lib2to3", "minimal", "venv"].map((part) => ({ name: `python3-${part}` })),
  ],
  redis: [{ name: "redis-server" }, { name: "redis-sentinel" }],
  vim: [{ name: "vim" }, { name: "vim-runtime" }],
};

export function registerOfThirty(): Register {
  const read = readRegister(readFileSync(join(HERE, "register.yaml"), "utf8"), { files: {} });
  if ("mistakes" in read) throw new Error(JSON.stringify(read.mistakes));
  return read.register;
}

/** In the order of products, and of names. */
export function matchesBy(register: Register) {
  const matcher = new Matcher(register);
  const all = PACKAGES.map((software) => ({ software, match: matcher.match(software) }));
  return {
    matched: all
      .flatMap(({ software, match }) => (match?.product ? [{ ...software, ...match, product: match.product }] : []))
      .sort((one, other) => (`${one.product} ${one.name}` < `${other.product} ${other.name}` ? -1 : 1)),
    free: all.filter(({ match }) => match && !match.product).length,
    unknown: all.filter(({ match }) => !match).map(({ software }) => software),
  };
}

const judgementOf = (product: string, name: string) =>
  JUDGED.find((one) => one.product === product && one.name === name && one.verdict !== "missed");

export function tableInWords(): string {
  const register = registerOfThirty();
  const { matched, free, unknown } = matchesBy(register);
  const named = new Set(matched.map(({ product }) => product));
  const absent = Object.entries(register.products).flatMap(([product, { name }]) => (named.has(product) ? [] : [name]));
  const missed = JUDGED.filter(({ verdict }) => verdict === "missed");
  const rows = matched.map(({ product, name, version, says }) => {
    const { verdict, why } = judgementOf(product, name) ?? { verdict: "not judged", why: "" };
    return [register.products[product]!.name, `\`${name}\` ${version}`, says, verdict, why];
  });
  const falseOnes = rows.filter(([, , , verdict]) => verdict === "false").length;
  return [
    `Of ${PACKAGES.length} packages ${matched.length} were matched to ${named.size} of the 30 products, ${free} are free by the one rule`,
    `\`publisher: "Debian*"\`, and ${unknown.length} were left unknown. **Of the ${matched.length} matches ${falseOnes} are false**, and ${missed.length} parts of products were`,
    "missed (libraries that other programs use are nobody's part here). Of the 30 products none is said to be here that is not, and none that is here was not found.",
    `Not here, and not found: ${absent.join(", ")}.`,
    "",
    "| product | installed as | by the rule | judged | why |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map((row) => `| ${row.join(" | ")} |`),
    "",
    "| missed | of | why |",
    "| --- | --- | --- |",
    ...missed.map(({ product, name, why }) => `| \`${name}\` | ${register.products[product]!.name} | ${why} |`),
    "",
  ].join("\n");
}

/** The document with the table as it is now. */
export function documentWith(table: string): string {
  const text = readFileSync(DOCUMENT, "utf8");
  const [from, until] = [text.indexOf(BEGINS), text.indexOf(ENDS)];
  if (from < 0 || until < from) throw new Error(`${DOCUMENT} has no place for the table`);
  return text.slice(0, from + BEGINS.length) + table + text.slice(until);
}

export const documentNow = () => readFileSync(DOCUMENT, "utf8");

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  writeFileSync(DOCUMENT, documentWith(tableInWords()));
