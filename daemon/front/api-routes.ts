import { z } from "zod";
import type { Admitted } from "../access/roles.ts";
import { PERSON_ROLES } from "../domain/register.ts";
import { Alive, Denied, FRAME_BYTES, Granted, Offered, Queued, Reclaiming, Returned } from "../protocol/messages.ts";
import * as shapes from "./api-shapes.ts";
import { ExplainQuestion, Explanation } from "./explanations.ts";
import * as renewals from "./renewal-shapes.ts";

export interface Route {
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: `/${string}`;
  roles: NonNullable<Admitted>;
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
const REGISTER_BYTES = 4 * 1024 * 1024;

/** THE TABLE of what is there for programs, beside the WebSocket and the metrics. */
export const ROUTES = {
  alive: {
    method: "GET",
    path: "/healthz",
    roles: "open",
    does: "Whether the daemon runs.",
    answers: { 200: shapes.Health },
  },
  ready: {
    method: "GET",
    path: "/readyz",
    roles: "open",
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
    does: "Write down what was decided about a renewal.",
    params: shapes.PoolPath,
    body: renewals.NewDecision,
    answers: { 201: renewals.Decision },
  },
  note: {
    method: "POST",
    path: "/api/v1/renewals/:pool/notes",
    roles: DECIDERS,
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
    does: "Put a register in force. One with mistakes changes nothing and is answered with all of them.",
    body: shapes.NewRegister,
    bodyBytes: REGISTER_BYTES,
    answers: { 200: shapes.Applied },
  },
  explain: {
    method: "POST",
    path: "/api/v1/explain",
    roles: READERS,
    does: "Would this launch be granted now, and which rule decides? Takes no seat.",
    body: ExplainQuestion,
    answers: { 200: Explanation },
  },
  reclaim: {
    method: "DELETE",
    path: "/api/v1/leases/:leaseId",
    roles: MANAGERS,
    does: "Ask for the end of a lease: its holder is told, and after the grace the seat goes to others.",
    params: shapes.LeasePath,
    body: shapes.Reclaim,
    answers: { 200: shapes.Done },
  },
  recall: {
    method: "POST",
    path: "/api/v1/leases/:leaseId/recall",
    roles: MANAGERS,
    does: "Want a borrowed seat back: it is shown at risk until it is due, because a ticket cannot be unsaid.",
    params: shapes.LeasePath,
    body: shapes.Because,
    answers: { 200: shapes.Done },
  },
  reassign: {
    method: "POST",
    path: "/api/v1/pools/:pool/reassign",
    roles: MANAGERS,
    does: "End the assignment of a seat to a person or computer that does not use it now.",
    params: shapes.PoolPath,
    body: shapes.Reassign,
    answers: { 200: shapes.Done },
  },
  retire: {
    method: "POST",
    path: "/api/v1/devices/retire",
    roles: MANAGERS,
    does: "Take a computer out of service: it stands in the register as retired, and gives back its seats.",
    body: shapes.Retire,
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
