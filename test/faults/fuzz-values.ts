import fc from "fast-check";
import { z } from "zod";
import { ROUTES, type Route } from "../../daemon/front/api-routes.ts";
import { DEVICE_HEADER } from "../../daemon/front/inputs.ts";
import { FROM_SHIM } from "../../daemon/protocol/messages.ts";
import { demoRegister } from "../support/daemon.ts";

/*
 * What shims and programs may say, right or nearly right: what is plainly wrong comes no further than the first check. The
 * fields are those of the tables of messages and routes, so that a new one is in it from its first day.
 */

export const REGISTER = demoRegister({ pool: "queue: { maxWait: 30m }" });

const HOUR_MS = 3_600_000;

const id = fc.oneof(
  fc.constantFrom(...Array.from({ length: 6 }, (_, i) => `0000000${i}-0000-4000-8000-000000000000`)),
  fc.uuid(),
);
const name = fc.constantFrom("asmith", "bjones", "PC-1", "Zoë Ö.", "toString");
const moment = fc.integer({ min: -24, max: 24 }).map((hours) => Date.now() + hours * HOUR_MS);
const day = fc
  .integer({ min: -400, max: 400 })
  .map((d) => new Date(Date.now() + d * 24 * HOUR_MS).toISOString().slice(0, 10));
const words = fc.string({ minLength: 1, maxLength: 40, unit: "grapheme-ascii" });
const why = fc.constantFrom("program_exited", "program_crashed");
const number = fc.integer({ min: 0, max: 5 });
const entry = fc.record({
  ...{ id, product: fc.constant("demo"), user: name, why },
  startedAtMs: moment,
  endedAtMs: moment,
  reason: fc.constant("unreachable"),
});

/** By the name of a field, what is right for it; any words for those that are not here. */
const RIGHT: Record<string, fc.Arbitrary<unknown>> = {
  ...{ leaseId: id, attemptId: id, why, user: name, device: name },
  product: fc.constantFrom("demo", "demo", "demo", "none"),
  pool: fc.constantFrom("demo", "demo", "demo", "none"),
  leaseIds: fc.array(id, { minLength: 1, maxLength: 8 }),
  idleMs: fc.dictionary(id, fc.nat(), { maxKeys: 3 }),
  entries: fc.array(entry, { minLength: 1, maxLength: 4 }),
  ...{ seats: number, graceMs: number, waitMs: fc.nat(100_000), most: fc.integer({ min: 1, max: 100 }) },
  program: fc.record({ name: words, pid: fc.nat() }),
  ...{ borrowUntilMs: moment, runningSinceMs: moment, from: day, to: day, date: day },
  ...{ alreadyRunning: fc.boolean(), attested: fc.boolean(), agent: fc.boolean() },
  ...{ part: fc.integer({ min: 1, max: 3 }), of: fc.integer({ min: 1, max: 3 }) },
  software: fc.array(fc.record({ name: words, publisher: words, version: words }), { maxLength: 4 }),
  ...{ cursor: fc.nat().map(String), step: fc.constantFrom("hour", "day", "week", "month") },
  kind: fc.constantFrom("renew", "not_renew", "other"),
  // The one in force stays, or else nothing would be known afterwards.
  ...{ text: fc.constantFrom(REGISTER, "pools: ["), files: fc.constant({}) },
};
const WRONG = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.string({ unit: "binary" }), fc.double(), fc.maxSafeInteger());

interface Fields {
  names: string[];
  required: string[];
}

function fieldsOf(schema: z.ZodType | undefined): Fields {
  if (!schema) return { names: [], required: [] };
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return { names: Object.keys(properties).filter((name) => name !== "type"), required };
}

/** Half of them right, and in the other half each field wrong at times, or missing. */
function objectOf({ names, required }: Fields): fc.Arbitrary<Record<string, unknown>> {
  const dice = fc.integer({ min: 1, max: 12 });
  return fc
    .record({
      allRight: fc.boolean(),
      fields: fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), RIGHT[name] ?? words, WRONG, dice, dice))),
    })
    .map(({ allRight, fields }) =>
      Object.fromEntries(
        fields.flatMap(([name, right, wrong, there, odd]) => {
          if (there > 6 && !required.includes(name)) return [];
          if (there === 12 && !allRight) return [];
          return [[name, odd > 8 && !allRight ? wrong : right]];
        }),
      ),
    );
}

export const ANY_MESSAGE: fc.Arbitrary<unknown> = fc.oneof(
  ...Object.entries(FROM_SHIM).map(([type, schema]) => ({
    weight: type === "checkout" ? 6 : 3,
    arbitrary: objectOf(fieldsOf(schema)).map((rest) => ({ type, ...rest })),
  })),
  WRONG,
);

export interface AnyRequest {
  route: Route;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
}

const inAddress = (value: unknown) => encodeURIComponent(String(value).toWellFormed());

/** The word that stands there, or one that is in the way now and then. */
const mostly = <Word extends string>(word: Word, ...others: string[]) =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(word) }, fc.constantFrom(...others));

export const ANY_REQUEST: fc.Arbitrary<AnyRequest> = fc
  .constantFrom<Route[]>(...Object.values<Route>(ROUTES))
  .chain((route) =>
    fc
      .record({
        params: objectOf(fieldsOf(route.params)),
        query: objectOf(fieldsOf(route.query)),
        body: fc.oneof({ weight: 8, arbitrary: objectOf(fieldsOf(route.body)) }, WRONG),
        type: mostly("application/json", "text/plain", ""),
        device: mostly("PC-1", "asmith", "", "x".repeat(300)),
        method: mostly(route.method, "GET", "PUT", "DELETE"),
        cut: fc.integer({ min: 0, max: 40 }),
      })
      .map(({ params, query, body, type, device, method, cut }): AnyRequest => {
        const path = Object.entries(params).reduce<string>(
          (path, [name, value]) => path.replace(`:${name}`, () => inAddress(value)),
          route.path,
        );
        const search = Object.entries(query).map(([name, value]) => `${name}=${inAddress(value)}`);
        const text = JSON.stringify(body).slice(cut === 0 ? 1 : 0);
        const hasBody = method !== "GET" && (route.body !== undefined || cut === 1);
        return {
          ...{ route, method, body: hasBody ? text : undefined },
          path: search.length > 0 ? `${path}?${search.join("&")}` : path,
          headers: { [DEVICE_HEADER]: device, ...(hasBody && { "content-type": type }) },
        };
      }),
  );
