import type { FastifyReply, FastifyRequest } from "fastify";
import { SESSION_MS } from "../access/sessions.ts";

/*
 * The cookie that holds the id of a session. Under TLS its name says that no other host and no plain connection can have
 * set it.
 */

const nameOf = (secure: boolean) => (secure ? "__Host-seatmeter" : "seatmeter");
const optionsOf = (secure: boolean) => ({ path: "/", httpOnly: true, sameSite: "strict", secure }) as const;

export function sessionOf(request: FastifyRequest): string | undefined {
  const { cookie } = request.headers;
  return cookie === undefined ? undefined : request.server.parseCookie(cookie)[nameOf(request.server.secure)];
}

export function beginSession(reply: FastifyReply, id: string) {
  const { secure } = reply.server;
  return reply.setCookie(nameOf(secure), id, { ...optionsOf(secure), maxAge: SESSION_MS / 1000 });
}

export function endSession(reply: FastifyReply) {
  const { secure } = reply.server;
  return reply.clearCookie(nameOf(secure), optionsOf(secure));
}
