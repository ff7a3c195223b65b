import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * What is kept between launches in a file that only this person reads: a value, written whole or not at all. What a
 * folder that cannot be written costs is for the caller to say.
 */
export class KeptFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** @returns nothing where nothing is kept, or what is kept cannot be read */
  read(): unknown {
    try {
      return JSON.parse(readFileSync(this.path, "utf8"));
    } catch {
      return undefined;
    }
  }

  /** Errors: those of the file system. */
  write(value: unknown): void {
    // Of this process, so that two of them at once cannot mix.
    const draft = `${this.path}.${process.pid}`;
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    try {
      writeFileSync(draft, JSON.stringify(value), { mode: 0o600 });
      renameSync(draft, this.path);
    } catch (error) {
      // On a disk that is full a part of it may be there.
      rmSync(draft, { force: true });
      throw error;
    }
  }

  /** @returns whether it could be written; for what will be told again */
  tryWrite(value: unknown): boolean {
    try {
      this.write(value);
      return true;
    } catch {
      return false;
    }
  }

  /** Errors: those of the file system, but for a file that is not there. */
  remove(): void {
    rmSync(this.path, { force: true });
  }
}

/** A file's name for what somebody typed: nothing of it may leave the folder. */
export const fileNameFor = (typed: string) => `${encodeURIComponent(typed).replaceAll(".", "%2E")}.json`;
