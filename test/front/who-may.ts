import type { Role } from "../../daemon/access/tokens.ts";

/*
 * WHO MAY DO WHAT, as officers were promised it: written here by hand, and not taken from the code that it judges. A route or
 * a message that is not here fails the test; so does one that lets in more, or fewer.
 */

/** Everybody, whether they say who they are or not. */
export const ANYBODY = "anybody";
const READERS: Role[] = ["viewer", "procurement", "manager", "auditor", "admin"];
const AUDITORS: Role[] = ["auditor", "admin"];
const DECIDERS: Role[] = ["procurement", "manager", "admin"];
const MANAGERS: Role[] = ["manager", "admin"];
/** Names of computers may lead to persons. */
const COMPUTER_READERS: Role[] = ["manager", "auditor", "admin"];
const ADMINS: Role[] = ["admin"];
const SHIMS: Role[] = ["shim", "gateway"];
const METRICS: Role[] = ["metrics"];

export const WHO_MAY_ASK: Record<string, Role[] | typeof ANYBODY> = {
  "GET /": READERS,
  "GET /live": READERS,
  "GET /pools/:pool": READERS,
  "GET /denials": READERS,
  "POST /denials/search": READERS,
  "GET /register": READERS,
  "GET /renewals": READERS,
  "GET /renewals/:pool": READERS,
  "GET /renewals/:pool/history": READERS,
  "POST /renewals/:pool/decision": DECIDERS,
  "POST /renewals/:pool/notes": DECIDERS,

  "GET /compliance": READERS,
  "GET /computers": COMPUTER_READERS,
  "POST /computers/ask": MANAGERS,
  "POST /computers/retire": MANAGERS,

  "GET /audit": AUDITORS,
  "GET /privacy": READERS,
  "POST /privacy/person": AUDITORS,

  "GET /accessibility": ANYBODY,
  "GET /sign-in": ANYBODY,
  "POST /sign-in": ANYBODY,
  "GET /sign-in/start": ANYBODY,
  "GET /sign-in/callback": ANYBODY,
  "POST /sign-out": ANYBODY,
  "GET /assets/:digest/:file": ANYBODY,
  "GET /healthz": ANYBODY,
  "GET /readyz": ANYBODY,

  "GET /metrics": METRICS,

  "GET /api/v1/pools": READERS,
  "GET /api/v1/pools/:pool": READERS,
  "GET /api/v1/leases": READERS,
  "GET /api/v1/waiting": READERS,
  "GET /api/v1/denials": READERS,
  "POST /api/v1/denials/search": READERS,
  "GET /api/v1/usage": READERS,
  "GET /api/v1/what-if/:pool": READERS,
  "GET /api/v1/renewals": READERS,
  "GET /api/v1/renewals.csv": READERS,
  "GET /api/v1/renewals.ods": READERS,
  "GET /api/v1/renewals.ics": READERS,
  "GET /api/v1/renewals/:pool": READERS,
  "GET /api/v1/renewals/:pool.csv": READERS,
  "GET /api/v1/renewals/:pool.ods": READERS,
  "GET /api/v1/renewals/:pool.ics": READERS,
  "GET /api/v1/register": READERS,
  "GET /api/v1/register.csv": READERS,
  "GET /api/v1/register.ods": READERS,
  "GET /api/v1/compliance": READERS,
  "GET /api/v1/compliance.csv": READERS,
  "GET /api/v1/compliance.ods": READERS,
  "GET /api/v1/computers": COMPUTER_READERS,
  "GET /api/v1/openapi.json": READERS,
  "POST /api/v1/explain": READERS,

  "GET /api/v1/audit": AUDITORS,
  "GET /api/v1/audit.csv": AUDITORS,
  "GET /api/v1/audit/verify": AUDITORS,
  "GET /api/v1/privacy": READERS,
  "POST /api/v1/privacy/export": AUDITORS,
  "POST /api/v1/privacy/export.csv": AUDITORS,
  "POST /api/v1/privacy/erase": ADMINS,

  "POST /api/v1/renewals/:pool/decision": DECIDERS,
  "POST /api/v1/renewals/:pool/notes": DECIDERS,
  "DELETE /api/v1/leases/:leaseId": MANAGERS,
  "POST /api/v1/leases/:leaseId/recall": MANAGERS,
  "POST /api/v1/pools/:pool/reassign": MANAGERS,
  "POST /api/v1/devices/retire": MANAGERS,
  "POST /api/v1/devices/enrolment-tokens": MANAGERS,
  "POST /api/v1/devices/remove": MANAGERS,
  // A token or a key says who may.
  "POST /api/v1/devices/enrol": ANYBODY,
  "POST /api/v1/devices/rotate-key": ANYBODY,
  "PUT /api/v1/register": ADMINS,

  "POST /api/v1/checkouts": SHIMS,
  "PUT /api/v1/checkouts/:leaseId": SHIMS,
  "DELETE /api/v1/checkouts/:leaseId": SHIMS,
};

/** Who may open the WebSocket, which is no route. */
export const WHO_MAY_CONNECT: Role[] = SHIMS;

type Answer = string;
/** What is answered to each message: about one's own, and about another computer's. */
export const WHO_MAY_SAY: Record<string, { own: Answer; others: Record<"shim" | "gateway", Answer> }> = {
  hello: { own: "welcome", others: { shim: "error forbidden", gateway: "error forbidden" } },
  checkout: { own: "granted", others: { shim: "error not_holder", gateway: "granted" } },
  heartbeat: { own: "alive", others: { shim: "error not_holder", gateway: "error not_holder" } },
  checkin: { own: "returned", others: { shim: "error not_holder", gateway: "error not_holder" } },
  postpone: { own: "error lease_unknown", others: { shim: "error not_holder", gateway: "error not_holder" } },
  // What is another's is left out in silence, or it would be told again for a week.
  journal: { own: "journalled", others: { shim: "journalled", gateway: "journalled" } },
  // It names no computer, so there is nothing of another's to say; this daemon keeps no history.
  inventory: { own: "error history_off", others: { shim: "error history_off", gateway: "error history_off" } },
};
