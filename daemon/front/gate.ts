import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Access } from "../access/access.ts";
import { type Admitted, admit } from "../access/roles.ts";
import type { Token } from "../access/tokens.ts";
import { SeatmeterError } from "../domain/errors.ts";
import type { ReportIncident } from "../domain/incidents.ts";
import { folded } from "../domain/names.ts";
import type { InForce } from "../domain/register.ts";
import { unauthenticated } from "./failed.ts";
import { forged, spoofed } from "./incidents.ts";
import { DEVICE_HEADER } from "./inputs.ts";
import { addressOf, claimsOtherAddress, fromElsewhere, refuseCallByName } from "./peer.ts";
import { sessionOf } from "./session-cookie.ts";
import { signInPath } from "./sign-in.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Who may use the route; without it nobody may. */
    roles?: Admitted;
    /** Open to everybody on a loopback listener, whatever the register asks of people. */
    openOnLoopback?: boolean;
  }
  interface FastifyRequest {
    /** Who asks; null where nobody has to say. */
    who: Token | null;
    /** Where the request comes from, behind the proxies that the register trusts. */
    address: string;
  }
}

export interface GateParts {
  access: Access;
  inForce: () => InForce;
  report: ReportIncident;
}

const CHANGES_NOTHING = ["GET", "HEAD", "OPTIONS"];

/** Before anything else is done with a request: may whoever sends it use that route? Denies what is not allowed. */
export function registerGate(app: FastifyInstance, { access, inForce, report }: GateParts) {
  app.decorateRequest("who", null);
  app.decorateRequest("address", "");
  app.addHook("onRequest", async (request, reply) => {
    const { register } = inForce();
    request.address = addressOf(request.raw, register);
    if (!CHANGES_NOTHING.includes(request.method) && fromElsewhere(request.raw, register)) {
      throw new SeatmeterError("forbidden", "pages elsewhere change nothing here");
    }
    if (claimsOtherAddress(request.raw, register)) report(spoofed(request.address, register));
    if (request.is404) return;
    const { roles, openOnLoopback } = request.routeOptions.config;
    // Before a session is looked up: what is open is so while the ledger is away.
    if (roles === "open" || (openOnLoopback && !access.exposed)) return;
    const who = (await access.who(request.headers.authorization, sessionOf(request))) ?? certified(request, access);
    const verdict = admit(roles, who, access.asks);
    if (who && verdict === "known") request.who = who;
    if (verdict === "unauthenticated") {
      if (request.headers.authorization !== undefined) report(forged(request.address, register));
      return askWho(request, reply);
    }
    if (verdict === "forbidden") {
      const may = roles?.join(", ") ?? "nobody";
      throw new SeatmeterError("forbidden", `${who?.name ?? "somebody unknown"} may not: this is for ${may}`);
    }
    if (verdict === "welcome") refuseCallByName(request.raw, register);
  });
}

/** The computer whose certificate came along, by the one of its names that the request says. */
function certified({ headers, raw }: FastifyRequest, access: Access): Token | undefined {
  if (headers.authorization !== undefined) return undefined;
  const names = access.certified(raw.socket);
  const said = String(headers[DEVICE_HEADER.toLowerCase()] ?? "");
  const name = names.find((one) => folded(one) === folded(said)) ?? names[0];
  return name === undefined ? undefined : { name, role: "shim" };
}

/** A browser is led to the form; a program is told. */
function askWho(request: FastifyRequest, reply: FastifyReply) {
  if (request.method === "GET" && request.headers.accept?.includes("text/html")) {
    return reply.redirect(signInPath(request.url), 303);
  }
  reply.header("www-authenticate", "Bearer");
  throw unauthenticated(request.raw);
}
