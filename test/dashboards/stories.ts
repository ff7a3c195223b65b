/*
 * What each alert is told, minute by minute, and what it must say. Two daemons that tell the same are written once, with
 * `daemons: 2`; where they differ, with one value each.
 */

export interface Story {
  fact: string;
  /** By series, in promtool's notation, one a minute unless `every` says otherwise; two of them: daemon a's and daemon b's. */
  series: Readonly<Record<string, string | readonly [string, string]>>;
  /** When it is looked. */
  at: string;
  daemons?: 2;
  /** Minutes from one value to the next, and from one evaluation; one where absent. */
  every?: number;
  /** The alerts that ring then, with the labels that tell them apart. */
  rings?: readonly { labels?: Record<string, string>; says: string }[];
}

const DAY = 86_400;

/** The same for so many minutes. */
const held = (value: number, minutes = 300) => `${value}+0x${minutes - 1}`;
const growing = (from: number, eachMinute: number, minutes = 300) => `${from}+${eachMinute}x${minutes - 1}`;
const GONE = "_x300";

const cad = (name: string) => `seatmeter_${name}{pool="cad"}`;
const contract = (name: string) => `seatmeter_${name}_timestamp_seconds{pool="cad",reference="C-1"}`;
const CAD = { pool: "cad" };
const C1 = { pool: "cad", reference: "C-1" };

const full = { [cad("full_seconds_total")]: growing(0, 60) };
const floor = (people: number) => ({ [cad("refusal_alert_floor")]: held(people) });
const refused = (people: number, minutes = 300) => ({
  [cad("people_refused_total")]: `${held(0, 10)} ${held(people, minutes)}`,
});
const exhausted = (people: number) => ({ ...floor(5), ...full, ...refused(people) });

/** Seconds of each minute that are counted, as a share of an hour at a time. */
const fullFor = (secondsEachMinute: number) => ({
  [cad("full_seconds_total")]: growing(0, secondsEachMinute),
  [cad("seats_entitled")]: held(5),
});
const over = (seconds: number) => ({
  [cad("over_entitlement_seconds_total")]: `${held(0, 10)} ${held(seconds)}`,
  [cad("seats_entitled")]: held(5),
});
/** In steps of five minutes. */
const budget = (people: number, launchesEachMinute: number, from = 5) => ({
  ...floor(from),
  [cad("people_refused_total")]: `${held(0, 2)} ${held(people)}`,
  'seatmeter_checkouts_total{pool="cad",outcome="granted"}': growing(0, 5 * launchesEachMinute),
});
/** Of the time that is left a minute later, when it is looked. */
const left = (name: string, days: number) => ({ [contract(name)]: held(days * DAY + 60) });
const notice = (days: number, within?: number): Story => ({
  fact: `with ${days} days left${within ? `, those within ${within}` : ""}`,
  series: left("notice_deadline", days),
  at: "1m",
  ...(within && {
    rings: [
      { labels: { ...C1, within: `${within}d` }, says: `cad: notice for C-1 can be given for ${days}d 0h 0m 0s more` },
    ],
  }),
});
const heard = (eachMinute: number, inUse: number, borrowed: number) => ({
  [cad("heartbeats_total")]: growing(7, eachMinute),
  [cad("seats_in_use")]: held(inUse),
  [cad("seats_borrowed")]: held(borrowed),
});
/** In steps of half an hour. */
const WEEK = 7 * 24 * 2;
/** A week of launches, after which nobody launches anything; in steps of half an hour. */
const launchedFor = (anHour: number, workingTime = 1) => ({
  'seatmeter_checkouts_total{pool="cad",outcome="granted"}': `${growing(0, anHour / 2, WEEK)} ${held((anHour / 2) * WEEK)}`,
  seatmeter_working_time: held(workingTime, WEEK + 300),
});
/** Answers a minute: within 0.1 s, within 0.25 s, within 0.5 s. */
const answered = (fast: number, usual: number, slow: number) =>
  Object.fromEntries(
    Object.entries({ "0.1": fast, "0.25": usual, "0.5": slow, "+Inf": slow }).map(([le, count]) => [
      `seatmeter_checkout_duration_seconds_bucket{outcome="granted",le="${le}"}`,
      growing(0, count),
    ]),
  );
