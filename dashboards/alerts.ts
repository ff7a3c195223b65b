import type { MetricName } from "../daemon/metrics/table.ts";
import { grown, launches, recorded, type SharedCounter, type SharedGauge } from "./recording.ts";

/**
 * An alert. Critical wakes somebody; warning is for the working day; info is for whoever plans. What concerns renewals
 * goes to procurement, and never wakes anybody.
 */
export type Alert = {
  name: string;
  expr: string;
  /** So long the expression must hold before it is told; absent: at once. */
  for?: string;
  /** So long it goes on ringing when the expression holds no more, so that one shortage rings once. */
  keep?: string;
  /** Further labels, where several alerts have one name. */
  labels?: Readonly<Record<string, string>>;
  /** One line, with Prometheus's templates. */
  summary: string;
  /** What it means for people, and what to do; the same text every time. */
  description: string;
} & ({ to: "ict"; severity: "critical" | "warning" } | { to: "procurement"; severity: "warning" | "info" });

const HOUR = 3600;
const DAY = 24 * HOUR;

/** A metric that is each daemon's own: it may be added up. */
const own = (name: Exclude<MetricName, SharedGauge | SharedCounter>) => name;

const inUse = recorded("seatmeter_seats_in_use");
const entitled = recorded("seatmeter_seats_entitled");
const ends = recorded("seatmeter_entitlement_end_timestamp_seconds");
const deadline = recorded("seatmeter_notice_deadline_timestamp_seconds");
const floor = recorded("seatmeter_refusal_alert_floor");
const memory = recorded("seatmeter_redis_memory_used_bytes");
const memoryMost = recorded("seatmeter_redis_memory_max_bytes");
const daemons = 'up{job="seatmeter"}';

/** Each from the days given to those of the next, so that each is told once. */
const NOTICE_DAYS = [180, 120, 90, 30] as const;

