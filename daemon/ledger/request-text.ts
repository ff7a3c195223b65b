import type { DenialReason, GrantFlag } from "../domain/denials.ts";
import { decodeFlags } from "../domain/events.ts";
import type { CheckoutAnswer, CheckoutRequest, ExplainAnswer, JournalRequest } from "./answers.ts";

/** The line of a request, as lua/call/30-leases.lua states it. */
export function recordOf(request: Omit<CheckoutRequest, "leaseId">): string {
  const { holder, seatKey, seats, site, draws, user, device, facts } = request;
  const drawn = draws ? `site:${site} ${draws}` : `site:${site}`;
  return `${holder}\t${seatKey}\t${seats}\t${drawn}\t${user}\t${device}\t${facts}`;
}

/** As lua/call/52-journal.lua reads it: what is behind the fifth tab stands on its event. */
export function journalRecordOf(request: JournalRequest): string {
  const { holder, fromMs, untilMs, heldFromMs, reason, why, seats, site, facts } = request;
  const flags: GrantFlag[] = heldFromMs < untilMs ? ["ungoverned"] : ["ungoverned", "shared"];
  return [holder, untilMs, heldFromMs, reason, why, fromMs, seats, `site:${site}`, facts, flags.join(",")].join("\t");
}

/** @param atMs the pool's moment of the call */
export function readCheckout({ seats, site }: CheckoutRequest, answer: string, atMs: number): CheckoutAnswer {
  if (answer === "granted") return { outcome: "granted", flags: [], seats, site, sinceMs: atMs };
  const [word = "", ...rest] = answer.split("\t");
  switch (word) {
    case "flagged":
    case "live": {
      const [since, , , seatsHeld, drawn = "", , , ...told] = rest;
      const { flags, ...borrowed } = decodeFlags(told.at(-1) ?? "");
      if (word === "live" && !flags.includes("resumed")) flags.push("resumed");
      const held = { seats: Number(seatsHeld), site: siteIn(drawn), sinceMs: Number(since) };
      return { outcome: "granted", flags, ...held, ...borrowed };
    }
    case "queued":
      return { outcome: "queued", position: Number(rest[0]) };
    case "passed":
      return { outcome: "passed", next: rest[0] ?? "" };
    case "returned":
    case "not_holder":
      return { outcome: word };
    default:
      return { outcome: "denied", reason: word as DenialReason, rule: rest[0] ?? "" };
  }
}

export function readExplain(answer: string): ExplainAnswer {
  const [word = "", detail = ""] = answer.split("\t");
  if (word === "granted") return { outcome: "granted", flag: detail };
  return { outcome: "denied", reason: word as DenialReason, rule: detail };
}

const siteIn = (draws: string) => /(?:^| )site:(\S+)/.exec(draws)?.[1] ?? "";
