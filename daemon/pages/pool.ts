import type { FastifyInstance } from "fastify";
import type { GrantFlag } from "../domain/denials.ts";
import type { Register } from "../domain/register.ts";
import { indexOf, knownPool } from "../domain/register-index.ts";
import type { LiveLease } from "../ledger/answers.ts";
import { entitlementRows } from "./entitlement-rows.ts";
import { FOR_READERS, type PageParts, type SendPage } from "./parts.ts";
import { poolRow } from "./pool-row.ts";
import { rulesInWords } from "./rules-in-words.ts";
import { productInWords, seatForInWords, siteInWords } from "./words.ts";

/** One pool: how full it is, what was bought, and who has what now. */
export function registerPool(app: FastifyInstance, parts: PageParts, send: SendPage): void {
  app.get<{ Params: { pool: string }; Querystring: { from?: string } }>(
    "/pools/:pool",
    FOR_READERS,
    async (request, reply) => {
      const { register } = parts.inForce();
      const name = knownPool(register, request.params.pool);
      const pool = register.pools[name]!;
      const from = /^\d{1,20}$/.test(request.query.from ?? "") ? request.query.from : undefined;
      const [levels, leases] = await Promise.all([parts.ledger.levels([name]), parts.ledger.leases(name, from)]);
      const nowMs = Date.now();
      return send(reply, "pool.njk", {
        nowMs,
        row: poolRow(register, levels[0]!, nowMs),
        seatFor: seatForInWords(pool.seatFor),
        rules: rulesInWords(register, pool),
        onlySites: pool.onlySites?.map((site) => siteInWords(register, site)),
        owners: ownersOf(register, name),
        entitlements: entitlementRows(register, name, nowMs),
        holders: {
          next: leases.next,
          items: leases.items
            .toSorted((one, other) => one.sinceMs - other.sinceMs)
            .map((lease) => holderRow(register, lease, nowMs)),
        },
      });
    },
  );
}

/** What is worth knowing of a grant; empty where the page says it otherwise, or need not. */
const FLAGS: Record<GrantFlag, string> = {
  shared: "",
  resumed: "",
  overdraft: "overdraft",
  observed: "observed: enforcement would have denied it",
  break_glass: "without a free seat, by a duty officer",
  excess: "above what was bought",
  borrowed: "",
  recalled: "",
  ungoverned: "started while the service was away",
  rebuilt: "known from the history, since the ledger was lost",
};

const ownersOf = (register: Register, pool: string) => [
  ...new Set(
    indexOf(register)
      .productsOf(pool)
      .map((product) => register.products[product]!.owner),
  ),
];

const holderRow = (register: Register, lease: LiveLease, nowMs: number) => ({
  user: lease.user,
  device: lease.device,
  product: productInWords(register, lease.product),
  site: siteInWords(register, lease.site),
  seats: lease.seats,
  shared: lease.flags.includes("shared"),
  remarks: lease.flags.map((flag) => FLAGS[flag]).filter((words) => words !== ""),
  borrowedUntilMs: lease.borrowedUntilMs,
  // A ticket cannot be unsaid, so the seat is not there before it is due.
  atRisk: lease.flags.includes("recalled") && (lease.borrowedUntilMs ?? 0) > nowMs,
  sinceMs: lease.sinceMs,
});
