import type { RegistryContentType } from "prom-client";
import Counter from "prom-client/lib/counter.js";
import Gauge from "prom-client/lib/gauge.js";
import Histogram from "prom-client/lib/histogram.js";
import Registry from "prom-client/lib/registry.js";
import { DENIAL_REASONS, type DenialReason, END_REASONS, type EndReason } from "../domain/denials.ts";
import type { LedgerHealth, PoolLevel } from "../domain/level.ts";
import { NO_POOL } from "../domain/names.ts";
import type { Register } from "../domain/register.ts";
import { inWorkingHours } from "../domain/working-time.ts";
import { alertFloors, type Sample, sharedSamples } from "./shared.ts";
import { helpOf, METRICS, type Metric, type MetricName, OUTCOMES, type Outcome } from "./table.ts";
import { Tally } from "./tally.ts";

/** What a scrape shows beside the counts that the daemon keeps itself. */
export interface Snapshot {
  atMs: number;
  register: Register;
  /** None while the ledger cannot be reached: what is the ledger's is then left out, rather than shown old. */
  ledger: { levels: readonly PoolLevel[]; health: LedgerHealth } | undefined;
  /** Shims connected to this daemon. */
  connections: number;
  lastReloadSuccessful: boolean;
  /** Events that wait to be recorded, and when some last were; undefined: no history is kept. */
  history?: { backlog: number; lastWriteMs: number } | undefined;
  /** When the days were last worked out, and by pool who used it in 90 days; undefined: no history is kept. */
  rollups?: { lastSuccessMs: number; people: ReadonlyMap<string, number> } | undefined;
}

/** The counts of this daemon, and the page that Prometheus scrapes. One per daemon. */
export class Metrics {
  readonly #version: string;
  readonly #checkouts = new Tally<Outcome>(OUTCOMES);
  readonly #denials = new Tally<DenialReason>(DENIAL_REASONS);
  readonly #ended = new Tally<EndReason>(END_REASONS);
  readonly #heartbeats = new Tally<"all">(["all"]);
  #ungoverned = 0;
  readonly #series = new Map(Object.entries(METRICS).map(([name, metric]) => [name, seriesOf(name, metric)]));
  readonly #checkoutSeconds: Record<Outcome, ReturnType<Histogram["labels"]>>;
  readonly #batchSize = this.#histogram("seatmeter_ledger_batch_size");
  readonly #ledgerSeconds = this.#histogram("seatmeter_ledger_duration_seconds");

  constructor(version: string) {
    this.#version = version;
    const seconds = this.#histogram("seatmeter_checkout_duration_seconds");
    for (const outcome of OUTCOMES) seconds.zero({ outcome });
    const children = OUTCOMES.map((outcome) => [outcome, seconds.labels(outcome)]);
    this.#checkoutSeconds = Object.fromEntries(children) as Record<Outcome, ReturnType<Histogram["labels"]>>;
  }

  /** @param seconds from its arrival to its answer */
  checkout(pool: string, outcome: Outcome, seconds: number): void {
    this.#checkouts.add(pool, outcome);
    this.#checkoutSeconds[outcome].observe(seconds);
  }

  denial(pool: string, reason: DenialReason): void {
    this.#denials.add(pool, reason);
  }

  ended(pool: string, why: EndReason): void {
    this.#ended.add(pool, why);
  }

  heartbeats(pool: string, count: number): void {
    this.#heartbeats.add(pool, "all", count);
  }

  /** A program that the ledger first hears of when it runs already, or has ended. */
  ungoverned(): void {
    this.#ungoverned += 1;
  }

  /** One call of the ledger's script: how many operations it carried, and how long it took. */
  call(operations: number, seconds: number): void {
    this.#batchSize.observe(operations);
    this.#ledgerSeconds.observe(seconds);
  }

  /** Leases that nobody gave back, as this daemon's sweep found them. */
  ranOut(pool: string, why: EndReason, leases: number): void {
    this.#ended.add(pool, why, leases);
  }

