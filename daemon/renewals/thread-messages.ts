import type { ErrorCode } from "../domain/errors.ts";
import type { Register } from "../domain/register.ts";
import type { RetentionRun } from "../history/retention.ts";
import type { HistoryPlace } from "../history/troubles.ts";
import type { Computers } from "./computers.ts";
import type { Personal } from "./personal.ts";
import type { Renewals } from "./renewals.ts";

/** What the thread is given when it is made. */
export interface RenewalsTask {
  place: HistoryPlace;
  /** Which history it is. */
  id: string;
  me: string;
  register: Register;
}

/** What the thread can be asked: about pools, about one person, and about computers. */
export type Answerer = Renewals & Personal & Computers;

/** THE TABLE of what can be asked of it. */
export const QUESTIONS = [
  "report",
  "calendar",
  "whatIf",
  "usage",
  "decide",
  "note",
  "denials",
  ...(["person", "ownDevices", "erase", "agree", "retention"] as const),
  ...(["keepInventory", "computers", "compliance", "installedOn"] as const),
] as const satisfies (keyof Answerer)[];
export type Question = (typeof QUESTIONS)[number];

/** What it hears. */
export type ToThread =
  | { say: "ask"; number: number; question: Question; words: unknown[] }
  | { say: "register"; register: Register }
  | { say: "stop" };

/** What it says. */
export type FromThread =
  | { said: "answer"; number: number; answer: unknown }
  | { said: "failed"; number: number; code: ErrorCode; message: string; field?: string | undefined }
  | { said: "status"; status: RollupStatus }
  | { said: "log"; level: "info" | "warn" | "error"; message: string; facts?: object };

export interface RollupStatus {
  /** When the days of all pools were last worked out, by whichever daemon; 0: never. */
  lastSuccessMs: number;
  /** By pool, who used it in 90 days. */
  people: ReadonlyMap<string, number>;
  /** What was last deleted because it was old, by whichever daemon. */
  retention?: RetentionRun | undefined;
}
