import { z } from "zod";
import type { Admitted } from "../access/roles.ts";
import type { ActName } from "../domain/acts.ts";
import { PERSON_ROLES } from "../domain/register.ts";
import { Alive, Denied, FRAME_BYTES, Granted, Offered, Queued, Reclaiming, Returned } from "../protocol/messages.ts";
import * as shapes from "./api-shapes.ts";
import * as audit from "./audit-shapes.ts";
import * as compliance from "./compliance-shapes.ts";
import { ExplainQuestion, Explanation } from "./explanations.ts";
import * as privacy from "./privacy-shapes.ts";
import * as renewals from "./renewal-shapes.ts";

export interface Route {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: `/${string}`;
  roles: NonNullable<Admitted>;
  /** Answered to the end while the daemon drains. */
  whileDraining?: true;
  /** What is written down in the audit, before it is done and after. */
  act?: ActName;
  does: string;
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
  /** The header `Seatmeter-Device` names the holder. */
  asDevice?: true;
  bodyBytes?: number;
  /** By status; whatever else goes wrong is a Failure. */
  answers: Record<number, z.ZodType>;
}

const READERS = PERSON_ROLES;
const DECIDERS = ["procurement", "manager", "admin"] as const;
const MANAGERS = ["manager", "admin"] as const;
const SHIMS = ["shim", "gateway"] as const;
export const AUDITORS = ["auditor", "admin"] as const;
/** A computer that one person uses leads to that person. */
const COMPUTER_READERS = ["manager", "auditor", "admin"] as const;
const REGISTER_BYTES = 4 * 1024 * 1024;

