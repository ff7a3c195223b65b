/** Something wrong in a file that people write, and where. Line and column count from 1, as editors do. */
export interface Mistake {
  line: number;
  column: number;
  /** `pools.autocad.entitlements[0].ends`; empty where the file has no such thing. */
  path: string;
  /** What is wrong, and what was meant or what to write instead. */
  message: string;
}

/** `file:line:column path message`, a line each: what editors and terminals turn into links. */
export function mistakesAsText(file: string, mistakes: readonly Mistake[]): string {
  return mistakes
    .map(({ line, column, path, message }) => `${file}:${line}:${column} ${path ? `${path} ` : ""}${message}`)
    .join("\n");
}
