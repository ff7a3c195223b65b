import fc from "fast-check";

/**
 * What properties are tried with is drawn from here, so that a run that fails does so for what was changed, and fails
 * again. The long run draws anew each time: it is the one that finds what nobody thought of.
 */
const SEED = 20_261_126;

if (!process.env.SEATMETER_TEST_LONG) fc.configureGlobal({ seed: SEED });
