import { expect, test } from "vitest";
import { faultRun, LEAST_OPERATIONS } from "../faults/fault-run.ts";
import { GROUNDS } from "../faults/grounds.ts";

// A few of the runs of `npm run test:faults`: one on each ground, whichever faults its seed picks.
test.for(Object.entries(GROUNDS).map(([ground, { lacks }], i) => ({ ground, lacks, seed: i + 1 })))(
  "no seat too many and nobody denied wrongly while things go wrong: $ground",
  { timeout: 120_000 },
  async ({ ground, lacks, seed }, { skip }) => {
    const lacking = lacks?.();
    if (lacking) skip(lacking);
    const run = await faultRun(seed, [ground]);

    expect(run, JSON.stringify(run)).toMatchObject({ verdict: "sound", overCapacity: 0, falseDenials: 0, why: [] });
    expect(run.operations).toBeGreaterThanOrEqual(LEAST_OPERATIONS);
  },
);
