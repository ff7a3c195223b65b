import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { METRICS, type Metric } from "../../daemon/metrics/table.ts";
import { ALERTS } from "../../dashboards/alerts.ts";
import { everyExpression, filledIn } from "../../dashboards/boards.ts";
import { grown, RECORDING_RULES } from "../../dashboards/recording.ts";
import type { Group } from "../../dashboards/rules.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";
import { hasPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { program } from "../support/programs.ts";
import { startPrometheus, type TestPrometheus, type Told } from "../support/prometheus.ts";
import { parsed } from "../support/promql.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { textOf } from "../support/source.ts";
import { type Way, wayTo } from "../support/way.ts";
import type { Wire } from "../support/wire.ts";
import { pastLines, peopleComeAndGo, REGISTER, RINGING } from "./busy-council.ts";

/*
 * All that boards and rules ask, asked of a real Prometheus that scrapes two daemons on one ledger, and of one that
 * scrapes only the first of them: what is the ledger's is the same to both.
 */

const DAY_S = 86_400;
const nowS = () => Math.floor(Date.now() / 1000);

/** The rules as they are committed, expressions and all; only what is waited for is shorter. */
function quickRules(text: string): string {
  const { groups } = parse(text) as { groups: Group[] };
  return stringify(
    {
      groups: groups.map(({ name, rules }) => ({
        name,
        rules: rules.map((rule) => ("for" in rule ? { ...rule, for: "1s" } : rule)),
      })),
    },
    { aliasDuplicateObjects: false },
  );
}

/** The metrics that every daemon shows alike, and what is recorded of these alone. */
const shared = new Set<string>(
  Object.entries<Metric>(METRICS)
    .filter(([, metric]) => metric.shared)
    .map(([name]) => name),
);
const namesIn = (expr: string) => parsed(expr).selectors.map(({ name }) => name);
const isShared = (expr: string) => namesIn(expr).length > 0 && namesIn(expr).every((name) => shared.has(name));
for (const { record, expr } of RECORDING_RULES) if (isShared(expr)) shared.add(record);

const asked = everyExpression().map((one) => ({
  ...one,
  where: `${one.board}, ${one.panel}`,
  query: filledIn(one.expr, { $pool: one.board === "seatmeter-pool" ? "cad" : ".*" }),
}));
/** Where something is asked by the day, it is the day before: of this one, no hour may be over yet. */
const momentOf = (one: { query: string; days?: number }) =>
  one.days ? (Math.floor(nowS() / DAY_S) - 1) * DAY_S : nowS();

/** Two that look at different moments see what grows a little differently; what is added up is twice as much. */
const NEAR = 0.25;
const byName = (told: readonly Told[]) =>
  new Map(
    told.map(({ labels: { __name__, ...labels }, value }) => [JSON.stringify(Object.entries(labels).sort()), value]),
  );
function differences(both: readonly Told[], one: readonly Told[]): string[] {
  const [others, values] = [byName(one), byName(both)];
  return [...new Set([...others.keys(), ...values.keys()])]
    .filter((labels) => {
      const [a, b] = [values.get(labels) ?? Number.NaN, others.get(labels) ?? Number.NaN];
      return !(Math.abs(a - b) <= NEAR * Math.max(Math.abs(a), Math.abs(b)));
    })
    .map((labels) => `${labels}: ${values.get(labels)} of both, ${others.get(labels)} of one`);
}

const isThere = program("prometheus") && program("promtool") && hasPostgres();
describe.skipIf(!isThere)(
  "on a real Prometheus, of two daemons (Prometheus, promtool and PostgreSQL are needed)",
  () => {
    let redis: TestRedis;
    let postgres: TestPostgres;
    let way: Way;
    let first: TestDaemon;
    let second: TestDaemon;
    let ofBoth: TestPrometheus;
    let ofOne: TestPrometheus;
    const wires: Wire[] = [];

    beforeAll(async () => {
      redis = await startRedis({ maxmemory: "512mb", "maxmemory-policy": "noeviction" });
      postgres = await startPostgres();
      way = await wayTo(Number(new URL(redis.url).port));
      const env = { DATABASE_URL: await postgres.newDatabase(), SEATMETER_HISTORY: "on" };
      first = await startDaemon({ register: REGISTER, env: { ...env, REDIS_URL: redis.url } });
      const throughWay = { ...env, REDIS_URL: `redis://127.0.0.1:${way.port}` };
      second = await startDaemon({ register: REGISTER, env: throughWay });
      const options = { rules: quickRules(textOf("dashboards/prometheus/rules.yaml")), past: pastLines() };
      ofBoth = await startPrometheus([first.httpUrl, second.httpUrl], options);
      ofOne = await startPrometheus([first.httpUrl], options);
      // What grows is seen only from the first scrape on.
      for (const prometheus of [ofBoth, ofOne]) await prometheus.query("seatmeter:seats_entitled");
      wires.push(...(await peopleComeAndGo(first, second)));
    }, 120_000);
    afterAll(async () => {
      for (const wire of wires) wire.close();
      await ofBoth?.stop();
      await ofOne?.stop();
      way?.cut();
      await second?.stop();
      await first?.stop();
      await postgres?.end();
      await redis?.stop();
    });

    test("no rule has an error", async () => {
      for (const prometheus of [ofBoth, ofOne]) {
        await expect.poll(async () => (await prometheus.rules()).filter(({ health }) => health !== "ok")).toEqual([]);
        expect(await prometheus.rules()).toHaveLength(RECORDING_RULES.length + ALERTS.length);
      }
    });

    test("no panel and no variable is empty, of a council to which all of it happens", async () => {
      const empty = async () => {
        const found = await Promise.all(
          asked.map(async (one) => {
            const told = await ofBoth.ask(one.query, momentOf(one));
            // Divided by nothing it is no number.
            return told.some(({ value }) => !Number.isNaN(value)) ? [] : [one];
          }),
        );
        return found.flat().map(({ where }) => where);
      };
      await expect.poll(empty).toEqual([]);
    });

    test("what is the ledger's is the same of two daemons as of one: nothing is added up", async () => {
      const questions = [
        ...asked,
        ...RECORDING_RULES.map(({ record, expr }) => ({ where: `the rule of ${record}`, query: expr })),
        ...RECORDING_RULES.map(({ record }) => ({ where: "what is recorded", query: record })),
        ...ALERTS.map(({ name, expr }) => ({ where: name, query: expr })),
      ].filter(({ query }) => isShared(query));
      expect(questions.length).toBeGreaterThan(RECORDING_RULES.length);
      const all = async () => {
        const found = await Promise.all(
          questions.map(async (one) => {
            const atS = momentOf(one);
            const [both, single] = await Promise.all([ofBoth.ask(one.query, atS), ofOne.ask(one.query, atS)]);
            return differences(both, single).map((difference) => `${one.where}: ${one.query}: ${difference}`);
          }),
        );
        return found.flat();
      };
      await expect.poll(all, { interval: 500 }).toEqual([]);
    });

    test("the same questions tell a rule that adds up from one that does not", async () => {
      const rules = RECORDING_RULES.filter(({ expr }) => isShared(expr) && expr.startsWith("max"));
      const unseen = async () => {
        const found = await Promise.all(
          rules.map(async ({ record, expr }) => {
            const atS = nowS();
            const addedUp = expr.replace(/^max/, "sum");
            const [both, single] = await Promise.all([ofBoth.ask(addedUp, atS), ofOne.ask(record, atS)]);
            return differences(both, single).length > 0 ? [] : [record];
          }),
        );
        return found.flat();
      };
      await expect
        .poll(unseen)
        .toEqual([...(["5m", "1h"] as const).map((window) => grown("seatmeter_redis_evicted_keys_total", window))]);
    });

    test("each alert that holds rings once, however many daemons there are", async () => {
      const ringing = async () => {
        const alerts = (await ofBoth.rules()).flatMap(({ alerts = [] }) => alerts);
        return (
          alerts
            .filter(({ state }) => state === "firing")
            .map(({ labels: { alertname, pool } }) => (pool ? `${alertname} of ${pool}` : alertname))
            // A busy machine is one thing that this council need not have.
            .filter((name) => name !== "SlowDecisions")
            .sort()
        );
      };
      await expect.poll(ringing).toEqual(RINGING);
    });

    test("a daemon that lost the ledger leaves out what is the ledger's, and the alert of it rings; the other tells on", async () => {
      way.cut();
      const lost = new URL(second.httpUrl).host;
      const page = async () => (await fetch(`${second.httpUrl}/metrics`)).text();
      await expect.poll(page).toMatch(/^seatmeter_ledger_up 0$/m);
      const names = (await page()).split("\n").map((line) => /^\w+/.exec(line)?.[0] ?? "");
      expect(names.filter((name) => shared.has(name))).toEqual([]);
      expect(names).toContain("seatmeter_checkouts_total");

      const ringing = async () => {
        const rule = (await ofBoth.rules()).find(({ name }) => name === "LedgerDown");
        return rule?.alerts?.filter(({ state }) => state === "firing").map(({ labels }) => labels.instance);
      };
      await expect.poll(ringing).toEqual([lost]);
      // Not as it was before: as it is now, of the daemon that still knows.
      const tellers = async () =>
        (await ofBoth.ask('seatmeter_seats_in_use{pool="cad"}', nowS())).map(({ labels }) => labels.instance);
      await expect.poll(tellers).toEqual([new URL(first.httpUrl).host]);
      const recorded = async () =>
        (await ofBoth.ask('seatmeter:seats_in_use{pool="cad"}', nowS())).map(({ value }) => value);
      await expect.poll(recorded).toEqual([4]);
    });
  },
);
