import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { trustAuthorities } from "../client-shim/authorities.ts";
import { Connection } from "../client-shim/connection.ts";
import { DeviceKey } from "../client-shim/device-key.ts";
import { makeCertificate } from "../test/support/certificate.ts";
import { dataFolder } from "../test/support/daemon.ts";
import { inTurn, type Measured, measured, ratio } from "./measure.ts";
import { cpuSecondsOf } from "./process-cpu.ts";
import { Product, REGISTER } from "./product.ts";

const SHIMS = 2000;
/** So many connect at a time, as after a restart of the daemon. */
const AT_ONCE = 100;
const ROUNDS = 5;
const WITHIN_MS = 10_000;

const ACCESS = "access: { shims: { enrolment: true } }\n";
/** As everywhere off loopback. */
const TLS = "tls: { certificateFile: cert.pem, keyFile: key.pem }\n";

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
async function connectAll({ httpUrl, pid }: Product, shims: readonly Shim[]) {
  const address = new URL(httpUrl.replace(/^http/, "ws"));
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
  using folder = dataFolder();
  makeCertificate(folder.path);
  trustAuthorities(join(folder.path, "cert.pem"));
  const product = async (register: string) => {
    const data = dataFolder();
    cpSync(folder.path, data.path, { recursive: true });
    return await Product.start({ register: `${REGISTER}${register}`, data: data.path });
  };
  await using open = await product("");
  await using asking = await product(ACCESS);
  await using openTls = await product(TLS);
  await using askingTls = await product(TLS + ACCESS);
  const keys = mkdtempSync(join(tmpdir(), "seatmeter-bench-"));
  try {
    const known = await enrolled(asking, join(keys, "plain"));
    const knownTls = await enrolled(askingTls, join(keys, "tls"));
    const unknown = known.map(({ device }) => ({ device }));
    const taken = await inTurn(
      {
        without: () => connectAll(open, unknown),
        proving: () => connectAll(asking, known),
        "without, over TLS": () => connectAll(openTls, unknown),
        "proving, over TLS": () => connectAll(askingTls, knownTls),
      },
      ROUNDS,
    );
    const of = (way: keyof typeof taken, what: "seconds" | "cpu") => taken[way].map((one) => one[what]);
    const ways = Object.keys(taken) as (keyof typeof taken)[];
    const beside = "with beside without";
    return [
      ...ways.map((way) => measured(`${SHIMS} shims connect, ${way}`, "s", of(way, "seconds"))),
      ratio(
        `${beside}, over TLS`,
        of("proving, over TLS", "seconds"),
        of("without, over TLS", "seconds"),
        "authentication",
      ),
      ratio(`${beside}, in clear on loopback`, of("proving", "seconds"), of("without", "seconds")),
      ...ways.map((way) => measured(`the daemon's core, ${way}`, "s", of(way, "cpu"))),
    ];
  } finally {
    rmSync(keys, { recursive: true, force: true });
  }
}
