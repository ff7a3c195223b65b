import { ANY_POOL, hoursOfDay, POOLS, refused } from "../asked.ts";
import { type Board, SEATMETER } from "../board.ts";
import { counted } from "../own.ts";
import { recorded, type Window } from "../recording.ts";

const NOT_YET = "No hour was recorded yet";
/** Prometheus counts the days of a week from Sunday, we from Monday. */
const WEEK = [
  ["1", "Mon"],
  ["2", "Tue"],
  ["3", "Wed"],
  ["4", "Thu"],
  ["5", "Fri"],
  ["6", "Sat"],
  ["0", "Sun"],
] as const;
/** The hour that has just ended, where a whole one has: what is recorded then is of it. */
const HOUR_BEFORE = "vector(time() - 3600)";
const hourAndDay =
  `label_replace(count_values("hour", hour(${HOUR_BEFORE})), "hour", "0$1", "hour", "(.)")` +
  ` * on () group_left (day) count_values("day", day_of_week(${HOUR_BEFORE}))`;

export const DENIALS_BOARD: Board = {
  uid: "seatmeter-denials",
  title: "seatmeter: denials and refusals",
  answers: "Who could not work, when and why: for want of seats, or by a rule?",
  variables: [POOLS],
  pages: { "Last denials": `${SEATMETER}/denials` },
  from: "now-7d",
  rows: [
    {
      height: 4,
      panels: [
        people(
          1,
          "People refused in the last hour",
          "1h",
          "From five on somebody should look which pool it is, below.",
        ),
        people(2, "People refused in 24 hours", "1d", "Compare with the days below: is today unusual?"),
        people(
          3,
          "People refused in 30 days",
          "30d",
          "By this figure more or fewer seats are argued for; the renewal report has it by pool, and with the money.",
        ),
        {
          id: 4,
          title: "Denials in 24 hours",
          description:
            "Tries, whatever the reason, of all daemons. Far more than people refused are programs that ask again and " +
            "again, or a rule that meets many: see the reasons.",
          draws: "number",
          unit: "count",
          width: 6,
          decimals: 0,
          queries: [{ expr: counted("seatmeter_denials_total", "1d", [], ANY_POOL), legend: "Denials" }],
          whenEmpty: "No daemon answers",
        },
      ],
    },
    {
      height: 9,
      panels: [
        {
          id: 5,
          title: "People refused, in the hour before",
          description:
            "By pool, each person once. Open the pool that stands out: is it full every day at that time, or was it once?",
          draws: "lines",
          unit: "count",
          width: 12,
          min: 0,
          queries: [{ expr: `${refused("1h", ANY_POOL)} > 0`, legend: "{{pool}}", mayBeEmpty: true }],
          whenEmpty: "Nobody was refused: good",
        },
        {
          id: 6,
          title: "Denials by reason, in the hour before",
          description:
            "Tries of all daemons. What each reason means, and what helps, stands in docs/answers.md. Reasons that are " +
            "rules come back until the register or the person's groups change.",
          draws: "lines",
          unit: "count",
          width: 12,
          min: 0,
          stacked: true,
          queries: [
            {
              expr: `${counted("seatmeter_denials_total", "1h", ["reason"], ANY_POOL)} > 0`,
              legend: "{{reason}}",
              mayBeEmpty: true,
            },
          ],
          whenEmpty: "Nothing was denied: good",
        },
      ],
    },
    {
      height: 12,
      panels: [
        {
          id: 7,
          title: "When people were refused, in four weeks",
          description:
            "By the hour in which they were first refused, in UTC (an hour behind the clocks in summer), and the day of " +
            "the week. A dark column or row is a habit that can be spread: move a course, stagger a shift, or lend at night.",
          draws: "table",
          unit: "count",
          width: 12,
          decimals: 0,
          queries: [
            {
              expr:
                `sum by (hour, day) (sum_over_time((sum(${refused("1h", ANY_POOL)})` +
                ` * on () group_right () (${hourAndDay}))[28d:1h]))`,
              legend: "People refused",
              mayBeEmpty: true,
            },
          ],
          matrix: { down: "hour", across: "day", names: WEEK },
          alarms: [
            { from: 0, colour: "green" },
            { from: 1, colour: "yellow" },
            { from: 5, colour: "orange" },
            { from: 20, colour: "red" },
          ],
          whenEmpty: NOT_YET,
        },
        {
          id: 8,
          title: "Denials by pool and reason, last 24 hours",
          description:
            "Tries, most first. Pool none are products that the register does not know: a wrong name in a launcher.",
          draws: "table",
          unit: "count",
          width: 12,
          decimals: 0,
          queries: [
            {
              expr: `${counted("seatmeter_denials_total", "1d", ["pool", "reason"], ANY_POOL)} > 0`,
              legend: "Denials",
              mayBeEmpty: true,
            },
          ],
          sortedBy: { column: "Denials", descending: true },
          whenEmpty: "Nothing was denied: good",
        },
      ],
    },
    {
      height: 8,
      panels: [
        {
          id: 9,
          title: "Hours full on each day",
          description:
            "By pool, of the last 30 days: where nobody without a reservation could have had a seat. Pools that are full " +
            "and refuse nobody are used by the same few people; leave them be.",
          draws: "bars",
          unit: "hours",
          width: 12,
          min: 0,
          days: 30,
          stacked: true,
          queries: [
            {
              expr: `${hoursOfDay("seatmeter_full_seconds_total", ANY_POOL)} / 3600 > 0`,
              legend: "{{pool}}",
              mayBeEmpty: true,
            },
          ],
          whenEmpty: "No pool was full: good",
        },
        {
          id: 10,
          title: "Launches that wait for a seat",
          description:
            "By pool that has a queue. A queue that does not move wants idle seats asked back: see the page of the pool.",
          draws: "lines",
          unit: "count",
          width: 12,
          min: 0,
          queries: [
            {
              expr: `${recorded("seatmeter_queue_waiting")}${ANY_POOL} > 0`,
              legend: "{{pool}}",
              mayBeEmpty: true,
            },
          ],
          whenEmpty: "Nobody waited: good",
        },
      ],
    },
  ],
};

function people(id: number, title: string, window: Window, todo: string) {
  return {
    id,
    title,
    description: `People who found no seat, each once however often they tried. ${todo}`,
    draws: "number",
    unit: "count",
    width: 6,
    decimals: 0,
    queries: [{ expr: `sum(${refused(window, ANY_POOL)})`, legend: "People refused" }],
    whenEmpty: NOT_YET,
  } as const;
}
