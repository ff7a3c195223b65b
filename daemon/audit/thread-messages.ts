import type { ErrorCode } from "../domain/errors.ts";
import type { HistoryPlace } from "../history/troubles.ts";
import type { AuditBook } from "./book.ts";

/** What the thread is given when it is made: where the history lies, and which one it is. */
export interface AuditTask {
  place: HistoryPlace;
  id: string;
}

/** THE TABLE of what can be asked of it. */
export const QUESTIONS = ["append", "rows", "head", "verify", "cut"] as const satisfies (keyof AuditBook)[];
export type Question = (typeof QUESTIONS)[number];

/** What it hears. */
export type ToThread = { say: "ask"; number: number; question: Question; words: unknown[] } | { say: "stop" };

/** What it says. */
export type FromThread =
  | { said: "answer"; number: number; answer: unknown }
  | { said: "failed"; number: number; code: ErrorCode; message: string };
