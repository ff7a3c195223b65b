import { expect, test } from "vitest";
import { periodInWords, RETENTION } from "../../daemon/domain/retention.ts";
import { registerJsonSchema } from "../../daemon/register/schema.ts";
import { ORGANISATION, registerOf, told } from "../support/registers.ts";

interface Schema {
  description?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  items?: Schema;
}

test("the JSON Schema is of the file as people write it", () => {
  const schema = registerJsonSchema();

  expect(schema).toMatchObject({
    $schema: expect.stringContaining("json-schema.org"),
    required: ["organisation"],
    additionalProperties: false,
    properties: {
      timezone: { type: "string", default: "Europe/London" },
      pools: {
        propertyNames: { pattern: expect.any(String) },
        additionalProperties: {
          properties: {
            lease: { properties: { ttl: { type: "string", default: "60s" } } },
            metric: { enum: ["concurrent", "named-user", "device", "site"], default: "concurrent" },
            seatFor: { items: { enum: ["user", "device", "session"] }, default: ["user", "device"] },
            linger: { type: "string", default: "0s" },
            limits: { items: { properties: { each: { enum: ["user", "device"] } }, required: ["seats"] } },
            entitlements: { items: { properties: { starts: { type: "string", format: "date" } } } },
          },
        },
      },
    },
  });
});

test("an editor is told for how long what is kept where the register says nothing", () => {
  const { privacy } = (registerJsonSchema() as Schema).properties ?? {};
  const kept = Object.values(RETENTION).flatMap((one) => ("key" in one ? [[one.key, periodInWords(one.period)]] : []));
  expect(kept.length).toBeGreaterThan(2);
  for (const [key = "", period] of kept) {
    expect(privacy?.properties?.[key]).toMatchObject({
      type: "string",
      default: period,
      description: expect.any(String),
    });
  }
});

test("an editor is told what each key of the top and of a pool is for", () => {
  const { properties = {} } = registerJsonSchema() as Schema;
  const pool = properties.pools?.additionalProperties?.properties ?? {};
  const explained = (keys: string[], of: Record<string, Schema>) => keys.every((key) => of[key]?.description);

  expect(
    explained(["timezone", "workingHours", "sites", "groups", "products", "pools", "trustedProxies"], properties),
  ).toBe(true);
  const keys = Object.keys(pool).filter((key) => key !== "lease");
  expect(keys).toContain("reservations");
  expect(explained(keys, pool)).toBe(true);
});

test("an entitlement may say all that a contracts register publishes", () => {
  const text = `${ORGANISATION}pools:
  p:
    entitlements:
      - reference: PO-1
        seats: 5
        starts: 2026-04-01
        ends: 2029-03-31
        notice: 3 months
        supplier: Example Software Ltd
        cost: { amount: 1200.50, currency: GBP, per: term }
        irrecoverableVat: 12.5
        title: Drawing
        description: |
          Drawing software
          for planners
        department: Planning
        officer: A Smith
        review: 2028-10-01
        process: Framework
        smeOrVcse: true
        supplierNumber: "01234567"
        autoRenews: false
        vault: Safe 3
        packSize: 5
`;
  expect(registerOf(text).register.pools.p?.entitlements[0]).toMatchObject({
    notice: { months: 3 },
    description: "Drawing software for planners",
    cost: { amount: 1200.5, currency: "GBP", per: "term" },
    supplierNumber: "01234567",
    smeOrVcse: true,
  });
});

test("working hours and holidays may be one's own", () => {
  const { register } = registerOf(`${ORGANISATION}workingHours: Mon-Wed,Sat 09:30-24:00\nholidays: [2026-12-24]\n`);

  expect(register.workingHours).toEqual({ days: [1, 2, 3, 6], fromMinute: 570, untilMinute: 1440 });
  expect(register.holidays).toEqual(["2026-12-24"]);
  expect(registerOf(`${ORGANISATION}workingHours: Fri-Mon 09:00-17:00`).register.workingHours.days).toEqual([
    0, 1, 5, 6,
  ]);
});

test.each([
  ["workingHours: Mon-Fry 08:00-18:00", /^2:15 are no working hours: they are written Mon-Fri 08:00-18:00/],
  ["workingHours: Mon-Fri 18:00-08:00", /^2:15 must begin before they end, on one day/],
  ["workingHours: Mon-Fri 08:00-24:30", /^2:15 are no working hours: a day ends at 24:00/],
  ["holidays: wales", /^2:11 is written england \(its bank holidays\), or as a list of days/],
  ["holidays: [2026-12-25, 25.12.2027]", /^2:24 is no day: one is written 2026-04-01/],
  ["timezone: +01:00", /^2:11 is no time zone of the IANA list/],
  ["timezone: Mars/Phobos", /^2:11 is no time zone of the IANA list/],
  ["revision: 1.5", /^2:11 must be a whole number/],
  ["limits: { leasesPerDevice: 0 }", /^2:28 must be at least 1/],
])("%s is a mistake", (text, mistake) => {
  expect(told(ORGANISATION + text)).toEqual([expect.stringMatching(mistake)]);
});
