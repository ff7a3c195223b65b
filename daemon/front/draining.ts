import type { FastifyInstance } from "fastify";
import { SeatmeterError } from "../domain/errors.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Answered to the end while the daemon drains: it tells that it does. */
    whileDraining?: boolean;
    /** The answer goes on until somebody ends it, so nobody waits for that. */
    endless?: boolean;
  }
}

export interface DrainingParts {
  isDraining: () => boolean;
  /** For answers under way. */
  withinMs: number;
}

/**
 * HTTP while the daemon drains: what was asked before is answered, and what is asked now is refused in the form of every
 * other error. Whoever cuts an act off half-way leaves an intent in the audit of which nobody knows how it went.
 */
export function registerDraining(app: FastifyInstance, { isDraining, withinMs }: DrainingParts) {
  let underWay = 0;
  let ended = () => {};

  app.addHook("onRequest", async ({ routeOptions: { config } }, { raw }) => {
    if (!config.endless) {
      underWay += 1;
      // Also where whoever asked has gone, of which Fastify tells no hook.
      raw.once("close", () => {
        underWay -= 1;
        if (underWay === 0) ended();
      });
    }
    if (isDraining() && !config.whileDraining) {
      throw new SeatmeterError("draining", "the daemon stops; another one answers, or this one in a moment");
    }
  });

  return {
    /** Until all is answered, or for so long. */
    async answered(): Promise<void> {
      if (underWay === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      ended = resolve;
      const late = setTimeout(resolve, withinMs);
      await promise;
      clearTimeout(late);
    },
  };
}
