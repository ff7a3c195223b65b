import type { Mutant } from "./mutants.ts";

/** Denials folded into people. */
export const REFUSAL_MUTANTS: Mutant[] = [
  {
    mistake: "each try is a refusal",
    find: "if not known or (atMs - known.lastMs",
    replace: "if true or (atMs - known.lastMs",
  },
  {
    mistake: "a try long after the last is the same refusal",
    find: "(atMs - known.lastMs > foldMs and not isSame)",
    replace: "false",
  },
  {
    mistake: "one attempt is several refusals",
    find: "known.lastMs > foldMs and not isSame)",
    replace: "known.lastMs > foldMs)",
  },
  {
    mistake: "launches without an attempt are one",
    find: 'local isSame = find(attempts, " " .. attempt .. " ", 1, true)',
    replace: "local isSame = find(attempts, attempt, 1, true)",
  },
  {
    mistake: "only the last attempt is known",
    find: 'attempts = sub(" " .. attempt .. attempts, 1, 400)',
    replace: 'attempts = " " .. attempt .. " "',
  },
  {
    mistake: "the first try sets the time for all",
    find: "folds[name] = { lastMs = atMs, attempts = attempts }",
    replace: "folds[name] = { lastMs = known and known.lastMs or atMs, attempts = attempts }",
  },
  {
    mistake: "whatever denies a launch refuses a person",
    find: "if FOR_SEATS[reason] then refuse(facts) end",
    replace: "refuse(facts)",
  },
  {
    mistake: "who was granted meanwhile is not refused anew",
    find: "if tally.refused > 0 then relieve(facts) end",
    replace: "",
  },
  {
    mistake: "a person's refusals of all products are one",
    find: 'local ofProduct = "refused:" .. product .. " "',
    replace: 'local ofProduct = "refused:cad "',
  },
  {
    mistake: "last year's name is another person",
    find: "local known = fold(name) or fold(before)",
    replace: "local known = fold(name)",
  },
  {
    mistake: "a grant leaves what was denied under last year's name",
    find: "unfold(name); unfold(before)",
    replace: "unfold(name)",
  },
  {
    mistake: "more people are remembered than may be",
    find: "if not known and tally.refused >= foldMost then return end",
    replace: "",
  },
  {
    mistake: "people who were refused are never forgotten",
    find: 'keepDue(due, name, dueIn(known.attempts == " "',
    replace: 'local _ = (dueIn(known.attempts == " "',
  },
  {
    mistake: "attempts are forgotten with the tries",
    find: 'dueIn(known.attempts == " " and foldMs + 1 or attemptMs)',
    replace: "dueIn(foldMs + 1)",
  },
  {
    mistake: "people who were forgotten stay counted among those remembered",
    find: 'elseif kind == "refused" then count("refused", -1) end\n      over[#over + 1] = id',
    replace: "end\n      over[#over + 1] = id",
  },
  {
    mistake: "a grant forgets a person in the count alone",
    find: "unfolded[#unfolded + 1] = name",
    replace: "",
  },
];
