import {
  ANY_IS_BAD,
  ANY_IS_WORTH_A_LOOK,
  ANY_POOL,
  DAY_SECONDS,
  deadline,
  FULLNESS,
  JOB,
  NOTICE_DAYS,
  owned,
  POOLS,
  refused,
} from "../asked.ts";
import { type Board, SEATMETER } from "../board.ts";
import { counted, own, perSecond } from "../own.ts";
import { grown, recorded } from "../recording.ts";

export const OVERVIEW: Board = {
  uid: "seatmeter-overview",
  title: "seatmeter: overview",
  answers: "Can people work? Which pools are full, who was refused, and do daemons and ledger run?",
  variables: [POOLS],
  pages: { "Seats now": `${SEATMETER}/`, "Last denials": `${SEATMETER}/denials` },
  from: "now-6h",
  rows: [
    {
      height: 4,
      panels: [
        {
          id: 1,
          title: "Pools full in the last 5 minutes",
          description:
            "Pools in which nobody without a reservation could have had a seat, if only for a second: the ledger's own count, exact between two scrapes. " +
            "A full pool alone is no trouble. Look whether people were refused; if so, open the pool.",
          draws: "number",
          unit: "count",
          width: 6,
          queries: [
            {
              expr: `sum(${grown("seatmeter_full_seconds_total", "5m")}${ANY_POOL} > bool 0)`,
              legend: "Pools full",
            },
          ],
          alarms: ANY_IS_WORTH_A_LOOK,
          whenEmpty: "No pools: is Prometheus scraping, with the recording rules?",
        },
        {
          id: 2,
          title: "People refused in the last hour",
          description:
            "People who found no seat, each counted once however often they tried. From five on somebody should look: " +
            "see which pool below, and whether seats are held idle there or were never enough.",
          draws: "number",
          unit: "count",
          width: 6,
          decimals: 0,
          queries: [{ expr: `sum(${refused("1h", ANY_POOL)})`, legend: "People refused" }],
          alarms: [
            { from: 0, colour: "green" },
            { from: 1, colour: "orange" },
            { from: 5, colour: "red" },
          ],
          whenEmpty: "No pools: is Prometheus scraping, with the recording rules?",
        },
        {
          id: 3,
          title: "People refused in 24 hours",
          description:
            "As before, in whole hours. A few a week are usual with as many seats as the renewal report recommends; " +
            "many a day belong into the next renewal: see denials and refusals.",
          draws: "number",
          unit: "count",
          width: 6,
          decimals: 0,
          queries: [{ expr: `sum(${refused("1d", ANY_POOL)})`, legend: "People refused" }],
          whenEmpty: "No hour was recorded yet",
        },
        {
          id: 4,
          title: "Launches that wait for a seat",
          description:
            "In the queues of pools that have one. Somebody sits in front of each. Ask for seats back that are held idle " +
            "(seatmeter reclaim), or wait for the next to be returned.",
          draws: "number",
          unit: "count",
          width: 6,
          queries: [{ expr: `sum(${recorded("seatmeter_queue_waiting")}${ANY_POOL})`, legend: "Waiting" }],
          alarms: ANY_IS_WORTH_A_LOOK,
          whenEmpty: "No pools: is Prometheus scraping, with the recording rules?",
        },
      ],
    },
    {
      height: 4,
      panels: [
        {
          id: 5,
          title: "Daemons that do not answer",
          description:
            "Of those that Prometheus asks. Launches go to another daemon; with none left, the policy of each product " +
            "decides. Look at its log, and start it again: it forgets nothing.",
          draws: "number",
          unit: "count",
          width: 6,
          queries: [{ expr: `sum(1 - up{job="${JOB}"})`, legend: "Silent daemons" }],
          alarms: ANY_IS_BAD,
          whenEmpty: "Prometheus knows of no daemon",
        },
        {
          id: 6,
          title: "Daemons that do not reach the ledger",
          description:
            "They grant nothing, leave the pools out of their metrics, and launches go by their products' policy. " +
            "Look at Redis first, then at the network to it.",
          draws: "number",
          unit: "count",
          width: 6,
          queries: [{ expr: `sum(1 - ${own("seatmeter_ledger_up")})`, legend: "Daemons without ledger" }],
          alarms: ANY_IS_BAD,
          whenEmpty: "No daemon answers",
        },
        {
          id: 7,
          title: "Launches without anybody's leave, last hour",
          description:
            "Programs that ran already when a daemon first heard of them, because none could be asked. They are counted " +
            "now; find out why no daemon was reached: see daemons and ledger.",
          draws: "number",
          unit: "count",
          width: 6,
          decimals: 0,
          queries: [{ expr: counted("seatmeter_ungoverned_grants_total", "1h", []), legend: "Ungoverned" }],
          alarms: ANY_IS_WORTH_A_LOOK,
          whenEmpty: "No daemon answers",
        },
        {
          id: 8,
          title: "Next last day for notice",
          description:
            "Days until the first contract can no longer be given notice of. Open the renewal calendar, and decide before.",
          draws: "number",
          unit: "days",
          width: 6,
          decimals: 0,
          queries: [
            {
              expr: `min(${deadline}${ANY_POOL} - time() > 0) / ${DAY_SECONDS}`,
              legend: "Days left",
              mayBeEmpty: true,
            },
          ],
          alarms: NOTICE_DAYS,
          whenEmpty: "No notice is due: see renewals for what has no date",
        },
      ],
    },
    {
      height: 10,
      panels: [
        {
          id: 9,
          title: "Fullest pools",
          description:
            "Most seats in use in the last five minutes, of those owned; the ten fullest. A pool at the top for hours, " +
            "where people are refused, has too few seats or seats that lie idle: open it.",
          draws: "ranking",
          unit: "share",
          width: 12,
          min: 0,
          max: 1,
          queries: [
            {
              expr: `topk(10, ${recorded("seatmeter_seats_in_use_max_5m")}${ANY_POOL} / (${owned}${ANY_POOL} > 0))`,
              legend: "{{pool}}",
            },
          ],
          alarms: FULLNESS,
          whenEmpty: "No pool has seats: look at the register",
        },
        {
          id: 10,
          title: "People refused, in the hour before",
          description:
            "By pool, where there were any. A short peak is a busy morning; one that comes back every day wants seats or " +
            "a rule: open the pool, and its renewal report.",
          draws: "lines",
          unit: "count",
          width: 12,
          min: 0,
          queries: [{ expr: `${refused("1h", ANY_POOL)} > 0`, legend: "{{pool}}", mayBeEmpty: true }],
          whenEmpty: "Nobody was refused: good",
        },
      ],
    },
    {
      height: 8,
      panels: [
        {
          id: 11,
          title: "Launches by their answer",
          description:
            "Per second, of all daemons. Denials without grants in working hours mean that something is wrong with the " +
            "register or the contract: see denials and refusals. Nothing at all means that launches go past seatmeter.",
          draws: "lines",
          unit: "perSecond",
          width: 12,
          min: 0,
          stacked: true,
          queries: [{ expr: perSecond("seatmeter_checkouts_total", ["outcome"], ANY_POOL), legend: "{{outcome}}" }],
          whenEmpty: "No daemon answers",
        },
        {
          id: 12,
          title: "Daemons and the ledger",
          description:
            "Whether each daemon reached the ledger. A gap: the daemon itself did not answer. Red on all at once is Redis; " +
            "on one, its network.",
          draws: "states",
          unit: "count",
          width: 12,
          queries: [{ expr: own("seatmeter_ledger_up"), legend: "{{instance}}" }],
          words: { 0: { text: "no ledger", colour: "red" }, 1: { text: "works", colour: "green" } },
          whenEmpty: "No daemon answers",
        },
      ],
    },
  ],
};
