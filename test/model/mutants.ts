/**
 * Mistakes that somebody could make in lua/call/, each of which the model must notice. `find` stands once in the joined
 * source, or the mutant has gone stale.
 */
export const MUTANTS: { mistake: string; find: string; replace: string }[] = [
  {
    mistake: "one seat too many is granted",
    find: "if used + seats > capacity then",
    replace: "if used + seats > capacity + 1 then",
  },
  {
    mistake: "a seat is left over",
    find: "if used + seats > capacity then",
    replace: "if used + seats >= capacity then",
  },
  { mistake: "a ceiling is not counted", find: 'return "site_full"', replace: "return nil" },
  {
    mistake: "a ceiling is one too high",
    find: "count(name) + seats > tonumber(ceiling)",
    replace: "count(name) + seats > tonumber(ceiling) + 1",
  },
  {
    mistake: "a repeated checkout takes a second seat",
    find: 'if now ~= held then hold(id, now, dueText) else due[#due + 1] = dueText; due[#due + 1] = id end\n      return "live\\t" .. now',
    replace: 'draw(draws, seats); due[#due + 1] = dueText; due[#due + 1] = id\n      return "live\\t" .. held',
  },
  {
    mistake: "a stranger takes up a lease",
    find: 'if not heldBy(held, holder) then return "not_holder" end',
    replace: "",
  },
  {
    mistake: "a stranger returns a lease",
    find: 'elseif not heldBy(record, ARGV[checkinHolders + i]) then answers[i] = "not_holder"',
    replace: "",
  },
  {
    mistake: "a stranger renews a lease",
    find: "elseif heldBy(record, ARGV[renewHolders + i]) then",
    replace: "elseif true then",
  },
  {
    mistake: "a checkout after its checkin is answered as granted",
    find: 'return "returned" end\n      return "passed',
    replace: 'return "granted" end\n      return "passed',
  },
  {
    mistake: "a note of the next pool is not followed",
    find: 'return "passed\\t" .. sub(held, 9)',
    replace: 'word = ""',
  },
  { mistake: "a note is not kept", find: 'hold(id, "\\tpassed\\t" .. next, noteDueText)', replace: "" },
  {
    mistake: "a heartbeat does not renew a note",
    find: "notes[#notes + 1] = noteDueText; notes[#notes + 1] = id\n      else answers",
    replace: "local _ = id\n      else answers",
  },
  {
    mistake: "who leaves a shared seat gives it back for all",
    find: '.. drawn; moved = "0" end',
    replace: ".. drawn; draw(draws, moved) end",
  },
  {
    mistake: "who joins a shared seat draws too",
    find: 'event("granted", id, "0", "shared"',
    replace: 'draw(seatDraws, seatSeats); event("granted", id, "0", "shared"',
  },
  {
    mistake: "who joins a shared seat keeps a weight of its own",
    find: "concat({ atText, holder, key, seatSeats, seatDraws,",
    replace: "concat({ atText, holder, key, seats, seatDraws,",
  },
  {
    mistake: "a lease that moved counts at both sites",
    find: 'draw(drawn, "-" .. seats); draw(draws, seats)',
    replace: "draw(draws, seats); used = used - seats",
  },
  {
    mistake: "a shared seat moves with one of its sharers",
    find: 'if sharers ~= "1" or opened ~= drawn then return held end',
    replace: "",
  },
  {
    mistake: "a denial before the sweep has finished",
    find: 'if moreDue then return "again" end',
    replace: "",
  },
  {
    mistake: "the sweep believes to have finished too early",
    find: "local moreDue = #overdue == 2 * sweepMost",
    replace: "local moreDue = #overdue > 2 * sweepMost",
  },
  {
    mistake: "an expired lease is not told of",
    find: 'event("ended", id, moved, word',
    replace: "local _ = select(1, word",
  },
  { mistake: "a denial is not told of", find: 'event("denied", id, "0", reason,', replace: "local _ = select(1, " },
  {
    mistake: "a clock that jumps ahead ages the leases",
    find: "max(0, min(passedMs, 2000))",
    replace: "max(0, passedMs)",
  },
  {
    mistake: "a clock that was set back makes leases younger",
    find: "max(0, min(passedMs, 2000))",
    replace: "min(passedMs, 2000)",
  },
  { mistake: "a gap is not told of", find: "if passedMs ~= stepMs then event(", replace: "if false then event(" },
  {
    mistake: "seat time runs on over a gap",
    find: "used * stepMs",
    replace: "used * passedMs",
  },
  {
    mistake: "full time is not counted at the limit",
    find: "if used >= capacity then call",
    replace: "if used > capacity then call",
  },
  {
    mistake: "time at the limit counts as over the entitlement",
    find: "if used > capacity then call",
    replace: "if used >= capacity then call",
  },
  {
    mistake: "a minute's peak forgets the level carried in",
    find: "minutePeak = used; state[13]",
    replace: "minutePeak = 0; state[13]",
  },
  {
    mistake: "a day's peak forgets the level carried in",
    find: "dayPeak = used; state[14]",
    replace: "dayPeak = 0; state[14]",
  },
  { mistake: "minutes without a call are left out", find: "min(minutes - 1, 5)", replace: "0" },
  { mistake: "ended ids are never forgotten", find: "for _ = 1, 3 do", replace: "for _ = 1, 0 do" },
  {
    mistake: "a lease that came back is forgotten with what expired",
    find: 'if values[i] == "\\texpired" then still[#still + 1] = list[i] end',
    replace: "still[#still + 1] = list[i]",
  },
  {
    mistake: "a denial of an ended entitlement is passed on",
    find: 'reason ~= "entitlement_ended" and',
    replace: "",
  },
  {
    mistake: "an ended entitlement is called full",
    find: 'capacity == 0 and emptyReason or "no_seats"',
    replace: '"no_seats"',
  },
  {
    mistake: "heartbeats do not renew",
    find: 'each("ZADD", DUE, due, #due); each("ZADD", DUE, notes',
    replace: 'each("ZADD", DUE, notes',
  },
];
