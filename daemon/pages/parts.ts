import type { FastifyReply } from "fastify";
import type { InForce } from "../domain/register.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Renewals } from "../renewals/renewals.ts";
import type { AssetPaths } from "./assets.ts";

/** What pages are made from. */
export interface PageParts {
  ledger: Pick<Ledger, "levels" | "leases" | "recentDenials" | "publication" | "health">;
  inForce: () => InForce;
  /** What is known of the past; none where no history is kept. */
  renewals?: Renewals | undefined;
  /** Of the daemon. */
  version: string;
  /** What people should know of this daemon beside the ledger's health. */
  state: () => { draining: boolean; fileDiffers: boolean };
}

/** Who may open pages. */
export const READERS = ["viewer", "procurement", "manager", "auditor", "admin"] as const;

/** What every route of a page declares. */
export const FOR_READERS = { config: { roles: READERS } } as const;

/** Render and send a page. `here` is its name in the navigation. */
export type SendPage = (
  reply: FastifyReply,
  template: `${string}.njk`,
  page: { here?: "board" | "denials" | "renewals" | "register"; [name: string]: unknown },
) => Promise<FastifyReply>;

export function pageSender(parts: PageParts, assets: AssetPaths, purpose: string): SendPage {
  return async (reply, template, page) => {
    const { register, revision } = parts.inForce();
    const { organisation, timezone } = register;
    const { asksPeople } = reply.server;
    const everywhere = { organisation, timezone, revision, version: parts.version, assets, purpose, asksPeople };
    const html = await reply.server.view(template, { ...everywhere, ...page });
    return reply.header("cache-control", "no-store").type("text/html; charset=utf-8").send(html);
  };
}
