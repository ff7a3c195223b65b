import type { FastifyInstance } from "fastify";
import { SeatmeterError } from "../domain/errors.ts";
import type { Pressure } from "./pressure.ts";

/**
 * THE TABLE of reports: what is read at leisure, of the past or of what follows from it, by how its address begins. All else
 * goes on while the daemon is busy: who launches, gives back, administers, or looks whether it is well.
 */
export const REPORTS = [
  "/renewals",
  "/denials",
  "/api/v1/renewals",
  "/api/v1/denials",
  "/api/v1/usage",
  "/api/v1/what-if",
] as const;

const RETRY_AFTER_S = 10;

export const isReport = (path: string) =>
  REPORTS.some((report) => path === report || path.startsWith(`${report}/`) || path.startsWith(`${report}.`));

/** While there is too much to do, reports are refused before anything is done for them. */
export function shedReports(app: FastifyInstance, pressure: Pick<Pressure, "busy">): void {
  app.addHook("onRequest", async (request, reply) => {
    if (!pressure.busy || request.is404 || !isReport(request.routeOptions.url ?? "")) return;
    reply.header("retry-after", String(RETRY_AFTER_S));
    throw new SeatmeterError(
      "overloaded",
      `the daemon has too much to do for reports just now; seats are counted as ever, so ask again in ${RETRY_AFTER_S} s`,
    );
  });
}
