import type { FastifyRequest } from "fastify";
import type { Administration } from "./administration.ts";
import { Because, LeasePath, PoolPath, Reassign, Reclaim, Retire } from "./api-shapes.ts";
import { readInput } from "./inputs.ts";

export type Acts = Pick<Administration, "reclaim" | "recall" | "reassign" | "retire">;

/** What an administrator does, over HTTP; each with a reason, which stands in the audit (a reclaim may come without). */
export const httpActs = (acts: Acts, knownPool: (name: string) => string) => ({
  reclaim(request: FastifyRequest) {
    const { leaseId } = readInput(LeasePath, request.params);
    return acts.reclaim(leaseId, readInput(Reclaim, request.body ?? undefined).graceMs);
  },

  recall(request: FastifyRequest) {
    const { leaseId } = readInput(LeasePath, request.params);
    readInput(Because, request.body);
    return acts.recall(leaseId);
  },

  reassign(request: FastifyRequest) {
    const { user, device } = readInput(Reassign, request.body);
    const holder =
      user === undefined ? { kind: "device" as const, name: device as string } : { kind: "user" as const, name: user };
    return acts.reassign(knownPool(readInput(PoolPath, request.params).pool), holder);
  },

  retire(request: FastifyRequest) {
    const { reason, device } = readInput(Retire, request.body);
    return acts.retire({ by: byWhom(request), reason }, device);
  },
});

export const byWhom = (request: FastifyRequest) => request.who?.name ?? `somebody at ${request.address}`;
