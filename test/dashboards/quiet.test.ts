import { afterAll, describe, expect, test } from "vitest";
import { type CouncilYear, councilYear } from "../support/council-year.ts";
import { type PastPrometheus, startPastPrometheus } from "../support/past-prometheus.ts";
import { program } from "../support/programs.ts";
import { expressionOf, keptOf, ringsOf } from "../support/rings.ts";
import { textOf } from "../support/source.ts";
import { samplesOf } from "../support/year-samples.ts";

/*
 * Who is woken in a year. One council's pools here; `npm run test:quiet` asks forty, and compares with what the runbooks
 * say of them.
 */
const POOLS = Number(process.env.SEATMETER_QUIET_POOLS ?? 13);
const [WHOLE, MOST_A_YEAR] = [40, 25];
/** Forty pools and three years, on a busy machine. */
const LONG_MS = 1_800_000;
const TOO_SMALL = 0.5;

/** Both, or the test is skipped, saying so. */
const programs = (skip: (reason: string) => never) => ({
  prometheus: program("prometheus") ?? skip("prometheus is not installed"),
  promtool: program("promtool") ?? skip("promtool is not installed"),
});

/** How often each would ring, and in how many pools. */
const ALTERNATIVES: Readonly<Record<string, { expression: string; forMinutes?: number; keepMinutes?: number }>> = {
  "SeatsExhausted, as it is": { expression: expressionOf("SeatsExhausted"), keepMinutes: keptOf("SeatsExhausted") },
  "the same without going on for an hour": { expression: expressionOf("SeatsExhausted") },
  "any refusal": { expression: "max by (pool) (increase(seatmeter_people_refused_total[1h])) > 0" },
  "95 % used for 5 minutes": {
    expression: "max by (pool) (seatmeter_seats_in_use) / max by (pool) (seatmeter_seats_entitled) >= 0.95",
    forMinutes: 5,
  },
};

interface Asked {
  year: CouncilYear;
  prometheus: PastPrometheus;
}
const asked: Asked[] = [];

async function ask(found: ReturnType<typeof programs>, size: number, months: number): Promise<Asked> {
  const year = councilYear({ pools: POOLS, size });
  const { fromMs, untilMs } = year.span;
  const span = { fromMs, untilMs: fromMs + ((untilMs - fromMs) * months) / 12 };
  const one = {
    year: { ...year, span },
    prometheus: await startPastPrometheus(
      found,
      year.pools.flatMap((pool) => samplesOf(pool, span)),
    ),
  };
  asked.push(one);
  return one;
}

async function rings({ year, prometheus }: Asked, name: string): Promise<{ rings: number; pools: number }> {
  const { expression = "", ...times } = ALTERNATIVES[name] ?? {};
  const counts = [...ringsOf(await prometheus.minutes(expression, year.span), times).values()];
  return { rings: counts.reduce((sum, count) => sum + count, 0), pools: counts.filter((count) => count > 0).length };
}

let sized: Promise<Asked> | undefined;
function rightSized(skip: (reason: string) => never): Promise<Asked> {
  sized ??= ask(programs(skip), 1, 12);
  return sized;
}
afterAll(() => Promise.all(asked.map(({ prometheus }) => prometheus.stop())));

describe("who is woken in a year", { timeout: LONG_MS }, () => {
  test("of forty right-sized pools, at most 25 times anybody", async ({ skip }) => {
    const council = await rightSized(skip);
    const { rings: woken } = await rings(council, "SeatsExhausted, as it is");
    const refused = council.year.pools.reduce((sum, { refusedMs }) => sum + refusedMs.length, 0);
    expect(refused).toBeGreaterThan(POOLS);
    expect(woken).toBeLessThanOrEqual((MOST_A_YEAR * POOLS) / WHOLE);
  });

  test("with half of these seats, somebody within a month in most pools", async ({ skip }) => {
    const { pools } = await rings(await ask(programs(skip), TOO_SMALL, 1), "SeatsExhausted, as it is");
    expect(pools).toBeGreaterThan(POOLS / 2);
  });

  // The runbooks tell of forty.
  if (POOLS === WHOLE)
    test("as often as the runbooks say, of this alert and of those that were turned down", async ({ skip }) => {
      const measured: string[] = [];
      for (const name of Object.keys(ALTERNATIVES)) {
        const { rings: count, pools } = await rings(await rightSized(skip), name);
        measured.push(`| ${name} | ${count} | ${pools} |`);
      }
      const told = (textOf("docs/runbooks.md").split("## How quiet it is")[1] ?? "").split("\n");
      expect(told.filter((line) => line.startsWith("| ")).slice(2)).toEqual(measured);
    });
});
