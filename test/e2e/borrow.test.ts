import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { daemonsOfFile } from "../support/of-file.ts";
import { BIN, emptyStateFolder, shim } from "../support/shim.ts";
import { Wire } from "../support/wire.ts";

const REGISTER = `
organisation: Exampleshire Council
products:
  demo: { owner: it@exampleshire.example, pools: [demo], whenUnreachable: refuse }
  other: { owner: it@exampleshire.example, pools: [other] }
pools:
  other: { entitlements: [{ reference: PO-2, seats: 9, starts: 2020-01-01 }] }
  demo:
    seatFor: [session]
    borrow: { maxDays: 14 }
    entitlements: [{ reference: PO-1, seats: 1, starts: 2020-01-01 }]
`;

const at = daemonsOfFile(REGISTER);

/** A laptop, with the network or without. */
function laptop(device: string, state = emptyStateFolder()) {
  const env = { SEATMETER_DEVICE: device, SEATMETER_STATE: state };
  return {
    state,
    online: (...args: string[]) => shim(args, { ...env, SEATMETER_URL: at.daemon.url }).finished,
    offline: (...args: string[]) => shim(args, env).finished,
  };
}
const RUN = ["run", "demo", "--", "echo", "ran"];

async function usedByOthers(): Promise<boolean> {
  const wire = await Wire.open(at.daemon.url);
  const leaseId = randomUUID();
  const { type } = await wire.checkout(leaseId);
  if (type === "granted") await wire.checkin(leaseId);
  wire.close();
  return type !== "granted";
}

test("a borrowed laptop starts the program without the network, another one does not, and an early return frees the seat at once", async () => {
  const mine = laptop("PC-12");
  // It has heard once that nobody may launch without the at.daemon.
  expect(await mine.online(...RUN)).toMatchObject({ exit: 0, stdout: "ran\n" });
  expect(await mine.offline(...RUN)).toMatchObject({ exit: 69, stdout: "" });

  expect(await mine.online("borrow", "demo", "--until", "3d")).toMatchObject({ exit: 0 });
  expect(await usedByOthers()).toBe(true);
  expect(await mine.offline(...RUN)).toMatchObject({ exit: 0, stdout: "ran\n" });
  expect(await laptop("PC-13", mine.state).offline(...RUN)).toMatchObject({ exit: 69, stdout: "" });
  expect(await laptop("PC-14").online("borrow", "demo", "--until", "3d")).toMatchObject({ exit: 75 });

  expect(await mine.online("return", "demo")).toMatchObject({ exit: 0 });
  expect(await usedByOthers()).toBe(false);
  expect(await mine.offline(...RUN)).toMatchObject({ exit: 69, stdout: "" });
});

test("a ticket of the daemon's older key holds while that key is good, and not after", async () => {
  const mine = laptop("PC-20");
  const ticketKeys = async () => {
    const wire = await Wire.open(at.daemon.url);
    wire.close();
    return (await wire.welcome).ticketKeys;
  };
  const renewKey = () => {
    execFileSync(process.execPath, [BIN, "ticket-key", at.daemon.data]);
    process.kill(at.daemon.pid, "SIGHUP");
  };
  // Whoever speaks to the daemon learns its keys; a daemon that is busy is not always reached at once.
  const afterwards = async () => {
    await mine.online("run", "other", "--", "true");
    return mine.offline(...RUN);
  };
  await mine.online("borrow", "demo", "--until", "3d");
  const [first] = await ticketKeys();

  renewKey();
  await expect.poll(ticketKeys).toHaveLength(2);
  expect(await afterwards()).toMatchObject({ exit: 0, stdout: "ran\n" });

  renewKey();
  await expect.poll(ticketKeys).not.toContain(first);
  await expect.poll(afterwards).toMatchObject({ exit: 69, stdout: "" });
  expect(await mine.online("borrow", "demo", "--until", "4d")).toMatchObject({ exit: 0 });
  expect(await mine.offline(...RUN)).toMatchObject({ exit: 0, stdout: "ran\n" });
  await mine.online("return", "demo");
});
