import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { DENIALS } from "../domain/denials.ts";
import { SeatmeterError } from "../domain/errors.ts";
import { accept } from "../protocol/codec.ts";
import { CheckinBody, CheckinQuery, HeartbeatBody, LeasePath } from "./api-shapes.ts";
import { askerOf, readInput } from "./inputs.ts";
import type { Launches } from "./launches.ts";

const AnyObject = z.looseObject({});
type Deciding = Pick<Launches, "checkout" | "heartbeat" | "checkin">;

/** The wire for programs that cannot hold a WebSocket: the same messages, one a request. */
export const httpCheckouts = (launches: Deciding) => ({
  async checkout(request: FastifyRequest, reply: FastifyReply) {
    const message = accept("checkout", { type: "checkout", ...readInput(AnyObject, request.body) });
    const { answer } = await launches.checkout(askerOf(request, message.device), message);
    if (answer.type === "granted") reply.status(201);
    if (answer.type === "queued") reply.status(202);
    if (answer.type === "denied") reply.status(DENIALS[answer.reason].status);
    return answer;
  },

  async heartbeat(request: FastifyRequest) {
    const { leaseId } = readInput(LeasePath, request.params);
    const { idleMs } = readInput(HeartbeatBody, request.body) ?? {};
    const { alive, more } = await launches.heartbeat(askerOf(request), [leaseId], idleMs);
    if (alive.gone.length === 0) return more[0] ?? alive;
    throw new SeatmeterError("lease_unknown", `the lease ${leaseId} is not held any more`, { field: "leaseId" });
  },

  checkin(request: FastifyRequest) {
    const { leaseId } = readInput(LeasePath, request.params);
    const why = readInput(CheckinQuery, request.query).why ?? readInput(CheckinBody, request.body)?.why;
    return launches.checkin(askerOf(request), leaseId, why);
  },
});
