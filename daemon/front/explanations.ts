import { z } from "zod";
import { DENIALS, type DenialReason } from "../domain/denials.ts";
import { type Eligibility, eligibility, type Launch } from "../domain/eligibility.ts";
import { SeatmeterError } from "../domain/errors.ts";
import type { PoolLevel } from "../domain/level.ts";
import { DeviceName, ELSEWHERE, folded, printable, UserName } from "../domain/names.ts";
import type { Register } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import { denialSentence } from "../domain/sentences.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { aboutDenial } from "./denied.ts";

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
  reason: z.custom<DenialReason>((value) => typeof value === "string").optional(),
  /** Where the register has the rule that decided: `pools.autocad.sites.depot`. */
  rule: z.string(),
  message: z.string(),
  /** The pool that would answer. */
  pool: z.string().optional(),
  checked: z.array(z.string()),
});
export type Explanation = z.infer<typeof Explanation>;

type Readable = Pick<Ledger, "levels" | "leases">;
type Answer = Omit<Explanation, "message">;

/**
 * Would it be granted now, and which rule decides? As the ledger would decide about one seat, without taking it.
 *
 * Errors: message_invalid for a site that there is not.
 */
export async function explain(
  ledger: Readable,
  register: Register,
  question: ExplainQuestion,
  nowMs: number,
): Promise<Explanation> {
  const index = indexOf(register);
  const product = index.product(question.product);
  const site = siteNamed(register, question.site);
  const launch = launchOf(register, question, site, nowMs);
  const tell = (answer: Answer, pools: readonly string[]): Explanation => {
    if (answer.reason === undefined) return { ...answer, message: "It would be granted." };
    const refused = { product, productAsked: question.product, reason: answer.reason, pools, site, seats: 1 };
    const about = aboutDenial(register, { ...refused, ...versionOf(question) }, nowMs);
    return { ...answer, message: denialSentence(answer.reason, about) };
  };

  if (product === undefined) return tell(denied("product_unknown", "products", ["products"]), []);
  const asked: string[] = [];
  let last: Answer | undefined;
  for (const pool of register.products[product]?.pools ?? []) {
    const judged = eligibility(register, product, pool, launch);
    // A later pool that the launch may not use is not asked, and says nothing.
    if (judged.denied && last) continue;
    asked.push(pool);
    last = await explainPool(ledger, register, pool, launch, judged);
    if (last.reason === undefined || !DENIALS[last.reason].seats) break;
  }
  return tell(last ?? denied("not_entitled", `products.${product}.pools`, []), asked);
}

async function explainPool(
  ledger: Readable,
  register: Register,
  pool: string,
  launch: Launch,
  judged: Eligibility,
): Promise<Answer> {
  if (judged.denied) return { ...denied(judged.denied.reason, judged.denied.rule, judged.checked), pool };
  const before = judged.checked.filter((check) => check !== "sites");
  const [level] = await ledger.levels([pool]);
  const refusal = level && wantOfSeats(register, level, launch);
  const granted: Answer = { decision: "granted", rule: `pools.${pool}.entitlements`, pool, checked: [] };
  if (!refusal) return { ...granted, checked: [...before, "seats", "sites"] };
  if (await sharesSeat(ledger, register, pool, launch)) {
    return { ...granted, rule: `pools.${pool}.seatFor`, checked: [...before, "seatFor"] };
  }
  const checked = [...before, "seats", ...(refusal.reason === "site_full" ? ["sites"] : [])];
  return { ...denied(refusal.reason, refusal.rule, checked), pool };
}

function wantOfSeats(register: Register, level: PoolLevel, launch: Launch) {
  const { pool, used, capacity } = level;
  if (used + 1 > capacity) {
    const step = indexOf(register).stepAt(pool, launch.atMs);
    return { reason: capacity === 0 ? step.reason : ("no_seats" as const), rule: `pools.${pool}.entitlements` };
  }
  const ceiling = register.pools[pool]?.sites[launch.site]?.seats;
  if (ceiling === undefined || (level.sites[launch.site] ?? 0) + 1 <= ceiling) return undefined;
  return { reason: "site_full" as const, rule: `pools.${pool}.sites.${launch.site}` };
}

/** Whether somebody with whom the launch would share has a seat already. */
async function sharesSeat(ledger: Readable, register: Register, pool: string, launch: Launch): Promise<boolean> {
  const seatFor = register.pools[pool]?.seatFor ?? ["session"];
  if (seatFor.includes("session")) return false;
  const same = (lease: { user: string; device: string }) =>
    seatFor.every((part) => part === "session" || folded(lease[part]) === folded(launch[part]));
  let cursor: string | undefined;
  do {
    const page = await ledger.leases(pool, cursor);
    if (page.items.some(same)) return true;
    cursor = page.next;
  } while (cursor !== undefined);
  return false;
}

function launchOf(register: Register, question: ExplainQuestion, site: string, atMs: number): Launch {
  const address = register.sites[site]?.networks[0]?.split("/")[0];
  return {
    user: question.user,
    device: question.device ?? "",
    site,
    groups: indexOf(register).person(question.user, atMs).groups,
    atMs,
    // It is asked of the person at the launch, whose answer is not known here.
    attested: true,
    ...versionOf(question),
    ...(address !== undefined && { address }),
  };
}

function siteNamed(register: Register, name: string): string {
  const known = [...Object.keys(register.sites), ELSEWHERE];
  const site = known.find((site) => folded(site) === folded(name));
  if (site !== undefined) return site;
  const message = `site: there is no site ${name}; known are ${known.join(", ")}`;
  throw new SeatmeterError("message_invalid", message, { field: "site" });
}

const versionOf = ({ version }: ExplainQuestion) => (version === undefined ? {} : { version });
const denied = (reason: DenialReason, rule: string, checked: readonly string[]): Answer => ({
  decision: "denied",
  reason,
  rule,
  checked: [...checked],
});
