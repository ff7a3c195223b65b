import { COUNTING_MUTANTS } from "./mutants-counting.ts";
import { JOURNAL_MUTANTS } from "./mutants-journal.ts";
import { RECOVERY_MUTANTS } from "./mutants-recovery.ts";
import { REFUSAL_MUTANTS } from "./mutants-refusals.ts";
import { RULE_MUTANTS } from "./mutants-rules.ts";
import { WAITING_MUTANTS } from "./mutants-waiting.ts";

/** A mistake that somebody could make in lua/call/, and the model must notice. */
export interface Mutant {
  mistake: string;
  /** Stands once in the joined source, or the mutant has gone stale. */
  find: string;
  replace: string;
}

export const MUTANTS: readonly Mutant[] = [
  ...COUNTING_MUTANTS,
  ...RULE_MUTANTS,
  ...WAITING_MUTANTS,
  ...REFUSAL_MUTANTS,
  ...JOURNAL_MUTANTS,
  ...RECOVERY_MUTANTS,
];
