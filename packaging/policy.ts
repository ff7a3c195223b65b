import { SITE_WIDE_FILES } from "../client-shim/settings.ts";

/** Registry values that the shim reads. */
const VALUES: ReadonlySet<string> = new Set(["daemons", ...SITE_WIDE_FILES].map((name) => name.toLowerCase()));
const KEY = "SOFTWARE\\Policies\\Seatmeter";

const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = ""]) => found);
const missing = (wanted: readonly string[], there: readonly string[]) => wanted.filter((one) => !there.includes(one));

/**
 * What is wrong with a Group Policy template, besides its XML: a text or a field that is missing or meant for nobody, a value
 * that the shim does not read, or one that it reads and nobody can set.
 *
 * @param admx  the policies
 * @param adml  their texts
 */
export function policyMistakes(admx: string, adml: string): string[] {
  const mistakes: string[] = [];
  const say = (what: string) => (names: readonly string[]) => mistakes.push(...names.map((name) => `${what} ${name}`));

  for (const kind of ["string", "presentation"]) {
    const asked = all(admx, new RegExp(`\\$\\(${kind}\\.(\\w+)\\)`, "g"));
    const given = all(adml, new RegExp(`<${kind} id="(\\w+)"`, "g"));
    say(`no ${kind}`)(missing(asked, given));
    say(`nobody asks for ${kind}`)(missing(given, asked));
  }
  const fields = all(admx, /<text id="(\w+)"/g);
  const boxes = all(adml, /<textBox refId="(\w+)"/g);
  say("no box for")(missing(fields, boxes));
  say("nothing behind box")(missing(boxes, fields));

  const values = all(admx, /valueName="(\w+)"/g).map((name) => name.toLowerCase());
  say("the shim does not read")(missing(values, [...VALUES]));
  say("no policy sets")(missing([...VALUES], values));
  say("another key:")(all(admx, / key="([^"]+)"/g).filter((key) => key !== KEY));

  const categories = all(admx, /<category name="(\w+)"/g);
  say("no category")(missing(all(admx, /<parentCategory ref="(\w+)"/g), categories));
  return mistakes;
}