/** THE ALERTS. What each needs is in `docs/runbooks.md`, under its name. */
export const ALERTS: readonly Alert[] = [
  {
    name: "SeatsExhausted",
    // Full in these five minutes rather than at this scrape: exact whatever the interval, and it does not flap.
    expr: `${grown("seatmeter_people_refused_total", "1h")} >= on (pool) ${floor} and on (pool) ${grown("seatmeter_full_seconds_total", "5m")} > 0`,
    keep: "1h",
    to: "ict",
    severity: "critical",
    summary: '{{ $labels.pool }} is full, and {{ $value | printf "%.0f" }} people found no seat within an hour',
    description:
      "People cannot work. Look at the pool's page for seats that nobody needs: ask their holders, or reclaim one. Tell people when a seat may be free.",
  },
  {
    name: "SaturationSustained",
    expr: `${grown("seatmeter_full_seconds_total", "1h")} >= ${0.9 * HOUR} unless on (pool) ${entitled} == 0`,
    for: "1h",
    to: "ict",
    severity: "warning",
    summary: "{{ $labels.pool }} has been full for two hours, but for minutes",
    description:
      "The next launch is refused. See on the pool's page whether people are refused, and who has held a seat since yesterday; a linger that is too long, or a program left open, shows there.",
  },
  {
    name: "UsedAboveEntitlement",
    expr: `${grown("seatmeter_over_entitlement_seconds_total", "1h")} >= ${10 * 60} unless on (pool) ${entitled} == 0`,
    to: "procurement",
    severity: "warning",
    summary: "{{ $labels.pool }} was used above its entitlement for more than ten minutes of this hour",
    description:
      "Nobody is held up. See whether the contract allows it (an overdraft), and whether it happens often: the renewal report says how many hours. Buy, or lower the overdraft.",
  },
  {
    name: "RefusalBudgetMonth",
    // Retries are no launches: those who were granted a seat, and those who were not.
    expr: `${grown("seatmeter_people_refused_total", "30d")} > on (pool) 0.001 * (${launches("30d")} + on (pool) ${grown("seatmeter_people_refused_total", "30d")}) and on (pool) ${grown("seatmeter_people_refused_total", "30d")} >= on (pool) ${floor}`,
    for: "1h",
    to: "procurement",
    severity: "warning",
    summary:
      '{{ $labels.pool }} refused {{ $value | printf "%.0f" }} people in 30 days: more than one launch in a thousand',
    description:
      "The pool is smaller than the rule that sizes it allows. Open its renewal report: it says how many seats would have been enough, and what they cost.",
  },
  ...NOTICE_DAYS.map((days, i): Alert => {
    const next = NOTICE_DAYS[i + 1] ?? 0;
    return {
      name: "NoticeDeadline",
      expr: `${deadline} - time() <= ${days * DAY} > ${next * DAY}`,
      labels: { within: `${days}d` },
      to: "procurement",
      severity: next === 0 ? "warning" : "info",
      summary: `{{ $labels.pool }}: notice for {{ $labels.reference }} can be given for {{ $value | humanizeDuration }} more`,
      description:
        "Open the renewal report of the pool, decide how many seats to renew, and write the decision down there. What is decided is silenced in Alertmanager until the deadline.",
    };
  }),
  {
    name: "NoticeDateUnknown",
    expr: `${ends} - time() <= ${365 * DAY} > 0 unless on (pool, reference) ${deadline}`,
    for: "1h",
    to: "procurement",
    severity: "info",
    summary: "{{ $labels.pool }}: {{ $labels.reference }} ends within a year, and nobody wrote down its notice",
    description:
      "Look the period of notice up in the contract, and write it as `notice` into the register: until then nobody is told of its deadline.",
  },
  {
    name: "EntitlementExpiring",
    expr: `${ends} - time() <= ${30 * DAY} > 0`,
    to: "procurement",
    severity: "warning",
    summary: "{{ $labels.pool }}: {{ $labels.reference }} ends in {{ $value | humanizeDuration }}",
    description:
      "On that day its seats stop counting. If it is renewed, add the new term to the register; if not, tell the people who use it.",
  },
  {
    name: "EntitlementEnded",
    expr: `${entitled} == 0 and on (pool) (${inUse} > 0 or on (pool) sum by (pool) (increase(${own("seatmeter_denials_total")}{reason="entitlement_ended"}[1h])) > 0)`,
    for: "10m",
    to: "procurement",
    severity: "warning",
    summary: "{{ $labels.pool }} has no entitlement in force, and people still use it or try to",
    description:
      "What runs goes on without an entitlement; what is launched is denied. If there is a new term, add it to the register; else have the program taken off the computers.",
  },
  {
    name: "SeatmeterDown",
    expr: `(sum(${daemons}) or vector(0)) == 0`,
    for: "2m",
    to: "ict",
    severity: "critical",
    summary: "No seatmeter daemon answers",
    description:
      "What runs goes on, unmetered; launches do what their product's `whenUnreachable` says. Look at the daemon's service and its log, and start it.",
  },
  {
    name: "DaemonDown",
    expr: `${daemons} == 0 and on () sum(${daemons}) > 0`,
    for: "5m",
    to: "ict",
    severity: "warning",
    summary: "{{ $labels.instance }} does not answer; other daemons do",
    description: "Nobody is held up: shims go to the others. Look at its service and its log, and start it.",
  },
  {
    name: "LedgerDown",
    expr: `${own("seatmeter_ledger_up")} == 0`,
    for: "1m",
    to: "ict",
    severity: "critical",
    summary: "{{ $labels.instance }} cannot reach its Redis",
    description:
      "No seat can be granted there; what runs goes on. `/readyz` says what is wrong. Look at Redis: is it up, full, or failing over?",
  },
  {
    name: "Ungoverned",
    expr: `sum(increase(${own("seatmeter_ungoverned_grants_total")}[1h])) > 0`,
    to: "ict",
    severity: "warning",
    summary: '{{ $value | printf "%.0f" }} programs ran without having been granted a seat',
    description:
      "Shims could not reach a daemon, and told later. If no daemon was down, look at the network between those computers and the daemons.",
  },
  {
    name: "HeartbeatsStale",
    // Of all pools together: one whose ttl is a day is heard of three times in it.
    expr: `sum(increase(${own("seatmeter_heartbeats_total")}[15m])) == 0 and sum(${inUse} - ${recorded("seatmeter_seats_borrowed")}) > 0`,
    for: "5m",
    to: "ict",
    severity: "warning",
    summary: "Seats are in use, and nobody has been heard of for a quarter of an hour",
    description:
      "The seats of living programs will be given away. Look at the network between shims and daemons, a proxy that holds connections, and the daemons' logs.",
  },
  {
    name: "NoLaunchesInWorkingHours",
    // Compared with the same hour a week ago, so that small councils and quiet afternoons ring nobody.
    expr: `sum(${launches("1h")}) == 0 and sum(${launches("1h")} offset 1w) >= 5 and max(${own("seatmeter_working_time")}) == 1`,
    for: "2h",
    to: "ict",
    severity: "warning",
    summary: "Nobody has launched anything for three working hours; a week ago people did",
    description:
      "Launchers may have lost their shim, or their way to the daemon. Try `seatmeter run` on a computer of a user, and look at what was rolled out since.",
  },
  {
    name: "SlowDecisions",
    expr: `histogram_quantile(0.99, sum by (le) (rate(${own("seatmeter_checkout_duration_seconds")}_bucket[5m]))) > 0.25`,
    for: "10m",
    to: "ict",
    severity: "warning",
    summary: "One launch in a hundred waits longer than {{ $value | humanizeDuration }} for its answer",
    description:
      "People notice a launch that waits. Compare with the time of the ledger's calls: if those are slow, look at Redis and its disk; else at the daemon's processor.",
  },
  {
    name: "HistoryBehind",
    expr: `max(${own("seatmeter_history_backlog_events")}) > 10000 or max(${own("seatmeter_history_backlog_events")}) > 0 and time() - max(${own("seatmeter_history_last_write_timestamp_seconds")}) > ${10 * 60}`,
    for: "10m",
    to: "ict",
    severity: "warning",
    summary: '{{ $value | printf "%.0f" }} events wait to be recorded',
    description:
      "Launches go on, and nothing is lost while Redis has room. Look at the database: its disk, its connections, and what `/readyz` says of the history.",
  },
  {
    name: "RollupStale",
    expr: `time() - max(${own("seatmeter_rollup_last_success_timestamp_seconds")}) > ${26 * HOUR} and on () max(${own("seatmeter_history_last_write_timestamp_seconds")}) > 0`,
    for: "1h",
    to: "ict",
    severity: "warning",
    summary: "Days have not been worked out since more than a day",
    description:
      "Reports and the calendar of renewals are old. The daemon's log says why; nothing is lost, and the next time that succeeds works out all that is missing.",
  },
  {
    name: "RedisMemory",
    expr: `${memory} / ${memoryMost} > 0.8 and ${memoryMost} > 0`,
    for: "10m",
    to: "ict",
    severity: "warning",
    summary: "Redis uses {{ $value | humanizePercentage }} of the memory that it may use",
    description:
      "Full, it refuses launches (returns go on). See whether events wait to be recorded, which lie in Redis until then; else give it more memory.",
  },
  {
    name: "RedisEvicting",
    expr: `${grown("seatmeter_redis_evicted_keys_total", "1h")} > 0`,
    to: "ict",
    severity: "critical",
    summary: 'Redis threw away {{ $value | printf "%.0f" }} keys of the ledger',
    description:
      "Seats in use are being forgotten, and would be granted twice. Set `maxmemory-policy noeviction`, and give Redis more memory.",
  },
  {
    name: "RegisterRefused",
    expr: `min by (instance) (${own("seatmeter_config_last_reload_successful")}) == 0`,
    for: "10m",
    to: "ict",
    severity: "warning",
    summary: "{{ $labels.instance }} does not take its register file, which has mistakes",
    description:
      "The register of before is in force. `seatmeter register check` lists the mistakes with their lines; mend them and send SIGHUP.",
  },
];

export const runbookOf = ({ name }: Pick<Alert, "name">) => `docs/runbooks.md#${name.toLowerCase()}`;
