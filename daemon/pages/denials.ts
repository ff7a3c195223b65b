import type { FastifyInstance } from "fastify";
import type { LedgerEvent } from "../domain/events.ts";
import { NO_POOL } from "../domain/names.ts";
import type { Register } from "../domain/register.ts";
import { FOR_READERS, type PageParts, type SendPage } from "./parts.ts";
import { productInWords, siteInWords } from "./words.ts";

/** A refused launch as a table shows it: no names, no pseudonyms. */
export interface DenialRow {
  id: string;
  atMs: number;
  /** Whose page tells more; none where the product is unknown, or its pool has left the register. */
  pool?: string;
  product: string;
  site: string;
  reason: string;
}

/** How many the page of denials shows. */
const MOST = 200;

/** The newest denials of every pool, and of products that the register lacks. Errors: ledger_unavailable. */
export async function newestDenials({ ledger, inForce }: PageParts, most: number): Promise<DenialRow[]> {
  const { register } = inForce();
  const events = await ledger.recentDenials([...Object.keys(register.pools), NO_POOL], most);
  return events.map((event) => denialRow(register, event));
}

function denialRow(register: Register, { pool, number, atMs, word, facts }: LedgerEvent): DenialRow {
  return {
    id: `${pool}-${number}`,
    atMs,
    ...(pool in register.pools && { pool }),
    product: productInWords(register, facts.product),
    site: siteInWords(register, facts.site),
    reason: word,
  };
}

export function registerDenials(app: FastifyInstance, parts: PageParts, send: SendPage): void {
  app.get("/denials", FOR_READERS, async (_request, reply) =>
    send(reply, "denials.njk", {
      ...{ here: "denials", denials: await newestDenials(parts, MOST) },
      keepsHistory: parts.state().history !== undefined,
    }),
  );
}
