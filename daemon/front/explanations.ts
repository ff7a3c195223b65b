import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { DenialReason } from "../domain/denials.ts";
import { eligibility } from "../domain/eligibility.ts";
import { SeatmeterError } from "../domain/errors.ts";
import { DeviceName, ELSEWHERE, folded, NO_POOL, printable, UserName } from "../domain/names.ts";
import { limitName } from "../domain/policy.ts";
import type { Register } from "../domain/register.ts";
import { denialSentence } from "../domain/sentences.ts";
import type { ExplainAnswer } from "../ledger/answers.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Pseudonyms } from "../privacy/pseudonyms.ts";
import { type Asked, read, requestOf } from "./asked.ts";
import { aboutDenial, weightOf } from "./denied.ts";

export const ExplainQuestion = z.strictObject({
  product: printable(128),
  user: UserName,
  device: DeviceName.optional(),
  /** A site's name; the launch is then taken to come from the first of its networks. */
  site: printable(64).default(ELSEWHERE),
  version: printable(64).optional(),
});
export type ExplainQuestion = z.infer<typeof ExplainQuestion>;

export const Explanation = z.object({
  decision: z.enum(["granted", "denied"]),
  /** Of a pool that only observes, too: what would have denied it. */
  reason: z.custom<DenialReason>((value) => typeof value === "string").optional(),
  /** Where the register has the rule that decided: `pools.autocad.sites.depot`. */
  rule: z.string(),
  message: z.string(),
  /** The pool that would answer. */
  pool: z.string().optional(),
  checked: z.array(z.string()),
});
export type Explanation = z.infer<typeof Explanation>;

type Answer = Omit<Explanation, "message">;

/**
 * Would it be granted now, and which rule decides? The pools are asked as a launch would ask them, and the ledger's script
 * judges as it would judge a checkout; nothing is taken.
 *
 * Errors: message_invalid for a site that there is not.
 */
export async function explain(
  ledger: Pick<Ledger, "explain">,
  register: Register,
  pseudonyms: Pseudonyms,
  question: ExplainQuestion,
  nowMs: number,
): Promise<Explanation> {
  const asked = askedBy(register, question, nowMs);
  const { product, launch } = asked;
  if (product === undefined) return told(asked, [], denied("product_unknown", "products", ["products"]));
  const pools = [register.products[product]?.pools[0] as string];
  for (;;) {
    const pool = pools.at(-1) as string;
    const request = requestOf(asked, { pools, back: false }, pseudonyms);
    const judged = eligibility(register, product, pool, launch);
    let answer: Answer;
    if (judged.denied) answer = denied(judged.denied.reason, judged.denied.rule, judged.checked, pool);
    else {
      const said = await ledger.explain(pool, request);
      if (said.outcome === "denied" && request.next !== undefined && passesOn(said.reason)) {
        pools.push(request.next);
        continue;
      }
      answer = answerOf(register, pool, said, judged.checked);
    }
    return told(asked, pools, observed(register, pool, answer));
  }
}

/** As lua/call/70-checkout.lua passes a launch on to the next pool. */
const passesOn = (reason: DenialReason) => reason !== "entitlement_ended" && reason !== "entitlement_not_started";

/** A pool that only observes denies nobody. */
function observed(register: Register, pool: string, answer: Answer): Answer {
  if (answer.decision === "granted" || !register.pools[pool]?.observed) return answer;
  return { ...answer, decision: "granted" };
}

function answerOf(register: Register, pool: string, said: ExplainAnswer, judged: readonly string[]): Answer {
  // A site's ceiling is looked at twice: whether there may be any seat, and then whether there is room.
  const before = judged.filter((check) => check !== "sites");
  if (said.outcome === "denied") {
    const rule = ruleOf(register, pool, said.rule);
    return denied(said.reason, rule, [...before, "seatFor", ...COUNTED.slice(0, countedUpTo(said.rule))], pool);
  }
  const rule = `pools.${pool}.${GRANTED_BY[said.flag] ?? "entitlements"}`;
  const checked = said.flag === "shared" ? [...before, "seatFor"] : [...before, "seatFor", ...COUNTED];
  return { decision: "granted", rule, pool, checked };
}

/** What decides a grant that is out of the ordinary, by its flag. */
const GRANTED_BY: Record<string, string> = { shared: "seatFor", overdraft: "overdraft", assigned: "metric" };

/** What the script counts, in its order. */
export const COUNTED = ["reclaimed", "seats", "reservations", "sites", "limits"] as const;
const COUNTED_UP_TO: Record<string, number> = { reclaimed: 1, entitlements: 2, reservations: 3 };
const countedUpTo = (rule: string) => COUNTED_UP_TO[rule] ?? (rule.startsWith("site:") ? 4 : COUNTED.length);

/** Where the register says what the ledger calls `site:depot`, `each:user`, `borrow.seats` or `entitlements`. */
export function ruleOf(register: Register, pool: string, rule: string): string {
  const site = /^site:(.*)$/.exec(rule)?.[1];
  if (site !== undefined) return `pools.${pool}.sites.${site}`;
  const limit = register.pools[pool]?.limits.findIndex((limit) => limitName(limit) === rule) ?? -1;
  if (limit >= 0) return `pools.${pool}.limits[${limit}]`;
  return rule === "" || rule === "reclaimed" ? `pools.${pool}` : `pools.${pool}.${rule}`;
}

function told(asked: Asked, pools: readonly string[], answer: Answer): Explanation {
  const { register, message, product, launch } = asked;
  const { reason, rule } = answer;
  if (reason === undefined) return { ...answer, message: "It would be granted." };
  const { site, version } = launch;
  const seats = weightOf(register, product, pools.at(-1) ?? NO_POOL);
  const refused = { product, productAsked: message.product, reason, rule, pools, site, seats };
  const about = aboutDenial(register, version === undefined ? refused : { ...refused, version }, launch.atMs);
  const sentence = denialSentence(reason, about);
  if (answer.decision === "denied") return { ...answer, message: sentence };
  return { ...answer, message: `It would be granted, because the pool only observes. Enforced: ${sentence}` };
}

/** The launch that is asked about, as a shim would ask for it. */
function askedBy(register: Register, question: ExplainQuestion, atMs: number): Asked {
  const site = siteNamed(register, question.site);
  const { product, user, device = "", version } = question;
  const address = register.sites[site]?.networks[0]?.split("/")[0] ?? "";
  const asked = read(
    register,
    { device, address, gateway: false, authenticated: false },
    {
      type: "checkout",
      leaseId: randomUUID(),
      product,
      user,
      seats: 1,
      waitMs: 0,
      alreadyRunning: false,
      attested: true,
      ...(version !== undefined && { version }),
    },
    atMs,
  );
  const { address: _, ...launch } = asked.launch;
  return { ...asked, launch: { ...launch, site, ...(address !== "" && { address }) } };
}

function siteNamed(register: Register, name: string): string {
  const known = [...Object.keys(register.sites), ELSEWHERE];
  const site = known.find((site) => folded(site) === folded(name));
  if (site !== undefined) return site;
  const message = `site: there is no site ${name}; known are ${known.join(", ")}`;
  throw new SeatmeterError("message_invalid", message, { field: "site" });
}

const denied = (reason: DenialReason, rule: string, checked: readonly string[], pool?: string): Answer => ({
  decision: "denied",
  reason,
  rule,
  checked: [...checked],
  ...(pool !== undefined && { pool }),
});
