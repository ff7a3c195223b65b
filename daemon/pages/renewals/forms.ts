import { isIsoDate } from "../../domain/calendar.ts";
import { DECISION_KINDS, type NewDecision, type NewNote } from "../../renewals/renewals.ts";

/** What somebody typed, to be shown again, and what is wrong with it, by field. */
export interface Typed {
  kind?: string;
  seats?: string;
  name?: string;
  reason?: string;
  date?: string;
  note?: string;
  errors: Partial<Record<"kind" | "seats" | "name" | "reason" | "note", string>>;
}

const MOST_SEATS = 1_000_000;
const LONGEST_NAME = 100;
const LONGEST_REASON = 1_000;
const LONGEST_NOTE = 500;

/** The form of a decision, read; or typed again with every mistake said. */
export function readDecision(
  body: Record<string, unknown>,
  offered: number,
): { decision: Omit<NewDecision, "by"> } | Typed {
  const typed = {
    kind: said(body.kind),
    seats: said(body.seats).replaceAll(/[ ,]/g, ""),
    name: said(body.name),
    reason: said(body.reason),
  };
  const kind = DECISION_KINDS.find((one) => one === typed.kind);
  const seats = Number(typed.seats);
  const isNumber = /^\d+$/.test(typed.seats) && seats >= 1 && seats <= MOST_SEATS;
  const errors: Typed["errors"] = {
    ...(!kind && { kind: "Choose what is decided" }),
    ...(kind === "other" && !isNumber && { seats: "Enter the number of seats, 1 or more" }),
    ...wrongText("name", typed.name, LONGEST_NAME, "Enter the name of who decides"),
    ...wrongText("reason", typed.reason, LONGEST_REASON, "Enter the reason"),
  };
  if (!kind || Object.keys(errors).length > 0) return { ...typed, errors };
  const { name, reason } = typed;
  if (kind === "renew") return { decision: { kind, seats: offered, name, reason } };
  return { decision: { kind, ...(kind === "other" && { seats }), name, reason } };
}

/** A note about a day, read; or typed again. */
export function readNote(body: Record<string, unknown>): { note: Omit<NewNote, "by"> } | Typed {
  const typed = { date: said(body.date), note: said(body.note) };
  const errors = {
    ...(!isIsoDate(typed.date) && { note: "Choose a day" }),
    ...wrongText("note", typed.note, LONGEST_NOTE, "Enter the note"),
  };
  return Object.keys(errors).length > 0 ? { ...typed, errors } : { note: typed };
}

/** One line of text, without what nobody can see. */
const said = (value: unknown) => (typeof value === "string" ? value.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim() : "");

function wrongText(field: "name" | "reason" | "note", text: string, most: number, missing: string): Typed["errors"] {
  if (text === "") return { [field]: missing };
  return text.length > most ? { [field]: `Use ${most} letters at most` } : {};
}
