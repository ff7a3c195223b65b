import { randomUUID } from "node:crypto";
import autocannon from "autocannon";
import type { Measured } from "./measure.ts";
import { Product } from "./product.ts";

const WARM_UP_SECONDS = 2;
const SECONDS = 4;
const CHECKOUT_CONNECTIONS = 50;
const SCRAPE_CONNECTIONS = 4;
const JSON_HEADERS = { "content-type": "application/json" };

/** Every connection asks for a seat, gives it back, and asks again. */
function checkoutsAndReturns(): autocannon.Options["requests"] {
  return [
    {
      method: "POST",
      path: "/api/v1/checkouts",
      setupRequest: (request, context: { leaseId?: string; device?: string }) => {
        context.device ??= `pc-${randomUUID().slice(0, 8)}`;
        context.leaseId = randomUUID();
        const checkout = { leaseId: context.leaseId, product: "product-0", user: "user-1", version: "2026" };
        const headers = { ...JSON_HEADERS, "seatmeter-device": context.device };
        return { ...request, headers, body: JSON.stringify(checkout) };
      },
    },
    {
      method: "DELETE",
      setupRequest: (request, context: { leaseId?: string; device?: string }) => {
        const headers = { "seatmeter-device": context.device ?? "" };
        return { ...request, headers, path: `/api/v1/checkouts/${context.leaseId}` };
      },
    },
  ];
}

async function ask(name: string, product: Product, options: Omit<autocannon.Options, "url" | "duration">) {
  await autocannon({ ...options, url: product.httpUrl, duration: WARM_UP_SECONDS });
  const before = await product.cpu();
  const result = await autocannon({ ...options, url: product.httpUrl, duration: SECONDS });
  const after = await product.cpu();
  const failed = result.errors + result.non2xx;
  if (failed > 0) throw new Error(`${name}: ${failed} of ${result.requests.total} requests failed`);
  const each = (cpuSeconds: number) => (cpuSeconds * 1e6) / result.requests.total;
  return [
    { name, unit: "/s", value: result.requests.average },
    { name: `${name}: half are answered within`, unit: "ms", value: result.latency.p50 },
    { name: `${name}: 99 of 100 are answered within`, unit: "ms", value: result.latency.p99 },
    { name: `${name}: daemon`, unit: "CPU µs a request", value: each(after.daemon - before.daemon) },
  ];
}

/** HTTP by autocannon, which runs in this process: checkouts with their returns, and the page that Prometheus scrapes. */
export async function http(): Promise<Measured[]> {
  await using product = await Product.start();
  const requests = checkoutsAndReturns();
  return [
    ...(await ask("checkouts and returns", product, { connections: CHECKOUT_CONNECTIONS, requests: requests ?? [] })),
    ...(await ask("/metrics of 16 pools", product, {
      connections: SCRAPE_CONNECTIONS,
      requests: [{ method: "GET", path: "/metrics" }],
    })),
  ];
}
