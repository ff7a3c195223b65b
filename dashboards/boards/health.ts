import { ANY_DAEMON, ANY_IS_BAD, ANY_IS_WORTH_A_LOOK, DAEMONS, JOB } from "../asked.ts";
import { type Board, SEATMETER } from "../board.ts";
import { counted, mean, type OwnHistogram, own, perSecond, quantile } from "../own.ts";
import { grown, recorded } from "../recording.ts";

const SILENT = "No daemon answers";
const memoryUsed = recorded("seatmeter_redis_memory_used_bytes");
const memoryMax = recorded("seatmeter_redis_memory_max_bytes");
const rolledUp = own("seatmeter_rollup_last_success_timestamp_seconds", ANY_DAEMON);

export const HEALTH: Board = {
  uid: "seatmeter-health",
  title: "seatmeter: daemons and ledger",
  answers: "Do the daemons, the ledger and the history work, and how fast?",
  variables: [DAEMONS],
  pages: { "Ready?": `${SEATMETER}/readyz` },
  from: "now-6h",
  rows: [
    {
      height: 4,
      panels: [
        {
          id: 1,
          title: "Daemons that do not answer",
          description: "Of those that Prometheus asks. Look at its log, and start it again: it forgets nothing.",
          draws: "number",
          unit: "count",
          width: 4,
          queries: [{ expr: `sum(1 - up{job="${JOB}", instance=~"$daemon"})`, legend: "Silent daemons" }],
          alarms: ANY_IS_BAD,
          whenEmpty: "Prometheus knows of no daemon",
        },
        {
          id: 2,
          title: "Daemons without the ledger",
          description:
            "They grant nothing. Look at Redis first, then at the network to it; /readyz says what is wrong.",
          draws: "number",
          unit: "count",
          width: 4,
          queries: [{ expr: `sum(1 - ${own("seatmeter_ledger_up", ANY_DAEMON)})`, legend: "Without ledger" }],
          alarms: ANY_IS_BAD,
          whenEmpty: SILENT,
        },
        {
          id: 3,
          title: "Registers with mistakes",
          description:
            "Daemons whose register file was wrong when it was last read. They go on with the one before: run seatmeter " +
            "register check, mend it, apply it again.",
          draws: "number",
          unit: "count",
          width: 4,
          queries: [
            {
              expr: `sum(1 - ${own("seatmeter_config_last_reload_successful", ANY_DAEMON)})`,
              legend: "Wrong registers",
            },
          ],
          alarms: ANY_IS_WORTH_A_LOOK,
          whenEmpty: SILENT,
        },
        {
          id: 4,
          title: "Events not recorded yet",
          description:
            "They wait in Redis and are not lost. Growing for minutes: the history's database is away or its disk full; " +
            "launches go on meanwhile.",
          draws: "number",
          unit: "count",
          width: 4,
          queries: [{ expr: `max(${own("seatmeter_history_backlog_events", ANY_DAEMON)})`, legend: "Waiting" }],
          alarms: [
            { from: 0, colour: "green" },
            { from: 10_000, colour: "orange" },
            { from: 100_000, colour: "red" },
          ],
          whenEmpty: SILENT,
        },
        {
          id: 5,
          title: "Days last worked out",
          description:
            "How long ago the days for renewal reports were brought up to date. Over a day: reports are old; look in the " +
            "log for what the history says.",
          draws: "number",
          unit: "seconds",
          width: 4,
          queries: [{ expr: `time() - max(${rolledUp} > 0)`, legend: "Ago", mayBeEmpty: true }],
          alarms: [
            { from: 0, colour: "green" },
            { from: 90_000, colour: "orange" },
            { from: 172_800, colour: "red" },
          ],
          whenEmpty: "Never, or no history is kept",
        },
        {
          id: 6,
          title: "Memory of Redis",
          description:
            "Of what it may use. Full, it refuses to write, and no seat is granted: give it more memory before 90 %, and " +
            "keep maxmemory-policy at noeviction.",
          draws: "number",
          unit: "share",
          width: 4,
          queries: [{ expr: `${memoryUsed} / (${memoryMax} > 0)`, legend: "Used", mayBeEmpty: true }],
          alarms: [
            { from: 0, colour: "green" },
            { from: 0.75, colour: "orange" },
            { from: 0.9, colour: "red" },
          ],
          whenEmpty: "It has no limit",
        },
      ],
    },
    {
      height: 9,
      panels: [
        {
          id: 7,
          title: "How long a launch waits for its answer",
          description:
            "Half of the checkouts were faster than the first line, 99 of 100 than the second. " +
            "Over a tenth of a second people notice: compare with the ledger's calls beside it.",
          draws: "lines",
          unit: "seconds",
          width: 12,
          min: 0,
          queries: bothShares("seatmeter_checkout_duration_seconds"),
          whenEmpty: SILENT,
        },
        {
          id: 8,
          title: "How long a call of the ledger takes",
          description:
            "There and back. Slow here is Redis, its disk (every write is synced) or the network; fast here and slow " +
            "beside it is a daemon that has too much to do.",
          draws: "lines",
          unit: "seconds",
          width: 12,
          min: 0,
          queries: bothShares("seatmeter_ledger_duration_seconds"),
          whenEmpty: SILENT,
        },
      ],
    },
    {
      height: 8,
      panels: [
        {
          id: 9,
          title: "Operations in one call",
          description:
            "On average, calls that only look at the clock among them. It rises with load, which is how a daemon keeps up; at hundreds all the time, start a second one.",
          draws: "lines",
          unit: "count",
          width: 8,
          min: 0,
          decimals: 1,
          queries: [{ expr: mean("seatmeter_ledger_batch_size", ANY_DAEMON), legend: "Operations" }],
          whenEmpty: SILENT,
        },
        {
          id: 10,
          title: "Shims connected",
          description:
            "By daemon. All on one is usual after another was started; none in working hours means that launchers do not " +
            "find their daemons.",
          draws: "lines",
          unit: "count",
          width: 8,
          min: 0,
          stacked: true,
          queries: [{ expr: own("seatmeter_shim_connections", ANY_DAEMON), legend: "{{instance}}" }],
          whenEmpty: SILENT,
        },
        {
          id: 11,
          title: "Leases renewed",
          description:
            "Heartbeats per second, by daemon. A fall while seats are in use: computers lost their network, and their " +
            "seats will expire within a minute.",
          draws: "lines",
          unit: "perSecond",
          width: 8,
          min: 0,
          stacked: true,
          queries: [
            { expr: perSecond("seatmeter_heartbeats_total", ["instance"], ANY_DAEMON), legend: "{{instance}}" },
          ],
          whenEmpty: SILENT,
        },
      ],
    },
    {
      height: 8,
      panels: [
        {
          id: 12,
          title: "How leases ended, in the hour before",
          description:
            "By reason: checked_in and program_exited are usual. Many that expired are computers that crash or lose their network; " +
            "many program_crashed, a program to look at.",
          draws: "lines",
          unit: "count",
          width: 8,
          min: 0,
          stacked: true,
          queries: [
            {
              expr: `${counted("seatmeter_leases_ended_total", "1h", ["why"], ANY_DAEMON)} > 0`,
              legend: "{{why}}",
              mayBeEmpty: true,
            },
          ],
          whenEmpty: "No lease has ended",
        },
        {
          id: 13,
          title: "Launches without anybody's leave, in the hour before",
          description:
            "By daemon that first heard of them. They ran while no daemon could be asked: look at what was down then.",
          draws: "lines",
          unit: "count",
          width: 8,
          min: 0,
          queries: [
            {
              expr: counted("seatmeter_ungoverned_grants_total", "1h", ["instance"], ANY_DAEMON),
              legend: "{{instance}}",
            },
          ],
          whenEmpty: SILENT,
        },
        {
          id: 14,
          title: "Events not recorded yet",
          description:
            "As each daemon sees it, of all daemons. It falls back to 0 when the database is there again; if it does " +
            "not, look at the log of the daemon that records.",
          draws: "lines",
          unit: "count",
          width: 8,
          min: 0,
          queries: [{ expr: own("seatmeter_history_backlog_events", ANY_DAEMON), legend: "{{instance}}" }],
          whenEmpty: SILENT,
        },
      ],
    },
    {
      height: 8,
      panels: [
        {
          id: 15,
          title: "Memory of Redis and its limit",
          description:
            "It grows with live leases and with events that are not recorded. Steady growth with a small backlog: ask us, " +
            "with what is in it.",
          draws: "lines",
          unit: "bytes",
          width: 8,
          min: 0,
          queries: [
            { expr: memoryUsed, legend: "Used" },
            { expr: `${memoryMax} > 0`, legend: "Limit", dashed: true, mayBeEmpty: true },
          ],
          whenEmpty: "No daemon reaches the ledger",
        },
        {
          id: 16,
          title: "Keys that Redis threw away, in the hour before",
          description:
            "Must stay 0: each may have been a lease. Set maxmemory-policy noeviction, give it memory, and recover the " +
            "counts as the log says.",
          draws: "lines",
          unit: "count",
          width: 8,
          min: 0,
          queries: [{ expr: grown("seatmeter_redis_evicted_keys_total", "1h"), legend: "Keys" }],
          alarms: ANY_IS_BAD,
          whenEmpty: "No daemon reaches the ledger",
        },
        {
          id: 17,
          title: "What runs",
          description: "Version and Node of each daemon. Different versions side by side are for an update only.",
          draws: "table",
          unit: "count",
          width: 8,
          queries: [{ expr: own("seatmeter_build_info", ANY_DAEMON), legend: "Running" }],
          whenEmpty: SILENT,
        },
      ],
    },
  ],
};

/** How fast this share of something was, of two. */
function bothShares(name: OwnHistogram) {
  return [0.5, 0.99].map((share) => ({
    expr: quantile(share, name, [], ANY_DAEMON),
    legend: `${share * 100} of 100`,
  }));
}
