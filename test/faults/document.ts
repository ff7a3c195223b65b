import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DIST } from "./trial.ts";

const GUARANTEES = join(DIST, "../GUARANTEES.md");

/** What a command has to say: as an object, for a document, and what of what was promised does not hold. */
export interface Told {
  /** Of the part of GUARANTEES.md that it writes, and of its files in `dist/`. */
  name: "faults" | "fleet" | "fuzz" | "soak" | "losses" | "away" | "day";
  report: object;
  text: string;
  broken: boolean;
}

export function tell({ name, report, text, broken }: Told, { json, document }: { json?: boolean; document?: boolean }) {
  mkdirSync(DIST, { recursive: true });
  writeFileSync(join(DIST, `${name}.json`), `${JSON.stringify(report, undefined, 1)}\n`);
  writeFileSync(join(DIST, `${name}.md`), text);
  if (document) {
    const before = readFileSync(GUARANTEES, "utf8");
    const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const part = new RegExp(`${begin}.*${end}`, "s");
    writeFileSync(
      GUARANTEES,
      before.replace(part, () => `${begin}\n${text}${end}`),
    );
  }
  console.log(json ? JSON.stringify(report) : text);
  process.exitCode = broken ? 1 : 0;
}
