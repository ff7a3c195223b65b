import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** The top of the checkout. */
export const PROJECT = join(import.meta.dirname, "../..");

/** The text of a file of the project. */
export const textOf = (path: string) => readFileSync(join(PROJECT, path), "utf8");

/** The TypeScript files below some folders, as paths from the top of the project. */
export function sourceFiles(...folders: string[]): string[] {
  return folders.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: PROJECT })).sort();
}

export interface Imports {
  file: string;
  /** Files of ours, as paths from the top of the project. */
  ours: string[];
  /** Packages and modules of Node, as they are written. */
  others: string[];
}

/** Everything that a file imports or passes on, types too: a type that one must know is a thing one depends on. */
export function importsOf(file: string): Imports {
  const specifiers = [...textOf(file).matchAll(/^(?:import|export)\b[^;"(=]*"([^"]+)"|\bimport\("([^"]+)"\)/gm)].map(
    ([, written, called]) => written ?? called ?? "",
  );
  const isOurs = (specifier: string) => specifier.startsWith(".");
  return {
    file,
    ours: specifiers.filter(isOurs).map((specifier) => normalize(join(dirname(file), specifier))),
    others: specifiers.filter((specifier) => !isOurs(specifier)),
  };
}
