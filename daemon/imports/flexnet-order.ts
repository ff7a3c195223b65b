import { FlexnetLog } from "./flexnet-log.ts";

/**
 * Logs of one server by when they begin, in whichever order they were named: `*.log.gz` names those that were rotated
 * from the newest on, and 10 before 2, and an IN that is read before its OUT ends nothing. One that tells no date stays
 * behind the one that it was named after, whose day it goes on with.
 */
export async function inOrder(
  files: readonly string[],
  linesOf: (file: string) => AsyncIterable<string>,
): Promise<readonly string[]> {
  if (files.length < 2) return files;
  const found: { file: string; localMs: number }[] = [];
  for (const file of files) {
    found.push({ file, localMs: (await beginning(linesOf(file))) ?? found.at(-1)?.localMs ?? 0 });
  }
  return found.sort((one, other) => one.localMs - other.localMs).map(({ file }) => file);
}

async function beginning(lines: AsyncIterable<string>): Promise<number | undefined> {
  // In which zone does not matter: it is the same for all.
  const log = new FlexnetLog("UTC");
  for await (const line of lines) {
    log.read(line);
    if (log.beganMs !== undefined) return log.beganMs;
  }
  return undefined;
}
