import { readFileSync } from "node:fs";
import { join } from "node:path";
import { granted, type Heard, policy, type Script, scriptedDaemon, sound, WELCOME } from "./scripted-daemon.ts";
import { emptyStateFolder } from "./shim.ts";
import { type TicketKey, ticket, ticketKey } from "./tickets.ts";

/** One computer, with nothing kept yet. */
export const computer = (change: Record<string, string> = {}) => ({
  SEATMETER_STATE: emptyStateFolder(),
  SEATMETER_DEVICE: "PC-12",
  ...change,
});
type State = { SEATMETER_STATE: string };
export const ticketFile = (state: State, product = "demo") => join(state.SEATMETER_STATE, "tickets", `${product}.json`);
export const kept = (state: State) => JSON.parse(readFileSync(ticketFile(state), "utf8"));
export const said = (daemon: { heard: Heard[] }, type: string) =>
  daemon.heard.filter((message) => message.type === type);

interface Lender {
  /** What else stands on its tickets. */
  claims?: Record<string, unknown>;
  /** It lends for no longer. */
  mostMs?: number;
  by?: TicketKey;
  /** What its register says of the product, told before each answer. */
  told?: Record<string, unknown>;
  /** What it says instead. */
  script?: Script;
}

/** Daemons share one, unless told otherwise. */
const daemonsKey = ticketKey();

/** A daemon that lends seats. */
export async function lender(terms: Lender = {}) {
  const {
    claims = {},
    mostMs = Number.POSITIVE_INFINITY,
    by = await daemonsKey,
    script = () => undefined,
    told,
  } = terms;
  const daemon = await scriptedDaemon((message, nth) => {
    if (told && message.type === "checkout") daemon.say(policy(told));
    const scripted = script(message, nth);
    if (scripted) return scripted;
    if (message.type === "hello") return { ...WELCOME, nowMs: Date.now(), ticketKeys: [by.told] };
    if (message.type !== "checkout" || message.borrowUntilMs === undefined) return sound(message);
    const untilMs = Math.min(Number(message.borrowUntilMs), Date.now() + mostMs);
    const signed = { leaseId: message.leaseId, exp: Math.floor(untilMs / 1000), ...claims };
    return ticket(by, signed).then((text) => ({
      ...{ ...granted(message), flags: ["borrowed"], borrowedUntilMs: untilMs, ticket: text },
    }));
  });
  return daemon;
}
