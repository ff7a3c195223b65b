import { join } from "node:path";
import { Redis } from "ioredis";
import { startDaemon } from "../test/support/daemon.ts";
import { PEOPLE } from "./load-connection.ts";
import { cpuSecondsOf } from "./process-cpu.ts";
import { cpuSeconds } from "./redis-server.ts";

/** As many as a large council has programs worth metering. */
export const PRODUCTS = 16;

const names = Array.from({ length: PRODUCTS }, (_, i) => `product-${i}`);

/** Seats enough, so that nobody is denied, and rules to look at before each: versions, who may, where. */
export const REGISTER = `
organisation: Exampleshire Council
timezone: Europe/London
sites:
  civic-centre: { name: Civic Centre, networks: [127.0.0.0/8] }
  depot: { name: Depot, networks: [10.20.0.0/16, 10.21.0.0/16] }
groups:
  planning:
    department: Planning
    members: [${Array.from({ length: PEOPLE }, (_, i) => `user-${i}`).join(", ")}]
products:
${names.map((name) => `  ${name}: { name: ${name}, owner: desk@council.example, pools: [${name}], versions: { current: "2026" } }`).join("\n")}
pools:
${names
  .map(
    (name) => `  ${name}:
    seatFor: [session]
    allow: ["group:planning"]
    deny: ["user:guest"]
    sites: { depot: { seats: 2 } }
    entitlements: [{ reference: PO-1, seats: 1000000, starts: 2020-01-01 }]`,
  )
  .join("\n")}
`;

/** The whole product, as it is started for use: a daemon's process and the Redis that it runs for itself. */
export class Product implements AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  readonly httpUrl: string;
  readonly redisSocket: string;
  readonly #daemon: Awaited<ReturnType<typeof startDaemon>>;
  readonly #redis: Redis;

  private constructor(daemon: Awaited<ReturnType<typeof startDaemon>>) {
    this.#daemon = daemon;
    this.pid = daemon.pid;
    this.httpUrl = daemon.httpUrl;
    this.port = Number(new URL(daemon.httpUrl).port);
    this.redisSocket = join(daemon.data, "redis/redis.sock");
    this.#redis = new Redis({ path: this.redisSocket });
  }

  /**
   * @param nodeOptions of the daemon's process, beside its own
   * @param register    the text of another one
   * @param data        a folder, for several that share what is in it, its Redis included
   */
  static async start({ appendOnly = true, nodeOptions = "", register = REGISTER, data = "" } = {}): Promise<Product> {
    const NODE_OPTIONS = `${process.env.SEATMETER_BENCH_NODE_OPTIONS ?? ""} ${nodeOptions}`;
    const env = { SEATMETER_LOG: "warn", NODE_OPTIONS };
    const product = new Product(await startDaemon({ register, env, ...(data && { data }) }));
    if (!appendOnly) await product.#redis.config("SET", "appendonly", "no");
    return product;
  }

  /** CPU seconds that daemon and Redis have taken so far. */
  readonly cpu = async () => ({ daemon: cpuSecondsOf(this.pid), redis: await cpuSeconds(this.#redis) });

  async [Symbol.asyncDispose]() {
    this.#redis.disconnect();
    await this.#daemon.stop();
  }
}
