import { basename } from "node:path";

/**
 * Programs that run other programs, and the options after which no file follows that would be one: `sh -c "…"`. They are
 * looked at again at every scan, because they become another program without becoming another file.
 */
const INTERPRETERS: readonly { named: RegExp; without: RegExp }[] = [
  { named: /^(ba|da|k|mk|z|fi|c|tc)?sh$/, without: /^-\w*c/ },
  { named: /^(busybox|toybox)$/, without: /^-/ },
  { named: /^(python|pypy)[\d.]*$/, without: /^-\w*[cm]/ },
  { named: /^(perl|ruby|node|nodejs|php|lua|tclsh|wish|guile|gjs|mono|Rscript)[\d.]*$/, without: /^-\w*[eErp]|^--\w/ },
  { named: /^(ld-linux|ld-musl)[-\w.]*$/, without: /^-/ },
  { named: /^wine(64)?(-preloader)?$/, without: /^-/ },
];

const JAVA = /^java$/;

/** Whether the file says little about which program runs. */
export function isInterpreter(path: string): boolean {
  const file = basename(path);
  return JAVA.test(file) || INTERPRETERS.some(({ named }) => named.test(file));
}

/**
 * What a process may be called in the register: its file, what it was called as, and of one that interprets, the script.
 * A name on the command line is the caller's to choose: it can make a program one of the register's, never hide it.
 */
export function namesOf(path: string, words: readonly string[]): string[] {
  const called = [words[0], scriptOf(basename(path), words.slice(1))];
  return [...new Set([basename(path), ...called.flatMap((word) => (word ? [lastPart(word)] : []))])];
}

function scriptOf(file: string, words: readonly string[]): string | undefined {
  if (JAVA.test(file)) return words[words.indexOf("-jar") + 1 || words.length];
  const interpreter = INTERPRETERS.find(({ named }) => named.test(file));
  if (!interpreter) return undefined;
  for (const word of words) {
    if (interpreter.without.test(word)) return undefined;
    if (!word.startsWith("-")) return word;
  }
  return undefined;
}

/** Programs of Windows that run under Wine are called as there. */
const lastPart = (word: string) => word.slice(Math.max(word.lastIndexOf("/"), word.lastIndexOf("\\")) + 1);
