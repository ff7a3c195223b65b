import type { DenialReason, EndReason } from "./denials.ts";

/** Who and what, of a launch that no ledger saw; under pseudonym, of the year of its moment and of the year before. */
export interface PastWho {
  /** The same for the same launch, whenever and from whichever file it is told. */
  leaseId: string;
  pool: string;
  product: string;
  person: string;
  personLastYear: string;
  device: string;
  deviceLastYear: string;
  department: string;
  seats: number;
}

export interface PastLaunch extends PastWho {
  fromMs: number;
  untilMs: number;
  /** `ledger_reset`: it went on when what tells of it ended. */
  why: EndReason;
}

export interface PastDenial extends PastWho {
  atMs: number;
  reason: DenialReason;
}

/** The end of a launch that what tells of the end does not tell the beginning of. */
export type PastEnd = Omit<PastWho, "leaseId" | "department"> & { atMs: number };

/** What one log of another program tells of the past. */
export interface PastLog {
  /** Of its lines: the same log is the same import. */
  id: string;
  fromMs: number;
  untilMs: number;
  launches: readonly PastLaunch[];
  denials: readonly PastDenial[];
  ends: readonly PastEnd[];
}
