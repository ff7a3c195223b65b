import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

/** A computer that a test's servers run on: this one, or a network namespace of it (test/faults/network.ts). */
export interface Host {
  /** That servers on it listen on, and others reach them by. */
  address: string;
  spawn(program: string, words: readonly string[], options: SpawnOptions): ChildProcess;
}

export const THIS_COMPUTER: Host = { address: "127.0.0.1", spawn };
