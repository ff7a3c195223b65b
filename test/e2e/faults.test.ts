import { test } from "vitest";
import { faultRun, LEAST_OPERATIONS } from "../faults/fault-run.ts";
import { fleetLoss } from "../faults/fleet-loss.ts";
import { GROUNDS } from "../faults/grounds.ts";

// A few of the runs of `npm run test:faults`, on the grounds where most can go wrong; where a failover is waited for,
// with one fault.
// They wait more than they work, so they wait together.
test.concurrent.for([
  { ground: "one Redis", seed: 15, times: 3 },
  { ground: "sentinels", seed: 2, times: 1 },
  { ground: "a network of three", seed: 3, times: 1 },
])(
  "no seat too many and nobody denied wrongly while things go wrong: $ground",
  async ({ ground, seed, times }, { skip, expect }) => {
    const lacking = GROUNDS[ground]?.lacks?.();
    if (lacking) skip(lacking);
    const run = await faultRun(seed, [ground], times);

    expect(run, JSON.stringify(run)).toMatchObject({ verdict: "sound", overCapacity: 0, falseDenials: 0, why: [] });
    expect(run.operations).toBeGreaterThanOrEqual(LEAST_OPERATIONS);
  },
);

test.concurrent("shims whose daemon is killed are all seated at the other one, and no lease expires", async ({
  expect,
}) => {
  const shims = 100;

  const told = await fleetLoss(shims, "{ ttl: 15s, heartbeatEvery: 5s }");

  expect(told).toMatchObject({ seatedAgain: shims, lost: 0, expired: 0 });
});
