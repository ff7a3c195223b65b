import {
  ANY_IS_BAD,
  ANY_IS_WORTH_A_LOOK,
  ANY_POOL,
  DAY_SECONDS,
  dayPeak,
  daysToNotice,
  deadline,
  ends,
  inUse,
  NOTICE_DAYS,
  notEnded,
  noticeUnknown,
  numberOf,
  ofNotEnded,
  owned,
  POOLS,
} from "../asked.ts";
import { type Board, SEATMETER } from "../board.ts";

const NO_POOLS = "No pools: is Prometheus scraping, with the recording rules?";
const CONTRACT_ENDED = `count by (pool) (${ends}${ANY_POOL} < time()) and on (pool) (${inUse}${ANY_POOL} > ${owned}${ANY_POOL})`;
/**
 * Looked at every ten minutes, and now: all samples of 90 days and 200 pools are more than Prometheus reads for one
 * question.
 */
const PEAK_OF_90_DAYS = `(max_over_time(${dayPeak}${ANY_POOL}[90d:10m]) or ${dayPeak}${ANY_POOL})`;

export const RENEWALS: Board = {
  uid: "seatmeter-renewals",
  title: "seatmeter: renewals and notice dates",
  answers: "Which contracts have to be decided on next, and is as much used as is owned?",
  variables: [POOLS],
  pages: { "Renewal calendar": `${SEATMETER}/renewals` },
  from: "now-24h",
  rows: [
    {
      height: 4,
      panels: [
        {
          id: 1,
          title: "Notice due within 90 days",
          description:
            "Contracts whose last day for notice comes within 90 days. A tender takes that long: open the renewal " +
            "calendar, read the report of each, and write down what is decided.",
          draws: "number",
          unit: "count",
          width: 6,
          queries: [
            {
              expr: numberOf(`${daysToNotice(ANY_POOL)} < 90 and ${deadline}${ANY_POOL} > time()`),
              legend: "Contracts",
            },
          ],
          alarms: ANY_IS_WORTH_A_LOOK,
          whenEmpty: NO_POOLS,
        },
        {
          id: 2,
          title: "Notice date unknown",
          description:
            "Contracts with an end of which the register does not say the notice period. Read it in the contract, and " +
            "write notice into the register: else it may renew itself unasked.",
          draws: "number",
          unit: "count",
          width: 6,
          queries: [{ expr: numberOf(noticeUnknown(ANY_POOL)), legend: "Contracts" }],
          alarms: ANY_IS_WORTH_A_LOOK,
          whenEmpty: NO_POOLS,
        },
        {
          id: 3,
          title: "Ended, and more in use than owned",
          description:
            "Pools of which a contract is over, with more seats in use than the others give. Programs run on; new launches " +
            "are refused. Renew at once, or tell people that it is over.",
          draws: "number",
          unit: "count",
          width: 6,
          queries: [{ expr: numberOf(CONTRACT_ENDED), legend: "Pools" }],
          alarms: ANY_IS_BAD,
          whenEmpty: NO_POOLS,
        },
        {
          id: 4,
          title: "Next end of a contract",
          description:
            "Days until the first contract ends, and its seats with it. Is the one that follows in the register?",
          draws: "number",
          unit: "days",
          width: 6,
          decimals: 0,
          queries: [
            {
              expr: `min(${ends}${ANY_POOL} - time() > 0) / ${DAY_SECONDS}`,
              legend: "Days left",
              mayBeEmpty: true,
            },
          ],
          alarms: NOTICE_DAYS,
          whenEmpty: "No contract has an end",
        },
      ],
    },
    {
      height: 11,
      panels: [
        {
          id: 5,
          title: "Contracts by their last day for notice",
          description:
            "Most urgent first; below 0, notice can no longer be given. Seats are those of the whole pool. Whoever owns " +
            "the contract opens the renewal report, decides, and writes the decision down there.",
          draws: "table",
          unit: "moment",
          width: 24,
          queries: [
            {
              expr: ofNotEnded(daysToNotice(ANY_POOL), ANY_POOL),
              legend: "Days to notice",
              unit: "days",
              alarms: NOTICE_DAYS,
              mayBeEmpty: true,
            },
            {
              expr: ofNotEnded(`(${deadline}${ANY_POOL} - 1) * 1000`, ANY_POOL),
              legend: "Last moment for notice",
              mayBeEmpty: true,
            },
            { expr: `(${notEnded(ANY_POOL)} - 1) * 1000`, legend: "Ends", mayBeEmpty: true },
            {
              expr: `0 * ${notEnded(ANY_POOL)} + on (pool) group_left () ${owned}${ANY_POOL}`,
              legend: "Seats owned",
              unit: "count",
              mayBeEmpty: true,
            },
            {
              expr: `0 * ${notEnded(ANY_POOL)} + on (pool) group_left () ${PEAK_OF_90_DAYS}`,
              legend: "Highest use in 90 days",
              unit: "count",
              mayBeEmpty: true,
            },
          ],
          sortedBy: { column: "Days to notice" },
          decimals: 0,
          whenEmpty: "No contract has an end",
        },
      ],
    },
    {
      height: 10,
      panels: [
        {
          id: 6,
          title: "Highest use in 90 days, of what is owned",
          description:
            "Least used first. Far below all the time: fewer seats would do. It is a pointer only: how many to renew, with a year's " +
            "evidence and the money, is in the renewal report.",
          draws: "ranking",
          unit: "share",
          width: 14,
          min: 0,
          max: 1,
          queries: [
            {
              expr: `sort(${PEAK_OF_90_DAYS} / (${owned}${ANY_POOL} > 0))`,
              legend: "{{pool}}",
            },
          ],
          whenEmpty: NO_POOLS,
        },
        {
          id: 7,
          title: "Contracts without a notice date",
          description: "Write notice into the register for each, or, where there is none to be given, for 0 days.",
          draws: "table",
          unit: "moment",
          width: 10,
          queries: [{ expr: `(${noticeUnknown(ANY_POOL)}) * 1000 - 1000`, legend: "Ends", mayBeEmpty: true }],
          sortedBy: { column: "Ends" },
          whenEmpty: "Every contract with an end has one: good",
        },
      ],
    },
  ],
};
