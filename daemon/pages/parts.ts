import type { FastifyReply } from "fastify";
import type { Role } from "../access/tokens.ts";
import type { Audit } from "../audit/audit.ts";
import type { Compliance } from "../compliance/compliance.ts";
import type { IsoDate } from "../domain/calendar.ts";
import { type InForce, PERSON_ROLES } from "../domain/register.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { ComputerListed } from "../renewals/computers.ts";
import type { Renewals } from "../renewals/renewals.ts";
import type { AssetPaths } from "./assets.ts";

/** Which denials of the past somebody wants to see; names are looked up by their pseudonyms. */
export interface DenialsWanted {
  user?: string | undefined;
  site?: string | undefined;
  reason?: string | undefined;
  from?: IsoDate | undefined;
  to?: IsoDate | undefined;
  most: number;
  cursor?: string | undefined;
}

/** A denial as it was written down. */
export interface DenialFound {
  id: string;
  atMs: number;
  pool: string;
  product: string;
  site: string;
  reason: string;
}

/** What pages show of it, as the API gives it. */
export interface HeldOfPersons {
  kept(): Promise<object>;
  export(user: string): Promise<object>;
}

/** What computers told of what is installed on them, by name. */
export interface ComputersShown {
  compliance(): Promise<Compliance>;
  list(): Promise<ComputerListed[]>;
}

/** Takes a computer out of service, and says what that did. */
export type RetireComputer = (act: { by: string; reason: string }, device: string) => Promise<{ message: string }>;

/** What pages are made from. */
export interface PageParts {
  ledger: Pick<Ledger, "levels" | "leases" | "recentDenials" | "publication" | "health">;
  inForce: () => InForce;
  /** What is known of the past; none where no history is kept. */
  renewals?: Renewals | undefined;
  searchDenials?: ((wanted: DenialsWanted) => Promise<{ items: DenialFound[]; next?: string }>) | undefined;
  audit: Pick<Audit, "rows" | "head" | "isKept">;
  /** What is held of persons; none where no history is kept. */
  persons?: HeldOfPersons | undefined;
  /** None where no history is kept. */
  computers?: ComputersShown | undefined;
  retire: RetireComputer;
  /** Of the daemon. */
  version: string;
  /** What people should know of this daemon beside the ledger's health. */
  state: () => { draining: boolean; fileDiffers: boolean; history?: { up: boolean; backlog: number } | undefined };
}

/** Who may open pages. */
export const READERS = PERSON_ROLES;

/** Who may see what administrators did. */
export const AUDITORS: readonly Role[] = ["auditor", "admin"];

/** Who may take a computer out of service. */
export const MANAGERS: readonly Role[] = ["manager", "admin"];

/** Who may see the list of computers: a computer that one person uses leads to that person. */
export const COMPUTER_READERS: readonly Role[] = ["manager", "auditor", "admin"];

/** What every route of a page declares. */
export const FOR_READERS = { config: { roles: READERS } } as const;

/** Render and send a page. `here` is its name in the navigation. */
export type SendPage = (
  reply: FastifyReply,
  template: `${string}.njk`,
  page: {
    here?: "board" | "denials" | "renewals" | "register" | "compliance" | "audit" | "privacy";
    [name: string]: unknown;
  },
) => Promise<FastifyReply>;

export function pageSender(parts: PageParts, assets: AssetPaths): SendPage {
  return async (reply, template, page) => {
    const { register, revision } = parts.inForce();
    const { organisation, timezone, purpose, access } = register;
    const { asksPeople } = reply.server;
    const { who } = reply.request;
    const mayBe = (roles: readonly Role[]) => (who ? roles.includes(who.role) : !asksPeople);
    const everywhere = {
      organisation,
      timezone,
      revision,
      version: parts.version,
      assets,
      purpose,
      asksPeople,
      mayAudit: mayBe(AUDITORS),
      maySeeComputers: mayBe(COMPUTER_READERS),
      mayRetire: mayBe(MANAGERS),
      ask: access.people?.ask,
    };
    const html = await reply.server.view(template, { ...everywhere, ...page });
    return reply.header("cache-control", "no-store").type("text/html; charset=utf-8").send(html);
  };
}
