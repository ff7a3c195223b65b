import type { Logger } from "pino";

/** A file, or files that go together, that can be read again by itself. */
export interface Reread {
  file: string;
  /** Where it fails, all stays as it was. */
  read: () => unknown;
}

/** Read each again. A fault in one keeps no other from it, and is told in a line of the log that names the file. */
export async function rereadEach(files: readonly Reread[], log: Pick<Logger, "error">): Promise<void> {
  for (const { file, read } of files) {
    try {
      await read();
    } catch (error) {
      log.error({ file }, `${file}: not taken, what was read before stays in force: ${(error as Error).message}`);
    }
  }
}
