import type { FastifyInstance, FastifyRequest } from "fastify";
import { AttemptsByAddress } from "../access/attempts.ts";
import type { Token } from "../access/tokens.ts";
import type { Audit, Begun } from "../audit/audit.ts";
import { type Act, type ActName, LOOKS, NAMES_NOBODY, registerText } from "../domain/acts.ts";
import { SeatmeterError } from "../domain/errors.ts";
import { DeviceName, UserName } from "../domain/names.ts";
import type { InForce } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import type { Pseudonyms } from "../privacy/pseudonyms.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** What whoever uses the route does, where that is written down in the audit. */
    act?: ActName;
  }
  interface FastifyRequest {
    /** What was written down of it before it was done. */
    begun: Begun | null;
    /** The code of what went wrong. */
    failedWith: string;
    /** What is known of the act once it is done: `revision 7`. */
    actedOn: string;
  }
}

export interface AuditedParts {
  audit: Pick<Audit, "begin" | "end">;
  inForce: () => InForce;
  pseudonyms: Pick<Pseudonyms, "of">;
}

/**
 * Every act that a route names is written down before its handler is called, and with how it went before it is answered.
 * Where it cannot be written down it is not done (audit_unavailable). For all routes that are added after this.
 */
export function registerAudited(app: FastifyInstance, { audit, inForce, pseudonyms }: AuditedParts): void {
  app.decorateRequest("begun", null);
  app.decorateRequest("failedWith", "");
  app.decorateRequest("actedOn", "");
  /** Of those who need not say who they are: each try is two rows, and nobody is to fill the audit with them. */
  const failures = new AttemptsByAddress(OPEN_FAILURES);

  app.addHook("preHandler", async (request) => {
    const { act } = request.routeOptions.config;
    if (act === undefined) return;
    if (isOpen(request) && !failures.mayTry(request.address, Date.now()))
      throw new SeatmeterError("too_many_attempts", "too much failed from this address: try again in ten minutes");
    const subject = NAMES_NOBODY.has(act) ? "" : subjectOf(request, pseudonyms);
    if (LOOKS.has(act) && subject === "") return;
    const reason = LOOKS.has(act) ? "" : said(fieldsOf(request).reason ?? fieldsOf(request).note);
    const done = { act, about: aboutOf(request, act), subject, reason };
    request.begun = await audit.begin({ ...actorOf(request, request.who, inForce()), ...done });
  });

  app.addHook("onSend", async (request, reply) => {
    const { begun, failedWith, actedOn } = request;
    if (!begun) return;
    // Once, whatever else is sent of it.
    request.begun = null;
    if (isOpen(request) && isRefusal(reply.statusCode)) failures.failed(request.address, Date.now());
    const outcome = failedWith || (reply.statusCode < 400 ? "done" : `refused with ${reply.statusCode}`);
    await audit.end(begun, outcome, [begun.act.about, actedOn].filter((text) => text !== "").join(", "));
  });
}

/** A site behind one address may well be enrolled with tokens that are over, all at once. */
const OPEN_FAILURES = { most: 100, windowMs: 600_000 };
const isOpen = ({ routeOptions }: FastifyRequest) => routeOptions.config.roles === "open";
const isRefusal = (status: number) => status >= 400 && status < 500;

/** Who does it, and from where: by site, for an address is nobody's business in two years. */
const actorOf = (
  { address }: Pick<FastifyRequest, "address">,
  who: Token | null,
  { register }: InForce,
): Pick<Act, "who" | "role" | "site"> => ({
  ...{ who: who?.name ?? "", role: who?.role ?? "" },
  site: indexOf(register).siteOf(address),
});

/** Who may only look is let in unwritten: what he looks at is written where it is a person. Errors: audit_unavailable */
export const signsIn =
  (audit: Pick<Audit, "during">, inForce: () => InForce) =>
  async (request: FastifyRequest, who: Token): Promise<void> => {
    if (who.role === "viewer") return;
    const act = { act: "sign_in", about: "", subject: "", reason: "" } as const;
    await audit.during({ ...actorOf(request, who, inForce()), ...act }, async () => {});
  };

/** The same of whoever goes: he has gone by then, so what cannot be written down keeps nobody in. */
export const signsOut =
  (audit: Pick<Audit, "during">, inForce: () => InForce) =>
  async (request: FastifyRequest, who: Token): Promise<void> => {
    if (who.role === "viewer") return;
    const act = { act: "sign_out", about: "", subject: "", reason: "" } as const;
    try {
      await audit.during({ ...actorOf(request, who, inForce()), ...act }, async () => {});
    } catch (error) {
      request.log.warn({ why: (error as Error).message }, "that somebody signed out could not be written to the audit");
    }
  };

/** THE TABLE of what is told of a question besides names: each field, and what it is called. */
const TOLD = {
  leaseId: "lease",
  pool: "pool",
  product: "product",
  kind: "decision",
  seats: "seats",
  date: "day",
  from: "from",
  to: "to",
} as const;

function aboutOf(request: FastifyRequest, act: ActName): string {
  const { body } = request;
  const fields = fieldsOf(request);
  if (act === "apply_register") return registerText(typeof body === "string" ? body : String(fields.text ?? ""));
  if (act === "change_register") return changesOf(fields.changes);
  return Object.entries(TOLD)
    .flatMap(([field, name]) => {
      const text = said(fields[field]);
      return text === "" ? [] : [`${name} ${text}`];
    })
    .join(", ");
}

/** Which parts; computers stand there by their names, and what is written is nobody's business here. */
function changesOf(changes: unknown): string {
  if (!Array.isArray(changes)) return "";
  const told = changes.map(
    (change) => `${said(change?.op)} ${said(change?.path).replace(/^\/devices\/.*/, "/devices")}`,
  );
  return said(told.join(", "));
}

function subjectOf(request: FastifyRequest, pseudonyms: AuditedParts["pseudonyms"]): string {
  const { user, device } = fieldsOf(request);
  for (const [kind, name] of [
    ["user", UserName.safeParse(trimmed(user))],
    ["device", DeviceName.safeParse(device)],
  ] as const) {
    if (name.success) return pseudonyms.of(kind, name.data, Date.now()).thisYear;
  }
  return "";
}

/** Of a question that nobody has looked at yet: whatever it is, it is written down as the text that it is. */
const fieldsOf = ({ params, body }: FastifyRequest): Record<string, unknown> => ({
  ...(typeof body === "object" ? body : {}),
  ...(params as object),
});

const LONGEST = 200;
const trimmed = (value: unknown) => (typeof value === "string" ? value.trim() : value);
const said = (value: unknown) =>
  typeof value === "string" || typeof value === "number"
    ? String(value)
        .replaceAll(/[\s\p{Cc}\p{Cf}\p{Cs}]+/gu, " ")
        .trim()
        .slice(0, LONGEST)
    : "";
