import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, expect, onTestFinished, test, vi } from "vitest";
import { SeatmeterError } from "../../daemon/domain/errors.ts";
import { openLog } from "../../daemon/front/log.ts";
import { type RegisterFile, RegisterInForce } from "../../daemon/register-in-force.ts";
import { demoRegister } from "../support/daemon.ts";
import { useLedger } from "../support/ledger.ts";
import { registerOf } from "../support/registers.ts";

const { openLedger, socket } = useLedger();
const started: RegisterInForce[] = [];
const folders: string[] = [];
afterAll(() => {
  for (const register of started) register.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const fileOf = (seats: number, path = "/etc/seatmeter.yaml"): RegisterFile => {
  const text = demoRegister({ seats });
  return { path, text, files: {}, register: registerOf(text).register };
};

/** A daemon's register, with a data directory of its own unless it is one that was there before. */
async function daemon(prefix: string, data = mkdtempSync(join(tmpdir(), "seatmeter-register-"))) {
  folders.push(data);
  const ledger = await openLedger({ prefix });
  const log: string[] = [];
  const register = new RegisterInForce({
    ledger,
    data,
    log: openLog("info", { write: (line) => void log.push(line) }),
  });
  started.push(register);
  const seats = async () => {
    const [level] = await ledger.levels(["demo"]);
    return level?.capacity;
  };
  return { ledger, register, log, data, seats };
}

test("of daemons that start at once on an empty ledger one publishes, and the others adopt", async () => {
  const prefix = `${randomUUID()}:`;
  const daemons = await Promise.all([1, 2, 3, 4].map(() => daemon(prefix)));

  await Promise.all(daemons.map(({ register }) => register.start(fileOf(3))));

  expect(daemons.map(({ register }) => register.current.revision)).toEqual([1, 1, 1, 1]);
});

test("a daemon that never read its file adopts what is in force, and says that the two differ", async () => {
  const prefix = `${randomUUID()}:`;
  const first = await daemon(prefix);
  await first.register.start(fileOf(25));
  const second = await daemon(prefix);
  await second.register.start(fileOf(3));

  expect([second.register.fileDiffers, await first.seats()]).toEqual([true, 25]);

  const again = await daemon(prefix, second.data);
  await again.register.start(fileOf(4));
  expect([again.register.current.revision, again.register.fileDiffers, await first.seats()]).toEqual([2, false, 4]);
});

test("another file than the one that was read last is a changed one", async () => {
  const prefix = `${randomUUID()}:`;
  const first = await daemon(prefix);
  await first.register.start(fileOf(25));
  const moved = await daemon(prefix, first.data);
  await moved.register.start(fileOf(26, "/srv/seatmeter.yaml"));

  expect(await first.seats()).toBe(26);
});

test("a ledger that lost its register gets it again from a daemon that obeys it, under its revision", async () => {
  const prefix = `${randomUUID()}:`;
  const [one, other] = [await daemon(prefix), await daemon(prefix)];
  await one.register.start(fileOf(25));
  await one.register.apply(demoRegister({ seats: 30 }), {}, "admin");
  await other.register.start(fileOf(30));

  const redis = new Redis({ path: socket() });
  await redis.del(await redis.keys(`${prefix}*`));
  redis.disconnect();
  await Promise.all([one.register.refresh(), other.register.refresh()]);

  expect(await one.ledger.publication()).toMatchObject({ revision: 2, text: demoRegister({ seats: 30 }) });
  expect([one.register.lastReloadSucceeded, other.register.lastReloadSucceeded]).toEqual([true, true]);
});

test("a ledger that came back with an earlier register gets the one that is obeyed, and pools their rules by it", async () => {
  const prefix = `${randomUUID()}:`;
  const [one, other] = [await daemon(prefix), await daemon(prefix)];
  await one.register.start(fileOf(25));
  await other.register.start(fileOf(25));
  const redis = new Redis({ path: socket() });
  onTestFinished(() => redis.disconnect());
  const keys = await redis.keys(`${prefix}*`);
  const backup = await Promise.all(keys.map(async (key) => [key, (await redis.dumpBuffer(key))!] as const));
  await one.register.apply(demoRegister({ seats: 30 }), {}, "admin");
  await other.register.refresh();
  await redis.del(await redis.keys(`${prefix}*`));
  for (const [key, dump] of backup) await redis.restore(key, 0, dump);

  await Promise.all([one.register.refresh(), other.register.refresh()]);

  expect(await one.ledger.publication()).toMatchObject({ revision: 2, text: demoRegister({ seats: 30 }) });
  expect([one.register.current.revision, other.register.current.revision]).toEqual([2, 2]);
  expect(await one.seats()).toBe(30);
});

test("what is put in force on a ledger that came back older is a later revision than the one that is obeyed", async () => {
  const { ledger, register, seats } = await daemon(`${randomUUID()}:`);
  await register.start(fileOf(25));
  const redis = new Redis({ path: socket() });
  onTestFinished(() => redis.disconnect());
  const backup = (await redis.dumpBuffer(ledger.keys.register))!;
  await register.apply(demoRegister({ seats: 30 }), {}, "admin");
  await redis.restore(ledger.keys.register, 0, backup, "REPLACE");

  expect(await register.apply(demoRegister({ seats: 40 }), {}, "admin")).toEqual({ revision: 3 });
  expect([register.current.revision, await seats()]).toEqual([3, 40]);
});

test("whoever puts a register in force is answered its revision, and nothing of what stands in it", async () => {
  const { register } = await daemon(`${randomUUID()}:`);
  await register.start(fileOf(3));
  const seats = { op: "replace", path: "/pools/demo/entitlements/0/seats", value: 5 } as const;

  expect(await register.apply(demoRegister({ seats: 4 }), {}, "admin")).toEqual({ revision: 2 });
  expect(await register.apply(demoRegister({ seats: 4 }), {}, "admin")).toEqual({ revision: 2 });
  expect(await register.change([seats], 2, "admin")).toEqual({ revision: 3 });
  expect(await register.retire("PC-1", "2026-01-01", { by: "admin", reason: "stolen" })).toEqual({ revision: 4 });
});

test("a ledger that is away is no register that could not be taken", async () => {
  const { ledger, register, log } = await daemon(`${randomUUID()}:`);
  await register.start(fileOf(3));
  const away = vi.spyOn(ledger, "publication").mockRejectedValue(new SeatmeterError("ledger_unavailable", "away"));
  await register.refresh();
  away.mockRestore();

  expect(register.lastReloadSucceeded).toBe(true);
  expect(log.filter((line) => line.includes("could not be adopted"))).toEqual([]);
});

test("the log says which revision came into force, and not whose it is", async () => {
  const { register, log } = await daemon(`${randomUUID()}:`);
  await register.start(fileOf(3));
  await register.apply(demoRegister({ seats: 4 }), {}, "canary.person");

  expect(log.join("")).toContain('"revision":2');
  expect(log.join("")).not.toContain("canary");
});
