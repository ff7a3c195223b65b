import type { Mutant } from "./mutants.ts";

/** Limits, reservations, overdraft, observing, glass, assigned and lingering seats. */
export const RULE_MUTANTS: Mutant[] = [
  {
    mistake: "reserved seats are taken by strangers",
    find: "taken + seats + (need > 0 and idle or 0) - capacity",
    replace: "taken + seats - capacity",
  },
  {
    mistake: "members of one group take what is reserved for another",
    find: 'find(terms, " from=" .. reservation.group .. " ", 1, true)',
    replace: 'find(terms, " from=", 1, true)',
  },
  {
    mistake: "members take open seats first",
    find: "local part = min(need, left)",
    replace: "local part = taken + seats < capacity and 0 or min(need, left)",
  },
  {
    mistake: "who takes a part of a reservation draws all of his seats on it",
    find: "counter(group) + (tonumber(seats) < 0 and -part or part)",
    replace: "counter(group) + seats",
  },
  {
    mistake: "only reserved seats are left, and it is called full",
    find: 'return "only_reserved_seats", "reservations"',
    replace: 'return "no_seats", "entitlements"',
  },
  { mistake: "idle reserved seats are not counted", find: "if idle ~= tally.idle then", replace: "if false then" },
  {
    mistake: "an overdraft never ends",
    find: "return isOver and 0 or rules.overdraft",
    replace: "return rules.overdraft",
  },
  {
    mistake: "an overdraft is over in the next term too",
    find: "and tally.overdraftTerm == termMs\n",
    replace: "\n",
  },
  {
    mistake: "an overdraft's days begin with each use of it",
    find: "if found.flag and (tally.overdraftTerm ~= termMs or tally.overdraftSince == 0) then",
    replace: "if found.flag then",
  },
  { mistake: "an overdraft is not flagged", find: 'if above > 0 then flag = "overdraft" end', replace: "" },
  {
    mistake: "the limit of each applies beside the one by name",
    find: 'if limit == "" then limit = name end',
    replace: 'if limit == "" then limit = name elseif find(limit, "^user:") then limit = "each:user" end',
  },
  {
    mistake: "a limit is looked for under the counter's name",
    find: "local ceiling = ceilingOf(limit)",
    replace: "local ceiling = ceilingOf(name)",
  },
  {
    mistake: "what is observed counts in what decides",
    find: 'if name == "outside" then before = "outside:"; count("outside", seats)',
    replace: 'if name == "outside" then before = "outside:"',
  },
  {
    mistake: "what runs outside draws on the counters that decide",
    find: 'then before = "outside:"; count',
    replace: "then count",
  },
  {
    mistake: "launches outside the count take a seat each",
    find: 'local joined = place ~= "" and seat(place)',
    replace: "local joined",
  },
  {
    mistake: "an observed pool denies",
    find: 'if rules.observe then return grantOutside(id, record, "observed", reason, terms) end',
    replace: "",
  },
  {
    mistake: "the glass is broken as often as one likes",
    find: "return times < rules.glass and",
    replace: "return",
  },
  {
    mistake: "the glass is never counted",
    find: 'call("HSET", LEASES, name, format("\\ttimes',
    replace: 'local _ = (format("\\ttimes',
  },
  {
    mistake: "the glass is whole again too early",
    find: "date(name, nowMs + 40 * 86400000)",
    replace: "date(name, nowMs + 86400000)",
  },
  {
    mistake: "a duty officer launches whatever denies him",
    find: "if WANT_OF_SEATS[reason] then",
    replace: "if true then",
  },
  { mistake: "an assigned seat is anybody's", find: "+ (rules.hold and tally.held or 0) end", replace: "end" },
  {
    mistake: "an assigned seat is not taken when its owner launches",
    find: 'if found.own then stopHolding(found.own, "taken")\n',
    replace: "if found.own then\n",
  },
  {
    mistake: "a seat is assigned twice to the same",
    find: "if known then return end",
    replace: "",
  },
  {
    mistake: "last year's name is another one",
    find: "for _, name in ipairs({ assignmentNames(seats, facts) }) do",
    replace: "for _, name in ipairs({ (assignmentNames(seats, facts)) }) do",
  },
  {
    mistake: "an assigned seat stays so for ever",
    find: 'then stopHolding(sub(name, 6), "unused")',
    replace: 'then call("ZREM", DATED, name)',
  },
  {
    mistake: "a seat of a retired computer stays assigned",
    find: 'if rules.hold and why ~= "device_retired" then',
    replace: "if rules.hold then",
  },
  {
    mistake: "a pool that assigns no more keeps its assignments",
    find: "if tally.held > 0 and not rules.hold then",
    replace: "if false then",
  },
  {
    mistake: "the owner of an assigned seat needs another one",
    find: "own and tonumber(seats) or 0)",
    replace: "0)",
  },
  {
    mistake: "a lingering seat never yields",
    find: "level() + tally.lingering <= capacity or",
    replace: "true or",
  },
  {
    mistake: "more lingering seats yield than are needed",
    find: '"yielded", level() + tally.lingering - capacity)',
    replace: '"yielded")',
  },
  {
    mistake: "the newest lingering seat yields first",
    find: 'call("ZRANGE", LINGER, 0, 0)[1]',
    replace: 'call("ZRANGE", LINGER, -1, -1)[1]',
  },
  {
    mistake: "whose seat lingers leaves it behind when he launches",
    find: "if tally.lingering > 0 then stopLingering(people(facts)",
    replace: "if false then stopLingering(people(facts)",
  },
  {
    mistake: "the seat of a lease that expired lingers",
    find: "elseif rules.linger and BY_PERSON[why] then",
    replace: "elseif rules.linger then",
  },
  {
    mistake: "a seat lingers for ever",
    find: 'for i = 1, #over do stopLingering(over[i], "over") end',
    replace: "",
  },
  {
    mistake: "a seat outside the count lingers",
    find: 'and sub(draws, 1, 7) ~= "outside" then keepFor',
    replace: "then keepFor",
  },
  {
    mistake: "who shares a seat and leaves keeps one of his own",
    find: 'if (rules.hold or rules.linger) and moved ~= "0" and',
    replace: "if (rules.hold or rules.linger) and",
  },
];
