import type { FastifyInstance } from "fastify";
import { hunks, lineDiff, linesOf } from "../domain/line-diff.ts";
import type { Product } from "../domain/register.ts";
import { entitlementRows } from "./entitlement-rows.ts";
import { day } from "./formats.ts";
import { FOR_READERS, type PageParts, type SendPage } from "./parts.ts";
import { rulesInWords } from "./rules-in-words.ts";

/** The register in force: what is metered, who answers for it, what was bought, and what its last revision changed. */
export function registerRegister(app: FastifyInstance, parts: PageParts, send: SendPage): void {
  app.get("/register", FOR_READERS, async (_request, reply) => {
    const publication = await parts.ledger.publication();
    const { register } = parts.inForce();
    const nowMs = Date.now();
    return send(reply, "register.njk", {
      here: "register",
      publication,
      products: Object.values(register.products).map((product) => ({
        ...product,
        versions: versionsInWords(product.versions),
        pools: product.pools.map((pool) => ({ pool, seats: product.weights[pool] ?? 1 })),
      })),
      pools: Object.entries(register.pools)
        .map(([pool, rules]) => ({ pool, rules: rulesInWords(register, rules).flatMap(({ words }) => words) }))
        .filter(({ rules }) => rules.length > 0),
      retired: Object.entries(register.devices)
        .filter(([, { retired }]) => retired !== undefined)
        .map(([device, { name, retired, note }]) => ({ device: name ?? device, from: retired, note })),
      entitlements: Object.keys(register.pools).flatMap((pool) => entitlementRows(register, pool, nowMs)),
      changes: publication ? hunks(lineDiff(publication.previousText, publication.text)) : [],
      lines: linesOf(publication?.text ?? "").length,
      files: Object.entries(publication?.files ?? {}).map(([name, text]) => ({ name, lines: linesOf(text).length })),
    });
  });
}

function versionsInWords(window: Product["versions"]): string[] {
  if (!window) return ["any"];
  const { current, previous, required, exceptions } = window;
  return [
    previous === undefined ? current : `${current} or ${previous}`,
    ...(required ? ["must be said"] : []),
    ...exceptions.map(({ version, until, reason }) => `${version} until ${day(until)}: ${reason}`),
  ];
}
