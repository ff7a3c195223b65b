import formbody from "@fastify/formbody";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Access } from "../access/access.ts";
import { AttemptsByAddress } from "../access/attempts.ts";
import type { Token } from "../access/tokens.ts";
import { SeatmeterError } from "../domain/errors.ts";
import type { InForce } from "../domain/register.ts";
import type { SendPage } from "../pages/parts.ts";
import { sendProblem, wantsPage } from "../pages/problems.ts";
import { clearCookie, sessionOf, setCookie } from "./session-cookie.ts";

const SIGN_IN = "/sign-in";
const OPEN = { config: { roles: "open" } } as const;

/** Where the form is, for somebody who wanted to see that page. */
export const signInPath = (wanted: string) =>
  wanted === "/" ? SIGN_IN : `${SIGN_IN}?next=${encodeURIComponent(wanted)}`;

export interface SignInParts {
  access: Access;
  inForce: () => InForce;
  send: SendPage;
  /** Written down before somebody is let in. Errors: audit_unavailable */
  signsIn: (request: FastifyRequest, who: Token) => Promise<void>;
  /** Written down when somebody has gone. */
  signsOut: (request: FastifyRequest, who: Token) => Promise<void>;
  /** Somebody goes on guessing. */
  guesses: (request: FastifyRequest) => void;
}

/** The form for people with a token: a browser keeps the session that the token begins, not the token. */
export function registerSignIn(
  root: FastifyInstance,
  { access, inForce, send, signsIn, signsOut, guesses }: SignInParts,
) {
  const attempts = new AttemptsByAddress();

  // On its own, so that forms are read here and nowhere else.
  root.register(async (app) => {
    app.register(formbody);
    app.setErrorHandler((error: FastifyError, request, reply) => {
      if (!wantsPage(request)) throw error;
      return sendProblem(send, error, request, reply);
    });
    app.get<{ Querystring: { next?: unknown } }>(SIGN_IN, OPEN, (request, reply) =>
      form(request, reply, { next: pathWithin(request.query.next) }),
    );
    app.post<{ Body: { token?: unknown; next?: unknown } | undefined }>(SIGN_IN, OPEN, async (request, reply) => {
      const { token, next } = request.body ?? {};
      const nowMs = Date.now();
      const wanted = pathWithin(next);
      if (!attempts.mayTry(request.address, nowMs)) {
        guesses(request);
        reply.status(429).header("retry-after", "60");
        return form(request, reply, { next: wanted, problem: "Too many attempts failed. Try again in a minute." });
      }
      const session = await access.signIn(typeof token === "string" ? token.trim() : "");
      const who = await access.who(undefined, session);
      if (session && who) {
        try {
          await signsIn(request, who);
        } catch (error) {
          await access.signOut(session);
          if (!(error instanceof SeatmeterError)) throw error;
          return form(request, reply.status(error.status), { next: wanted, problem: NOT_WRITTEN });
        }
        await endSession(access, request);
        return setCookie(reply, "session", session).redirect(wanted, 303);
      }
      attempts.failed(request.address, nowMs);
      return form(request, reply.status(422), {
        next: wanted,
        problem: "This token is unknown here, or its last day is past.",
      });
    });
    app.post("/sign-out", OPEN, async (request, reply) => {
      const session = sessionOf(request);
      const who = session === undefined ? undefined : await access.who(undefined, session);
      await endSession(access, request);
      if (who) await signsOut(request, who);
      const issuersEnd = await access.signOn.endUrl();
      clearCookie(reply, "session");
      if (issuersEnd === undefined) return reply.redirect(SIGN_IN, 303);
      return send(reply, "signed-out.njk", { issuersEnd, issuer: new URL(issuersEnd).host });
    });
  });

  async function form(request: FastifyRequest, reply: FastifyReply, shown: { next: string; problem?: string }) {
    const { people } = inForce().register.access;
    const ways = { tokens: people?.tokensFile !== undefined, issuer: people?.oidc && new URL(people.oidc.issuer).host };
    const who = await access.who(undefined, sessionOf(request));
    return send(reply, "sign-in.njk", { who, asked: access.asks.people, ...ways, ...shown });
  }
}

const NOT_WRITTEN =
  "Whoever may do something here is written down when he signs in, and that cannot be done just now. Try again.";

/** Whatever a browser was signed in with before; an id that somebody else put there is worth nothing. */
export async function endSession(access: Access, request: FastifyRequest): Promise<void> {
  const session = sessionOf(request);
  if (session !== undefined) await access.signOut(session);
}

/** A path of ours out of anything, so that signing in leads nowhere else. */
export function pathWithin(wanted: unknown): string {
  if (typeof wanted !== "string" || !wanted.startsWith("/")) return "/";
  const here = "http://here.invalid";
  if (!URL.canParse(wanted, here)) return "/";
  const { origin, pathname, search } = new URL(wanted, here);
  return origin === here && !pathname.startsWith("//") ? pathname + search : "/";
}
