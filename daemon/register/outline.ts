import { z } from "zod";

const text = z.string().catch("");
const texts = z.array(text).catch([]);
const named = <Part extends z.ZodType>(part: Part) => z.record(z.string(), part).catch({});
/** A part that is missing or no mapping counts as one with nothing in it. */
const part = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.preprocess((value) => (typeof value === "object" && value !== null ? value : {}), z.object(shape));

/**
 * What of a register its cross-checks read, however much else is wrong with it: a text that is none is empty, a list
 * that is none has nothing in it. Positions in lists stay what they are in the file.
 */
export const Outline = part({
  sites: named(part({ networks: texts, name: text })),
  groups: named(part({ members: texts, membersFile: text })),
  products: named(part({ pools: texts, aliases: texts, flexnet: texts })),
  pools: named(
    part({
      seatFor: texts,
      sites: named(z.unknown()),
      onlySites: texts,
      allow: texts,
      deny: texts,
      aliases: texts,
      lease: part({ ttl: z.string().catch("60s"), heartbeatEvery: text }),
      entitlements: z.array(part({ starts: text, ends: text })).catch([]),
    }),
  ),
  trustedProxies: texts,
  behindProxy: z.boolean().catch(false),
});
export type Outline = z.infer<typeof Outline>;