  /**
   * The page as of this snapshot. What it shows of one scrape is read in one go, so that scrapes at the same time do
   * not mix.
   *
   * @param accept the request's header: OpenMetrics where it is asked for, else Prometheus's text
   */
  async page(snapshot: Snapshot, accept = ""): Promise<{ contentType: string; text: string }> {
    this.#collect(snapshot);
    const registry = new Registry<RegistryContentType>();
    if (accept.includes("application/openmetrics-text")) registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    for (const [name, series] of this.#series) {
      if (isShared(name) && !snapshot.ledger) continue;
      // A copy, because writing OpenMetrics takes `_total` out of a counter's name for good.
      registry.registerMetric(Object.create(series) as typeof series);
    }
    return { contentType: registry.contentType, text: await registry.metrics() };
  }

  #collect({ atMs, register, ledger, connections, lastReloadSuccessful, history, rollups }: Snapshot): void {
    const pools = Object.keys(register.pools);
    const samples: Sample[] = [
      ...this.#counts(pools),
      { name: "seatmeter_working_time", value: Number(inWorkingHours(register, atMs)) },
      { name: "seatmeter_shim_connections", value: connections },
      { name: "seatmeter_ungoverned_grants_total", value: this.#ungoverned },
      { name: "seatmeter_ledger_up", value: Number(ledger !== undefined) },
      { name: "seatmeter_config_last_reload_successful", value: Number(lastReloadSuccessful) },
      { name: "seatmeter_history_backlog_events", value: history?.backlog ?? 0 },
      { name: "seatmeter_history_last_write_timestamp_seconds", value: (history?.lastWriteMs ?? 0) / 1000 },
      { name: "seatmeter_rollup_last_success_timestamp_seconds", value: (rollups?.lastSuccessMs ?? 0) / 1000 },
      { name: "seatmeter_build_info", labels: { version: this.#version, node: process.versions.node }, value: 1 },
      ...(ledger ? sharedSamples(register, ledger.levels, ledger.health, atMs) : []),
      ...(ledger ? alertFloors(register, rollups?.people) : []),
    ];
    for (const series of this.#series.values()) if (!(series instanceof Histogram)) series.reset();
    for (const { name, labels = {}, value } of samples) {
      const series = this.#series.get(name);
      if (series instanceof Gauge) series.set(labels, value);
      // A counter cannot be set; it is at 0 since the reset above.
      if (series instanceof Counter) series.inc(labels, value);
    }
  }

  *#counts(pools: readonly string[]): Generator<Sample> {
    const withNone = [...pools, NO_POOL];
    for (const { pool, label, count } of this.#checkouts.of(withNone))
      yield { name: "seatmeter_checkouts_total", labels: { pool, outcome: label }, value: count };
    for (const { pool, label, count } of this.#denials.of(withNone))
      yield { name: "seatmeter_denials_total", labels: { pool, reason: label }, value: count };
    for (const { pool, label, count } of this.#ended.of(pools))
      yield { name: "seatmeter_leases_ended_total", labels: { pool, why: label }, value: count };
    for (const { pool, count } of this.#heartbeats.of(pools))
      yield { name: "seatmeter_heartbeats_total", labels: { pool }, value: count };
  }

  #histogram(name: MetricName): Histogram {
    const series = this.#series.get(name);
    if (!(series instanceof Histogram)) throw new Error(`${name} is no histogram`);
    return series;
  }
}

function seriesOf(name: string, metric: Metric): Gauge | Counter | Histogram {
  const options = { name, help: helpOf(metric), labelNames: [...metric.labels], registers: [] };
  if (metric.type === "gauge") return new Gauge(options);
  if (metric.type === "counter") return new Counter(options);
  return new Histogram({ ...options, buckets: [...(metric.buckets ?? [])] });
}

const isShared = (name: string) => (METRICS as Record<string, Metric>)[name]?.shared === true;
