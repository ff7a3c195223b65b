import { z } from "zod";
import { FINDINGS } from "../compliance/kinds.ts";
import { METRICS } from "../domain/register.ts";

/*
 * What is answered about what is installed. Moments are epoch milliseconds, days are the register's. Null: not known, or
 * none.
 */

const Software = { name: z.string(), publisher: z.string(), version: z.string() };

const Product = z.object({
  product: z.string(),
  name: z.string(),
  publisher: z.string().nullable(),
  owner: z.string(),
  pools: z.array(z.string()),
  metric: z.enum(METRICS),
  owned: z.int(),
  /** Computers. */
  computers: z.int(),
  used90Days: z.int(),
  usedYear: z.int(),
  unused: z.int(),
  /** What of it is installed, and the rule of the register by which it is this product. */
  titles: z.array(
    z.object({
      ...Software,
      ...{ computers: z.int(), sinceMs: z.int(), product: z.string(), rule: z.string(), says: z.string() },
    }),
  ),
});

const Finding = z.object({
  kind: z.enum(FINDINGS),
  about: z.string(),
  product: z.string().nullable(),
  says: z.string(),
  count: z.int(),
  owner: z.string(),
  since: z.string().nullable(),
});

export const Compliance = z.object({
  madeAtMs: z.int(),
  today: z.string(),
  computers: z.int(),
  firstTold: z.string().nullable(),
  titles: z.object({ ofProducts: z.int(), free: z.int(), unknown: z.int() }),
  products: z.array(Product),
  findings: z.array(Finding),
});

export const ComputersQuery = z.strictObject({
  cursor: z
    .string()
    .regex(/^\d{1,7}$/, "is no cursor that a list gave")
    .optional(),
});

export const Computer = z.object({
  name: z.string(),
  site: z.string(),
  software: z.int(),
  firstMs: z.int(),
  toldMs: z.int(),
  retired: z.string().nullable(),
});
