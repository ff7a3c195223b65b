import type { FastifyInstance } from "fastify";
import { ACTS, type ActName } from "../domain/acts.ts";
import { isIsoDate } from "../domain/calendar.ts";
import { INCIDENTS, type IncidentName } from "../domain/incidents.ts";
import { AUDITORS, type PageParts, type SendPage } from "./parts.ts";
import { siteInWords } from "./words.ts";

const MOST = 50;

type Query = Record<string, unknown>;

/** What administrators did, and how it went; for whoever has to answer for it. */
export function registerAudit(app: FastifyInstance, parts: PageParts, send: SendPage): void {
  const { audit } = parts;
  app.get<{ Querystring: Query }>("/audit", { config: { roles: AUDITORS } }, async ({ query }, reply) => {
    if (!audit.isKept) return send(reply, "audit.njk", { here: "audit", isKept: false });
    const { cursor, ...asked } = askedOf(query);
    const { items, next } = await audit.rows({ ...asked, cursor, most: MOST });
    const { register } = parts.inForce();
    const filter = Object.entries(asked).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return send(reply, "audit.njk", {
      ...{ here: "audit", isKept: true, asked, acts: Object.entries(ACTS), head: await audit.head() },
      rows: items.map(({ site, act, about, outcome, phase, ...row }) => ({
        ...row,
        ...{ act: act in ACTS ? ACTS[act as ActName] : act, about: aboutInWords(act, about) },
        site: site === "" ? "" : siteInWords(register, site),
        outcome: phase === "intent" ? "About to be done" : outcomeInWords(outcome),
      })),
      filter: new URLSearchParams(filter).toString(),
      older: next && new URLSearchParams([...filter, ["cursor", next]]).toString(),
    });
  });
}

/** Of an address that people may have changed by hand: what there cannot be is not asked for. */
function askedOf(query: Query) {
  const day = (value: unknown) => (isIsoDate(text(value)) ? text(value) : undefined);
  const act = text(query.act);
  return {
    act: act in ACTS ? (act as ActName) : undefined,
    from: day(query.from),
    to: day(query.to),
    cursor: /^\d{1,15}$/.test(text(query.cursor)) ? text(query.cursor) : undefined,
  };
}

const outcomeInWords = (outcome: string) => (outcome === "done" ? "Done" : outcome === "found" ? "Found" : outcome);

/** An incident begins with its name. */
function aboutInWords(act: string, about: string): string {
  const [name = "", ...facts] = about.split(", ");
  if (act !== "incident" || !(name in INCIDENTS)) return about;
  return [INCIDENTS[name as IncidentName].says, ...facts].join(", ");
}

const text = (value: unknown) => (typeof value === "string" ? value : "");
