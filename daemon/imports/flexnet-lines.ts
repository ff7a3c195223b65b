import * as forms from "./flexnet-forms.ts";

/** What one line says of a launch. */
export interface Use {
  kind: "out" | "in" | "denied" | "queued" | "dequeued";
  /** A name as the log writes it. */
  feature: string;
  user: string;
  host: string;
  seats: number;
  /** Why it was denied, or returned other than by the program: `SHUTDOWN`. */
  reason?: string;
  /** Ties an IN to its OUT, where the daemon tells it. */
  handle?: string;
}

/** @returns undefined where something is missing that a count needs */
export function readUse(message: string): Use | undefined {
  const [, kind, quoted, bare, rest = ""] = forms.USE.exec(message) ?? [];
  const [, before = "", after = "", tail = ""] = forms.HOLDER.exec(rest) ?? [];
  const [, wordyUser, , , handle] = forms.WORDY.exec(tail) ?? [];
  // A host's name holds no at sign, so a user's that does, `j.smith@council.example@PC-7`, ends at the last one.
  const at = after.lastIndexOf("@");
  const user = (at < 0 ? before : `${before}@${after.slice(0, at)}`).trim() || wordyUser;
  const host = after.slice(at + 1).trim();
  const feature = quoted ?? bare;
  const seats = Number(forms.SEATS.exec(tail)?.[1] ?? 1);
  if (!kind || !feature || !user || !host || seats === 0) return undefined;
  const use: Use = { kind: kind.toLowerCase() as Use["kind"], feature, user, host, seats };
  const reason = forms.REASON.exec(tail.replace(forms.SEATS, ""))?.[1]?.trim();
  if (reason) use.reason = reason;
  if (handle) use.handle = handle;
  return use;
}

/** The date that a line tells: a local midnight, or a local moment near the line's own (`exact`). */
export function readDate(message: string): { localMs: number; exact: boolean } | undefined {
  for (const form of forms.SLASH_DATES) {
    const [, month, day, year] = form.exec(message) ?? [];
    if (year) return { localMs: Date.UTC(Number(year), Number(month) - 1, Number(day)), exact: false };
  }
  const [, name = "", day, year, hours, minutes, seconds] = forms.WORD_DATE.exec(message) ?? [];
  const month = forms.MONTHS.indexOf(name);
  if (month < 0) return undefined;
  const localMs = Date.UTC(Number(year), month, Number(day), Number(hours), Number(minutes), Number(seconds));
  return { localMs, exact: true };
}

/** Does a vendor daemon begin or end here, and which? None named: all of them. */
export function readRestart(message: string, writer: string): { vendor?: string; begins: boolean } | undefined {
  for (const { by, form, whose, begins } of forms.RESTARTS) {
    if ((by === "lmgrd") !== (writer === "lmgrd")) continue;
    const found = form.exec(message);
    if (!found) continue;
    if (whose === "all") return { begins };
    return { begins, vendor: whose === "own" ? writer : found[1]! };
  }
  return undefined;
}
