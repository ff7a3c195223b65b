import { createHash } from "node:crypto";

/**
 * THE TABLE of what is written down in the audit: what administrators do, looks at one person among them, and what the
 * daemon itself does to the audit or finds out. As a page says it.
 */
export const ACTS = {
  sign_in: "Signed in",
  sign_out: "Signed out",
  explain: "Asked whether a person would be granted a seat",
  search_denials: "Searched the denials of a person or computer",
  reclaim: "Reclaimed a lease",
  recall: "Recalled a borrowed seat",
  reassign: "Ended the assignment of a seat",
  retire: "Retired a computer",
  offer_enrolment: "Made a token to enrol a computer with",
  enrol: "A computer was enrolled with a token",
  rotate_key: "A computer changed its key",
  remove_device: "Took a computer's key away",
  change_tokens: "A token was added to a file of tokens, changed there, or taken out",
  apply_register: "Put a register in force",
  change_register: "Changed the register",
  decide: "Wrote down a decision",
  note: "Wrote a note beside a day",
  export_person: "Had told what is held of a person",
  erase_person: "Erased a person",
  import_log: "Read another licence server's log into the history",
  copy_history: "Copied the history",
  cut_audit: "Ended rows of the audit that are kept no longer",
  incident: "An incident was found",
} as const;
export type ActName = keyof typeof ACTS;

/** These are written down only where somebody is named in them: the rest of them looks at nobody. */
export const LOOKS: ReadonlySet<ActName> = new Set<ActName>(["explain", "search_denials", "export_person"]);

/** Whom these are about is not written down: the rows of it would be the last that lead to that person. */
export const NAMES_NOBODY: ReadonlySet<ActName> = new Set<ActName>(["erase_person"]);

/** Somebody does something. */
export interface Act {
  /** Whose token it is, or what else acts: `file seatmeter.yaml`. Empty: nobody has to say who he is. */
  who: string;
  role: string;
  /** From where: a site of the register, never an address. */
  site: string;
  act: ActName;
  /** What it is done to, without naming anybody: `pool cad, lease 1234`. */
  about: string;
  /** Pseudonym of the person or the computer that it is done to. */
  subject: string;
  reason: string;
}

/** Where a chain ends: the number of its last row, and that row's hash. 0 and no hash: it has none yet. */
export interface Head {
  seq: number;
  hash: string;
}

/** As it is printed, and kept elsewhere: `184:9f2c…`. */
export const headText = ({ seq, hash }: Head) => `${seq}:${hash}`;

/** Errors: none; what is no head names none. The number may be left out. */
export function readHead(text: string): Partial<Head> {
  const [, seq, hash] = /^(?:(\d+):)?([0-9a-f]{64})$/.exec(text) ?? [];
  return { ...(seq !== undefined && { seq: Number(seq) }), ...(hash !== undefined && { hash }) };
}

/** Which text was put in force, for whoever compares it with a file. */
export const registerText = (text: string) => `text with SHA-256 ${createHash("sha256").update(text).digest("hex")}`;