/** THE TABLE of what is there for programs, beside the WebSocket and the metrics. */
export const ROUTES = {
  alive: {
    method: "GET",
    path: "/healthz",
    roles: "open",
    whileDraining: true,
    does: "Whether the daemon runs.",
    answers: { 200: shapes.Health },
  },
  ready: {
    method: "GET",
    path: "/readyz",
    roles: "open",
    whileDraining: true,
    does: "Whether the daemon can do its work: 503 when it drains or has no register.",
    answers: { 200: shapes.Readiness, 503: shapes.Readiness },
  },
  pools: {
    method: "GET",
    path: "/api/v1/pools",
    roles: READERS,
    does: "Seats of every pool, now.",
    answers: { 200: shapes.listOf(shapes.PoolCounts) },
  },
  pool: {
    method: "GET",
    path: "/api/v1/pools/:pool",
    roles: READERS,
    does: "Seats of one pool, now.",
    params: shapes.PoolPath,
    answers: { 200: shapes.PoolCounts },
  },
  leases: {
    method: "GET",
    path: "/api/v1/leases",
    roles: READERS,
    does: "Who has seats of a pool now, by name.",
    query: shapes.LeasesQuery,
    answers: { 200: shapes.listOf(shapes.Lease) },
  },
  waiting: {
    method: "GET",
    path: "/api/v1/waiting",
    roles: READERS,
    does: "Who waits for seats of a pool now, by name and in their order: the first few hundred.",
    query: shapes.WaitingQuery,
    answers: { 200: shapes.listOf(shapes.Waiting) },
  },
  denials: {
    method: "GET",
    path: "/api/v1/denials",
    roles: READERS,
    does: "The newest denials, newest first, under pseudonym.",
    query: shapes.DenialsQuery,
    answers: { 200: shapes.listOf(shapes.Denial) },
  },
  searchDenials: {
    method: "POST",
    path: "/api/v1/denials/search",
    roles: READERS,
    act: "search_denials",
    does: "Denials of a person, a computer, a pool or a time, newest first. Names stand in the body, never in an address.",
    body: renewals.DenialsSearch,
    answers: { 200: shapes.listOf(shapes.Denial) },
  },
  usage: {
    method: "GET",
    path: "/api/v1/usage",
    roles: READERS,
    does: "What was used of a pool, by hour, day, week or month.",
    query: renewals.UsageQuery,
    answers: { 200: renewals.Usage },
  },
  whatIf: {
    method: "GET",
    path: "/api/v1/what-if/:pool",
    roles: READERS,
    does: "What another number of seats would have meant in the year that reports are about.",
    params: shapes.PoolPath,
    query: renewals.WhatIfQuery,
    answers: { 200: renewals.WhatIfAnswer },
  },
  renewals: {
    method: "GET",
    path: "/api/v1/renewals",
    roles: READERS,
    does: "All pools by when something has to be decided, late ones first.",
    answers: { 200: renewals.Calendar },
  },
  renewal: {
    method: "GET",
    path: "/api/v1/renewals/:pool",
    roles: READERS,
    does: "How many seats of a pool to renew, and what that follows from.",
    params: shapes.PoolPath,
    query: renewals.PeriodQuery,
    answers: { 200: renewals.Renewal },
  },
  decide: {
    method: "POST",
    path: "/api/v1/renewals/:pool/decision",
    roles: DECIDERS,
    act: "decide",
    does: "Write down what was decided about a renewal.",
    params: shapes.PoolPath,
    body: renewals.NewDecision,
    answers: { 201: renewals.Decision },
  },
  note: {
    method: "POST",
    path: "/api/v1/renewals/:pool/notes",
    roles: DECIDERS,
    act: "note",
    does: "Write beside a day what people know of it.",
    params: shapes.PoolPath,
    body: renewals.NewNote,
    answers: { 201: renewals.Note },
  },
  register: {
    method: "GET",
    path: "/api/v1/register",
    roles: READERS,
    does: "The register in force, as it was applied.",
    answers: { 200: shapes.RegisterInForce },
  },
  apply: {
    method: "PUT",
    path: "/api/v1/register",
    roles: ["admin"],
    act: "apply_register",
    does: "Put a register in force. One with mistakes changes nothing and is answered with all of them.",
    body: shapes.NewRegister,
    bodyBytes: REGISTER_BYTES,
    answers: { 200: shapes.Applied },
  },
  change: {
    method: "PATCH",
    path: "/api/v1/register",
    roles: MANAGERS,
    act: "change_register",
    does: "Change parts of the register in force (JSON Patch): all of it or nothing, as its next revision.",
    body: shapes.RegisterChanges,
    answers: { 200: shapes.Applied },
  },
  explain: {
    method: "POST",
    path: "/api/v1/explain",
    roles: READERS,
    act: "explain",
    does: "Would this launch be granted now, and which rule decides? Takes no seat.",
    body: ExplainQuestion,
    answers: { 200: Explanation },
  },
  audit: {
    method: "GET",
    path: "/api/v1/audit",
    roles: AUDITORS,
    does: "What administrators did, newest first: the intent before each act, and how it went. Persons under pseudonym.",
    query: audit.AuditQuery,
    answers: { 200: shapes.listOf(audit.AuditItem) },
  },
  verifyAudit: {
    method: "GET",
    path: "/api/v1/audit/verify",
    roles: AUDITORS,
    does: "Whether the audit is as it was written, and holds a head that was printed before.",
    query: audit.VerifyQuery,
    answers: { 200: audit.AuditVerdict },
  },
  reclaim: {
    method: "DELETE",
    path: "/api/v1/leases/:leaseId",
    roles: MANAGERS,
    act: "reclaim",
    does: "Ask for the end of a lease: its holder is told, and after the grace the seat goes to others.",
    params: shapes.LeasePath,
    body: shapes.Reclaim,
    answers: { 200: shapes.Done },
  },
  recall: {
    method: "POST",
    path: "/api/v1/leases/:leaseId/recall",
    roles: MANAGERS,
    act: "recall",
    does: "Want a borrowed seat back: it is shown at risk until it is due, because a ticket cannot be unsaid.",
    params: shapes.LeasePath,
    body: shapes.Because,
    answers: { 200: shapes.Done },
  },
  reassign: {
    method: "POST",
    path: "/api/v1/pools/:pool/reassign",
    roles: MANAGERS,
    act: "reassign",
    does: "End the assignment of a seat to a person or computer that does not use it now.",
    params: shapes.PoolPath,
    body: shapes.Reassign,
    answers: { 200: shapes.Done },
  },
  retire: {
    method: "POST",
    path: "/api/v1/devices/retire",
    roles: MANAGERS,
    act: "retire",
    does: "Take a computer out of service: it stands in the register as retired, and gives back its seats.",
    body: shapes.Retire,
    answers: { 200: shapes.Done },
  },
  compliance: {
    method: "GET",
    path: "/api/v1/compliance",
    roles: READERS,
    does: "What was bought, what is installed and what is used, by product; and what of it somebody has to look at.",
    answers: { 200: compliance.Compliance },
  },
  computers: {
    method: "GET",
    path: "/api/v1/computers",
    roles: COMPUTER_READERS,
    does: "Computers that told what is installed on them, by name.",
    query: compliance.ComputersQuery,
    answers: { 200: shapes.listOf(compliance.Computer) },
  },
  privacy: {
    method: "GET",
    path: "/api/v1/privacy",
    roles: READERS,
    does: "For how long what is kept, and what was deleted because it was old.",
    answers: { 200: privacy.Kept },
  },
  exportPerson: {
    method: "POST",
    path: "/api/v1/privacy/export",
    roles: AUDITORS,
    act: "export_person",
    does: "Everything that is held of a person: what, why, how long and from where.",
    body: privacy.Person,
    answers: { 200: privacy.PersonTold },
  },
  exportPersonCsv: {
    method: "POST",
    path: "/api/v1/privacy/export.csv",
    roles: AUDITORS,
    act: "export_person",
    does: "The same as one table, in CSV.",
    body: privacy.Person,
    answers: {},
  },
  erasePerson: {
    method: "POST",
    path: "/api/v1/privacy/erase",
    roles: ["admin"],
    act: "erase_person",
    does: "Put names made by chance in place of a person's pseudonyms, in all that began until now. Sums stay as they are.",
    body: privacy.PersonToErase,
    answers: { 200: privacy.Erased },
  },
  devices: {
    method: "GET",
    path: "/api/v1/devices",
    roles: COMPUTER_READERS,
    does: "Computers with a key of their own: since when, by whose token, when last seen. Then those whose key was taken away.",
    query: shapes.DevicesQuery,
    answers: { 200: shapes.listOf(shapes.EnrolledDevice) },
  },
  offerEnrolment: {
    method: "POST",
    path: "/api/v1/devices/enrolment-tokens",
    roles: MANAGERS,
    act: "offer_enrolment",
    does: "Make a token by which a computer is enrolled, once, within a day. It is shown this once.",
    body: shapes.OfferEnrolment,
    answers: { 200: shapes.OfferedEnrolment },
  },
  enrol: {
    method: "POST",
    path: "/api/v1/devices/enrol",
    // Its token says who may.
    roles: "open",
    act: "enrol",
    does: "Exchange a token for a key made on the computer. Asked again with the same key it is answered again.",
    body: shapes.Enrol,
    answers: { 200: shapes.EnrolledAs },
  },
  rotateKey: {
    method: "POST",
    path: "/api/v1/devices/rotate-key",
    // The key before says who may.
    roles: "open",
    act: "rotate_key",
    does: "Put the next key of a computer in the place of the one that signed it.",
    body: shapes.RotateKey,
    answers: { 200: shapes.Done },
  },
  removeDevice: {
    method: "POST",
    path: "/api/v1/devices/remove",
    roles: MANAGERS,
    act: "remove_device",
    does: "Forget a computer's key: it is refused from now on, and its connections are closed.",
    body: shapes.RemoveDevice,
    answers: { 200: shapes.Done },
  },
  checkout: {
    method: "POST",
    path: "/api/v1/checkouts",
    roles: SHIMS,
    does: "Ask for seats. Asked again with the same lease id it takes no second seat.",
    asDevice: true,
    body: shapes.CheckoutBody,
    bodyBytes: FRAME_BYTES,
    answers: { 200: Returned, 201: Granted, 202: Queued, 403: Denied, 404: Denied, 409: Denied },
  },
  heartbeat: {
    method: "PUT",
    path: "/api/v1/checkouts/:leaseId",
    roles: SHIMS,
    does: "Still in use, or still waiting. A lease that is not held any more is lease_unknown.",
    asDevice: true,
    params: shapes.LeasePath,
    body: shapes.HeartbeatBody,
    bodyBytes: FRAME_BYTES,
    answers: { 200: z.union([Alive, Queued, Offered, Reclaiming]) },
  },
  checkin: {
    method: "DELETE",
    path: "/api/v1/checkouts/:leaseId",
    roles: SHIMS,
    does: "Give a lease back.",
    asDevice: true,
    params: shapes.LeasePath,
    query: shapes.CheckinQuery,
    body: shapes.CheckinBody,
    answers: { 200: Returned },
  },
  openapi: {
    method: "GET",
    path: "/api/v1/openapi.json",
    roles: READERS,
    does: "This description.",
    answers: {},
  },
} as const satisfies Record<string, Route>;
export type RouteName = keyof typeof ROUTES;
