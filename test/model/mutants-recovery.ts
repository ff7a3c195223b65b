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
];
