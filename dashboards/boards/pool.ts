import {
  ANY_IS_WORTH_A_LOOK,
  dayPeak,
  daysToNotice,
  deadline,
  hoursOfDay,
  inUse,
  mostOfDay,
  NOTICE_DAYS,
  notEnded,
  ONE_POOL,
  ofNotEnded,
  owned,
  POOLS,
  refused,
} from "../asked.ts";
import { type Board, type Panel, SEATMETER } from "../board.ts";
import { counted } from "../own.ts";
import { grown, recorded, type SharedGauge } from "../recording.ts";

const NO_SUCH_POOL = "No such pool in the register";

function now(id: number, title: string, metric: SharedGauge, description: string): Panel {
  return {
    id,
    title,
    description,
    draws: "number",
    unit: "count",
    width: 4,
    queries: [{ expr: `${recorded(metric)}${ONE_POOL}`, legend: title }],
    whenEmpty: NO_SUCH_POOL,
  };
}

export const POOL: Board = {
  uid: "seatmeter-pool",
  title: "seatmeter: one pool",
  answers: "How is one pool used: now, by day, against what is owned, and who was refused?",
  variables: [{ ...POOLS, single: true }],
  pages: {
    "Who has seats": `${SEATMETER}/pools/$pool`,
    "Renewal report": `${SEATMETER}/renewals/$pool`,
  },
  from: "now-24h",
  rows: [
    {
      height: 4,
      panels: [
        now(1, "In use", "seatmeter_seats_in_use", "Seats leased now. Who has them stands on the page of the pool."),
        {
          id: 2,
          title: "Free",
          description:
            "Seats that the next person without a reservation may have. At 0 the next is refused, or waits: look on the " +
            "page of the pool for seats that lie idle.",
          draws: "number",
          unit: "count",
          width: 4,
          queries: [
            {
              expr: `clamp_min(${owned}${ONE_POOL} - ${inUse}${ONE_POOL} - ${recorded("seatmeter_seats_reserved_idle")}${ONE_POOL}, 0)`,
              legend: "Free",
            },
          ],
          alarms: [
            { from: 0, colour: "orange" },
            { from: 1, colour: "green" },
          ],
          whenEmpty: NO_SUCH_POOL,
        },
        {
          ...now(
            3,
            "Waiting",
            "seatmeter_queue_waiting",
            "Launches in the queue. Somebody sits in front of each: ask for idle seats back.",
          ),
          alarms: ANY_IS_WORTH_A_LOOK,
        },
        now(
          4,
          "Kept by reservations",
          "seatmeter_seats_reserved_idle",
          "Reserved and used by nobody. Where people are refused meanwhile, ask whether the reservation is still right.",
        ),
        now(
          5,
          "Borrowed",
          "seatmeter_seats_borrowed",
          "Taken along for use without the network, of those in use. They come back on the day agreed; recall asks for one.",
        ),
        now(
          6,
          "Lingering",
          "seatmeter_seats_lingering",
          "Given back, and their holder's until somebody else needs them. They refuse nobody; there is nothing to do.",
        ),
      ],
    },
    {
      height: 10,
      panels: [
        {
          id: 7,
          title: "Seats in use and owned",
          description:
            "The most in five minutes is exact, whatever lies between two scrapes. Where it stays at the line of what is " +
            "owned, people are refused: see below. Above the line is overdraft, or use after a contract's end: tell procurement.",
          draws: "lines",
          unit: "count",
          width: 16,
          min: 0,
          queries: [
            { expr: `${inUse}${ONE_POOL}`, legend: "In use" },
            { expr: `${recorded("seatmeter_seats_in_use_max_5m")}${ONE_POOL}`, legend: "Most in 5 minutes" },
            { expr: `${owned}${ONE_POOL}`, legend: "Owned", dashed: true },
          ],
          whenEmpty: NO_SUCH_POOL,
        },
        {
          id: 8,
          title: "Seats in use by site",
          description:
            "Where the seats are. A site that holds nearly all of them may want a ceiling in the register, or the others one.",
          draws: "lines",
          unit: "count",
          width: 8,
          min: 0,
          stacked: true,
          queries: [
            {
              expr: `${recorded("seatmeter_site_seats_in_use")}${ONE_POOL}`,
              legend: "{{site}}",
              mayBeEmpty: true,
            },
          ],
          whenEmpty: "No seat is in use at a site",
        },
      ],
    },
    {
      height: 8,
      panels: [
        {
          id: 9,
          title: "Utilisation, in the hour before",
          description:
            "Mean seats in use, of those owned: from the ledger's seat-seconds and not from samples. Low is usual: seats " +
            "are bought for the peak, so never renew by this figure, but by the renewal report.",
          draws: "lines",
          unit: "share",
          width: 12,
          min: 0,
          queries: [
            {
              expr: `${grown("seatmeter_seat_seconds_total", "1h")}${ONE_POOL} / 3600 / (${owned}${ONE_POOL} > 0)`,
              legend: "Utilisation",
            },
          ],
          whenEmpty: "No seats owned",
        },
        {
          id: 10,
          title: "Above what is owned, in the hour before",
          description:
            "Seconds with more seats in use than owned. The supplier may ask for them: look whether an overdraft was meant, " +
            "whether a contract has ended, and tell procurement.",
          draws: "lines",
          unit: "seconds",
          width: 12,
          min: 0,
          queries: [{ expr: `${grown("seatmeter_over_entitlement_seconds_total", "1h")}${ONE_POOL}`, legend: "Above" }],
          alarms: ANY_IS_WORTH_A_LOOK,
          whenEmpty: NO_SUCH_POOL,
        },
      ],
    },
    {
      height: 8,
      panels: [
        {
          id: 11,
          title: "Highest use of each day",
          description:
            "Of the last 90 days, beside what is owned. Far below the line all the time: fewer seats would do, see the " +
            "renewal report. At the line on many days: how many would have been used cannot be seen here; the report estimates it.",
          draws: "bars",
          unit: "count",
          width: 12,
          min: 0,
          days: 90,
          queries: [
            { expr: mostOfDay(`${dayPeak}${ONE_POOL}`), legend: "Highest use" },
            { expr: mostOfDay(`${owned}${ONE_POOL}`), legend: "Owned", dashed: true },
          ],
          whenEmpty: NO_SUCH_POOL,
        },
        {
          id: 12,
          title: "Hours full on each day",
          description:
            "In which nobody without a reservation could have had a seat. Some minutes a week are usual; hours on most " +
            "days mean that people are refused or have stopped asking: raise it before the last day for notice.",
          draws: "bars",
          unit: "hours",
          width: 12,
          min: 0,
          days: 90,
          queries: [
            {
              expr: `${hoursOfDay("seatmeter_full_seconds_total", ONE_POOL)} / 3600`,
              legend: "Hours full",
              mayBeEmpty: true,
            },
          ],
          whenEmpty: "No hour was recorded yet",
        },
      ],
    },
    {
      height: 8,
      panels: [
        {
          id: 13,
          title: "People refused, in the hour before",
          description:
            "Each person once, however often they tried. Every morning the same: seats are short at that time; stagger, " +
            "ask for idle ones back, or renew with more.",
          draws: "lines",
          unit: "count",
          width: 8,
          min: 0,
          queries: [{ expr: refused("1h", ONE_POOL), legend: "People" }],
          whenEmpty: NO_SUCH_POOL,
        },
        {
          id: 14,
          title: "Denials by reason, in the hour before",
          description:
            "Tries, not people, of all daemons. no_seats and only_reserved_seats are for want of seats; a limit or a rule " +
            "is the register's doing, and is to be asked about there.",
          draws: "lines",
          unit: "count",
          width: 8,
          min: 0,
          stacked: true,
          queries: [
            {
              expr: `${counted("seatmeter_denials_total", "1h", ["reason"], ONE_POOL)} > 0`,
              legend: "{{reason}}",
              mayBeEmpty: true,
            },
          ],
          whenEmpty: "Nothing was denied: good",
        },
        {
          id: 15,
          title: "Contracts of this pool",
          description:
            "What the seats were bought under. Decide before the last day for notice: the renewal report says how many.",
          draws: "table",
          unit: "moment",
          width: 8,
          queries: [
            {
              expr: ofNotEnded(daysToNotice(ONE_POOL), ONE_POOL),
              legend: "Days to notice",
              unit: "days",
              alarms: NOTICE_DAYS,
              mayBeEmpty: true,
            },
            {
              expr: ofNotEnded(`(${deadline}${ONE_POOL} - 1) * 1000`, ONE_POOL),
              legend: "Last moment for notice",
              mayBeEmpty: true,
            },
            { expr: `(${notEnded(ONE_POOL)} - 1) * 1000`, legend: "Ends", mayBeEmpty: true },
          ],
          sortedBy: { column: "Days to notice" },
          decimals: 0,
          whenEmpty: "No contract of this pool has an end",
        },
      ],
    },
  ],
};
