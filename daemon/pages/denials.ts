import formbody from "@fastify/formbody";
import type { FastifyInstance } from "fastify";
import { isIsoDate } from "../domain/calendar.ts";
import { DENIAL_REASONS, DENIALS } from "../domain/denials.ts";
import type { LedgerEvent } from "../domain/events.ts";
import { ELSEWHERE, NO_POOL, UserName } from "../domain/names.ts";
import type { Register } from "../domain/register.ts";
import { type DenialFound, type DenialsWanted, FOR_READERS, type PageParts, READERS, type SendPage } from "./parts.ts";
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

/** How many the page of denials shows, and of the past at a time. */
const MOST = 200;
const MOST_FOUND = 100;

/** The newest denials of every pool, and of products that the register lacks. Errors: ledger_unavailable. */
export async function newestDenials({ ledger, inForce }: PageParts, most: number): Promise<DenialRow[]> {
  const { register } = inForce();
  const events = await ledger.recentDenials([...Object.keys(register.pools), NO_POOL], most);
  return events.map((event) => denialRow(register, event));
}

function denialRow(register: Register, { pool, number, atMs, word, facts }: LedgerEvent): DenialRow {
  return foundRow(register, {
    ...{ id: `${pool}-${number}`, atMs, pool, product: facts.product, site: facts.site, reason: word },
  });
}

function foundRow(register: Register, { id, atMs, pool, product, site, reason }: DenialFound): DenialRow {
  return {
    id: id.replaceAll(":", "-"),
    atMs,
    ...(pool in register.pools && { pool }),
    product: productInWords(register, product),
    site: siteInWords(register, site),
    reason,
  };
}

type Query = Record<string, unknown>;
/** To look at one person is an act. */
const SEARCH = { config: { roles: READERS, act: "search_denials" } } as const;

/**
 * Who was refused and why. Where a history is kept, all of the past by site, reason and day; and of one person, by a name
 * that stands in a form and never in an address.
 */
export function registerDenials(root: FastifyInstance, parts: PageParts, send: SendPage): void {
  const { searchDenials } = parts;
  const choices = () => {
    const { sites } = parts.inForce().register;
    return {
      sites: [
        ...Object.entries(sites).map(([site, { name }]) => ({ site, name })),
        { site: ELSEWHERE, name: "Elsewhere" },
      ],
      reasons: DENIAL_REASONS,
    };
  };

  root.get<{ Querystring: Query }>("/denials", FOR_READERS, async ({ query }, reply) => {
    const asked = askedOf(query);
    const filtered = Object.values(asked).some((value) => value !== undefined);
    const page = { here: "denials" as const, asked, searches: searchDenials !== undefined, ...choices() };
    if (!filtered || !searchDenials) {
      return send(reply, "denials.njk", { ...page, denials: await newestDenials(parts, MOST) });
    }
    const { items, next } = await searchDenials({ ...asked, most: MOST_FOUND });
    const denials = items.map((found) => foundRow(parts.inForce().register, found));
    const older = next && new URLSearchParams({ ...withoutBlanks(asked), cursor: next }).toString();
    return send(reply, "denials.njk", { ...page, filtered, denials, older });
  });

  // On its own, so that forms are read here and nowhere else.
  root.register(async (app) => {
    app.register(formbody);
    app.post<{ Body: Query | undefined }>("/denials/search", SEARCH, async ({ body }, reply) => {
      const user = UserName.safeParse(text(body?.user).trim());
      const page = { here: "denials" as const, asked: {}, searches: searchDenials !== undefined, ...choices() };
      if (!searchDenials || !user.success) {
        const problem = "Enter the name of a user as the operating system has it";
        return send(reply.status(422), "denials.njk", { ...page, denials: [], named: true, problem });
      }
      const { items, next } = await searchDenials({ user: user.data, most: MOST_FOUND });
      const denials = items.map((found) => foundRow(parts.inForce().register, found));
      return send(reply, "denials.njk", { ...page, denials, named: true, name: user.data, more: next !== undefined });
    });
  });
}

/** Of an address that people may have changed by hand: what there cannot be is not asked for. */
function askedOf(query: Query): Omit<DenialsWanted, "most" | "user"> {
  const day = (value: unknown) => (isIsoDate(text(value)) ? text(value) : undefined);
  const reason = text(query.reason);
  return {
    site: text(query.site) || undefined,
    reason: reason in DENIALS ? reason : undefined,
    from: day(query.from),
    to: day(query.to),
    cursor: CURSOR.test(text(query.cursor)) ? text(query.cursor) : undefined,
  };
}

/** Moment, epoch, number and pool of a denial, as a list gave it. */
const CURSOR = /^\d{1,16}_\d{1,20}_\d{1,16}_[\w.-]{1,64}$/;
const text = (value: unknown) => (typeof value === "string" ? value : "");
const withoutBlanks = (asked: Omit<DenialsWanted, "most">): Record<string, string> =>
  Object.fromEntries(Object.entries(asked).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
