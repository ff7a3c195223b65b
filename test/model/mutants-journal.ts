import type { Mutant } from "./mutants.ts";

/** What is told afterwards. */
export const JOURNAL_MUTANTS: Mutant[] = [
  {
    mistake: "a journal told twice counts twice",
    find: 'if call("ZSCORE", JOURNAL, id) or GIVEN_BACK[kind]',
    replace: "if GIVEN_BACK[kind]",
  },
  {
    mistake: "what was given back is told again",
    find: 'if call("ZSCORE", JOURNAL, id) or GIVEN_BACK[kind]',
    replace: 'if call("ZSCORE", JOURNAL, id)',
  },
  {
    mistake: "a stranger's journal ends a lease",
    find: 'if live(record) and not heldBy(record, holder) then answer = "not_holder"',
    replace: 'if false then answer = "not_holder"',
  },
  {
    mistake: "a lease that is in force is told of, and goes on",
    find: 'if live(record) then\n        answer = "ended"',
    replace: 'if false then\n        answer = "ended"',
  },
  {
    mistake: "the moment of an end told afterwards is left out",
    find: 'finish(id, record, why, why .. " 0 " .. untilMs)',
    replace: "finish(id, record, why, why)",
  },
  {
    mistake: "ids of journals are remembered for ever",
    find: 'call("ZREMRANGEBYSCORE", JOURNAL, "-inf", nowMs)',
    replace: "",
  },
  {
    mistake: "any number of journals is remembered",
    find: 'call("ZREMRANGEBYRANK", JOURNAL, 0, -journalMost - 1)',
    replace: "",
  },
  {
    mistake: "a lease that a journal ended is not remembered",
    find: 'JOURNAL, 0, -journalMost - 1)\n  remember("ended")',
    replace: "JOURNAL, 0, -journalMost - 1)",
  },
  {
    mistake: "what ran unheard begins when it is heard of",
    find: "if not since or tonumber(since) > atMs then since = atText end",
    replace: "since = atText",
  },
  {
    mistake: "what ran unheard begins in the future",
    find: "if not since or tonumber(since) > atMs then since = atText end",
    replace: "since = since or atText",
  },
  {
    mistake: "what was reclaimed and runs on counts as never governed",
    find: 'if flags == "" and upgrades and term(terms, "since")',
    replace: 'if flags == "" and term(terms, "since")',
  },
];
