import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection } from "../client-shim/connection.ts";
import { DeviceKey } from "../client-shim/device-key.ts";
import { inTurn, type Measured, measured, ratio } from "./measure.ts";
import { cpuSecondsOf } from "./process-cpu.ts";
import { Product, REGISTER } from "./product.ts";

const SHIMS = 2000;
/** So many connect at a time, as after a restart of the daemon. */
const AT_ONCE = 100;
const ROUNDS = 5;
const WITHIN_MS = 10_000;

const ACCESS = "access: { shims: { enrolment: true } }\n";

interface Shim {
  device: string;
  prove?: (challenge: string) => Promise<string>;
}

/** A key for each of them, known to the daemon. */
async function enrolled({ httpUrl }: Product, folder: string): Promise<Shim[]> {
  const ask = async (path: string, content: object) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(httpUrl + path, { method: "POST", headers, body: JSON.stringify(content) });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as { token: string; audience: string };
  };
  const shims: Shim[] = [];
  for (let i = 0; i < SHIMS; i++) {
    const device = `pc-${i}`;
    const key = new DeviceKey(join(folder, device), device);
    const { token } = await ask("/api/v1/devices/enrolment-tokens", { device });
    key.enrolled((await ask("/api/v1/devices/enrol", { device, token, publicKey: key.toEnrol() })).audience);
    shims.push({ device, prove: (challenge) => key.proofFor(challenge) });
  }
  return shims;
}

/** Seconds until all of them are welcome, the daemon's seconds of a core for that, and a connection's own milliseconds. */
async function connectAll({ port, pid }: Product, shims: readonly Shim[]) {
  const address = new URL(`ws://127.0.0.1:${port}`);
  const left = [...shims];
  const connections: Connection[] = [];
  const [beganMs, cpu] = [performance.now(), cpuSecondsOf(pid)];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let shim = left.pop(); shim; shim = left.pop())
        connections.push(await Connection.open(address, { shim: "bench/1", ...shim }, WITHIN_MS));
    }),
  );
  const taken = { seconds: (performance.now() - beganMs) / 1000, cpu: cpuSecondsOf(pid) - cpu };
  for (const connection of connections) connection.close();
  await Promise.all(connections.map(({ closed }) => closed));
  return taken;
}

/**
 * What it costs that computers prove who they are: as many shims as a council has, connecting with keys of their own and
 * without, side by side. What their own processors do for it is counted too, here on one core instead of on theirs.
 */
export async function authentication(): Promise<Measured[]> {
  await using open = await Product.start();
  await using asking = await Product.start({ register: `${REGISTER}${ACCESS}` });
  const folder = mkdtempSync(join(tmpdir(), "seatmeter-bench-"));
  try {
    const known = await enrolled(asking, folder);
    const unknown = known.map(({ device }) => ({ device }));
    const { without, proving } = await inTurn(
      { without: () => connectAll(open, unknown), proving: () => connectAll(asking, known) },
      ROUNDS,
    );
    const of = (taken: typeof without, what: "seconds" | "cpu") => taken.map((one) => one[what]);
    const name = `${SHIMS} shims connect`;
    return [
      measured(`${name} without`, "s", of(without, "seconds")),
      measured(`${name} and prove who they are`, "s", of(proving, "seconds")),
      ratio("with beside without", of(proving, "seconds"), of(without, "seconds"), "authentication"),
      measured("the daemon's core, without", "s", of(without, "cpu")),
      measured("the daemon's core, proving", "s", of(proving, "cpu")),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
