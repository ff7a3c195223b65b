import type { Checkout } from "../keep-alive.ts";

/*
 * What is said at the agent's door: one JSON object a line. Towards the agent strict, as a daemon is towards a shim, and
 * bounded, for anybody may come to the door; by hand, for schemas would cost a launch more than all the rest.
 */

/** The longest line that is read, in characters. */
const MOST_OF_A_LINE = 16 * 1024;
/** So much may be said over one connection: a launch needs a handful. */
const MOST_LINES = 64;

const text = (most: number) => (it: unknown) => typeof it === "string" && it.length > 0 && it.length <= most;
const whole = (it: unknown) => Number.isSafeInteger(it) && (it as number) >= 0;
const flag = (it: unknown) => typeof it === "boolean";
const end = (it: unknown) => it === "program_exited" || it === "program_crashed";
const leaseId = (it: unknown) => typeof it === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(it);
type Check = (it: unknown) => boolean;

/** THE TABLE of what may be said to an agent; a field with a question mark may be missing. */
const TO_AGENT = {
  /** A program is to be started: whoever says so starts it when told, and says how it ended. */
  launch: {
    pid: whole,
    product: text(128),
    "user?": text(128),
    "version?": text(64),
    "seats?": whole,
    "waitMs?": whole,
    "attested?": flag,
    "breakGlassReason?": text(200),
    "canAnswer?": flag,
    "ticket?": text(8192),
    /** To ask with, where one was chosen already. */
    "leaseId?": leaseId,
    /** It runs already, by an agent that is no more, and that was heard last then; and what "start" said of it. */
    "heardAtMs?": whole,
    "borrowed?": flag,
  },
  answer: { yes: flag },
  interrupted: { exit: whole },
  started: { "pid?": whole },
  ended: { "why?": end },
  postpone: { "leaseId?": text(64) },
  status: {},
  /** Make the door that only I can come in by. */
  door: { uid: whole, pid: whole },
} as const satisfies Record<string, Record<string, Check>>;

export type Launch = {
  type: "launch";
  pid: number;
  user?: string;
  canAnswer?: boolean;
  ticket?: string;
  leaseId?: string;
  heardAtMs?: number;
  borrowed?: boolean;
} & Pick<Checkout, "product" | "version" | "seats" | "waitMs" | "attested" | "breakGlassReason">;

export type ToAgent =
  | Launch
  | { type: "answer"; yes: boolean }
  | { type: "interrupted"; exit: number }
  | { type: "started"; pid?: number }
  | { type: "ended"; why?: "program_exited" | "program_crashed" }
  | { type: "postpone"; leaseId?: string }
  | { type: "status" }
  | { type: "door"; uid: number; pid: number };

/** What an agent says. */
export type FromAgent =
  /** It is alive, and works on it; with which lease id it asks. */
  | { type: "here"; leaseId?: string }
  | { type: "tell"; text: string }
  | { type: "queue"; position: number | "unknown" | "over" }
  | { type: "ask"; question: string }
  | { type: "refused"; exit: number }
  /** Start the program; by this it goes on without an agent, should there be none any more. */
  | { type: "start"; leaseId: string; attested: boolean; borrowed?: boolean }
  | { type: "close" }
  | { type: "postponed"; graceMs: number; postponable: boolean }
  | { type: "made" }
  | { type: "failed"; code: string; message: string }
  | ({ type: "status" } & Status);

/** How it stands with an agent. */
export interface Status {
  version: string;
  pid: number;
  sinceMs: number;
  /** Where the daemon is; none: no connection now. */
  daemon: string | null;
  /** Why there is none, as far as known. */
  trouble: string | null;
  /** Launches that ran without a daemon, and are not told yet. */
  journal: number;
  /** Products that it knows of. */
  products: number;
  running: {
    product: string;
    user: string;
    leaseId: string;
    pid: number | null;
    sinceMs: number;
    by: "run" | "itself";
  }[];
}

/** @returns what is wrong with it, where it is nothing that may be said */
export function readFrame(line: string): ToAgent | string {
  let said: Record<string, unknown>;
  try {
    said = JSON.parse(line);
  } catch {
    return "it is not JSON";
  }
  const type = said?.type;
  if (typeof type !== "string" || !Object.hasOwn(TO_AGENT, type)) return "there is no such message";
  const fields: Record<string, Check> = TO_AGENT[type as keyof typeof TO_AGENT];
  for (const [name, check] of Object.entries(fields)) {
    const field = name.replace("?", "");
    const isMissing = said[field] === undefined;
    if (isMissing ? field === name : !check(said[field])) return `${field} is ${isMissing ? "missing" : "wrong"}`;
  }
  const unknown = Object.keys(said).find((name) => name !== "type" && !(name in fields) && !(`${name}?` in fields));
  return unknown === undefined ? (said as ToAgent) : `there is no field ${unknown}`;
}

/**
 * Puts lines together from what a socket reads.
 *
 * @param hear  called with each line
 * @param bound whether the other side is to be trusted with no more than is needed
 * @returns to be called with each piece; false where too much was said
 */
export function lines(hear: (line: string) => void, bound = true): (piece: string) => boolean {
  let rest = "";
  let count = 0;
  return (piece) => {
    const parts = (rest + piece).split("\n");
    rest = parts.pop() as string;
    for (const part of parts) {
      if (bound && (++count > MOST_LINES || part.length > MOST_OF_A_LINE)) return false;
      hear(part);
    }
    return !bound || rest.length <= MOST_OF_A_LINE;
  };
}
