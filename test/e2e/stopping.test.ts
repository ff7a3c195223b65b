import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { redisPid } from "../../daemon/ledger/redis-process.ts";
import { dataFolder, demoRegister } from "../support/daemon.ts";

test("a daemon that is stopped while it starts takes the Redis that it started with it", async () => {
  using data = dataFolder();
  const register = join(data.path, "register.yaml");
  writeFileSync(register, demoRegister());
  const env = {
    ...{ PATH: process.env.PATH, SEATMETER_LISTEN: "127.0.0.1:0" },
    ...{ SEATMETER_DATA: data.path, SEATMETER_REGISTER: register },
  };
  const child = spawn(process.execPath, [join(import.meta.dirname, "../../daemon/main.ts")], { env });
  child.stdout.resume();
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    said += part;
  });
  await expect.poll(() => said).toContain("redis.sock");
  const redis = redisPid(join(data.path, "redis"));
  child.kill("SIGINT");
  const [exit] = await once(child, "exit");

  expect(exit).toBe(0);
  expect(existsSync(`/proc/${redis}`)).toBe(false);
});