const written = (backlog: number, agoSeconds: number) => ({
  seatmeter_history_backlog_events: held(backlog),
  seatmeter_history_last_write_timestamp_seconds: growing(-agoSeconds, 60),
});
const rolled = (agoSeconds: number, lastWrite = 1) => ({
  seatmeter_rollup_last_success_timestamp_seconds: growing(-agoSeconds, 60),
  seatmeter_history_last_write_timestamp_seconds: held(lastWrite),
});
const memory = (used: number, most: number) => ({
  seatmeter_redis_memory_used_bytes: held(used),
  seatmeter_redis_memory_max_bytes: held(most),
});
const evicted = (keys: number) => ({ seatmeter_redis_evicted_keys_total: `${held(0, 10)} ${held(keys)}` });

const up = (a: number, b: number) => ({ up: [held(a), held(b)] as const });
const refusedCad = (people: number) => [
  { labels: CAD, says: `cad is full, and ${people} people found no seat within an hour` },
];
const saturated = [{ labels: CAD, says: "cad has been full for two hours, but for minutes" }];
const above = [{ labels: CAD, says: "cad was used above its entitlement for more than ten minutes of this hour" }];
const overspent = (people: number) => [
  { labels: CAD, says: `cad refused ${people} people in 30 days: more than one launch in a thousand` },
];
const unknown = [{ labels: C1, says: "cad: C-1 ends within a year, and nobody wrote down its notice" }];
const expiring = (days: number) => [{ labels: C1, says: `cad: C-1 ends in ${days}d 0h 0m 0s` }];
const ended = [{ labels: CAD, says: "cad has no entitlement in force, and people still use it or try to" }];
const silent = [{ says: "Seats are in use, and nobody has been heard of for a quarter of an hour" }];
const idle = [{ says: "Nobody has launched anything for three working hours; a week ago people did" }];
const slow = [{ says: "One launch in a hundred waits longer than 270.8ms for its answer" }];
const old = [{ says: "Days have not been worked out since more than a day" }];
const away = [{ says: "No seatmeter daemon answers" }];
const waiting = (events: number) => [{ says: `${events} events wait to be recorded` }];
const filling = [{ says: "Redis uses 85% of the memory that it may use" }];
const of = (instance: string) => ({ job: "seatmeter", instance });

