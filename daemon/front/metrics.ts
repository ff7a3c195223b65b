import type { FastifyInstance } from "fastify";
import type { InForce } from "../domain/register.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Metrics, Snapshot } from "../metrics/metrics.ts";

export interface MetricsParts {
  metrics: Metrics;
  ledger: Pick<Ledger, "levels" | "health">;
  inForce: () => InForce;
  /** Shims connected to this daemon. */
  connections: () => number;
  lastReloadSuccessful: () => boolean;
  /** How it stands with the history; undefined: none is kept. */
  history?: () => Snapshot["history"];
  /** How far days are worked out; undefined: none are. */
  rollups?: () => Snapshot["rollups"];
}

/** `/metrics`, for Prometheus and whatever else reads its text or OpenMetrics. */
export function registerMetrics(app: FastifyInstance, parts: MetricsParts): void {
  app.get("/metrics", { config: { roles: ["metrics"], openOnLoopback: true } }, async (request, reply) => {
    const { register } = parts.inForce();
    const ledger = await askLedger(parts.ledger, Object.keys(register.pools));
    const { contentType, text } = await parts.metrics.page(
      {
        ...{ atMs: Date.now(), register, ledger },
        connections: parts.connections(),
        lastReloadSuccessful: parts.lastReloadSuccessful(),
        history: parts.history?.(),
        rollups: parts.rollups?.(),
      },
      request.headers.accept,
    );
    return reply.header("cache-control", "no-store").type(contentType).send(text);
  });
}

/** A ledger that is away is a fact to show, and no reason to have nothing to show. */
async function askLedger(ledger: MetricsParts["ledger"], pools: readonly string[]): Promise<Snapshot["ledger"]> {
  try {
    const [levels, health] = await Promise.all([ledger.levels(pools), ledger.health()]);
    return health.up ? { levels, health } : undefined;
  } catch {
    return undefined;
  }
}
