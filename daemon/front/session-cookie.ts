import type { FastifyReply, FastifyRequest } from "fastify";
import { SIGN_ON_SECONDS } from "../access/sealed.ts";
import { SESSION_MS } from "../access/sessions.ts";

/*
 * The cookies that we set. Under TLS their names say that no other host and no plain connection can have set them.
 */

const COOKIES = {
  /** The id of a session. */
  session: { name: "seatmeter", sameSite: "strict", seconds: SESSION_MS / 1000 },
  /** What is known while somebody is away at the issuer. They come back by its link, which `strict` would hold back. */
  signOn: { name: "seatmeter-sign-on", sameSite: "lax", seconds: SIGN_ON_SECONDS },
} as const;
type Cookie = keyof typeof COOKIES;

const nameOf = (cookie: Cookie, secure: boolean) => `${secure ? "__Host-" : ""}${COOKIES[cookie].name}`;
const optionsOf = (cookie: Cookie, secure: boolean) =>
  ({ path: "/", httpOnly: true, sameSite: COOKIES[cookie].sameSite, secure }) as const;

export function cookieOf({ headers, server }: FastifyRequest, cookie: Cookie): string | undefined {
  return headers.cookie === undefined ? undefined : server.parseCookie(headers.cookie)[nameOf(cookie, server.secure)];
}

export const sessionOf = (request: FastifyRequest) => cookieOf(request, "session");

export function setCookie(reply: FastifyReply, cookie: Cookie, text: string): FastifyReply {
  const { secure } = reply.server;
  const options = { ...optionsOf(cookie, secure), maxAge: COOKIES[cookie].seconds };
  return reply.setCookie(nameOf(cookie, secure), text, options);
}

export function clearCookie(reply: FastifyReply, cookie: Cookie): FastifyReply {
  const { secure } = reply.server;
  return reply.clearCookie(nameOf(cookie, secure), optionsOf(cookie, secure));
}