export const STORIES: Readonly<Record<string, readonly Story[]>> = {
  SeatsExhausted: [
    { fact: "five people refused, and full", series: exhausted(5), at: "12m", rings: refusedCad(5) },
    { fact: "four people refused", series: exhausted(4), at: "12m" },
    {
      fact: "two people, where few use the pool",
      series: { ...exhausted(2), ...floor(2) },
      at: "12m",
      rings: refusedCad(2),
    },
    {
      fact: "refused for another reason than that all are taken",
      series: { ...exhausted(9), [cad("full_seconds_total")]: held(660) },
      at: "20m",
    },
    { fact: "for an hour more, that it rings once", series: exhausted(9), at: "2h", rings: refusedCad(9) },
    { fact: "more than two hours ago", series: exhausted(9), at: "2h15m" },
    { fact: "three refused, which two daemons tell", series: exhausted(3), at: "12m", daemons: 2 },
    { fact: "five refused, which two daemons tell", series: exhausted(5), at: "12m", daemons: 2, rings: refusedCad(5) },
    {
      fact: "the daemon that was scraped last is gone, and the other is behind",
      series: { ...exhausted(0), [cad("people_refused_total")]: [`${held(9, 20)} ${GONE}`, held(8)] },
      at: "25m",
      daemons: 2,
    },
    {
      fact: "the daemon that saw it all was replaced",
      series: {
        ...exhausted(0),
        [cad("people_refused_total")]: [`${held(0, 10)} ${held(6, 10)} ${GONE}`, `_x20 ${held(6)}`],
      },
      at: "25m",
      daemons: 2,
      rings: refusedCad(6),
    },
  ],
  SaturationSustained: [
    { fact: "full for 57 minutes of each hour", series: fullFor(57), at: "2h", rings: saturated },
    { fact: "full for 50 minutes of each hour", series: fullFor(50), at: "2h30m" },
    { fact: "not for that long yet", series: fullFor(57), at: "1h30m" },
    {
      fact: "nothing in force, which is told elsewhere",
      series: { ...fullFor(57), [cad("seats_entitled")]: held(0) },
      at: "2h",
    },
    { fact: "half of each hour, which two daemons tell", series: fullFor(30), at: "2h30m", daemons: 2 },
    { fact: "57 minutes, which two daemons tell", series: fullFor(57), at: "2h", daemons: 2, rings: saturated },
  ],
  UsedAboveEntitlement: [
    { fact: "eleven minutes above", series: over(660), at: "12m", rings: above },
    { fact: "nine minutes above", series: over(540), at: "12m" },
    {
      fact: "nothing in force, which is told elsewhere",
      series: { ...over(660), [cad("seats_entitled")]: held(0) },
      at: "12m",
    },
    { fact: "six minutes, which two daemons tell", series: over(360), at: "12m", daemons: 2 },
    { fact: "eleven minutes, which two daemons tell", series: over(660), at: "12m", daemons: 2, rings: above },
  ],
  RefusalBudgetMonth: [
    { fact: "20 of 18,000 launches", series: budget(20, 100), at: "3h30m", every: 5, rings: overspent(20) },
    { fact: "16 of 18,000 launches", series: budget(16, 100), at: "3h30m", every: 5 },
    { fact: "not for an hour yet", series: budget(20, 100), at: "1h30m", every: 5 },
    { fact: "as many as are worth it, of few", series: budget(5, 1), at: "2h30m", every: 5, rings: overspent(5) },
    { fact: "one of few, which is nothing to mind", series: budget(1, 1, 2), at: "2h30m", every: 5 },
    { fact: "three of few, which two daemons tell", series: budget(3, 1), at: "2h30m", every: 5, daemons: 2 },
    {
      fact: "five of few, which two daemons tell",
      series: budget(5, 1),
      at: "2h30m",
      every: 5,
      daemons: 2,
      rings: overspent(5),
    },
    {
      fact: "20 of 36,000 that went through two daemons",
      series: budget(20, 100),
      at: "3h30m",
      every: 5,
      daemons: 2,
    },
    {
      fact: "40 of 36,000 that went through two daemons",
      series: budget(40, 100),
      at: "3h30m",
      every: 5,
      daemons: 2,
      rings: overspent(40),
    },
  ],
  NoticeDeadline: [
    notice(190),
    ...([170, 130] as const).map((days) => notice(days, 180)),
    ...([110, 95] as const).map((days) => notice(days, 120)),
    ...([85, 35] as const).map((days) => notice(days, 90)),
    notice(28, 30),
    { fact: "the deadline is over", series: left("notice_deadline", -1), at: "1m" },
    { ...notice(28, 30), fact: "28 days, which two daemons tell", daemons: 2 },
    { ...notice(95, 120), fact: "95 days, which two daemons tell", daemons: 2 },
    { ...notice(85, 90), fact: "85 days, which two daemons tell", daemons: 2 },
    { ...notice(170, 180), fact: "170 days, which two daemons tell", daemons: 2 },
  ],
  NoticeDateUnknown: [
    { fact: "ends in 300 days", series: left("entitlement_end", 300), at: "70m", rings: unknown },
    { fact: "not for an hour yet", series: left("entitlement_end", 300), at: "30m" },
    { fact: "ends in 400 days", series: left("entitlement_end", 400), at: "70m" },
    { fact: "has ended", series: left("entitlement_end", -2), at: "70m" },
    {
      fact: "its notice is known",
      series: { ...left("entitlement_end", 300), ...left("notice_deadline", 200) },
      at: "70m",
    },
    {
      fact: "another one's notice is known",
      series: {
        ...left("entitlement_end", 300),
        'seatmeter_notice_deadline_timestamp_seconds{pool="cad",reference="C-2"}': held(200 * DAY),
      },
      at: "70m",
      rings: unknown,
    },
    {
      fact: "ends in 200 days, which two daemons tell",
      series: left("entitlement_end", 200),
      at: "70m",
      daemons: 2,
      rings: unknown,
    },
  ],
  EntitlementExpiring: [
    { fact: "in 28 days", series: left("entitlement_end", 28), at: "1m", rings: expiring(28) },
    { fact: "in 35 days", series: left("entitlement_end", 35), at: "1m" },
    { fact: "yesterday", series: left("entitlement_end", -1), at: "1m" },
    {
      fact: "in 28 days, which two daemons tell",
      series: left("entitlement_end", 28),
      at: "1m",
      daemons: 2,
      rings: expiring(28),
    },
  ],
  EntitlementEnded: [
    {
      fact: "two go on using it",
      series: { [cad("seats_entitled")]: held(0), [cad("seats_in_use")]: held(2) },
      at: "12m",
      rings: ended,
    },
    {
      fact: "somebody tries to",
      series: {
        [cad("seats_entitled")]: held(0),
        [cad("seats_in_use")]: held(0),
        'seatmeter_denials_total{pool="cad",reason="entitlement_ended"}': `${held(0, 3)} ${held(1)}`,
      },
      at: "15m",
      rings: ended,
    },
    {
      fact: "not for ten minutes yet",
      series: { [cad("seats_entitled")]: held(0), [cad("seats_in_use")]: held(2) },
      at: "8m",
    },
    {
      fact: "an entitlement is in force",
      series: { [cad("seats_entitled")]: held(1), [cad("seats_in_use")]: held(2) },
      at: "12m",
    },
    {
      fact: "nobody wants it",
      series: {
        [cad("seats_entitled")]: held(0),
        [cad("seats_in_use")]: held(0),
        'seatmeter_denials_total{pool="cad",reason="entitlement_ended"}': held(1),
      },
      at: "12m",
    },
    {
      fact: "two go on using it, which two daemons tell",
      series: { [cad("seats_entitled")]: held(0), [cad("seats_in_use")]: held(2) },
      at: "12m",
      daemons: 2,
      rings: ended,
    },
  ],
  SeatmeterDown: [
    { fact: "the only daemon is away", series: { up: held(0) }, at: "3m", rings: away },
    { fact: "not for two minutes yet", series: { up: held(0) }, at: "1m" },
    { fact: "Prometheus knows of none", series: { seatmeter_ledger_up: held(1) }, at: "3m", rings: away },
    { fact: "the only daemon answers", series: { up: held(1) }, at: "3m" },
    { fact: "one of two answers", series: up(0, 1), at: "3m", daemons: 2 },
    { fact: "neither of two answers", series: up(0, 0), at: "3m", daemons: 2, rings: away },
  ],
  DaemonDown: [
    {
      fact: "one of two is away",
      series: up(0, 1),
      at: "6m",
      daemons: 2,
      rings: [{ labels: of("a"), says: "a does not answer; other daemons do" }],
    },
    { fact: "not for five minutes yet", series: up(0, 1), at: "4m", daemons: 2 },
    { fact: "both answer", series: up(1, 1), at: "6m", daemons: 2 },
    { fact: "neither answers, which is told elsewhere", series: up(0, 0), at: "6m", daemons: 2 },
  ],
  LedgerDown: [
    {
      fact: "Redis is away",
      series: { seatmeter_ledger_up: held(0) },
      at: "1m",
      rings: [{ labels: of("a"), says: "a cannot reach its Redis" }],
    },
    { fact: "not for a minute yet", series: { seatmeter_ledger_up: held(0) }, at: "0m" },
    { fact: "Redis is there", series: { seatmeter_ledger_up: held(1) }, at: "1m" },
    {
      fact: "one of two cannot reach it",
      series: { seatmeter_ledger_up: [held(1), held(0)] },
      at: "1m",
      daemons: 2,
      rings: [{ labels: of("b"), says: "b cannot reach its Redis" }],
    },
  ],
  Ungoverned: [
    {
      fact: "one program ran",
      series: { seatmeter_ungoverned_grants_total: `${held(0, 10)} ${held(1)}` },
      at: "12m",
      rings: [{ labels: {}, says: "1 programs ran without having been granted a seat" }],
    },
    { fact: "none today", series: { seatmeter_ungoverned_grants_total: held(4) }, at: "12m" },
    {
      fact: "each of two daemons was told of some",
      series: { seatmeter_ungoverned_grants_total: [`${held(0, 10)} ${held(1)}`, `${held(0, 10)} ${held(2)}`] },
      at: "12m",
      daemons: 2,
      rings: [{ labels: {}, says: "3 programs ran without having been granted a seat" }],
    },
  ],
  HeartbeatsStale: [
    { fact: "three in use, none heard of", series: heard(0, 3, 0), at: "7m", rings: silent },
    { fact: "not for that long yet", series: heard(0, 3, 0), at: "4m" },
    { fact: "three in use, heard of", series: heard(9, 3, 0), at: "7m" },
    { fact: "nothing in use", series: heard(0, 0, 0), at: "7m" },
    { fact: "all three are borrowed, which two daemons tell", series: heard(0, 3, 3), at: "7m", daemons: 2 },
    {
      fact: "two of three are borrowed, which two daemons tell",
      series: heard(0, 3, 2),
      at: "7m",
      daemons: 2,
      rings: silent,
    },
    {
      fact: "one of two daemons hears of them",
      series: { ...heard(0, 3, 0), [cad("heartbeats_total")]: [held(7), growing(7, 9)] },
      at: "7m",
      daemons: 2,
    },
  ],
  NoLaunchesInWorkingHours: [
    { fact: "six an hour a week ago", series: launchedFor(6), at: "7d3h30m", every: 30, rings: idle },
    { fact: "not for that long yet", series: launchedFor(6), at: "7d2h", every: 30 },
    { fact: "four and a half an hour a week ago", series: launchedFor(4.5), at: "7d3h30m", every: 30 },
    { fact: "a bank holiday", series: launchedFor(6, 0), at: "7d3h30m", every: 30 },
    {
      fact: "people launch",
      series: {
        ...launchedFor(6),
        'seatmeter_checkouts_total{pool="cad",outcome="granted"}': growing(0, 3, WEEK + 300),
      },
      at: "7d3h30m",
      every: 30,
    },
    {
      fact: "people launch at one of two daemons",
      series: {
        ...launchedFor(6),
        'seatmeter_checkouts_total{pool="cad",outcome="granted"}': [
          growing(0, 3, WEEK + 300),
          `${growing(0, 3, WEEK)} ${held(3 * WEEK)}`,
        ],
      },
      at: "7d3h30m",
      daemons: 2,
      every: 30,
    },
  ],
  SlowDecisions: [
    {
      fact: "of 110, one and a bit later than a quarter of a second",
      series: answered(0, 108.8, 110),
      at: "12m",
      rings: slow,
    },
    { fact: "not for ten minutes yet", series: answered(0, 108.8, 110), at: "8m" },
    { fact: "of 110 none later", series: answered(0, 110, 110), at: "12m" },
    { fact: "two daemons are as slow as one", series: answered(0, 108.8, 110), at: "12m", daemons: 2, rings: slow },
  ],
  HistoryBehind: [
    { fact: "11,000 events wait", series: written(11_000, 0), at: "12m", rings: waiting(11_000) },
    { fact: "not for ten minutes yet", series: written(11_000, 0), at: "8m" },
    { fact: "9,000 events wait and are being written", series: written(9000, 540), at: "22m" },
    {
      fact: "three wait, and nothing was written for eleven minutes and on",
      series: { ...written(3, 0), seatmeter_history_last_write_timestamp_seconds: held(-660) },
      at: "10m",
      rings: waiting(3),
    },
    { fact: "nothing waits, and nothing was written", series: written(0, 9000), at: "22m" },
    { fact: "9,000 events, which two daemons tell", series: written(9000, 540), at: "22m", daemons: 2 },
  ],
  RollupStale: [
    { fact: "27 and a half hours ago", series: rolled(99_000), at: "70m", rings: old },
    { fact: "not for an hour yet", series: rolled(99_000), at: "50m" },
    { fact: "25 hours ago", series: rolled(90_000), at: "70m" },
    { fact: "no history is kept", series: rolled(99_000, 0), at: "70m" },
    {
      fact: "one of two daemons worked them out",
      series: {
        ...rolled(0),
        seatmeter_rollup_last_success_timestamp_seconds: [growing(-99_000, 60), growing(-60, 60)],
      },
      at: "70m",
      daemons: 2,
    },
  ],
  RedisMemory: [
    { fact: "85 of 100", series: memory(85, 100), at: "12m", rings: filling },
    { fact: "not for ten minutes yet", series: memory(85, 100), at: "8m" },
    { fact: "75 of 100", series: memory(75, 100), at: "12m" },
    { fact: "without a limit", series: memory(85, 0), at: "12m" },
    { fact: "75 of 100, which two daemons tell", series: memory(75, 100), at: "12m", daemons: 2 },
    { fact: "85 of 100, which two daemons tell", series: memory(85, 100), at: "12m", daemons: 2, rings: filling },
  ],
  RedisEvicting: [
    { fact: "two keys", series: evicted(2), at: "12m", rings: [{ says: "Redis threw away 2 keys of the ledger" }] },
    { fact: "none", series: evicted(0), at: "12m" },
    {
      fact: "two keys, which two daemons tell",
      series: evicted(2),
      at: "12m",
      daemons: 2,
      rings: [{ says: "Redis threw away 2 keys of the ledger" }],
    },
  ],
  RegisterRefused: [
    {
      fact: "a file with mistakes",
      series: { seatmeter_config_last_reload_successful: held(0) },
      at: "12m",
      rings: [{ labels: { instance: "a" }, says: "a does not take its register file, which has mistakes" }],
    },
    { fact: "not for ten minutes yet", series: { seatmeter_config_last_reload_successful: held(0) }, at: "8m" },
    { fact: "a file without", series: { seatmeter_config_last_reload_successful: held(1) }, at: "12m" },
    {
      fact: "one of two does not take it",
      series: { seatmeter_config_last_reload_successful: [held(1), held(0)] },
      at: "12m",
      daemons: 2,
      rings: [{ labels: { instance: "b" }, says: "b does not take its register file, which has mistakes" }],
    },
  ],
};
