/** A program of the register that somebody started. */
export interface SeenProgram {
  pid: number;
  /** The name by which it was looked for, as it stands in the set. */
  executable: string;
  /** The file that runs; of a script, its interpreter. */
  path: string;
  user: string;
  version?: string;
  /** To within two seconds the same when it is looked up again: the clock may have been set in between. */
  startedAtMs: number;
  parent?: number;
  /** Its parent, that one's parent and so on, when it was first seen; later a parent may be gone. */
  ancestors: readonly number[];
}

/** A process as an operating system lists it. */
export interface Process {
  pid: number;
  parent: number;
  path: string;
  /** What it may be called in the register, without folders. */
  names: readonly string[];
  /** The account: a number where the system has numbers. */
  owner: string | number;
  startedAtMs: number;
  version?: string;
}

/** All processes that are to be looked at, by number. The same one is the same object, until it becomes another program. */
export type Processes = ReadonlyMap<number, Process>;

/** How one operating system lists its processes. */
export interface Listing {
  everyMs: number;
  /** @param running those that matter: whether they are still the same is made sure of */
  list(running: ReadonlySet<number>): Promise<{ processes: Processes; crashed?: ReadonlySet<number> }>;
  userOf(process: Process): Promise<string>;
  /** As it compares names: `acad.exe` is `ACAD.EXE` on Windows, and not on Linux. */
  fold(name: string): string;
  stop?(): void;
}
