import type { FastifyInstance } from "fastify";
import type { Compliance, ProductCompliance } from "../compliance/compliance.ts";
import { FINDING_KINDS, FINDINGS } from "../compliance/kinds.ts";
import { FOR_READERS, type PageParts, type SendPage } from "./parts.ts";
import { NO_HISTORY } from "./problems.ts";

/** Of each kind, and of what is installed of a product, so much is shown; the download has all of it. */
const MOST_SHOWN = 100;

/** What is installed against what was bought and what is used, and what of it somebody has to look at. */
export function registerCompliance(app: FastifyInstance, { computers }: PageParts, send: SendPage): void {
  app.get("/compliance", FOR_READERS, async (_request, reply) => {
    if (!computers) return send(reply, "problem.njk", { here: "compliance", problem: NO_HISTORY });
    return send(reply, "compliance.njk", { here: "compliance", ...viewOf(await computers.compliance()) });
  });
}

function viewOf({ findings, products, ...told }: Compliance) {
  return {
    ...told,
    kinds: FINDINGS.flatMap((kind) => {
      const all = findings.filter((one) => one.kind === kind);
      // A cell has no full stop; where cells follow each other on a narrow screen, one comes between.
      const shown = all.slice(0, MOST_SHOWN).map(({ says, ...one }) => ({ ...one, says: says.replace(/\.$/, "") }));
      return all.length === 0
        ? []
        : [{ kind, ...FINDING_KINDS[kind], all: all.length, shown, more: all.length - shown.length }];
    }),
    quiet: FINDINGS.filter((kind) => findings.every((one) => one.kind !== kind)).map(
      (kind) => FINDING_KINDS[kind].title,
    ),
    products: products.map(productOf),
  };
}

const productOf = ({ titles, ...product }: ProductCompliance) => ({
  ...product,
  titles: titles.slice(0, MOST_SHOWN),
  more: Math.max(0, titles.length - MOST_SHOWN),
});
