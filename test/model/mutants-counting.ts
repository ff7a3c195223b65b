import type { Mutant } from "./mutants.ts";

/** Seats, sites, sharing, ids, clocks: what every pool has. */
export const COUNTING_MUTANTS: Mutant[] = [
  { mistake: "one seat too many is granted", find: "if above > over then", replace: "if above > over + 1 then" },
  { mistake: "a seat is left over", find: "if above > over then", replace: "if above >= over then" },
  {
    mistake: "a ceiling is not counted",
    find: 'if ceiling and counter(name) + seats > ceiling then return FULL[match(name, "^%a+")], limit end',
    replace: "",
  },
  {
    mistake: "a ceiling is one too high",
    find: "counter(name) + seats > ceiling",
    replace: "counter(name) + seats > ceiling + 1",
  },
  {
    mistake: "a repeated checkout takes a second seat",
    find: 'return "live\\t" .. now',
    replace: 'draw(drawn, seatsNow); return "live\\t" .. now',
  },
  {
    mistake: "a stranger takes up a lease",
    find: 'if not theirs then return "not_holder" end',
    replace: "theirs = theirs or held",
  },
  {
    mistake: "a stranger returns a lease",
    find: 'elseif not heldBy(record, holder) then answers[i] = "not_holder"',
    replace: "",
  },
  {
    mistake: "a stranger renews a lease",
    find: 'elseif not heldBy(record, holder) then answer("not_holder", id)',
    replace: "",
  },
  {
    mistake: "a checkout after its checkin is answered as granted",
    find: 'elseif held then return "returned" end',
    replace: 'elseif held then return "granted" end',
  },
  {
    mistake: "a note of the next pool is not followed",
    find: 'if not term(terms, "back") then return "passed\\t" .. sub(held, 9) end',
    replace: "",
  },
  {
    mistake: "who was denied everywhere is sent on again",
    find: 'if not term(terms, "back") then return',
    replace: "do return",
  },
  { mistake: "a note is not kept", find: 'hold(id, "\\tpassed\\t" .. next, noteDueText)', replace: "" },
  {
    mistake: "a heartbeat does not renew a note",
    find: 'if kind == "passed" then renew(id, noteDueText)',
    replace: 'if kind == "passed" then local _ = id',
  },
  {
    mistake: "who leaves a shared seat gives it back for all",
    find: '.. drawn; return "0" end',
    replace: '.. drawn; draw(draws, "-" .. seats); return "0" end',
  },
  {
    mistake: "who joins a shared seat draws too",
    find: 'flags = "shared" .. (flags',
    replace: 'draw(draws, seats); flags = "shared" .. (flags',
  },
  {
    mistake: "who joins a shared seat keeps a weight of its own",
    find: 'terms, seats, draws, place, "0", reason)',
    replace: 'terms, select(3, match(record, REQUEST)), draws, place, "0", reason)',
  },
  {
    mistake: "a lease that moved counts at both sites",
    find: 'draw(drawn, "-" .. seats); draw(draws, seats)',
    replace: "draw(draws, seats); used = used - seats",
  },
  {
    mistake: "a lease that moved keeps counting at the old site",
    find: "local draws = sub(drawn, 1, first - 1) .. to ..",
    replace: "local draws = sub(drawn, 1, first - 1) .. from ..",
  },
  {
    mistake: "a shared seat moves with one of its sharers",
    find: 'if sharers ~= "1" or opened ~= drawn then return held end',
    replace: "",
  },
  {
    mistake: "a denial before the sweep has finished",
    find: 'if moreDue then return "again" end\n      if next',
    replace: "if next",
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
  {
    mistake: "a denial is not told of",
    find: 'event("denied", id, "0", reason, toldOf(record))',
    replace: "",
  },
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
  { mistake: "seat time runs on over a gap", find: "used * stepMs", replace: "used * passedMs" },
  {
    mistake: "full time is not counted at the limit",
    find: "taken + tally.idle >= capacity + overdraft()",
    replace: "taken + tally.idle > capacity + overdraft()",
  },
  {
    mistake: "full time forgets what reservations keep",
    find: "taken + tally.idle >= capacity",
    replace: "taken >= capacity",
  },
  {
    mistake: "time at the limit counts as over the entitlement",
    find: "if used > capacity and not unlimited() then call",
    replace: "if used >= capacity and not unlimited() then call",
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
    find: "if values[i] and RAN_OUT[kindOf(values[i])] then",
    replace: 'if values[i] and (RAN_OUT[kindOf(values[i])] or find(values[i], "^%d+\\t[^\\t]*\\t\\t")) then',
  },
  {
    mistake: "an id that came back and was given back is forgotten with what expired",
    find: "if values[i] and RAN_OUT[kindOf(values[i])] then",
    replace: 'if values[i] and match(values[i], "^\\t[^\\t]+$") then',
  },
  {
    mistake: "a denial of an ended entitlement is passed on",
    find: 'reason ~= "entitlement_ended" and',
    replace: "",
  },
  {
    mistake: "an ended entitlement is called full",
    find: 'if capacity == 0 then return emptyReason, "entitlements" end',
    replace: "",
  },
  { mistake: "heartbeats do not renew", find: "then renew(id, dueText) end", replace: "then end" },
  {
    mistake: "a checkin beside one that gives a reason has none",
    find: 'if why == "" then why = "checked_in" end',
    replace: "",
  },
  {
    mistake: "one more shares a seat than may",
    find: '"^%d+")) < rules.sharedBy then',
    replace: '"^%d+")) <= rules.sharedBy then',
  },
  {
    mistake: "a number of a shared seat is given twice",
    find: "if tonumber(number) == free then free = free + 1 end",
    replace: "",
  },
  {
    mistake: "the last of a key's numbered seats leaves an empty list",
    find: '#left > 0 and concat(left, " ")',
    replace: 'concat(left, " ")',
  },
  { mistake: "a site licence runs out", find: "if not rules.site then", replace: "if true then" },
  {
    mistake: "a step of capacity is not taken in time",
    find: "or nowMs >= tonumber(state[9]) then",
    replace: "then",
  },
  { mistake: "reservations of a new step are not read", find: "or groups ~= reserved or", replace: "or" },
];
