import Histogram from "prom-client/lib/histogram.js";
import { DENIAL_REASONS, type DenialReason, END_REASONS, type EndReason } from "../domain/denials.ts";
import type { LedgerHealth, PoolLevel } from "../domain/level.ts";
import { NO_POOL } from "../domain/names.ts";
import type { Register } from "../domain/register.ts";
import { inWorkingHours } from "../domain/working-time.ts";
import { exposition, formatFor, type Sample } from "./exposition.ts";
import { LabelSets } from "./label-sets.ts";
import { alertFloors, sharedSamples } from "./shared.ts";
import { helpOf, METRICS, OUTCOMES, type Outcome } from "./table.ts";
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
  readonly #checkoutSeconds = histogram("seatmeter_checkout_duration_seconds");
  readonly #batchSize = histogram("seatmeter_ledger_batch_size");
  readonly #ledgerSeconds = histogram("seatmeter_ledger_duration_seconds");
  readonly #secondsTo: Record<Outcome, { observe(seconds: number): void }>;
  readonly #labelSets = new WeakMap<Register, LabelSets>();
  #ungoverned = 0;

  constructor(version: string) {
    this.#version = version;
    for (const outcome of OUTCOMES) this.#checkoutSeconds.zero({ outcome });
    const children = OUTCOMES.map((outcome) => [outcome, this.#checkoutSeconds.labels(outcome)]);
    this.#secondsTo = Object.fromEntries(children) as Record<Outcome, { observe(seconds: number): void }>;
  }

  /** @param seconds from its arrival to its answer */
  checkout(pool: string, outcome: Outcome, seconds: number): void {
    this.#checkouts.add(pool, outcome);
    this.#secondsTo[outcome].observe(seconds);
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
   * The page as of this snapshot. Of many pools it is a megabyte, written in pieces, so that no launch waits for all of it.
   *
   * @param accept the request's header: OpenMetrics for whoever likes it, else Prometheus's text
   */
  async page(snapshot: Snapshot, accept = ""): Promise<{ contentType: string; text: string }> {
    const format = formatFor(accept);
    const labelSets = this.#labelSets.get(snapshot.register) ?? new LabelSets();
    this.#labelSets.set(snapshot.register, labelSets);
    const histograms = [this.#checkoutSeconds, this.#batchSize, this.#ledgerSeconds];
    const text = await exposition(this.#samples(snapshot), { histograms, labelSets, format });
    return { contentType: format, text };
  }

  *#samples({
    atMs,
    register,
    ledger,
    connections,
    lastReloadSuccessful,
    history,
    rollups,
  }: Snapshot): Generator<Sample> {
    yield* this.#counts(Object.keys(register.pools));
    yield { name: "seatmeter_working_time", value: Number(inWorkingHours(register, atMs)) };
    yield { name: "seatmeter_shim_connections", value: connections };
    yield { name: "seatmeter_ungoverned_grants_total", value: this.#ungoverned };
    yield { name: "seatmeter_ledger_up", value: Number(ledger !== undefined) };
    yield { name: "seatmeter_config_last_reload_successful", value: Number(lastReloadSuccessful) };
    yield { name: "seatmeter_history_backlog_events", value: history?.backlog ?? 0 };
    yield { name: "seatmeter_history_last_write_timestamp_seconds", value: (history?.lastWriteMs ?? 0) / 1000 };
    yield { name: "seatmeter_rollup_last_success_timestamp_seconds", value: (rollups?.lastSuccessMs ?? 0) / 1000 };
    yield { name: "seatmeter_build_info", labels: { version: this.#version, node: process.versions.node }, value: 1 };
    if (!ledger) return;
    yield* sharedSamples(register, ledger.levels, ledger.health, atMs);
    yield* alertFloors(register, rollups?.people);
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
}

type HistogramName = {
  [Name in keyof typeof METRICS]: (typeof METRICS)[Name] extends { type: "histogram" } ? Name : never;
}[keyof typeof METRICS];

function histogram(name: HistogramName): Histogram {
  const metric = METRICS[name];
  const { labels, buckets } = metric;
  return new Histogram({ name, help: helpOf(metric), labelNames: [...labels], buckets: [...buckets], registers: [] });
}
