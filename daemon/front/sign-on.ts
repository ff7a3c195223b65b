import type { FastifyError, FastifyInstance, FastifyRequest } from "fastify";
import { sendProblem, stranger } from "../pages/problems.ts";
import { hostOf } from "./peer.ts";
import { clearCookie, cookieOf, setCookie } from "./session-cookie.ts";
import { endSession, pathWithin, type SignInParts } from "./sign-in.ts";

const OPEN = { config: { roles: "open" } } as const;
/** Where the issuer sends browsers back to: people enter it there, so it stays what it is. */
const BACK = "/sign-in/callback";

/** Single sign-on: a browser goes to the issuer, and comes back as somebody. */
export function registerSignOn(root: FastifyInstance, { access, inForce, send, signsIn }: SignInParts) {
  root.register(async (app) => {
    app.setErrorHandler((error: FastifyError, request, reply) => {
      request.log.warn({ err: error }, "single sign-on did not come to its end");
      return sendProblem(send, error, request, reply);
    });

    app.get<{ Querystring: { next?: unknown } }>("/sign-in/start", OPEN, async (request, reply) => {
      const { url, keep } = await access.signOn.begin(originOf(request) + BACK, pathWithin(request.query.next));
      return setCookie(reply, "signOn", keep).redirect(url, 303);
    });

    app.get(BACK, OPEN, async (request, reply) => {
      clearCookie(reply, "signOn");
      const query = request.url.split("?")[1] ?? "";
      const { begun, next } = await access.signOn.finish(query, cookieOf(request, "signOn"));
      const session = await access.signInAs(begun);
      const who = await access.who(undefined, session);
      if (session === undefined || !who) return send(reply.status(403), "problem.njk", { problem: stranger(begun) });
      try {
        await signsIn(request, who);
      } catch (error) {
        await access.signOut(session);
        throw error;
      }
      await endSession(access, request);
      // A page of ours leads on, because a redirect would still count as the issuer's, and the cookie stay behind.
      return send(setCookie(reply, "session", session), "signed-in.njk", { next });
    });
  });

  const originOf = (request: FastifyRequest) =>
    `${request.server.secure ? "https" : "http"}://${hostOf(request.raw, inForce().register)}`;
}
