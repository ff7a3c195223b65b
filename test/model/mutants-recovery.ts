import type { Mutant } from "./mutants.ts";

/** A ledger that lost something. */
export const RECOVERY_MUTANTS: Mutant[] = [
  {
    mistake: "events that are lost go unnoticed",
    find: "knownEpoch == epoch and knownNumber > tonumber(changesBefore)",
    replace: "false",
  },
  {
    mistake: "an epoch that is lost goes unnoticed",
    find: "knownEpoch > epoch or",
    replace: "",
  },
  {
    mistake: "an epoch that was lost without a word goes unnoticed",
    find: "if isOlder or isUntold then",
    replace: "if isOlder then",
  },
  {
    mistake: "what everybody was told of is lost again and again",
    find: 'tonumber(call("HGET", STATE, "lostEpoch") or 0) < knownEpoch',
    replace: "true",
  },
  {
    mistake: "numbers of lost events are given again",
    find: '    keep("epoch", state[18])\n',
    replace: "",
  },
  {
    mistake: "a new epoch goes on with the numbers of the last one",
    find: 'knownEpoch + 1)), "0"',
    replace: "knownEpoch + 1)), changesBefore",
  },
  {
    mistake: "a launch is granted though its seat may be somebody's who has not spoken yet",
    find: 'if tally.recovering > 0 and not runs and verdict == "" and kind ~= "offered" then return "recovering" end',
    replace: "",
  },
  {
    mistake: "what runs is not heard while the ledger recovers",
    find: "tally.recovering > 0 and not runs and",
    replace: "tally.recovering > 0 and",
  },
  {
    mistake: "an offer that stands is not kept",
    find: ' and verdict == "" and kind ~= "offered" then',
    replace: ' and verdict == "" then',
  },
  {
    mistake: "an offer is made while the ledger recovers",
    find: "tally.waiting + tally.excess > 0 and tally.recovering == 0",
    replace: "tally.waiting + tally.excess > 0",
  },
  {
    mistake: "a ledger recovers for ever",
    find: "tally.recovering, tallied, freed = 0, true, true",
    replace: "",
  },
  {
    mistake: "what a recovering pool would grant is explained as granted",
    find: 'tally.recovering > 0 and "recovering" or answer',
    replace: "answer",
  },
  {
    mistake: "what was borrowed is rebuilt though nothing was lost",
    find: 'if held or not isLost(epoch) then return "returned" end',
    replace: 'if held then return "returned" end',
  },
  {
    mistake: "what was heard of since is rebuilt once more",
    find: 'if held or not isLost(epoch) then return "returned" end',
    replace: 'if not isLost(epoch) then return "returned" end',
  },
  {
    mistake: "what was given back before it was rebuilt is rebuilt",
    find: 'if tally.lost > 0 and not record then bury(id, "checked_in") end',
    replace: "",
  },
  {
    mistake: "what is rebuilt is no longer wanted back",
    find: 'if term(terms, "recalled") then flag = flag .. ",recalled" end',
    replace: "",
  },
  {
    mistake: "another computer's rebuilt lease is anybody's",
    find: 'if holder ~= "\\29" .. computer and holder ~= "\\29" .. computerBefore then return nil end',
    replace: "",
  },
  {
    mistake: "who shared a rebuilt seat takes a second one",
    find: 'if key == "" or tally.rebuilt == 0 then return nil end',
    replace: "if true then return nil end",
  },
  {
    mistake: "a seat is assigned that is assigned already",
    find: 'if call("ZSCORE", DATED, "hold:" .. name) or call("HEXISTS"',
    replace: 'if call("HEXISTS"',
  },
  {
    mistake: "whoever took an assigned seat since has it assigned besides",
    find: 'or call("HEXISTS", LEASES, "seen:" .. name) == 1 then',
    replace: "then",
  },
  {
    mistake: "what was not used for long is assigned again",
    find: " or usedMs + rules.hold <= nowMs then",
    replace: " then",
  },
  {
    mistake: "an assigned seat that is rebuilt counts nowhere",
    find: '    date("hold:" .. name, usedMs + rules.hold)\n    count("held", seats)\n',
    replace: '    date("hold:" .. name, usedMs + rules.hold)\n',
  },
  {
    mistake: "what had ended stays borrowed in an older ledger",
    find: '    finish(id, record, why, why)\n    return "over"\n',
    replace: '    return "over"\n',
  },
  {
    mistake: "what had ended in an older ledger, and came back since, is forgotten with its seats",
    find: 'remember("expired") -- what "over" ended',
    replace: 'remember("ended") -- what "over" ended',
  },
  {
    mistake: "what was lost is rebuilt for ever",
    find: "    tally.lost, tallied = 0, true\n",
    replace: "",
  },
];
