import { afterAll, beforeAll, expect, test } from "vitest";
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

const programs = { prometheus: program("prometheus") ?? "", promtool: program("promtool") ?? "" };
const arePrometheus = programs.prometheus !== "" && programs.promtool !== "";

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

async function ask(size: number, months: number): Promise<Asked> {
  const year = councilYear({ pools: POOLS, size });
  const { fromMs, untilMs } = year.span;
  const span = { fromMs, untilMs: fromMs + ((untilMs - fromMs) * months) / 12 };
  const one = {
    year: { ...year, span },
    prometheus: await startPastPrometheus(
      programs,
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

let rightSized: Asked;
beforeAll(async () => {
  if (arePrometheus) rightSized = await ask(1, 12);
}, LONG_MS);
afterAll(() => Promise.all(asked.map(({ prometheus }) => prometheus.stop())));

test.skipIf(!arePrometheus)(
  "a year of right-sized pools wakes somebody at most 25 times of forty pools",
  async () => {
    const { rings: woken } = await rings(rightSized, "SeatsExhausted, as it is");
    const refused = rightSized.year.pools.reduce((sum, { refusedMs }) => sum + refusedMs.length, 0);
    expect(refused).toBeGreaterThan(POOLS);
    expect(woken).toBeLessThanOrEqual((MOST_A_YEAR * POOLS) / WHOLE);
  },
  LONG_MS,
);

test.skipIf(!arePrometheus)(
  "with half of these seats, somebody is woken within a month in most pools",
  async () => {
    const tooSmall = await ask(TOO_SMALL, 1);
    const { pools } = await rings(tooSmall, "SeatsExhausted, as it is");
    expect(pools).toBeGreaterThan(POOLS / 2);
  },
  LONG_MS,
);

test.skipIf(!arePrometheus || POOLS !== WHOLE)(
  "the runbooks say how quiet it is, and the alternatives are not",
  async () => {
    const measured: string[] = [];
    for (const name of Object.keys(ALTERNATIVES)) {
      const { rings: count, pools } = await rings(rightSized, name);
      measured.push(`| ${name} | ${count} | ${pools} |`);
    }
    const told = (textOf("docs/runbooks.md").split("## How quiet it is")[1] ?? "").split("\n");
    expect(told.filter((line) => line.startsWith("| ")).slice(2)).toEqual(measured);
  },
  LONG_MS,
);
