import type { Mutant } from "./mutants.ts";

/** The queue, excess, borrowing, reclaiming, explaining. */
export const WAITING_MUTANTS: Mutant[] = [
  {
    mistake: "what runs outside the count is not first",
    find: 'call("ZADD", QUEUE, format("%d", tally.tickets), id)',
    replace: 'call("ZADD", QUEUE, format("%d", 1e12 + tally.tickets), id)',
  },
  {
    mistake: "what runs already is denied",
    find: 'if runs and reason ~= "product_unknown" then',
    replace: "if false then",
  },
  {
    mistake: "what expired and comes back is denied",
    find: 'elseif kind == "expired" then flags, runs = "resumed", true',
    replace: 'elseif kind == "expired" then flags = "resumed"',
  },
  {
    mistake: "what was reclaimed and runs on takes a seat",
    find: "      upgrades = false\n",
    replace: "",
  },
  {
    mistake: "what was reclaimed is granted again",
    find: 'if not runs then return "returned" end',
    replace: 'if not runs then return "granted" end',
  },
  {
    mistake: "what a rule denies and runs takes a seat before the queue",
    find: 'if upgrades and verdict == "" then',
    replace: "if upgrades then",
  },
  {
    mistake: "what ran outside and takes a seat counts twice",
    find: "local moved, before = tonumber((leaveSeat(key, seats, draws))), seats",
    replace: 'local moved, before = 0, seats; if key ~= "" then leaveSeat(key, seats, draws) end',
  },
  {
    mistake: "what takes a seat is borrowed no more",
    find: 'if word ~= "excess" and word ~= "shared" then words',
    replace: 'if word == "resumed" then words',
  },
  {
    mistake: "what takes a seat does so beyond its limits",
    find: 'match(draws, "site:%S+") .. wanted, facts',
    replace: 'match(draws, "site:%S+"), facts',
  },
  {
    mistake: "what takes a seat forgets its group's reservation",
    find: ".. wanted, facts, terms)",
    replace: '.. wanted, facts, "")',
  },
  {
    mistake: "an offered seat is not set aside",
    find: 'setAside(drawn, aside); count("offered", aside)',
    replace: 'aside, drawn = "0", ""',
  },
  {
    mistake: "an offered seat is set aside without its counters",
    find: 'setAside(drawn, aside); count("offered", aside)',
    replace: 'drawn = ""; count("offered", aside)',
  },
  {
    mistake: "an offer that lapsed is not given back",
    find: 'setAside(draws, "-" .. seats); count("offered", -seats)',
    replace: "local _ = draws .. seats",
  },
  {
    mistake: "an offer that cannot be taken stays",
    find: 'stopWaiting(id, held)\n      call("HDEL", LEASES, id); call("ZREM", DUE, id)',
    replace: "stopWaiting(id, held)",
  },
  {
    mistake: "an offer is taken while more is overdue than was ended",
    find: 'if moreDue then return "again" end\n      stopWaiting',
    replace: "stopWaiting",
  },
  {
    mistake: "last come, first served",
    find: 'format("%d", 1e12 + tally.tickets), id)\n    count("waiting", 1)',
    replace: 'format("%d", 2e12 - tally.tickets), id)\n    count("waiting", 1)',
  },
  {
    mistake: "a wait has no end",
    find: "local untilMs = vnow + min(waitMs, rules.queue)",
    replace: "local untilMs = vnow + 9 * rules.queue",
  },
  {
    mistake: "heartbeats prolong a wait",
    find: 'format("%d", min(vnow + ttlMs, tonumber((match(record, WAITING)))))',
    replace: 'format("%d", vnow + ttlMs)',
  },
  {
    mistake: "heartbeats prolong an offer",
    find: 'if kind == "waiting" then renew(id, waitDueText(record)) end',
    replace: 'renew(id, kind == "waiting" and waitDueText(record) or dueText)',
  },
  {
    mistake: "a place in the queue counts those who run outside the count",
    find: 'call("ZRANK", QUEUE, id) - tally.excess + 1)',
    replace: 'call("ZRANK", QUEUE, id) + 1)',
  },
  {
    mistake: "a launch that waits and runs by now waits on",
    find: 'if kind == "waiting" and not runs then',
    replace: 'if kind == "waiting" then',
  },
  {
    mistake: "a launch that lapsed takes a seat",
    find: 'elseif kind == "lapsed" then verdict = runs and verdict or "queue_lapsed"',
    replace: 'elseif kind == "lapsed" then flags = ""',
  },
  {
    mistake: "what is freed after the queue was served is forgotten",
    find: 'if freed and tally.waiting + tally.excess > 0 then count("stirred", 1) end',
    replace: "",
  },
  {
    mistake: "a borrowed lease is renewed by heartbeats, and expires",
    find: 'if not hasFlag(record, "borrowed=") then renew(id, dueText) end',
    replace: "renew(id, dueText)",
  },
  {
    mistake: "a name that reads like a mark is one",
    find: "return find(record, flag, 1, true) and find(flagsOf(record), flag, 1, true)",
    replace: "return find(record, flag, 1, true)",
  },
  {
    mistake: "a borrowed lease ends a day late",
    find: "date(id, tonumber(untilMs))",
    replace: "date(id, untilMs + 86400000)",
  },
  {
    mistake: "a borrowed lease that came back is due all the same",
    find: 'then call("ZREM", DATED, id); countBorrowed(draws, -seats)',
    replace: "then countBorrowed(draws, -seats)",
  },
  {
    mistake: "one more is borrowed than may be",
    find: "tally.borrowed - tally.lentOutside + seats > rules.borrow then",
    replace: "tally.borrowed - tally.lentOutside + seats > rules.borrow + 1 then",
  },
  {
    mistake: "borrowing leaves nothing free",
    find: 'return capacity - taken - idle < rules.keepFree and "borrow.keepFree" or nil',
    replace: "return nil",
  },
  {
    mistake: "a reserved seat is what must stay free",
    find: "return capacity - taken - idle < rules.keepFree",
    replace: "return capacity - taken < rules.keepFree",
  },
  {
    mistake: "a lease that lives is borrowed beyond what may be",
    find: "rule = againstBorrowingTaken(tonumber(seatsNow))",
    replace: "rule = nil",
  },
  {
    mistake: "what a rule denies is borrowed",
    find: 'local reason, rule = untilMs and verdict ~= "" and verdict, ""',
    replace: 'local reason, rule = false, ""',
  },
  {
    mistake: "a loan that was recalled is renewed",
    find: 'or isBorrowed and hasFlag(held, ",recalled")) then',
    replace: ") then",
  },
  {
    mistake: "what is lent outside the count counts against what may be borrowed",
    find: "tally.borrowed - tally.lentOutside + seats",
    replace: "tally.borrowed + seats",
  },
  {
    mistake: "who was observed comes back into the count",
    find: 'if flags == "resumed" and rules.observe and find(held, "\\tobserved", 1, true) then',
    replace: "if false then",
  },
  {
    mistake: "a loan is shortened",
    find: "if isBorrowed and untilMs and tonumber(untilMs) <=",
    replace: "if isBorrowed and untilMs and -1 >",
  },
  {
    mistake: "what runs outside the count lends a seat that it has not",
    find: 'if sub(drawn, 1, 7) == "outside" and not rules.observe then reason, rule = "no_seats", "entitlements"',
    replace: 'if false then reason, rule = "no_seats", "entitlements"',
  },
  {
    mistake: "a loan that is refused is not told of",
    find: "return deny(id, reason, rule, record, facts)",
    replace: 'return reason .. "\\t" .. rule',
  },
  {
    mistake: "a recall ends a borrowed lease",
    find: 'call("HSET", LEASES, id, record .. ",recalled")',
    replace: 'finish(id, record, "borrow_due", "borrow_due"); remember("expired")',
  },
  {
    mistake: "a reclaim ends a lease before its grace",
    find: 'dueIn(graceMs), "reclaim:" .. id)\n    local since',
    replace: 'dueIn(graceMs / 2), "reclaim:" .. id)\n    local since',
  },
  {
    mistake: "an administrator's order waits for one that was idle",
    find: 'if timer and (why == "reclaimed_idle" or reclaimState(timer) ~= "reclaimed_idle") then',
    replace: "if timer then",
  },
  {
    mistake: "a reclaim by an administrator is postponed for ever",
    find: 'postponable = why == "reclaimed_idle" and "1" or "0"',
    replace: 'postponable = "1"',
  },
  {
    mistake: "what cannot be postponed is",
    find: 'if postponable == "0" then return reclaiming(timer) end',
    replace: "",
  },
  {
    mistake: "a stranger postpones",
    find: 'if not heldBy(record, holder) then return "not_holder" end\n    local timer',
    replace: "local timer",
  },
  {
    mistake: "one who is not idle any more is reclaimed",
    find: 'call("HDEL", LEASES, "reclaim:" .. id); call("ZREM", DUE, "reclaim:" .. id)',
    replace: 'call("HDEL", LEASES, "reclaim:" .. id)',
  },
  {
    mistake: "an administrator's order is called off for not being idle",
    find: "if not timer or reclaimState(timer) ~= why then",
    replace: "if not timer then",
  },
  {
    mistake: "what is borrowed is reclaimed",
    find: 'if hasFlag(record, "borrowed=") and sub(rest',
    replace: "if false and sub(rest",
  },
  {
    mistake: "what is about to be reclaimed is borrowed",
    find: "(isReclaimed or isBorrowed and hasFlag",
    replace: "(isBorrowed and hasFlag",
  },
  {
    mistake: "whose seat was reclaimed takes it again at once",
    find: 'if tally.cooling > 0 and call("HEXISTS"',
    replace: 'if false and call("HEXISTS"',
  },
  {
    mistake: "a cool-off ends with the grace",
    find: 'call("ZADD", DUE, dueIn(coolOffMs), cooled[i])',
    replace: 'call("ZADD", DUE, dueIn(1), cooled[i])',
  },
  {
    mistake: "explaining takes the seat",
    find: 'local answer = found.shared and "granted\\tshared"',
    replace:
      'if found.draws then setAside(found.draws, seats) end\n    local answer = found.shared and "granted\\tshared"',
  },
  {
    mistake: "an explanation is of another launch",
    find: "local found = judge(key, seats, draws, facts, explainTerms and",
    replace: 'local found = judge("", seats, draws, facts, explainTerms and',
  },
];
