import { DENIAL_REASONS, END_REASONS } from "../domain/denials.ts";

/** How a checkout was answered. */
export const OUTCOMES = ["granted", "denied", "queued", "observed"] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface Metric {
  type: "gauge" | "counter" | "histogram";
  help: string;
  /** Small closed sets, and names from the register: never a user, a device, a host, a lease. */
  labels: readonly string[];
  /** The ledger's own: every daemon shows the same value, so they are not added up. */
  shared?: true;
  /** Upper bounds of a histogram, in the unit that its name ends with. */
  buckets?: readonly number[];
}

/** The values of labels that are known beforehand, so that a counter is there at 0 before anything has happened. */
export const LABEL_VALUES = { outcome: OUTCOMES, reason: DENIAL_REASONS, why: END_REASONS } as const;

const SECONDS = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** THE METRICS TABLE. Names and labels are promises: dashboards and alerts are written against them. */
export const METRICS = {
  seatmeter_seats_in_use: {
    type: "gauge",
    labels: ["pool"],
    shared: true,
    help: "Seats leased now.",
  },
  seatmeter_seats_entitled: {
    type: "gauge",
    labels: ["pool"],
    shared: true,
    help: "Seats bought and in force now.",
  },
  seatmeter_seats_reserved_idle: {
    type: "gauge",
    labels: ["pool"],
    shared: true,
    help: "Seats that reservations keep and nobody uses.",
  },
  seatmeter_seats_lingering: {
    type: "gauge",
    labels: ["pool"],
    shared: true,
    help: "Seats that were given back and stay their holder's until somebody else needs them; not in use.",
  },
  seatmeter_seats_borrowed: {
    type: "gauge",
    labels: ["pool"],
    shared: true,
    help: "Seats taken along for use without the network, of those in use.",
  },
  seatmeter_queue_waiting: {
    type: "gauge",
    labels: ["pool"],
    shared: true,
    help: "Launches that wait for a seat.",
  },
  seatmeter_site_seats_in_use: {
    type: "gauge",
    labels: ["pool", "site"],
    shared: true,
    help: "Seats leased now, by the site where they were taken.",
  },
  seatmeter_seats_in_use_max_5m: {
    type: "gauge",
    labels: ["pool"],
    shared: true,
    help: "Most seats in use in this minute and the five before, exact whatever the scrape interval.",
  },
  seatmeter_seats_in_use_day_peak: {
    type: "gauge",
    labels: ["pool"],
    shared: true,
    help: "Most seats in use this day, by the register's time zone.",
  },
  seatmeter_seat_seconds_total: {
    type: "counter",
    labels: ["pool"],
    shared: true,
    help: "Seats in use, summed over seconds.",
  },
  seatmeter_full_seconds_total: {
    type: "counter",
    labels: ["pool"],
    shared: true,
    help: "Seconds in which nobody without a reservation could have had a seat.",
  },
  seatmeter_over_entitlement_seconds_total: {
    type: "counter",
    labels: ["pool"],
    shared: true,
    help: "Seconds in which more seats were in use than entitled.",
  },
  seatmeter_entitlement_end_timestamp_seconds: {
    type: "gauge",
    labels: ["pool", "reference"],
    shared: true,
    help: "When an entitlement stops counting: the midnight after its last day. Of several of one reference, the next; none where others begin then that make up for it, unless it renews by itself.",
  },
  seatmeter_notice_deadline_timestamp_seconds: {
    type: "gauge",
    labels: ["pool", "reference"],
    shared: true,
    help: "Until when notice can be given: the midnight after the last working day for it. Of several of one reference, the next; none where there is no end.",
  },
  seatmeter_refusal_alert_floor: {
    type: "gauge",
    labels: ["pool"],
    shared: true,
    help: "So many people refused are worth an alert: 5, or a quarter of those who used the pool in 90 days, if fewer.",
  },
  seatmeter_people_refused_total: {
    type: "counter",
    labels: ["pool"],
    shared: true,
    help: "People who found no seat, counted when it began: tries of one person and product within 15 minutes are one.",
  },
  seatmeter_checkouts_total: {
    type: "counter",
    labels: ["pool", "outcome"],
    help: "Checkouts answered by this daemon; observed: granted, and denied if the pool enforced its rules.",
  },
  seatmeter_denials_total: {
    type: "counter",
    labels: ["pool", "reason"],
    help: "Checkouts denied by this daemon; pool is none where the product is unknown.",
  },
  seatmeter_leases_ended_total: {
    type: "counter",
    labels: ["pool", "why"],
    help: "Leases that ended, as seen by this daemon.",
  },
  seatmeter_heartbeats_total: {
    type: "counter",
    labels: ["pool"],
    help: "Leases renewed through this daemon.",
  },
  seatmeter_working_time: {
    type: "gauge",
    labels: [],
    help: "1 in the working hours of the register, else 0.",
  },
  seatmeter_checkout_duration_seconds: {
    type: "histogram",
    labels: ["outcome"],
    help: "From a checkout's arrival to its answer, all pools asked.",
    buckets: SECONDS,
  },
  seatmeter_ledger_batch_size: {
    type: "histogram",
    labels: [],
    help: "Operations that one call of the ledger's script carried.",
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
  },
  seatmeter_ledger_duration_seconds: {
    type: "histogram",
    labels: [],
    help: "How long one call of the ledger's script took, there and back.",
    buckets: SECONDS,
  },
  seatmeter_shim_connections: {
    type: "gauge",
    labels: [],
    help: "Shims connected to this daemon.",
  },
  seatmeter_ungoverned_grants_total: {
    type: "counter",
    labels: [],
    help: "Programs that ran already, or had ended, when the ledger first heard of them through this daemon.",
  },
  seatmeter_ledger_up: {
    type: "gauge",
    labels: [],
    help: "1 while this daemon reaches the ledger, else 0.",
  },
  seatmeter_history_backlog_events: {
    type: "gauge",
    labels: [],
    help: "Events that wait to be recorded, of all daemons; 0 where no history is kept.",
  },
  seatmeter_history_last_write_timestamp_seconds: {
    type: "gauge",
    labels: [],
    help: "When this daemon last recorded something; 0: not since its start.",
  },
  seatmeter_rollup_last_success_timestamp_seconds: {
    type: "gauge",
    labels: [],
    help: "When the days of all pools were last worked out, by whichever daemon; 0: never, or no history is kept.",
  },
  seatmeter_redis_memory_used_bytes: {
    type: "gauge",
    labels: [],
    shared: true,
    help: "Memory that the ledger's Redis uses.",
  },
  seatmeter_redis_memory_max_bytes: {
    type: "gauge",
    labels: [],
    shared: true,
    help: "Memory that the ledger's Redis may use; 0 where it has no limit.",
  },
  seatmeter_redis_evicted_keys_total: {
    type: "counter",
    labels: [],
    shared: true,
    help: "Keys that the ledger's Redis threw away for want of memory: must stay 0.",
  },
  seatmeter_config_last_reload_successful: {
    type: "gauge",
    labels: [],
    help: "1 if the register file was free of mistakes when it was last read, else 0.",
  },
  seatmeter_build_info: {
    type: "gauge",
    labels: ["version", "node"],
    help: "Always 1; its labels say what runs.",
  },
} as const satisfies Record<`seatmeter_${string}`, Metric>;

export type MetricName = keyof typeof METRICS;

/** What stands at `# HELP`. */
export function helpOf(metric: Metric): string {
  return metric.shared ? `${metric.help} Shared: the same on every daemon, aggregate with max by.` : metric.help;
}
