import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { dataFolder, demoRegister, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { textOf } from "../support/source.ts";
import { Wire } from "../support/wire.ts";

const LEASE = "00000000-0000-4000-8000-000000000001";
const KEYS = ["pseudonym-keys.json", "ticket-keys.json", "erasures.json"];

/** The commands of docs/backup.md for one machine, without those that stop and start the service. */
const [backUp = "", restore = ""] = [...textOf("docs/backup.md").matchAll(/```sh\n(.*?)```/gs)].map(([, text = ""]) =>
  text.replaceAll(/^systemctl .*\n/gm, ""),
);

const ask = async ({ httpUrl }: TestDaemon, path: string, body: object) => {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${httpUrl}/api/v1/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  return (await answer.json()) as { items: unknown[] };
};
const denials = async (daemon: TestDaemon) => (await ask(daemon, "denials/search", { user: "bjones" })).items;

test("what is backed up as the documents say is there again: seats, history, the keys by which people are found, and who was erased", async () => {
  using data = dataFolder();
  const backup = mkdtempSync(join(tmpdir(), "seatmeter-backup-"));
  onTestFinished(() => rmSync(backup, { recursive: true }));
  const shell = (text: string) =>
    execFileSync("sh", ["-e", "-c", text], {
      env: { PATH: process.env.PATH, SEATMETER_DATA: data.path, BACKUP: backup },
      stdio: "pipe",
    });
  const register = demoRegister({ seats: 1, lease: "{ ttl: 10m, heartbeatEvery: 1m }" });
  const start = () => startDaemon({ register, data: data.path, env: { SEATMETER_HISTORY: "on" } });
  const before = await start();
  const wire = await Wire.open(before.url, "pc-1");
  expect(await wire.checkout(LEASE)).toMatchObject({ type: "granted" });
  expect(await wire.checkout("00000000-0000-4000-8000-000000000002", { user: "bjones" })).toMatchObject({
    type: "denied",
  });
  await expect.poll(() => denials(before)).toHaveLength(1);
  const told = await denials(before);
  await ask(before, "privacy/erase", { user: "cdavies", reason: "asked for" });
  await before.stop();
  const keys = KEYS.map((file) => readFileSync(join(data.path, file), "utf8"));

  shell(backUp);
  for (const entry of readdirSync(data.path)) rmSync(join(data.path, entry), { recursive: true });
  shell(restore);
  expect(KEYS.every((file) => existsSync(join(data.path, file)))).toBe(true);

  await using after = await start();
  const again = await Wire.open(after.url, "pc-2");
  expect(await again.checkout("00000000-0000-4000-8000-000000000003")).toMatchObject({ type: "denied" });
  expect(await denials(after)).toEqual(expect.arrayContaining(told));
  expect(KEYS.map((file) => readFileSync(join(data.path, file), "utf8"))).toEqual(keys);
  const apart = execFileSync("tar", ["-tzf", join(backup, "ledger-and-history.tgz")]).toString();
  expect(KEYS.filter((file) => apart.includes(file))).toEqual([]);
});
