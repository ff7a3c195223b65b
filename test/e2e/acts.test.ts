import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startDaemon } from "../support/daemon.ts";
import { daemonsOfFile } from "../support/of-file.ts";
import { Wire } from "../support/wire.ts";

const REGISTER = `# Kept by ICT.
organisation: Exampleshire Council
products:
  cad: { owner: cad@exampleshire.example, pools: [cad] }
  named: { owner: cad@exampleshire.example, pools: [named] }
pools:
  cad: { borrow: { maxDays: 7 }, entitlements: [{ reference: PO-1, seats: 9, starts: 2020-01-01 }] }
  named: { metric: named-user, entitlements: [{ reference: PO-2, seats: 1, starts: 2020-01-01 }] }
`;

const at = daemonsOfFile(REGISTER);

async function act(method: string, path: string, body: object) {
  const answer = await fetch(`${at.daemon.httpUrl}/api/v1${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: answer.status, ...((await answer.json()) as { message: string; code?: string }) };
}

test("a computer that is retired launches nothing more, gives back its seats, and stands in the register of every daemon", async () => {
  await using other = await startDaemon({ register: REGISTER, env: at.env() });
  const leaseId = randomUUID();
  const wire = await Wire.open(at.daemon.url, "PC-12");
  await wire.checkout(leaseId, { product: "cad" });

  expect(await act("POST", "/devices/retire", { device: "pc-12", reason: "sold" })).toMatchObject({
    status: 200,
    message: "pc-12 is retired as of revision 2; 1 lease of it ends in a minute.",
  });
  expect(await wire.checkout(randomUUID(), { product: "cad" })).toMatchObject({
    type: "denied",
    reason: "device_retired",
  });
  const inForce = await fetch(`${other.httpUrl}/api/v1/register`);
  const { text, author } = (await inForce.json()) as { text: string; author: string };
  expect(text).toMatch(/^# Kept by ICT\.\n/);
  expect(text).toMatch(/devices:\n {2}pc-12:\n {4}retired: \d{4}-\d\d-\d\d\n {4}note: sold\n/);
  expect(author).toBe("somebody at 127.0.0.1");
  expect(await act("DELETE", `/leases/${leaseId}`, { reason: "look" })).toMatchObject({
    message: expect.stringMatching(/goes to others in (1 minute|\d+ seconds)/),
  });
  wire.close();
});

test("a seat that is assigned goes to somebody else when an administrator says so, and not while it is used", async () => {
  const wire = await Wire.open(at.daemon.url, "PC-1");
  const [first, second] = [randomUUID(), randomUUID()];
  const reassign = () => act("POST", "/pools/named/reassign", { user: "ASmith", reason: "left the team" });
  await wire.checkout(first, { product: "named", user: "asmith" });
  expect(await reassign()).toMatchObject({
    status: 404,
    message: expect.stringContaining(`reclaim the lease ${first}`),
  });

  await wire.checkin(first);
  expect(await wire.checkout(second, { product: "named", user: "bjones" })).toMatchObject({ reason: "no_seats" });
  expect(await reassign()).toMatchObject({ status: 200 });
  expect(await wire.checkout(randomUUID(), { product: "named", user: "bjones" })).toMatchObject({ type: "granted" });
  expect(await reassign()).toMatchObject({ status: 404, message: "no seat of named is assigned to ASmith" });
  wire.close();
});

test("a borrowed seat is recalled and not reclaimed, and its ticket bears a key that the welcome tells", async () => {
  const wire = await Wire.open(at.daemon.url, "PC-2");
  const leaseId = randomUUID();
  const borrowUntilMs = Date.now() + 86_400_000;
  const granted = await wire.checkout(leaseId, { product: "cad", borrowUntilMs });
  expect(granted).toMatchObject({ type: "granted", flags: ["borrowed"], borrowedUntilMs: borrowUntilMs });
  const [head] = (granted as { ticket: string }).ticket.split(".");
  const { kid } = JSON.parse(Buffer.from(head as string, "base64url").toString());
  expect((await wire.welcome).ticketKeys).toContain(kid);
  expect(readFileSync(join(at.daemon.data, "ticket-keys.json"), "utf8")).toContain(kid);

  expect(await act("DELETE", `/leases/${leaseId}`, { reason: "needed" })).toMatchObject({
    status: 400,
    message: expect.stringContaining("recall it instead"),
  });
  expect(await act("POST", `/leases/${leaseId}/recall`, { reason: "needed" })).toMatchObject({ status: 200 });
  const { items } = (await (await fetch(`${at.daemon.httpUrl}/api/v1/leases?pool=cad`)).json()) as { items: unknown[] };
  expect(items).toContainEqual(
    expect.objectContaining({ leaseId, flags: ["borrowed", "recalled"], borrowedUntilMs: borrowUntilMs }),
  );
  wire.close();
});

test.each([
  ["no reason", "DELETE", `/leases/${randomUUID()}`, {}, 400, "reason: is missing"],
  ["a lease that there is not", "DELETE", `/leases/${randomUUID()}`, { reason: "x" }, 404, "no pool holds the lease"],
  [
    "a pool that there is not",
    "POST",
    "/pools/nowhere/reassign",
    { user: "a", reason: "x" },
    404,
    "has no pool nowhere",
  ],
  [
    "a user and a device",
    "POST",
    "/pools/named/reassign",
    { user: "a", device: "b", reason: "x" },
    400,
    "a user or a device",
  ],
] as const)("an act with %s changes nothing and says so", async (_, method, path, body, status, words) => {
  expect(await act(method, path, body)).toMatchObject({ status, message: expect.stringContaining(words) });
});

test("a manager changes a part of the register: its next revision, for every daemon, with what was written beside it kept", async () => {
  await using other = await startDaemon({ register: REGISTER, env: at.env() });
  const seen = (await (await fetch(`${at.daemon.httpUrl}/api/v1/register`)).json()) as { revision: number };
  const buy = (seats: number, revision?: number) =>
    act("PATCH", "/register", {
      ...{ reason: "bought", ...(revision !== undefined && { revision }) },
      changes: [
        { op: "add", path: "/pools/cad/entitlements/-", value: { reference: "PO-7", seats, starts: "2021-01-01" } },
      ],
    });

  expect(await buy(5, seen.revision)).toMatchObject({ status: 200, revision: seen.revision + 1 });
  const owned = async () =>
    ((await (await fetch(`${other.httpUrl}/api/v1/pools/cad`)).json()) as { owned: number }).owned;
  await expect.poll(owned).toBe(14);
  const inForce = (await (await fetch(`${other.httpUrl}/api/v1/register`)).json()) as { text: string };
  expect(inForce.text).toMatch(/^# Kept by ICT\.\n/);

  expect(await buy(5, seen.revision)).toMatchObject({ status: 409, code: "register_stale" });
  expect(await buy(-5)).toMatchObject({
    status: 422,
    code: "register_invalid",
    message: expect.stringContaining("pools.cad.entitlements[2].seats"),
  });
  const nowhere = [{ op: "remove", path: "/pools/gis" }];
  expect(await act("PATCH", "/register", { reason: "gone", changes: nowhere })).toMatchObject({
    ...{ status: 400, code: "message_invalid", message: "/pools/gis is not there" },
  });
  expect(await owned()).toBe(14);

  // A daemon that starts with the file as it was obeys what is in force.
  await using later = await startDaemon({ register: REGISTER, env: at.env() });
  const { revision } = (await (await fetch(`${later.httpUrl}/api/v1/register`)).json()) as { revision: number };
  expect(revision).toBe(seen.revision + 1);
});
