import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { daemonsOfFile } from "../support/of-file.ts";
import { Wire } from "../support/wire.ts";

/** Nobody's seat runs out, however long the busiest of machines takes for all that is asked. */
const LEASE = "lease: { ttl: 24h, heartbeatEvery: 1h }";
const REGISTER = `
organisation: Exampleshire Council
sites:
  hall:  { name: Town Hall, networks: [127.0.0.1/32] }
  depot: { name: Depot, networks: [127.0.0.2/32] }
products:
  demo: { name: Demo, owner: it@exampleshire.example, pools: [demo] }
  pair: { name: Pair, owner: it@exampleshire.example, pools: [first, second] }
  hundred: { name: Hundred, owner: it@exampleshire.example, pools: [hundred] }
pools:
  demo:    { ${LEASE}, entitlements: [{ reference: PO-1, seats: 2, starts: 2020-01-01 }], sites: { depot: { seats: 1 } } }
  first:   { ${LEASE}, entitlements: [{ reference: PO-2, seats: 1, starts: 2020-01-01 }] }
  second:  { ${LEASE}, entitlements: [{ reference: PO-3, seats: 5, starts: 2020-01-01 }] }
  hundred: { ${LEASE}, entitlements: [{ reference: PO-4, seats: 100, starts: 2020-01-01 }] }
`;

const { daemons } = daemonsOfFile(REGISTER, 2);

async function used(pool: string): Promise<number> {
  const answer = await fetch(`${daemons[0]!.httpUrl}/api/v1/pools/${pool}`);
  return ((await answer.json()) as { used: number }).used;
}

test("ten thousand launches at once, each of its own user and device, at two daemons: one hundred are granted", async () => {
  const wires = await Promise.all(Array.from({ length: 40 }, (_, i) => Wire.open(daemons[i % 2]!.url)));

  const answers = await Promise.all(
    Array.from({ length: 10_000 }, async (_, i) => {
      const [leaseId, wire] = [randomUUID(), wires[i % wires.length]!];
      const asked = { product: "hundred", user: `user-${i}`, device: `pc-${i}` };
      // A busy machine may keep an answer past its time-out: then a shim asks again, by the same id.
      for (;;) {
        const answer = await wire.checkout(leaseId, asked);
        if (answer.type !== "error" || answer.code !== "ledger_unavailable") return answer;
      }
    }),
  );

  expect(answers.filter((answer) => answer.type === "granted")).toHaveLength(100);
  expect(answers.filter((answer) => answer.type === "denied" && answer.reason === "no_seats")).toHaveLength(9_900);
  expect(await used("hundred")).toBe(100);
  for (const wire of wires) wire.close();
});

test("one launch asked for at two daemons, from two sites, and again after its checkin never has a second seat", async () => {
  const [device, leaseId] = ["pc-roaming", randomUUID()];
  const office = await Wire.open(daemons[0]!.url, device, "127.0.0.1");
  const depot = await Wire.open(daemons[1]!.url, device, "127.0.0.2");

  expect(await office.checkout(leaseId)).toMatchObject({ type: "granted", site: "hall" });
  expect(await office.checkout(leaseId)).toMatchObject({ type: "granted", flags: ["resumed"] });
  expect(await depot.checkout(leaseId)).toMatchObject({ type: "granted", site: "depot", flags: ["resumed"] });
  expect(await used("demo")).toBe(1);

  expect(await depot.checkin(leaseId)).toMatchObject({ type: "returned" });
  expect(await used("demo")).toBe(0);
  expect(await office.checkout(leaseId)).toMatchObject({ type: "returned" });
  expect(await office.checkin(leaseId)).toMatchObject({ type: "returned" });
  expect(await used("demo")).toBe(0);
  for (const wire of [office, depot]) wire.close();
});

test("a launch that the second pool granted is sent there again, at any daemon, though the first has room by now", async () => {
  const wires = await Promise.all(daemons.map((daemon) => Wire.open(daemon.url, "pc-overflow")));
  const [here, there] = wires as [Wire, Wire];
  const [full, overflowing] = [randomUUID(), randomUUID()];

  expect(await here.checkout(full, { product: "pair", user: "u1" })).toMatchObject({ type: "granted", pool: "first" });
  const asked = { product: "pair", user: "u2" };
  expect(await here.checkout(overflowing, asked)).toMatchObject({ type: "granted", pool: "second" });
  await here.checkin(full);
  expect(await used("first")).toBe(0);

  for (const wire of wires) {
    expect(await wire.checkout(overflowing, asked)).toMatchObject({
      type: "granted",
      pool: "second",
      flags: ["resumed"],
    });
  }
  expect(await used("first")).toBe(0);
  expect(await used("second")).toBe(1);
  expect(await there.checkin(overflowing)).toMatchObject({ type: "returned" });
  expect(await there.checkout(overflowing, asked)).toMatchObject({ type: "returned" });
  expect(await used("second")).toBe(0);
  for (const wire of wires) wire.close();
});

test("somebody else's lease is not renewed, returned or taken up", async () => {
  const leaseId = randomUUID();
  const owner = await Wire.open(daemons[0]!.url, "pc-owner");
  const stranger = await Wire.open(daemons[1]!.url, "pc-stranger");
  await owner.checkout(leaseId);

  expect(await stranger.checkin(leaseId)).toMatchObject({ type: "error", code: "not_holder" });
  expect(await stranger.checkout(leaseId)).toMatchObject({ type: "error", code: "not_holder" });
  expect(await used("demo")).toBe(1);
  expect(await owner.checkin(leaseId)).toMatchObject({ type: "returned" });
  for (const wire of [owner, stranger]) wire.close();
});

test("a register applied at one daemon is in force at the other, and what runs keeps its seat", async () => {
  const leaseId = randomUUID();
  const there = await Wire.open(daemons[1]!.url, "pc-running");
  await there.checkout(leaseId);
  const smaller = REGISTER.replace("PO-1, seats: 2", "PO-1, seats: 1");

  const applied = await fetch(`${daemons[0]!.httpUrl}/api/v1/register`, {
    method: "PUT",
    headers: { "content-type": "application/yaml" },
    body: smaller,
  });
  expect(applied.status).toBe(200);
  expect(await applied.json()).toMatchObject({ revision: 2 });

  expect(await there.checkout(randomUUID(), { user: "bjones" })).toMatchObject({ type: "denied", reason: "no_seats" });
  expect(await there.checkout(leaseId)).toMatchObject({ type: "granted" });
  await expect
    .poll(async () => ((await (await fetch(`${daemons[1]!.httpUrl}/readyz`)).json()) as { register: number }).register)
    .toBe(2);
  there.close();
});
